// Sources: the excerpt that a chip shows, the panel, and the note behind a card.
(() => {
  const fn = (window.footnote = window.footnote || {});
  const cards = new Map(); // turn -> { cited, count, all }
  let shownTurn = 0;
  let openedFrom = null;
  let showAll = false;

  const EMPTY = '<p class="fn-empty">Sources appear here. Every number in an answer opens the passage that it stands on.</p>';

  fn.clearCards = () => {
    cards.clear();
    showAll = false;
    shownTurn = 0;
    openedFrom = null;
    render();
  };
  fn.setCards = (turn, html, count) => {
    const known = cards.get(turn);
    if (known && known.cited === html) return;
    cards.set(turn, { cited: html, count, all: null });
    if (turn >= shownTurn) {
      if (turn > shownTurn) showAll = false;
      shownTurn = turn;
      render();
    }
  };

  const render = () => {
    const panel = fn.at("fn-sources");
    if (!panel) return;
    const known = cards.get(shownTurn);
    fn.at("fn-show-cited").textContent = known ? `Cited (${known.count})` : "Cited";
    fn.at("fn-show-all").textContent = known?.all ? `All retrieved (${known.all.count})` : "All retrieved";
    fn.at("fn-show-cited").setAttribute("aria-pressed", String(!showAll));
    fn.at("fn-show-all").setAttribute("aria-pressed", String(showAll));
    const html = !known ? EMPTY : showAll ? known.all?.html || '<p class="fn-empty">Looking…</p>' : known.cited || '<p class="fn-empty">This answer cites no source.</p>';
    const before = panel.footnoteHtml;
    if (before === html) return;
    panel.footnoteHtml = html;
    if (before?.startsWith("<article") && html.startsWith(before)) {
      const known = panel.children.length; // cards are added while an answer grows
      panel.insertAdjacentHTML("beforeend", html.slice(before.length));
      [...panel.children].slice(known).forEach((card) => toMark(card.querySelector("blockquote")));
    } else {
      panel.innerHTML = html;
      panel.querySelectorAll("blockquote").forEach(toMark);
    }
  };

  const toMark = (quote) => {
    const mark = quote.querySelector("mark");
    if (mark) quote.scrollTop = mark.offsetTop - Math.max(8, (quote.clientHeight - mark.offsetHeight) / 2);
  };

  const show = async (all) => {
    showAll = all;
    render();
    const known = cards.get(shownTurn);
    if (!all || !known || known.all) return;
    const turn = shownTurn;
    const reply = await fn.call("retrieved", { talk: fn.talk.id, turn });
    known.all = reply || { html: '<p class="fn-empty">These passages are not kept.</p>', count: 0 };
    if (turn === shownTurn) render();
  };

  fn.openSource = (turn, n, from) => {
    if (!cards.has(turn)) return;
    shownTurn = turn;
    showAll = false;
    render();
    const card = fn.at(`fn-${turn}-${n}`);
    if (!card) return;
    hideTip();
    openedFrom = from;
    document.querySelectorAll(".fn-card.fn-open").forEach((other) => other.classList.remove("fn-open"));
    card.classList.add("fn-open");
    toMark(card.querySelector("blockquote"));
    fn.at("fn-panel").classList.add("fn-shown");
    const panel = fn.at("fn-sources");
    panel.scrollTo({ top: card.offsetTop - 8, behavior: fn.calm() ? "auto" : "smooth" });
    card.focus({ preventScroll: true });
  };

  // Back to where it was opened from; false where nothing is open.
  fn.closeSource = () => {
    const panel = fn.at("fn-panel");
    const was = openedFrom || panel.classList.contains("fn-shown");
    panel.classList.remove("fn-shown");
    document.querySelectorAll(".fn-card.fn-open").forEach((card) => card.classList.remove("fn-open"));
    const from = openedFrom;
    openedFrom = null;
    if (from?.isConnected) from.focus();
    return Boolean(was);
  };

  fn.openNumber = (n) => {
    const chips = document.querySelectorAll(`.fn-turn .fn-chip[data-n="${n}"]`);
    const last = fn.talk.turns;
    const chip = [...chips].find((one) => Number(one.dataset.turn) === last);
    if (chip) fn.openSource(last, n, chip);
  };

  // --- the excerpt on hover and focus ---

  const hideTip = () => { const tip = fn.at("fn-tip"); if (tip) tip.hidden = true; };
  const showTip = (chip) => {
    const tip = fn.at("fn-tip");
    tip.querySelector("strong").textContent = chip.dataset.place;
    tip.querySelector("span").textContent = chip.dataset.excerpt;
    tip.hidden = false;
    const at = chip.getBoundingClientRect();
    const width = tip.offsetWidth;
    tip.style.left = `${Math.max(8, Math.min(at.left + at.width / 2 - width / 2, window.innerWidth - width - 8))}px`;
    const above = at.top - tip.offsetHeight - 8;
    tip.style.top = `${above > 8 ? above : at.bottom + 8}px`;
  };
  const chipOf = (event) => event.target instanceof Element && event.target.closest(".fn-chip");
  document.addEventListener("mousemove", (event) => { const chip = chipOf(event); if (chip && fn.at("fn-tip").hidden) showTip(chip); });
  document.addEventListener("mouseout", (event) => { if (chipOf(event)) hideTip(); });
  document.addEventListener("focusin", (event) => { const chip = chipOf(event); if (chip && chip.matches(":focus-visible")) showTip(chip); });
  document.addEventListener("focusout", (event) => { if (chipOf(event)) hideTip(); });
  document.addEventListener("scroll", hideTip, true);

  // --- what a card can do ---

  const openNote = async (card) => {
    const { note, start, end } = card.dataset;
    const reply = await fn.call("open_note", { note, start: Number(start), end: Number(end) });
    if (!reply) return;
    fn.at("fn-note-title").textContent = reply.title;
    const text = fn.at("fn-note-text");
    text.innerHTML = reply.html;
    fn.dialog("fn-note");
    const mark = text.querySelector("#fn-place, mark");
    text.scrollTop = mark ? mark.getBoundingClientRect().top - text.getBoundingClientRect().top + text.scrollTop - 80 : 0;
    text.focus({ preventScroll: true });
  };
  const doing = {
    "open-note": openNote,
    "leave-out": (card) => {
      const asked = fn.at(`fn-turn-${shownTurn}`)?.querySelector(".fn-asked")?.textContent;
      if (!asked) return;
      const without = fn.talk.turn === shownTurn ? fn.talk.without : [];
      fn.closeSource();
      fn.ask(asked, { without: [...new Set([...without, card.dataset.note])] });
    },
    reindex: async (card) => {
      const reply = await fn.call("reindex", { note: card.dataset.note });
      if (reply) fn.tell(reply.said);
      fn.look();
    },
  };
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const chip = event.target.closest(".fn-chip");
    if (chip) return fn.openSource(Number(chip.dataset.turn), Number(chip.dataset.n), chip);
    if (event.target.closest("#fn-show-cited")) return show(false);
    if (event.target.closest("#fn-show-all")) return show(true);
    if (event.target.closest("#fn-panel-close")) return fn.closeSource();
    const button = event.target.closest(".fn-card [data-do]");
    if (button) doing[button.dataset.do]?.(button.closest(".fn-card"));
  });
})();
