// Copies the text of a button's data-copy; says so in the button. Everything else works without this script.
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
