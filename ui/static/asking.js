// Asking: the box, the turns as they grow, and the buttons under an answer.
(() => {
  const fn = (window.footnote = window.footnote || {});
  const DRAFT = "footnote-draft";
  const talk = { id: "", turns: 0, asking: null, question: "", turn: 0, without: [] };
  fn.talk = talk;

  // --- the turns ---

  const turnOf = (turn) => fn.at(`fn-turn-${turn}`);

  const addTurn = (turn, question) => {
    const made = document.createElement("article");
    made.className = "fn-turn";
    made.id = `fn-turn-${turn}`;
    made.dataset.turn = turn;
    const asked = document.createElement("h2");
    asked.className = "fn-asked";
    asked.dir = "auto";
    asked.textContent = question;
    made.append(asked);
    for (const part of ["trace", "answer", "foot"]) {
      const place = document.createElement("div");
      place.className = `fn-part fn-part-${part}${part === "answer" ? " fn-answer" : ""}`;
      made.append(place);
    }
    fn.at("fn-turns").append(made);
    fn.at("fn-start").hidden = true;
    return made;
  };

  // Only what differs is replaced, so that a chip keeps its focus and an unfolded trace stays so while text comes in.
  const patch = (place, html) => {
    if (place.footnoteHtml === html) return;
    const open = place.querySelector(":scope > details")?.open;
    place.innerHTML = html;
    place.footnoteHtml = html;
    if (open && place.querySelector(":scope > details")) place.querySelector(":scope > details").open = true;
  };
  const patchSentences = (place, sentences) => {
    while (place.children.length > sentences.length) place.lastElementChild.remove();
    sentences.forEach((html, at) => {
      let line = place.children[at];
      if (!line) {
        line = document.createElement("span");
        line.className = "fn-sentence";
        place.append(line, " ");
      }
      patch(line, html);
    });
  };

  const showTurn = (shown, message) => {
    shown.dataset.state = message.state;
    shown.setAttribute("aria-busy", message.state === "working" || message.state === "queued");
    patch(shown.querySelector(".fn-part-trace"), message.parts.trace);
    patchSentences(shown.querySelector(".fn-part-answer"), message.parts.answer);
    patch(shown.querySelector(".fn-part-foot"), message.parts.foot);
    if (message.cards !== undefined) fn.setCards(message.turn, message.cards, message.cited);
  };

  const nearEnd = () => {
    const box = fn.at("fn-chat");
    return box.scrollHeight - box.scrollTop - box.clientHeight < 120;
  };
  const toEnd = (smooth) => {
    const box = fn.at("fn-chat");
    box.scrollTo({ top: box.scrollHeight, behavior: smooth && !fn.calm() ? "smooth" : "auto" });
  };

  // A message of the server: the turn that is being answered, whole.
  fn.show = (message) => {
    if (message.ask !== talk.asking) return;
    fn.heard = Date.now();
    sessionStorage.setItem(DRAFT, fn.at("fn-box").value);
    const shown = turnOf(talk.turn);
    if (!shown) return;
    const follow = nearEnd();
    if (message.state === "queued") {
      patch(shown.querySelector(".fn-part-trace"), `<p class="fn-working"><span class="fn-spinner" aria-hidden="true"></span>${Number(message.before)} before you…</p>`);
    } else {
      showTurn(shown, message);
    }
    if (message.state === "ready" || message.state === "failed") finish(shown, message);
    if (follow) toEnd(false);
  };

  const finish = (shown, message) => {
    shown.querySelector(".fn-part-trace").hidden = !message.parts.trace;
    talk.asking = null;
    setBusy(false);
    fn.at("fn-said").textContent = message.said || "";
    if (message.state === "failed") {
      if (!fn.at("fn-box").value) setBox(talk.question);
      shown.removeAttribute("id");
      return;
    }
    talk.turns = talk.turn;
    if (message.talk) setTalk(message.talk);
    fn.refreshTalks();
  };

  const setTalk = (id) => {
    talk.id = id;
    const url = new URL(location.href);
    if (id) url.searchParams.set("talk", id);
    else url.searchParams.delete("talk");
    history.replaceState(null, "", url);
    fn.markTalk(id);
  };

  const clear = () => {
    fn.at("fn-turns").replaceChildren();
    fn.clearCards();
    Object.assign(talk, { turns: 0, asking: null, without: [] });
    setBusy(false);
  };

  let opening = 0; // what is asked for last is shown, whichever reply comes last

  fn.newTalk = () => {
    opening += 1;
    fn.stop();
    clear();
    setTalk("");
    fn.at("fn-start").hidden = false;
    fn.closeHistory();
    fn.at("fn-box").focus();
  };

  fn.openTalk = async (id) => {
    const mine = ++opening;
    const found = await fn.call("open_talk", { talk: id });
    if (mine !== opening) return;
    if (!found) {
      if (talk.id === id || !talk.id) setTalk("");
      return;
    }
    fn.stop();
    clear();
    found.turns.forEach((message) => showTurn(addTurn(message.turn, message.question), message));
    document.querySelectorAll(".fn-turn .fn-part-trace").forEach((part) => { part.hidden = !part.innerHTML; });
    talk.turns = found.turns.length;
    fn.at("fn-start").hidden = talk.turns > 0;
    setTalk(id);
    fn.closeHistory();
    toEnd(false);
  };

  // --- asking ---

  const setBusy = (busy) => {
    const button = fn.at("fn-send");
    button.classList.toggle("fn-busy", busy);
    button.setAttribute("aria-label", busy ? "Stop" : "Send");
  };

  fn.ask = (question, extra = {}) => {
    if (talk.asking || !question.trim()) return false;
    opening += 1;
    talk.asking = Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(36)).join("");
    Object.assign(talk, { question, turn: talk.turns + 1, without: extra.without || [] });
    turnOf(talk.turn)?.remove();
    const shown = addTurn(talk.turn, question);
    shown.dataset.state = "working";
    patch(shown.querySelector(".fn-part-trace"), '<p class="fn-working"><span class="fn-spinner" aria-hidden="true"></span>Searching the notes…</p>');
    setBusy(true);
    fn.at("fn-said").textContent = "";
    toEnd(true);
    const asked = talk.asking;
    fn.heard = Date.now();
    fn.send({ ...fn.settings.order(), ...extra, question, ask: asked, talk: talk.id, turn: talk.turn });
    const watch = setInterval(async () => {
      if (talk.asking !== asked) return clearInterval(watch);
      if (Date.now() - fn.heard < 4000 || (await fn.look())) return;
      clearInterval(watch);
      if (talk.asking === asked) lost(shown);
    }, 2000);
    return true;
  };

  const lost = (shown) => {
    talk.asking = null;
    setBusy(false);
    shown.remove();
    if (!fn.at("fn-box").value) setBox(talk.question);
    fn.at("fn-start").hidden = talk.turns > 0;
  };

  fn.stop = () => {
    if (talk.asking) fn.call("stop", { ask: talk.asking });
    return Boolean(talk.asking);
  };

  // --- the box ---

  const grow = () => {
    const box = fn.at("fn-box");
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 200)}px`;
  };
  const setBox = (text) => {
    fn.at("fn-box").value = text;
    sessionStorage.setItem(DRAFT, text);
    grow();
  };
  fn.restoreDraft = () => {
    if (!fn.at("fn-box").value) setBox(sessionStorage.getItem(DRAFT) || "");
  };

  const submit = () => {
    const asked = fn.at("fn-box").value;
    if (talk.asking || fn.isGone() || !fn.ask(asked)) return;
    setBox("");
    sessionStorage.setItem(DRAFT, asked); // until the server has heard it
  };

  fn.showExamples = () => {
    const place = fn.at("fn-examples");
    place.replaceChildren(...(fn.status.examples || []).map((question) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "fn-example";
      button.textContent = question;
      return button;
    }));
  };

  document.addEventListener("input", (event) => {
    if (event.target.id !== "fn-box") return;
    sessionStorage.setItem(DRAFT, event.target.value);
    grow();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "fn-question") return;
    event.preventDefault();
    if (talk.asking) fn.stop();
    else submit();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "fn-box" || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });

  // --- the buttons under an answer ---

  const flash = (button, text) => {
    const before = button.dataset.text || button.textContent;
    button.dataset.text = before;
    button.textContent = text;
    clearTimeout(button.footnoteTimer);
    button.footnoteTimer = setTimeout(() => { button.textContent = before; }, 1500);
  };
  const copy = async (button, text) => {
    await fn.copy(text.textContent);
    flash(button, "Copied");
    fn.at("fn-said").textContent = "Copied";
  };
  const opinion = async (shown, good, reason = null) => {
    const reply = await fn.call("give_feedback", { talk: talk.id, turn: Number(shown.dataset.turn), good, reason });
    if (!reply) return;
    shown.querySelector('[data-do="good"]').setAttribute("aria-pressed", String(good));
    shown.querySelector('[data-do="bad"]').setAttribute("aria-pressed", String(!good));
    const reasons = shown.querySelector(".fn-reasons");
    reasons.hidden = false;
    reasons.textContent = reply.said;
    fn.at("fn-said").textContent = reply.said;
  };
  const question = (shown) => shown.querySelector(".fn-asked").textContent;
  const doing = {
    copy: (button, shown) => copy(button, shown.querySelector(".fn-copy-plain")),
    "copy-sources": (button, shown) => copy(button, shown.querySelector(".fn-copy-sources")),
    retry: (_, shown) => fn.ask(question(shown)),
    good: (_, shown) => opinion(shown, true),
    bad: (_, shown) => {
      const reasons = shown.querySelector(".fn-reasons");
      reasons.hidden = !reasons.hidden;
      reasons.querySelector("button")?.focus();
    },
    reason: (button, shown) => opinion(shown, false, button.dataset.reason),
    "search-web": (_, shown) => fn.ask(question(shown), { web: true }),
  };
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.matches(".fn-example")) fn.ask(event.target.textContent);
    const button = event.target.closest(".fn-turn [data-do]");
    if (button) doing[button.dataset.do]?.(button, button.closest(".fn-turn"));
  });
})();
