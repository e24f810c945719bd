// What a visitor may choose, kept in the browser; and the model, which the server loads in the background.
(() => {
  const fn = (window.footnote = window.footnote || {});
  const KEPT = "footnote-settings";
  let chosen = {};

  const read = () => {
    try {
      chosen = JSON.parse(localStorage.getItem(KEPT)) || {};
    } catch {
      chosen = {};
    }
  };
  const keep = (name, value) => {
    chosen[name] = value;
    localStorage.setItem(KEPT, JSON.stringify(chosen));
  };

  fn.settings = {
    shortcuts: () => chosen.shortcuts !== false,
    web: () => Boolean(fn.status?.web && chosen.web),
    order: () => ({
      model: chosen.model || "",
      mode: chosen.mode || "auto",
      passages: chosen.k ?? null,
      weight: chosen.weight ?? null,
      web: fn.settings.web(),
    }),
  };

  // --- light and dark ---

  const paint = () => {
    const asked = new URLSearchParams(location.search).get("__theme");
    const theme = asked === "dark" || asked === "light" ? asked : chosen.theme || "system";
    const dark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
    document.body.classList.toggle("dark", dark);
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  read();
  if (document.body) paint();
  else document.addEventListener("DOMContentLoaded", paint);

  // --- the dialog and the row below the box ---

  fn.readSettings = () => { read(); paint(); };

  fn.takeSettings = () => {
    const { k, weight, data, web, advice } = fn.status;
    fn.at("fn-k").value = chosen.k ?? k;
    fn.at("fn-weight").value = chosen.weight ?? weight;
    fn.at("fn-theme").value = chosen.theme || "system";
    fn.at("fn-shortcuts").checked = fn.settings.shortcuts();
    fn.at("fn-mode").value = chosen.mode || "auto";
    fn.at("fn-web").hidden = !web;
    fn.at("fn-web-on").checked = fn.settings.web();
    fn.at("fn-about-data").textContent = data;
    fn.at("fn-about-web").textContent = web ? "off unless you switch it on below the question box; it sends search words to a search engine" : "cannot be had: pip install 'footnote[web]'";
    fn.at("fn-about-model").replaceChildren(...(advice || "").split("`").map((text, at) => (at % 2 ? code(text) : text)));
    outputs();
    fn.showStatus();
  };
  const code = (text) => Object.assign(document.createElement("code"), { textContent: text });
  const outputs = () => {
    fn.at("fn-k-out").textContent = fn.at("fn-k").value;
    fn.at("fn-weight-out").textContent = Number(fn.at("fn-weight").value).toFixed(1);
  };

  // --- the model ---

  const label = (spec) => (spec === "extractive" ? "Quotes only, no model" : spec.replace(/^transformers:/, ""));
  const say = (text) => { fn.at("fn-loading").textContent = text; };

  fn.showModels = () => {
    const select = fn.at("fn-model");
    const specs = fn.status.models || [];
    select.replaceChildren(...specs.map((spec) => new Option(label(spec), spec)));
    select.value = specs.includes(chosen.model) ? chosen.model : fn.status.wanted;
    if (select.value !== fn.status.model) load(select.value, false);
  };

  const load = async (spec, choice = true) => {
    if (choice) keep("model", spec); // while it is loaded, the server answers with the model that it has
    let state = await fn.call("load_model", { model: spec, begin: true });
    while (state && !state.ready && !state.error) {
      say(`Loading ${label(spec)} · ${Math.round(state.seconds)} s`);
      await new Promise((later) => setTimeout(later, 500));
      if (fn.at("fn-model").value !== spec) return;
      state = await fn.call("load_model", { model: spec });
    }
    say("");
    if (!state) return;
    if (state.error) {
      fn.tell(`${label(spec)} cannot be used: ${state.error}. Answers go on with ${label(fn.status.model)}.`, "stay");
      fn.at("fn-model").value = fn.status.model;
      if (choice) keep("model", "");
    }
  };

  const changes = {
    "fn-k": (one) => keep("k", Number(one.value)),
    "fn-weight": (one) => keep("weight", Number(one.value)),
    "fn-theme": (one) => { keep("theme", one.value); paint(); },
    "fn-shortcuts": (one) => keep("shortcuts", one.checked),
    "fn-mode": (one) => keep("mode", one.value),
    "fn-web-on": (one) => { keep("web", one.checked); fn.showStatus(); },
    "fn-model": (one) => load(one.value),
  };
  document.addEventListener("change", (event) => changes[event.target.id]?.(event.target));
  document.addEventListener("input", (event) => { if (event.target.id === "fn-k" || event.target.id === "fn-weight") outputs(); });
})();
