// Keys of /matching: they press what a hand would press. They count only while the focus is in the lines or the chosen
// one, never in a field, and not while a dialog is open.
(() => {
  const area = () => document.querySelector("[data-keys]");
  const lines = () => [...document.querySelectorAll("[data-line]")];
  const chosen = () => document.querySelector('[data-line][aria-current="true"]');
  let wanted = false; // the focus follows the chosen line once a key has moved it
  let seen = null;
  let turning = null; // the filter that was pressed by hand, until its lines are here

  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector(".dialog")) return;
    if (!area()?.contains(target) || target.matches("input, select, textarea")) return;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      step(key === "ArrowDown" ? 1 : -1);
      return;
    }
    if (key === "Enter" && !target.matches("[data-line], .bank__offer[aria-pressed=true]")) return;
    const button = document.querySelector(`[data-key="${CSS.escape(key.length === 1 ? key.toLowerCase() : key)}"]`);
    if (!button) return;
    event.preventDefault();
    wanted = true;
    button.click();
  });

  // Who presses a filter with a hand goes on with keys in the lines.
  document.addEventListener("click", ({ target, detail }) => {
    if (detail > 0) turning = target.closest(".bank__tabs [role=tab]");
  });

  function step(by) {
    const all = lines();
    const next = all[all.indexOf(chosen()) + by];
    wanted = true;
    if (next) next.click();
    else document.querySelectorAll(".bank__step")[by > 0 ? 1 : 0]?.click();
  }

  // The chosen line has the focus when the page opens and after a key; it is always in view.
  new MutationObserver(() => {
    const line = chosen();
    if (turning?.getAttribute("aria-selected") === "true") {
      turning = seen = null;
      wanted = true;
    }
    if (document.querySelector(".dialog")) return;
    const isLost = document.activeElement === document.body;
    if (!line) {
      // The last of a tab is settled: on from the tab itself.
      if (wanted && isLost) document.querySelector(".bank__tabs [aria-selected=true]")?.focus();
      return;
    }
    if (line.dataset.line === seen && !isLost) return;
    seen = line.dataset.line;
    line.scrollIntoView({ block: "nearest" });
    if (wanted || isLost) line.focus({ preventScroll: true });
  }).observe(document, { childList: true, subtree: true, attributeFilter: ["aria-current", "aria-selected"] });
})();
