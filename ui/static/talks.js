// The list of conversations: search, open, rename, pin, export, delete.
(() => {
  const fn = (window.footnote = window.footnote || {});
  let timer = null;

  const searched = () => fn.at("fn-history-search").value.trim();
  let asked = 0;

  // The list as it is after a call. Only the latest reply is drawn, and only where it differs: a menu stays open.
  const list = async (name, sent = {}) => {
    const mine = ++asked;
    const reply = await fn.call(name, { ...sent, search: searched() });
    if (mine === asked) put(reply);
    else if (name !== "talks") fn.refreshTalks();
    return reply;
  };
  const put = (reply) => {
    const place = fn.at("fn-talks");
    if (!reply || place.querySelector(".fn-rename")) return; // the list is asked for again when the name is typed
    if (place.footnoteHtml !== reply.html) place.innerHTML = place.footnoteHtml = reply.html;
    fn.markTalk(fn.talk.id);
  };

  fn.refreshTalks = () => list("talks");

  fn.markTalk = (id) => {
    document.querySelectorAll(".fn-talk").forEach((one) => {
      const here = one.dataset.talk === id;
      one.classList.toggle("fn-here", here);
      const button = one.querySelector(".fn-talk-open");
      if (here) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
  };

  const toggle = (open) => {
    fn.at("fn-history").classList.toggle("fn-shown", open);
    fn.at("fn-history-toggle").setAttribute("aria-expanded", String(open));
    if (open) fn.at("fn-history-search").focus();
  };
  fn.closeHistory = () => toggle(false);

  const rename = (entry) => {
    const button = entry.querySelector(".fn-talk-open");
    const input = document.createElement("input");
    input.className = "fn-input fn-rename";
    input.value = button.textContent;
    input.maxLength = 80;
    input.setAttribute("aria-label", "New title");
    button.replaceWith(input);
    input.focus();
    input.select();
    let over = false;
    const end = (keep) => {
      if (over) return;
      over = true;
      const title = input.value;
      input.replaceWith(button);
      if (!keep || title.trim() === button.textContent) return fn.refreshTalks();
      button.textContent = title;
      fn.at("fn-talks").footnoteHtml = null;
      list("rename", { talk: entry.dataset.talk, title });
    };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") end(true);
      if (event.key === "Escape") { event.stopPropagation(); end(false); }
    });
    input.addEventListener("blur", () => end(true));
  };

  const save = async (talk, form) => {
    const reply = await fn.call("export", { talk, form });
    if (reply) fn.save(reply.text, reply.name);
  };
  const remove = async (entry) => {
    const title = entry.querySelector(".fn-talk-open").textContent;
    if (!(await fn.confirm(`Delete “${title}”? It cannot be brought back.`))) return;
    const reply = await list("delete", { talk: entry.dataset.talk });
    if (reply && entry.dataset.talk === fn.talk.id) fn.newTalk();
  };
  const doing = {
    open: (entry) => fn.openTalk(entry.dataset.talk),
    rename,
    pin: (entry) => list("pin", { talk: entry.dataset.talk, pinned: entry.dataset.pinned !== "1" }),
    "export-markdown": (entry) => save(entry.dataset.talk, "markdown"),
    "export-json": (entry) => save(entry.dataset.talk, "json"),
    delete: remove,
  };

  document.addEventListener("click", async (event) => {
    if (!(event.target instanceof Element)) return;
    document.querySelectorAll(".fn-menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    if (event.target.closest("#fn-new")) return fn.newTalk();
    if (event.target.closest("#fn-history-toggle")) return toggle(!fn.at("fn-history").classList.contains("fn-shown"));
    if (event.target.closest("#fn-history-close")) return toggle(false);
    if (event.target.closest("#fn-export-markdown")) return save("", "markdown");
    if (event.target.closest("#fn-export-json")) return save("", "json");
    if (event.target.closest("#fn-delete-all")) {
      if (!(await fn.confirm("Delete all your conversations? They cannot be brought back."))) return;
      if (await list("delete_all")) fn.newTalk();
      return;
    }
    const button = event.target.closest(".fn-talk [data-do]");
    if (!button) return;
    button.closest("details")?.removeAttribute("open");
    doing[button.dataset.do](button.closest(".fn-talk"));
  });

  document.addEventListener("input", (event) => {
    if (event.target.id !== "fn-history-search") return;
    clearTimeout(timer);
    timer = setTimeout(fn.refreshTalks, 200);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    if (!(event.target instanceof Element) || !event.target.closest("#fn-history") || event.target.closest(".fn-rename")) return;
    const entries = [...document.querySelectorAll(".fn-talk-open")];
    const at = entries.indexOf(event.target);
    const next = event.key === "ArrowDown" ? Math.min(at + 1, entries.length - 1) : at - 1;
    event.preventDefault();
    if (next < 0) fn.at("fn-history-search").focus();
    else entries[next].focus();
  });
})();
