// Keeps each page as it stood, for reading without a connection (`worker.js`), and comes back when there is one.
// What was typed on a page of TYPED stays on this device too, until the tab is closed, one signs out or it is sent.
const SETTLED_MS = 1500;
const LIVE_MS = 60000;
const TRY_AGAIN_MS = 10000;
const DROPPED = "script, form, button, dialog, .dialog, .offline, .skip, details.menu, [hidden]";
const NO_CONNECTION = ".offline__box";
const TYPED = ["/pay"];
const DRAWER = "typed ";
const FIELDS = "#main form input[name]:not([type=hidden], [type=password], [autocomplete=one-time-code])";
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
} else {
  let soon;
  new MutationObserver(() => {
    clearTimeout(soon);
    soon = setTimeout(keep, SETTLED_MS);
    putBack();
  }).observe(document, { childList: true, characterData: true, subtree: true, attributeFilter: ["data-answers"] });
  // an open page is live: it is kept as it stands in the last moment with a connection, though nothing on it changed
  setInterval(keep, LIVE_MS);
  addEventListener("offline", () => keep({ isLast: true }));
  addEventListener("visibilitychange", keep);
  addEventListener("input", remember, true);
  addEventListener("submit", leave, true);
  addEventListener("click", goWithout, true);
}

function pathHere() {
  return location.pathname.replace(/(.)\/$/, "$1");
}

// Whether this page knows that it has lost its connection.
function isCutOff() {
  return !navigator.onLine || document.querySelector(NO_CONNECTION) !== null;
}

// `21 Nov 2026, 15:02` in the zone of the group, as the pages themselves tell it.
function momentIn(zone) {
  const parts = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const told = new Intl.DateTimeFormat(document.documentElement.lang, { ...parts, timeZone: zone || undefined });
  const is = Object.fromEntries(told.formatToParts(new Date()).map(({ type, value }) => [type, value]));
  return `${is.day} ${is.month} ${is.year}, ${is.hour}:${is.minute}`;
}

async function keep({ isLast = false } = {}) {
  const { asOf: words, zone } = document.querySelector("[data-as-of]")?.dataset ?? {};
  const main = document.getElementById("main");
  if (!window.caches || !words || !main || main.querySelector(".skeleton, [aria-busy=true]")) return;
  if (isLast ? document.querySelector(NO_CONNECTION) : isCutOff()) return;
  const copy = document.body.cloneNode(true);
  for (const one of copy.querySelectorAll(DROPPED)) one.remove();
  for (const one of copy.querySelectorAll("[data-covered]")) {
    for (const name of ["data-covered", "role", "aria-label", "tabindex"]) one.removeAttribute(name);
  }
  const note = document.createElement("p");
  note.className = "kept";
  note.setAttribute("role", "status");
  note.textContent = `${words} ${momentIn(zone)}`;
  copy.prepend(note);
  const own = main.querySelector("#sheet") ? `<link rel="stylesheet" href="/sheet.css"><script src="/sheet.js" defer></script>` : "";
  if (own && !isLast && !(await caches.match("/sheet.js"))) await (await caches.open("shell")).addAll(["/sheet.css", "/sheet.js"]);
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title></title><link rel="stylesheet" href="/sanduk.css"><script src="/theme.js"></script><script src="/seen.js" defer></script>${own}`;
  const html = `<!doctype html><html lang="${document.documentElement.lang}" data-kept><head>${head}</head>${copy.outerHTML}</html>`;
  const seen = await caches.open("seen");
  await seen.put(pathHere(), new Response(html, { headers: { "content-type": "text/html; charset=utf-8" } }));
}

// Without a connection the pages' own links can't load what they lead to: the browser goes there, to the page that was kept.
function goWithout(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || link.origin !== location.origin || link.target || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.getAttribute("href").startsWith("#") || !isCutOff() || !navigator.serviceWorker?.controller) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  location.assign(link.href);
}

// What is typed belongs to what is paid: the numbers to copy name it.
function drawer() {
  const numbers = [...document.querySelectorAll("#main [data-copy]")].map((one) => one.dataset.copy);
  return `${DRAWER}${pathHere()} ${numbers.join(" ")}`;
}
function fields() {
  return TYPED.includes(pathHere()) ? [...document.querySelectorAll(FIELDS)] : [];
}
let sent = null;
function remember(event) {
  if (!fields().includes(event.target)) return;
  sent = null;
  sessionStorage.setItem(drawer(), JSON.stringify(Object.fromEntries(fields().map((one) => [one.name, one.value]))));
}

// Back into the fields that came anew. The server's answer to what was sent forgets it, unless the form still stands.
const filled = new WeakSet();
function putBack() {
  forgetSent();
  const here = fields();
  if (!here.length) return;
  const typed = JSON.parse(sessionStorage.getItem(drawer()) ?? "{}");
  for (const one of here) {
    if (filled.has(one)) continue;
    filled.add(one);
    if (typed[one.name] !== undefined) one.value = typed[one.name];
  }
}
function answers() {
  return document.querySelector("[data-answers]")?.dataset.answers;
}
function forgetSent() {
  if (!sent || sent.answers === answers() || sent.fields.every((one) => one.isConnected)) return;
  if (sent.path === pathHere()) sessionStorage.removeItem(sent.drawer);
  sent = null;
}

// A form is sent: what was typed may be forgotten. Of who signs out nothing stays.
function leave(event) {
  if (event.target.getAttribute("action")?.startsWith("/session/")) {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(DRAWER)) sessionStorage.removeItem(key);
  } else if (fields().length) {
    sent = { path: pathHere(), drawer: drawer(), fields: fields(), answers: answers() };
  }
}
