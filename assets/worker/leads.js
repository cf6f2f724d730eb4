// Leads that could not be sent: kept in IndexedDB as they were filled in, and sent when there is a network. The server knows
// a lead that it has already.

/**
 * @template T @param {IDBTransactionMode} mode @param {(leads: IDBObjectStore) => IDBRequest<T>} use @returns {Promise<T>}
 */
const withLeads = (mode, use) => new Promise((done, fail) => {
  const opening = indexedDB.open("forecourt", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("leads", { autoIncrement: true });
  opening.onerror = fail;
  opening.onsuccess = () => {
    const transaction = opening.result.transaction("leads", mode), request = use(transaction.objectStore("leads"));
    transaction.oncomplete = () => done(request.result);
    transaction.onabort = fail;
  };
});

/** Sends what is kept; what is neither taken nor refused stays. */
const sendLeads = () => navigator.locks.request("leads", async () => {
  for (const key of await withLeads("readonly", leads => leads.getAllKeys())) {
    const body = new URLSearchParams(await withLeads("readonly", leads => leads.get(key)));
    const { ok, status } = await fetch("/leads", { method: "POST", body });
    if (status > 499 || status == 429) throw status;
    await withLeads("readwrite", leads => leads.delete(key));
    const text = ok ? "Your enquiry was sent." : "Your enquiry could not be sent.";
    for (const page of await clients.matchAll()) page.postMessage(text);
  }
});
