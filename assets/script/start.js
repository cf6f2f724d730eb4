// The first page, as the server made it.

addEventListener("pageshow", ({ persisted }) => {
  // Kept by the browser as it was left: waiting.
  if (persisted) main().ariaBusy = null;
  refresh();
});
addEventListener("storage", refresh);
addEventListener("pagehide", () => note());

const start = async () => {
  refresh();
  const { y, more = [] } = history.state || {};
  note({ y });
  document.documentElement.classList.add("js");
  if (here == "/shortlist" && list("saved")[0]) location.replace(shortlist());
  for (const address of more) await append(find("[rel=next]"), address);
  if (y && !wish) scrollTo(0, y);
};
start().catch(() => {});

if (find("[rel=manifest]") && navigator.serviceWorker) {
  const { serviceWorker } = navigator;
  const policy = window.trustedTypes?.createPolicy("worker", { createScriptURL: () => "/sw.js" });
  addEventListener("load", () => serviceWorker.register(/** @type {string} */ (policy?.createScriptURL("") || "/sw.js")));
  // Enquiries may be waiting.
  const ask = () => serviceWorker.controller?.postMessage("");
  ask();
  addEventListener("online", ask);
  serviceWorker.addEventListener("message", ({ data: [text, url] }) => notice(text, url));
}
