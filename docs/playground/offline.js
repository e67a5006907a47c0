// Keep the playground in this browser, so that it opens without a network; no other server is ever asked.
// `docs/site.py` puts the version and the files in.

const VERSION = "$version";
const FILES = $files;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(FILES)));
  skipWaiting();
});

addEventListener("activate", (event) => {
  const drop = (names) => Promise.all(names.filter((name) => name !== VERSION).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(drop));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (new URL(request.url).origin !== location.origin) {
    event.respondWith(Response.error());
  } else if (request.method === "GET") {
    event.respondWith(caches.match(request, { ignoreSearch: true }).then((held) => held ?? fetch(request)));
  }
});
