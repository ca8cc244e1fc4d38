// What needs a script beside the pages' own; everything else works without it.

// From a page to what the HTTP side serves, with a full load.
const ADDRESSES = ["start", "trouble", "unreachable"];
new MutationObserver(() => {
  if (!document.querySelector("[data-leave]")) return;
  const wanted = new URLSearchParams(location.search).get("to");
  location.replace("/" + (ADDRESSES.includes(wanted) ? wanted : "start"));
}).observe(document, { childList: true, subtree: true });

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
