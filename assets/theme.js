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
