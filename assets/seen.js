// Keeps each page as it stood, for reading without a connection (`worker.js`), and comes back when there is one.
const SETTLED_MS = 1500;
const TRY_AGAIN_MS = 10000;
const DROPPED = "script, form, button, dialog, .dialog, .offline, .skip, details.menu, [hidden]";
const isKept = document.documentElement.dataset.kept !== undefined;

navigator.serviceWorker?.register("/worker.js");

if (isKept) {
  const again = async () => {
    try {
      await fetch("/worker.js", { method: "HEAD", cache: "no-store" });
      location.reload();
    } catch {
      setTimeout(again, TRY_AGAIN_MS);
    }
  };
  addEventListener("online", again);
  setTimeout(again, TRY_AGAIN_MS);
} else if (window.caches) {
  let soon;
  new MutationObserver(() => {
    clearTimeout(soon);
    soon = setTimeout(keep, SETTLED_MS);
  }).observe(document, { childList: true, characterData: true, subtree: true });
}

async function keep() {
  const words = document.querySelector("[data-as-of]")?.dataset.asOf;
  const main = document.getElementById("main");
  if (!words || !main || !navigator.onLine || main.querySelector(".skeleton, [aria-busy=true]")) return;
  const copy = document.body.cloneNode(true);
  for (const one of copy.querySelectorAll(DROPPED)) one.remove();
  for (const one of copy.querySelectorAll("[data-covered]")) {
    for (const name of ["data-covered", "role", "aria-label", "tabindex"]) one.removeAttribute(name);
  }
  const note = document.createElement("p");
  note.className = "kept";
  note.setAttribute("role", "status");
  note.textContent = `${words} ${new Date().toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" })}`;
  copy.prepend(note);
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title></title><link rel="stylesheet" href="/sanduk.css"><script src="/theme.js"></script><script src="/seen.js" defer></script>`;
  const html = `<!doctype html><html lang="${document.documentElement.lang}" data-kept><head>${head}</head>${copy.outerHTML}</html>`;
  const seen = await caches.open("seen");
  const path = location.pathname.replace(/(.)\/$/, "$1");
  await seen.put(path, new Response(html, { headers: { "content-type": "text/html; charset=utf-8" } }));
}
