// A page that waits for an answer loads anew once it is there; a hidden page doesn't ask.
const EVERY_MS = 4000;
const box = document.querySelector("[data-waiting]");
async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/requests/state", { cache: "no-store" });
    if (answer.ok && (await answer.text()) !== box.dataset.waiting) location.reload();
  } catch {
    // no connection: the next look may have one
  }
}
if (box) {
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
}
