// What needs a script beside the pages' own; everything else works without it.

// From a page to what the HTTP side serves, with a full load. What was kept of the place that is left goes (`worker.js`).
const ADDRESSES = ["start", "no-group", "trouble", "unreachable"];
new MutationObserver(() => {
  if (!document.querySelector("[data-leave]")) return;
  const wanted = new URLSearchParams(location.search).get("to");
  if (!["trouble", "unreachable"].includes(wanted)) {
    window.caches?.delete("seen");
    sessionStorage.removeItem("typed");
  }
  location.replace("/" + (ADDRESSES.includes(wanted) ? wanted : "start"));
}).observe(document, { childList: true, subtree: true });

// Who signs out leaves no half-filled sheet on this device (`sheet.js`).
document.addEventListener("submit", ({ target }) => {
  if (target.getAttribute("action") !== "/session/end") return;
  for (const key of Object.keys(localStorage)) if (key.startsWith("sheet ")) localStorage.removeItem(key);
});

// Copies the text of a button's data-copy and says so in the button.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    return;
  }
  const words = button.lastChild;
  if (!words || words.nodeType !== Node.TEXT_NODE || button.dataset.before) return;
  button.dataset.before = words.textContent;
  words.textContent = button.dataset.done;
  setTimeout(() => {
    words.textContent = button.dataset.before;
    delete button.dataset.before;
  }, 1600);
});

// A dialog takes the focus, keeps it while it is open and gives it back; Escape presses its quiet button.
const CAN_FOCUS = "a[href], button:not([disabled]), input:not([type=hidden]), select, textarea, summary";
const FIELD = "input:not([type=hidden], [type=file], :disabled), select:not(:disabled), textarea:not(:disabled)";
let opened = null;
let outside = null;
document.addEventListener("focusin", (event) => {
  if (!event.target.closest(".dialog")) outside = event.target;
});
document.addEventListener("keydown", (event) => {
  if (!opened || (event.key !== "Escape" && event.key !== "Tab")) return;
  if (event.key === "Escape") {
    opened.querySelector(".btn--quiet")?.click();
    return;
  }
  const places = [...opened.querySelectorAll(CAN_FOCUS)];
  const at = places.indexOf(document.activeElement);
  const leaves = event.shiftKey ? at <= 0 : at === places.length - 1;
  if (!leaves || !places.length) return;
  event.preventDefault();
  places[event.shiftKey ? places.length - 1 : 0].focus();
});
function follow() {
  const dialog = document.querySelector(".dialog");
  if (dialog === opened) return;
  opened = dialog;
  if (!dialog) {
    if (outside?.isConnected) outside.focus({ preventScroll: true });
  } else if (!dialog.contains(document.activeElement)) {
    dialog.tabIndex = -1;
    (dialog.querySelector(FIELD) ?? dialog).focus();
  }
}

// What an action led to comes into view, however far down its button was.
let said = "";
function show() {
  const banner = document.querySelector("[data-said] .banner");
  const words = banner?.textContent ?? "";
  if (words === said) return;
  said = words;
  banner?.scrollIntoView({ block: "nearest" });
}

// A refused form puts the focus into its first field that is wrong.
let sentForm = null;
function showFault() {
  const wrong = sentForm?.querySelector("[aria-invalid=true]");
  if (!wrong) return;
  sentForm = null;
  wrong.focus();
}

// A menu closes when something else is pressed, or Escape.
function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (event.key === "Escape" || (event.type === "click" && !menu.contains(event.target))) menu.open = false;
  }
}
document.addEventListener("click", closeMenus);
document.addEventListener("keydown", closeMenus);

// The notice that there is no connection can be put away; the next time it comes again.
document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-close]")?.parentElement;
  if (box) box.hidden = true;
});

// A pressed button shows that it works, and can't be pressed again, until the page answers.
const PATIENCE_MS = 10000;
function isBusy(button) {
  return button?.getAttribute("aria-busy") === "true";
}
function startWork(event, button) {
  if (isBusy(button)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  button.setAttribute("aria-busy", "true");
  setTimeout(endWork, PATIENCE_MS);
}
function endWork() {
  for (const button of document.querySelectorAll("[aria-busy=true]")) button.removeAttribute("aria-busy");
}
document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest("button.btn[type=button], button.linkbtn[type=button]");
    if (button && !button.dataset.copy) startWork(event, button);
  },
  true,
);
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (event.submitter) startWork(event, event.submitter);
    if (event.defaultPrevented) return;
    sentForm = form;
    setTimeout(() => {
      if (sentForm === form) sentForm = null;
    }, PATIENCE_MS);
  },
  true,
);
window.addEventListener("pageshow", endWork);
new MutationObserver(() => {
  follow();
  show();
  endWork();
  showFault();
}).observe(document, { childList: true, characterData: true, subtree: true, attributeFilter: ["class", "aria-selected", "data-answers"] });

// While something is being made the page asks how far it is: every second, but not before the last answer is there.
let asked = "";
let askedAt = 0;
setInterval(() => {
  const button = document.querySelector("[data-again]");
  if (!button || (button.dataset.again === asked && Date.now() - askedAt < PATIENCE_MS)) return;
  asked = button.dataset.again;
  askedAt = Date.now();
  button.click();
}, 1000);
