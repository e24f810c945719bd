// Keys: they act outside of inputs only, except for Escape and Alt+N, and can be switched off.
(() => {
  const fn = (window.footnote = window.footnote || {});
  const typing = (target) => target instanceof Element && Boolean(target.closest("input, textarea, select, [contenteditable=true]"));
  const shown = () => fn.at("fn-ask")?.offsetParent;

  const escape = (event) => {
    if (document.querySelector("dialog[open]")) return;
    if (fn.closeSource() || fn.stop()) event.preventDefault();
  };

  document.addEventListener("keydown", (event) => {
    if (!fn.status || event.isComposing) return;
    if (event.key === "Escape") return escape(event);
    if (!fn.settings.shortcuts() || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
    if (event.altKey) {
      if (event.code === "KeyN") {
        event.preventDefault();
        fn.newTalk();
      }
      return;
    }
    if (typing(event.target)) return;
    if (event.key === "?") return fn.dialog("fn-help");
    if (!shown()) return;
    if (event.key === "/") {
      event.preventDefault();
      fn.at("fn-box").focus();
    } else if (/^[1-9]$/.test(event.key)) {
      fn.openNumber(Number(event.key));
    }
  });
})();
