// The service worker: pages from the network, or as they were seen last when there is none.
//
// BUILD and APP stand before this: the name of what is kept for good, and the script's address.

/** Survive a new build: a page kept by an old one is better than none. */
const PAGES = "pages";
const FILES = "files";
const PAGES_MAX = 30;
const FILES_MAX = 60;
const PATIENCE_MS = 3000;
const FRAME = "/offline";
const MAIN = /<main[^]*<\/main>/, TITLE = /<title>.*?<\/title>/;
/** A title without the site's name, and the path of the canonical link behind it. */
const HEAD = /<title>(.*?)( \|.*?)?<\/title>[^]*?canonical" href="\w+:\/\/[^/]*(.*?)"/;

addEventListener("install", event => {
  skipWaiting();
  event.waitUntil(caches.open(BUILD).then(cache => cache.addAll([FRAME, APP])));
});

addEventListener("activate", event => event.waitUntil((async () => {
  await registration.navigationPreload?.enable();
  for (const name of await caches.keys()) if (![BUILD, PAGES, FILES, LEADS].includes(name)) await caches.delete(name);
  await clients.claim();
  // The pages that were there before any worker: the browser has them still.
  for (const { url } of await clients.matchAll()) {
    if (keyOf(url)) await keep(PAGES, keyOf(url), await fetch(url, { cache: "force-cache" }), PAGES_MAX);
  }
})()));

/** @param {string} name @param {string | Request} key @param {Response} response @param {number} max */
const keep = async (name, key, response, max) => {
  const cache = await caches.open(name);
  await cache.put(key, response);
  for (const oldest of (await cache.keys()).slice(0, -max)) await cache.delete(oldest);
};

/** Under which address a page is kept, whole or as a fragment; none for those that are not. @param {string} address */
const keyOf = address => {
  const { pathname, searchParams } = new URL(address), car = /^\/car\/(.*-)?(\d+)\/?$/.exec(pathname);
  if (car) return "/car/" + car[2];
  if (/^\/(shortlist|compare)$/.test(pathname)) return pathname;
  if (!/^\/(cars)?$/.test(pathname)) return "";
  for (const name of [...searchParams.keys()]) if (/^(f$|utm_|gad_|_gl|srsltid|li_fat|.*cl(id|src)$|.*braid$)/.test(name)) searchParams.delete(name);
  return "/cars?" + searchParams;
};

/** @param {FetchEvent} event @param {string} key */
const page = async (event, key) => {
  const { request } = event, isWhole = request.mode == "navigate";
  const network = (async () => {
    const response = await event.preloadResponse || await fetch(request);
    if (key && response.ok) event.waitUntil(keep(PAGES, key, response.clone(), PAGES_MAX));
    return response;
  })();
  const seen = key && await caches.match(key, { cacheName: PAGES });
  if (!seen) return network.catch(() => isWhole ? nothing() : Response.error());
  const patience = new Promise(done => setTimeout(done, PATIENCE_MS));
  const fresh = await Promise.race([network, patience]).catch(() => {});
  if (fresh?.status < 500) return fresh;
  // Grey, and it says of when it is.
  const note = `class="old"><p class="wide note" role="note">No connection. Prices as of ${asOf(seen)}.</p>`;
  const html = (await seen.text()).replace(/(<main[^>]*)>/, (_, tag) => tag + note);
  if (isWhole) return framed(html);
  return new Response(html, { headers: seen.headers });
};

/** @param {Response} seen */
const asOf = ({ headers }) =>
  new Date(+(headers.get("forecourt-as-of") || 0)).toLocaleString("en-IN", { dateStyle: "medium", timeStyle: "short" });

/** A whole page of the title and `<main>` of another. @param {string} html @param {RegExp} [place] */
const framed = async (html, place = MAIN) => {
  const frame = /** @type {Response} */ (await caches.match(FRAME));
  const text = (await frame.text()).replace(TITLE, found => TITLE.exec(html)?.[0] || found);
  return new Response(text.replace(place, () => MAIN.exec(html)?.[0] || html), { headers: frame.headers });
};

/** No page, but a list of those that are here. */
const nothing = async () => {
  const cache = await caches.open(PAGES);
  let links = "";
  for (const { url } of [...await cache.keys()].reverse()) {
    const seen = /** @type {Response} */ (await cache.match(url));
    const [, title, , path] = HEAD.exec(await seen.text()) || [];
    links += `<li><a href="${path}">${title}</a>, as of ${asOf(seen)}</li>`;
  }
  return framed(links && `<h2>Kept on this device</h2><ul>${links}</ul>`, /<ul data-kept><\/ul>/);
};

/** A lead is sent, or kept until it can be. @param {Request} request */
const lead = async request => {
  const { referrer } = request, isMended = referrer.includes(MEND), key = isMended ? referrer : MEND + Date.now();
  const cache = await caches.open(LEADS), body = await request.clone().text();
  try {
    const answer = await fetch(request);
    if (!isMended) return answer;
    if (answer.status) {
      await cache.put(key, answer);
      return Response.redirect(key, 303);
    }
    // On its way to the receipt.
    await cache.delete(key);
    return answer;
  } catch {
    await cache.put(key, new Response(body, { headers: { from: referrer } }));
    registration.sync?.register(LEADS).catch(() => {});
    return framed(" ", /hidden(?= data-unsent)/);
  }
};

/** The form that was not taken, as the server answered it. @param {Request} request */
const mend = async request => await caches.match(request, { cacheName: LEADS }) || Response.redirect("/cars");

/** What does not change under its address. @param {FetchEvent} event */
const file = async event => {
  const { request } = event, known = await caches.match(request);
  if (known) return known;
  const response = await fetch(request);
  if (response.ok || response.type == "opaque") event.waitUntil(keep(FILES, request, response.clone(), FILES_MAX));
  return response;
};

addEventListener("fetch", event => {
  const { method, url, mode, destination } = event.request, { origin, pathname } = new URL(url);
  const isHere = origin == location.origin, key = isHere && method == "GET" && keyOf(url) || "";
  if (isHere && pathname.startsWith(MEND)) event.respondWith(mend(event.request));
  else if (key || mode == "navigate" && method == "GET") event.respondWith(page(event, key));
  else if (destination == "image" || isHere && pathname.startsWith("/assets/")) event.respondWith(file(event));
  else if (isHere && pathname == "/leads" && method == "POST") event.respondWith(lead(event.request));
});

addEventListener("sync", event => event.waitUntil(sendLeads()));
addEventListener("message", event => event.waitUntil(sendLeads()));
