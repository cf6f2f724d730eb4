// Leads that could not be sent: kept as they were filled in, and sent when there is a network. The server knows a lead that it
// has already. One that it does not take as it is stays here, too, with what is to be mended, until it was.
//
// Under an address that only this worker answers stands what was filled in, a response without an address of its own, and once
// there was one the server's answer: a receipt, until somebody was told of it, or the form again.

const LEADS = "leads";
const MEND = "/leads/mend";

/** Nothing is sent twice at a time. */
const sendLeads = () => navigator.locks.request(LEADS, async () => {
  const cache = await caches.open(LEADS);
  for (const key of await cache.keys()) {
    let kept = /** @type {Response} */ (await cache.match(key));
    if (!kept.url) {
      const body = new URLSearchParams(await kept.text()), referrer = kept.headers.get("from") || "";
      kept = await fetch("/leads", { method: "POST", body, referrer });
      if (kept.status > 499 || kept.status == 429) throw kept;
      await cache.put(key, kept.clone());
    }
    const [text, { url }] = kept.ok ? ["Your enquiry was sent: see its receipt", kept] : ["Your enquiry was not taken: change it", key];
    const pages = await clients.matchAll();
    for (const page of pages) page.postMessage([text, url]);
    if (kept.ok && pages[0]) await cache.delete(key);
  }
});
