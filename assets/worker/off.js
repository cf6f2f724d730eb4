// The service worker that ends service workers: sends what is kept, then leaves nothing behind.

addEventListener("install", () => skipWaiting());
addEventListener("activate", event => event.waitUntil((async () => {
  for (const name of await caches.keys()) await caches.delete(name);
  await sendLeads().catch(() => {});
  await registration.unregister();
})()));
