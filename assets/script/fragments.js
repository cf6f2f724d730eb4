// Pages without their frame, fetched when they are wanted or a moment before.

/** @typedef {{ main: HTMLElement, title: string, canonical: string }} Fragment */
/** @typedef {{ page: Promise<Fragment>, isAhead: boolean, isThere: boolean, at: number, cancel: () => void }} Flight */

/** Pages a session that may be fetched before anybody has touched their link: 60 KB at 6 KB each. */
const IDLE_MAX = 10;
const AHEAD_FLIGHTS = 2;
const AHEAD_FRESH_MS = 30e3;
const TIMEOUT_MS = 10e3;

/** @type {Map<string, Flight>} */
const ahead = new Map();
let flights = 0;

/**
 * A request parses what it gets, so no text ever becomes markup by our hands (trusted types).
 * @param {string} address @param {boolean} [isAhead] @returns {Flight}
 */
const fly = (address, isAhead = false) => {
  const request = new XMLHttpRequest(), url = new URL(address, location.origin);
  url.searchParams.set("f", "1");
  request.open("GET", url);
  request.responseType = "document";
  request.timeout = TIMEOUT_MS;
  if (isAhead) request.setRequestHeader("Purpose", "prefetch");
  const page = new Promise(done => request.onloadend = done).then(() => {
    if (isAhead) flights--;
    if (request.status != 200) throw request.status;
    // What is no page of ours has no canonical link, and fails here.
    const got = /** @type {Document} */ (request.responseXML);
    const { href } = /** @type {HTMLLinkElement} */ (find("[rel=canonical]", got));
    const main = /** @type {HTMLElement} */ (find("main", got));
    // Adopted now, so that it costs nothing when it is shown; a photo that is not lazy would be fetched with it.
    find("img", main)?.setAttribute("loading", "lazy");
    flight.isThere = true;
    return { main: document.adoptNode(main), title: got.title, canonical: href };
  });
  request.send();
  /** @type {Flight} */
  const flight = { page, isAhead, isThere: false, at: Date.now(), cancel: () => request.abort() };
  return flight;
};

/** Fetches a car's page in case it is wanted, unless data are dear. @param {string} address @param {boolean} [isIdle] */
const flyAhead = (address, isIdle) => {
  const { saveData, effectiveType = "" } = navigator.connection || {}, idle = +(sessionStorage.idle || 0);
  if (saveData || /[23]g/.test(effectiveType) || flights >= AHEAD_FLIGHTS || isIdle && idle >= IDLE_MAX || fresh(address)) return;
  if (isIdle) sessionStorage.idle = idle + 1;
  flights++;
  const flight = fly(address, true);
  ahead.set(address, flight);
  flight.page.catch(() => ahead.delete(address));
};

/** What was fetched ahead, unless it is too old to be shown as if it were fetched now. @param {string} address */
const fresh = address => {
  const known = ahead.get(address);
  return known && Date.now() - known.at < AHEAD_FRESH_MS && known;
};

/** The page under way already, or a new request. @param {string} address */
const take = address => {
  const flight = fresh(address) || fly(address);
  ahead.delete(address);
  return flight;
};
