// The ground of the page: the wire to the server, what is known of it, and the banner when it is gone.
// Every other file of this folder adds to `window.footnote`; nothing here talks to another machine.
(() => {
  const fn = (window.footnote = window.footnote || {});
  let wire = null;

  fn.at = (id) => document.getElementById(id);
  fn.status = null;

  fn.connect = (made) => {
    wire = made;
    wire.watch("value", () => wire.props.value && fn.show(JSON.parse(wire.props.value)));
    const begin = () => (fn.at("fn-box") && fn.at("fn-settings") && fn.at("fn-model") && fn.at("fn-talks") ? fn.begin() : requestAnimationFrame(begin));
    begin();
  };

  fn.send = (order) => wire.ask(order);

  // The reply of a call of the server; null where it failed, which the reader is told.
  fn.call = async (name, sent = {}) => {
    let reply = null;
    try {
      reply = await wire.server[name](sent);
    } catch {
      reply = null;
    }
    if (reply === null || typeof reply !== "object" || Array.isArray(reply)) {
      if (name !== "status") fn.look();
      return null;
    }
    if (reply.error && !("ready" in reply)) {
      fn.tell(reply.error);
      return null;
    }
    return reply;
  };

  // One line in the banner: "told" goes by itself, "stay" with a click, "gone" when the server is back.
  fn.tell = (text, kind = "told") => {
    const banner = fn.at("fn-banner");
    if (!banner || (kind !== "gone" && fn.isGone())) return;
    banner.textContent = text;
    banner.dataset.kind = kind;
    banner.hidden = false;
    if (kind === "told") {
      clearTimeout(fn.tellTimer);
      fn.tellTimer = setTimeout(() => { if (banner.dataset.kind === "told") banner.hidden = true; }, 8000);
    }
  };
  fn.isGone = () => !fn.at("fn-banner").hidden && fn.at("fn-banner").dataset.kind === "gone";
  fn.hush = () => { fn.at("fn-banner").hidden = true; };

  const plural = (count, what) => `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;

  fn.showStatus = () => {
    const now = fn.status;
    const strip = fn.at("fn-status");
    const web = fn.settings.web() ? " · web on" : "";
    strip.dataset.state = now.indexing ? "busy" : now.notes ? "ready" : "empty";
    const state = now.indexing || (now.notes ? "Ready" : "No notes yet");
    fn.at("fn-status-text").textContent = now.notes ? `${state} · ${plural(now.notes, "note")} · ${plural(now.passages, "passage")}${web}` : state;
    fn.at("fn-status").title = fn.at("fn-status-text").textContent;
    fn.at("fn-account").hidden = !now.account;
    fn.at("fn-account").title = now.account || "";
    document.body.classList.toggle("fn-reader", now.reader);
    fn.at("fn-start-line").textContent = now.notes
      ? "Every sentence of an answer carries a footnote that opens the passage it stands on."
      : "There are no notes yet. Add a folder or files in the tab Notes, then ask.";
  };

  // Looks whether the server is there; a server that was started anew is met with a fresh page, draft and talk kept.
  fn.look = async (sent = {}) => {
    const now = await fn.call("status", sent);
    if (!now) {
      fn.tell("footnote is not running any more. Start it again; what you have typed is kept.", "gone");
      return null;
    }
    if (fn.status && fn.status.boot !== now.boot) {
      location.reload();
      return null;
    }
    if (fn.isGone()) fn.hush();
    const before = fn.status;
    fn.status = { ...fn.status, ...Object.fromEntries(Object.entries(now).filter(([, value]) => value !== null)) };
    fn.showStatus();
    if (now.indexing) {
      clearTimeout(fn.lookAgain);
      fn.lookAgain = setTimeout(fn.look, 1000);
    }
    if (before && before.notes !== now.notes) {
      await fn.look({ examples: true });
      fn.showExamples();
    }
    return now;
  };

  fn.begin = async () => {
    fn.readSettings();
    fn.at("fn-box").focus();
    fn.restoreDraft();
    const talk = new URLSearchParams(location.search).get("talk");
    await Promise.all([fn.look({ models: true }), fn.refreshTalks(), talk && fn.openTalk(talk)]);
    if (!fn.status) return setTimeout(fn.begin, 1000);
    fn.showModels();
    fn.takeSettings();
    setInterval(() => { if (!document.hidden) fn.look(); }, 5000);
    document.documentElement.dataset.footnote = "ready";
    await fn.look({ examples: true }); // each of them was tried, which takes a second the first time
    fn.showExamples();
  };

  // --- small things that the other files share ---

  fn.calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  fn.narrow = () => window.matchMedia("(max-width: 1000px)").matches;

  fn.copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };

  fn.save = (text, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  fn.dialog = (id) => {
    const dialog = fn.at(id);
    if (!dialog.open) dialog.showModal();
  };
  fn.confirm = (text) => new Promise((decided) => {
    const dialog = fn.at("fn-confirm");
    fn.at("fn-confirm-text").textContent = text;
    const yes = fn.at("fn-confirm-yes");
    const done = (answer) => { yes.onclick = null; dialog.onclose = null; dialog.close(); decided(answer); };
    yes.onclick = () => done(true);
    dialog.onclose = () => done(false);
    dialog.showModal();
  });

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
    else if (event.target.matches("dialog.fn-dialog")) event.target.close();
    if (event.target.closest("#fn-banner") && !fn.isGone()) fn.hush();
    if (event.target.closest("#fn-help-open")) fn.dialog("fn-help");
    if (event.target.closest("#fn-settings-open")) fn.dialog("fn-settings");
  });
})();
