// The service worker that ends service workers: sends what is kept, then leaves nothing behind but leads that could not be.

addEventListener("install", () => skipWaiting());
addEventListener("activate", event => event.waitUntil((async () => {
  await sendLeads().catch(() => {});
  const leads = await (await caches.open(LEADS)).keys();
  for (const name of await caches.keys()) if (name != LEADS || !leads[0]) await caches.delete(name);
  await registration.unregister();
})()));
