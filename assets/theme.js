// Light or dark as chosen on this device, before anything is drawn; without a choice, as the device says.
const THEMES = ["light", "dark"];
function theme() {
  const found = /(?:^|; )sanduk-theme=(\w+)/.exec(document.cookie);
  return THEMES.includes(found?.[1]) ? found[1] : "system";
}
function applyTheme() {
  for (const name of THEMES) document.documentElement.classList.toggle(name, name === theme());
  for (const choice of document.querySelectorAll("[data-theme]")) {
    const pressed = String(choice.dataset.theme === theme());
    if (choice.getAttribute("aria-pressed") !== pressed) choice.setAttribute("aria-pressed", pressed);
  }
}
document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-theme]");
  if (!choice) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `sanduk-theme=${choice.dataset.theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  applyTheme();
});
new MutationObserver(applyTheme).observe(document, { childList: true, subtree: true });
applyTheme();

// Amounts on a member's screens are covered when this device says so, until one is tapped or all are shown again.
const AMOUNT = /(^|[^A-Z])[A-Z]{3}\u00a0[\d.,-]*\d/;
const TEXTS = "main, .bell, .kept";
function isPrivate() {
  return /(?:^|; )sanduk-private=hide/.test(document.cookie);
}
function amounts(shell) {
  const found = new Set(shell.querySelectorAll("main .amount, main span.num"));
  for (const main of shell.querySelectorAll(TEXTS)) {
    const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement } = walker.currentNode;
      if (AMOUNT.test(walker.currentNode.data) && !parentElement.closest(".amount, .vh")) found.add(parentElement);
    }
  }
  return found;
}
function cover(one, shell) {
  if (one.dataset.covered) return;
  const canOpen = !one.closest("a, button, label, summary") && one.matches("span, b, strong, p");
  one.dataset.covered = "yes";
  if (one.matches("li, dd, dt, td, th")) return; // no other role is allowed there
  one.setAttribute("role", canOpen ? "button" : "img");
  one.setAttribute("aria-label", canOpen ? shell.dataset.hidesHere : shell.dataset.hides);
  if (canOpen) one.tabIndex = 0;
}
function uncover(one, state) {
  for (const name of ["role", "aria-label", "tabindex"]) one.removeAttribute(name);
  if (state) one.dataset.covered = state;
  else delete one.dataset.covered;
}
function applyPrivacy() {
  const hides = isPrivate();
  document.documentElement.classList.toggle("private", hides);
  for (const choice of document.querySelectorAll("[data-private]")) {
    const pressed = String(choice.dataset.private === "toggle" ? hides : (choice.dataset.private === "hide") === hides);
    if (choice.getAttribute("aria-pressed") !== pressed) choice.setAttribute("aria-pressed", pressed);
  }
  for (const shell of document.querySelectorAll("[data-hides]")) {
    if (hides) for (const one of amounts(shell)) cover(one, shell);
    else for (const one of shell.querySelectorAll("[data-covered]")) uncover(one, "");
  }
}
function openOne(event) {
  const one = event.target.closest?.("[data-covered=yes][role=button]");
  if (!one) return;
  event.preventDefault();
  uncover(one, "shown");
}
document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-private]");
  if (!choice) return openOne(event);
  const hides = choice.dataset.private === "toggle" ? !isPrivate() : choice.dataset.private === "hide";
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `sanduk-private=${hides ? "hide" : "show"}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  applyPrivacy();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" || event.key === " ") openOne(event);
});
new MutationObserver(applyPrivacy).observe(document, { childList: true, characterData: true, subtree: true });
applyPrivacy();
