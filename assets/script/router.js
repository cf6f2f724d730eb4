// From page to page without loading one: `<main>` is swapped, the frame around it stays. Whatever goes wrong, the browser
// loads the address as if there were no script.

/**
 * A page that can be shown again as it was left.
 * @typedef {Fragment & { y?: number, swipes?: [Element, number, number][], focus?: Element | null }} Page
 */

const PAGES_KEPT = 6;
const MOVE_MS = 180;
/** A page that is not there by then is waited for. */
const BUSY_AFTER_MS = 300;
/** What the server answers with a page; everything else is the browser's. */
const ROUTES = /^\/(cars?(\/.*)?|compare|shortlist|emi)?$/;

/** Pages by the entry of the history they belong to. @type {Map<number, Page>} */
const kept = new Map();
/** The entry that is shown. @type {number} */
let entry = history.state?.entry || Date.now();
/** Its address, without what stands behind `#`. */
let here = location.pathname + location.search;
/** Grows with each wish to go somewhere: only the last one is granted. */
let wish = 0;
/** @type {Flight | undefined} */
let flight;

/** @template {Element} [E=HTMLElement] @param {string} selector @param {ParentNode} [within] @returns {E | null} */
const find = (selector, within = document) => within.querySelector(selector);
/** @type {(selector: string, within?: ParentNode) => HTMLElement[]} */
const all = (selector, within = document) => /** @type {any} */ ([...within.querySelectorAll(selector)]);

/** The element every page has. */
const main = () => /** @type {HTMLElement} */ (find("main"));
/** 0 for what is no car's page. @param {string} address */
const carOf = address => +(/^\/car\/(.*-)?(\d+)\/?(\?|$)/.exec(address)?.[2] || 0);

/** What has been scrolled on this page: to ask every element would lay out even those that are folded. @type {Set<Element>} */
const swiped = new Set();
document.addEventListener("scroll", ({ target }) => target != document && swiped.add(/** @type {Element} */ (target)), true);

/** What an entry needs to be shown after a reload. @param {object} [more] */
const note = more => {
  const { state } = history;
  // Another one has come in history whose page is still under way.
  if ((state?.entry ?? entry) == entry) history.replaceState({ ...state, entry, y: scrollY, ...more }, "");
};

/** Keeps the page that is left, as it is. */
const leave = () => {
  const canonical = /** @type {HTMLLinkElement} */ (find("[rel=canonical]")).href;
  kept.delete(entry);
  kept.set(entry, {
    main: main(), title: document.title, canonical, y: scrollY, focus: document.activeElement,
    swipes: [...swiped].map(e => [e, e.scrollLeft, e.scrollTop]),
  });
  swiped.clear();
  for (const oldest of [...kept.keys()].slice(0, -PAGES_KEPT)) kept.delete(oldest);
  tellSight();
};

/**
 * Of several photos side by side the one in sight.
 * @type {(of: ParentNode | null | undefined) => HTMLImageElement | undefined}
 */
const photoOf = of => of && /** @type {any} */ (all("img", of)).find((/** @type {Element} */ photo) => {
  const { left, right, top, bottom } = photo.getBoundingClientRect();
  const middle = (left + right) / 2;
  return middle > 0 && middle < innerWidth && bottom > 0 && top < innerHeight;
});

/**
 * Shows a page in place of another, under the address and the entry of this moment. A photo of the one that is left moves to where
 * `to` finds it on the other. No view transition: it holds the page for two frames before the first of them is painted.
 * @param {Page} page @param {HTMLImageElement | null} [photo] @param {(main: HTMLElement) => Element | null | undefined} [to]
 */
const show = (page, photo, to) => {
  const from = photo?.getBoundingClientRect(), { hash } = location;
  leave();
  here = location.pathname + location.search;
  entry = history.state?.entry || Date.now();
  // What is below is laid out once what is seen first is painted. What was here before has its focus and its photos anywhere.
  page.main.classList.toggle("fresh", !page.y && !page.swipes && !hash);
  frame().then(() => page.main.classList.remove("fresh"));
  main().replaceWith(page.main);
  page.main.ariaBusy = null;
  document.title = page.title;
  /** @type {HTMLLinkElement} */ (find("[rel=canonical]")).href = page.canonical;
  refresh();
  for (const [e, left, top] of page.swipes || []) e.scrollTo(left, top);
  scrollTo(0, page.y || 0);
  const heading = find("h1", page.main);
  if (heading) heading.tabIndex = -1;
  const focus = page.focus?.isConnected ? page.focus : heading;
  /** @type {HTMLElement | null} */ (focus)?.focus({ preventScroll: true });
  if (hash && !page.swipes) document.getElementById(hash.slice(1))?.scrollIntoView();
  const place = from && to?.(page.main);
  if (place) move(place.getBoundingClientRect(), from, place.closest(".gallery, .card"));
};

/**
 * What holds a photo comes from where the photo was on the page before, behind the words, which can be read at once.
 * @param {DOMRect} here @param {DOMRect} from @param {Element | null} holder
 */
const move = (here, from, holder) => {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const x = from.left - here.left, y = from.top - here.top, scale = from.width / here.width;
  const way = { transformOrigin: ["0 0", "0 0"], zIndex: [-1, -1], transform: [`translate(${x}px, ${y}px) scale(${scale})`, "none"] };
  holder?.animate(/** @type {any} */ (way), { duration: MOVE_MS, easing: "ease-out" });
};

/** The next frame is painted. @returns {Promise<void>} */
const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));

/** Gets a page unless another one is wanted meanwhile. @param {string} address @returns {Promise<Page | undefined>} */
const get = async address => {
  const mine = ++wish;
  flight?.cancel();
  flight = take(address);
  const { isAhead, isThere } = flight;
  setTimeout(() => flight?.isThere || mine != wish || (main().ariaBusy = "true"), BUSY_AFTER_MS);
  try {
    // What is not there yet comes after the frame that answers the tap.
    const [page] = await Promise.all([flight.page, isThere || frame()]);
    if (mine != wish) return;
    if (isAhead) tell("view_item", carOf(new URL(address).pathname));
    return page;
  } catch {
    if (mine == wish) location.href = address;
  }
};

/** Makes a new entry of the history, once its page is there. @param {string} address */
const enter = address => {
  note();
  history.pushState({ entry: Date.now() }, "", address);
};

/** @param {string} address @param {Element | null} [card] */
const go = async (address, card) => {
  const page = await get(address);
  if (!page) return;
  const photo = photoOf(card);
  enter(address);
  show(page, photo, main => {
    /** @type {HTMLImageElement | null} */
    const hero = find("img", main);
    // Loaded for the card, so it is there at once; the larger one is painted over it. Of a drawing one size serves both.
    if (hero && photo && hero.src != photo.currentSrc) hero.style.background = `center / cover url("${photo.currentSrc}")`;
    return hero;
  });
};

history.scrollRestoration = "manual";

addEventListener("popstate", async ({ state, hasUAVisualTransition }) => {
  wish++;
  // Another place on the same page, or back on it before another one was there.
  if (location.pathname + location.search == here && (state?.entry ?? entry) == entry) {
    main().ariaBusy = null;
    return;
  }
  const known = kept.get(state?.entry), car = carOf(here);
  if (known) return show(known, hasUAVisualTransition ? null : photoOf(find(".shots")), main => photoOf(find(`[data-car="${car}"]`, main)));
  const page = await get(location.href);
  if (page) show({ ...page, y: state?.y });
});

document.addEventListener("click", event => {
  const target = /** @type {Element} */ (event.target);
  /** @type {HTMLElement | null} */
  const button = target.closest("[data-do]");
  if (button) return act(button);
  const link = target.closest("a");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  // A photo is no place to come back to.
  const photo = link.closest(".thumbs") && find(link.hash);
  if (!photo && !isOurs(link)) return;
  event.preventDefault();
  link.hidden = link.matches(".told");
  if (photo) return photo.scrollIntoView({ block: "nearest" });
  if (link.rel == "next") return showMore(link);
  const card = link.closest("article");
  if (card) tell("select_item", Number(card.dataset.car), placeOf(card));
  go(link.href, card);
});

/** Whether a link leads to one of our pages, here, and to another one. @param {HTMLAnchorElement} link */
const isOurs = link =>
  link.origin == location.origin && ROUTES.test(link.pathname) && !link.target &&
  !(link.hash && link.pathname + link.search == here);

/** Where in which list a card stands. @param {HTMLElement} card */
const placeOf = card => {
  /** @type {HTMLElement | null} */
  const named = card.closest("[data-list]");
  return named ? { list: named.dataset.list, index: all("article", named).indexOf(card) } : {};
};

document.addEventListener("pointerdown", event => {
  const link = /** @type {Element} */ (event.target).closest("a");
  if (link && isOurs(link) && carOf(link.pathname)) flyAhead(link.href);
});
