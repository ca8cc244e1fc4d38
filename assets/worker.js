// Keeps the shell and the pages that were seen, for when there is no connection. A page that was seen is kept as it
// stood (`seen.js`), on this device alone, until one signs out or changes the place.
const SHELL = "shell";
const SEEN = "seen";
const OFFLINE = "/offline";
const KEPT = [OFFLINE, "/sanduk.css", "/sanduk.js", "/seen.js", "/theme.js", "/favicon.svg", "/fonts/noto-sans-400.woff2", "/fonts/noto-sans-700.woff2"];
// kept once their page was seen
const WITH_PAGE = ["/sheet.css", "/sheet.js"];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(KEPT)));
  skipWaiting();
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  const leaves = pathname.startsWith("/session/") || pathname.startsWith("/sign-in");
  if (request.mode === "navigate" && leaves && pathname !== "/session/language") event.waitUntil(caches.delete(SEEN));
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(request, pathname));
  else if (KEPT.includes(pathname) || WITH_PAGE.includes(pathname)) event.respondWith(newest(request));
});

async function page(request, pathname) {
  try {
    return await fetch(request);
  } catch {
    const seen = await caches.open(SEEN);
    return (await seen.match(pathname.replace(/(.)\/$/, "$1"))) ?? (await caches.match(OFFLINE)) ?? Response.error();
  }
}

async function newest(request) {
  try {
    const response = await fetch(request);
    if (response.ok) await (await caches.open(SHELL)).put(request, response.clone());
    return response;
  } catch {
    return (await caches.match(request)) ?? Response.error();
  }
}
