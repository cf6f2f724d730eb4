// What the buttons and sections of a page do. They are hidden without a script.

/** Kept until there is a reason to offer it. @type {BeforeInstallPromptEvent | null} */
let offer = null;

/** @param {HTMLElement} button */
const act = button => {
  const { do: what } = button.dataset, car = Number(button.dataset.car);
  if (what == "save") {
    if (toggle("saved", car)) tell("add_to_wishlist", car);
    // The worker keeps what it sees: the shortlist is there without a network, too.
    fly(shortlist()).page.catch(() => {});
  } else if (what == "compare") {
    toggle("compared", car);
    const ids = list("compared");
    notice(ids[1] ? `Compare ${ids.length} cars` : "", idsAt("/compare", ids));
  } else if (what == "drop") {
    // And the link leads to the others.
    put("compared", car, false);
  } else if (what == "share") {
    share(button);
  } else if (what == "full") {
    if (document.fullscreenElement) document.exitFullscreen();
    else button.parentElement?.requestFullscreen();
  } else {
    offer?.prompt();
    offer = null;
  }
  refresh();
};

/** A link that stays in sight until it is followed. @param {string} textContent @param {string} href */
const notice = (textContent, href) => {
  Object.assign(/** @type {Element} */ (find(".told")), { textContent, href, hidden: !textContent });
  say(textContent);
};

/** What lies around photos that fill the screen: nothing there can have focus. */
let around = all("[inert]");
document.addEventListener("fullscreenchange", () => {
  for (const one of around) one.inert = false;
  around = all(":has(:fullscreen) > :not(:has(:fullscreen), :fullscreen)");
  for (const one of around) one.inert = true;
});

/** @param {string} path @param {number[]} ids */
const idsAt = (path, ids) => path + (ids[0] ? "?ids=" + ids : "");
const shortlist = () => idsAt("/shortlist", list("saved"));

/** @param {HTMLElement} button */
const share = async button => {
  const url = /** @type {HTMLLinkElement} */ (find("[rel=canonical]")).href;
  if (navigator.share) return navigator.share({ title: document.title, url }).catch(() => {});
  await navigator.clipboard.writeText(url);
  button.textContent = "Link copied";
  say("Link copied");
};

/** Brings what this browser knows into the page. */
const refresh = () => {
  const lists = { save: list("saved"), compare: list("compared") }, saved = lists.save;
  for (const button of all("[data-do]")) {
    const { do: what } = button.dataset, car = Number(button.dataset.car);
    button.hidden = what == "full" ? !document.fullscreenEnabled : what == "install" && !(offer && (saved[0] || here.startsWith("/leads/")));
    if (what == "save" || what == "compare") button.ariaPressed = String(lists[what].includes(car));
  }
  for (const count of all("[data-count]")) {
    count.textContent = String(saved.length);
    count.hidden = !saved[0];
  }
  // Those of the frame; others say themselves which cars they mean.
  for (const link of all(".top [href^='/shortlist']")) link.setAttribute("href", shortlist());
  for (const link of all(".end [href^='/compare']")) link.setAttribute("href", idsAt("/compare", lists.compare));
  const car = carOf(here);
  if (car) put("seen", car);
  for (const card of all("[data-p]")) dwell.observe(card);
};

/** What rests in sight for a moment is probably wanted. */
const DWELL_MS = 300;
const dwell = new IntersectionObserver(seen => {
  for (const { target, isIntersecting } of seen) {
    const card = /** @type {HTMLElement & { timer?: number }} */ (target);
    clearTimeout(card.timer);
    if (isIntersecting) card.timer = setTimeout(() => flyAhead(/** @type {HTMLAnchorElement} */ (find("a", card)).href, true), DWELL_MS);
  }
}, { threshold: 0.5 });

/** Below the page, as long as its end is out of sight: nothing moves that somebody looks at. */
const showRecent = async () => {
  const box = find("[data-recent]"), ids = list("seen").filter(id => id != carOf(here)).slice(0, 6);
  if (!box || !box.hidden || !ids[0]) return;
  const { main: cars } = await fly(idsAt("/shortlist", ids)).page;
  const cards = find(".cards", cars);
  if (!cards || end.getBoundingClientRect().top < innerHeight) return;
  box.append(cards);
  box.hidden = false;
  refresh();
};
const end = /** @type {HTMLElement} */ (find("footer"));
new IntersectionObserver(([{ isIntersecting }]) => {
  if (isIntersecting) showRecent().catch(() => {});
}, { rootMargin: "1200px" }).observe(end);

addEventListener("beforeinstallprompt", event => {
  event.preventDefault();
  offer = event;
  refresh();
});
