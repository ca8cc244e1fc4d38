// Keeps each page as it stood, for reading without a connection (`worker.js`), and comes back when there is one.
const SETTLED_MS = 1500;
const TRY_AGAIN_MS = 10000;
const DROPPED = "script, form, button, dialog, .dialog, .offline, .skip, details.menu, [hidden]";
const TYPED = "textarea, select, input:not([type=password], [type=file], [type=hidden], [autocomplete=one-time-code])";
const isKept = document.documentElement.dataset.kept !== undefined;

navigator.serviceWorker?.register("/worker.js");

if (isKept) {
  sessionStorage.setItem("lost", "yes");
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
  let soon = 0;
  new MutationObserver(() => {
    soon ||= setTimeout(() => {
      soon = 0;
      if (navigator.onLine) keep();
    }, SETTLED_MS);
    putBack();
  }).observe(document, { childList: true, characterData: true, subtree: true });
  addEventListener("offline", keep); // as it stood until now
  for (const name of ["input", "change"]) document.addEventListener(name, remember);
  document.addEventListener("submit", () => navigator.onLine && forget(), true);
}

// What is typed outlives the stored copy that a lost connection puts in place of the page: in this tab alone.
function place() {
  return location.pathname + location.search;
}
function forget() {
  for (const name of ["typed", "lost"]) sessionStorage.removeItem(name);
}
function remember({ target }) {
  if (!target.id || !target.closest("#main form") || !target.matches(TYPED)) return;
  const before = JSON.parse(sessionStorage.getItem("typed") ?? "{}");
  const values = before.place === place() ? before.values : {};
  sessionStorage.setItem("typed", JSON.stringify({ place: place(), values: { ...values, [target.id]: target.value } }));
}
function putBack() {
  if (!sessionStorage.getItem("lost")) return;
  const typed = JSON.parse(sessionStorage.getItem("typed") ?? "{}");
  if (typed.place !== place()) return;
  const fields = Object.entries(typed.values);
  const found = fields.map(([id, value]) => [document.getElementById(id), value]).filter(([field]) => field);
  if (found.length < fields.length) return;
  sessionStorage.removeItem("lost");
  for (const [field, value] of found) {
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

async function keep() {
  const { asOf: words, zone: timeZone } = document.querySelector("[data-as-of]")?.dataset ?? {};
  const main = document.getElementById("main");
  if (!words || !main || main.querySelector(".skeleton, [aria-busy=true]")) return;
  const copy = document.body.cloneNode(true);
  for (const one of copy.querySelectorAll(DROPPED)) one.remove();
  for (const one of copy.querySelectorAll("[data-covered]")) {
    for (const name of ["data-covered", "role", "aria-label", "tabindex"]) one.removeAttribute(name);
  }
  const note = document.createElement("p");
  note.className = "kept";
  note.setAttribute("role", "status");
  note.textContent = `${words} ${new Date().toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short", timeZone })}`;
  copy.prepend(note);
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title></title><link rel="stylesheet" href="/sanduk.css"><script src="/theme.js"></script><script src="/seen.js" defer></script>`;
  const html = `<!doctype html><html lang="${document.documentElement.lang}" data-kept><head>${head}</head>${copy.outerHTML}</html>`;
  const seen = await caches.open("seen");
  const path = location.pathname.replace(/(.)\/$/, "$1");
  await seen.put(path, new Response(html, { headers: { "content-type": "text/html; charset=utf-8" } }));
}
