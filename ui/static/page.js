// Chips open their source card, Escape goes back to the chip; nothing here talks to the network.
(() => {
  let openedFrom = null;

  const open = (chip) => {
    const card = document.getElementById(chip.getAttribute("href").slice(1));
    if (!card) return;
    document.querySelectorAll(".fn-card.fn-open").forEach((other) => other.classList.remove("fn-open"));
    card.classList.add("fn-open");
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    card.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
    card.focus({ preventScroll: true });
    openedFrom = chip;
  };

  document.addEventListener("click", (event) => {
    const chip = event.target.closest && event.target.closest("a.fn-chip");
    if (!chip) return;
    event.preventDefault();
    open(chip);
  }, true);

  document.addEventListener("keydown", (event) => {
    const chip = event.target.closest && event.target.closest("a.fn-chip");
    if (chip && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      open(chip);
    } else if (event.key === "Escape" && openedFrom) {
      document.querySelectorAll(".fn-card.fn-open").forEach((card) => card.classList.remove("fn-open"));
      openedFrom.focus();
      openedFrom = null;
    }
  });
})();
