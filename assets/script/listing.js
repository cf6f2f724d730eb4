// The listing: filters that apply as they are chosen, and more cars below those that are there.

/** What a form asks for, without what it leaves open. @param {HTMLFormElement} form */
const addressOf = form => {
  const chosen = [...new FormData(form)].filter(([, value]) => value);
  const query = new URLSearchParams(/** @type {[string, string][]} */ (chosen)).toString();
  return form.action + (query && "?" + query);
};

/** Says what has changed to who cannot see it. @param {string | null | undefined} text */
const say = text => {
  /** @type {Element} */ (find(".said")).textContent = text || "";
};

/** Shows the list as it is narrowed now; the panel stays as it is. @param {HTMLFormElement} form */
const refine = async form => {
  const address = addressOf(form);
  const page = await get(address);
  if (!page) return;
  /** @type {HTMLInputElement | null} */
  const focus = form.contains(document.activeElement) ? /** @type {HTMLInputElement} */ (document.activeElement) : null;
  const folds = all("details", form), y = scrollY, tops = folds.map(fold => fold.scrollTop);
  enter(address);
  const panel = /** @type {HTMLElement} */ (find("form.sift", page.main));
  const swipes = all("details", panel).map(fold => {
    const at = folds.findIndex(({ ariaLabel }) => ariaLabel == fold.ariaLabel);
    if (at >= 0) fold.toggleAttribute("open", folds[at].hasAttribute("open"));
    return /** @type {[Element, number, number]} */ ([fold, 0, tops[at] || 0]);
  });
  const value = /box|radio/.test(focus?.type || "") ? `[value="${focus?.value}"]` : "";
  const again = focus && find(`[name="${focus.name}"]${value}`, panel);
  // Who comes back finds what was chosen there.
  form.reset();
  show({ ...page, y, swipes, focus: again });
  say(find("[role=status]")?.textContent);
};

/**
 * Adds the next cars of the list that a link belongs to, as long as it is shown. Nothing in sight moves: the busy link keeps a
 * screen free (style.css), in which they appear. @param {HTMLElement | null} link @param {string} address
 */
const append = async (link, address) => {
  if (!link) return;
  link.ariaBusy = "true";
  const { main: more } = await take(address).page.finally(() => link.ariaBusy = null);
  if (!link.isConnected) return;
  const list = /** @type {HTMLElement} */ (find("#cars .cards"));
  const cards = all("#cars .cards > li", more).filter(card => {
    const { car } = /** @type {HTMLElement} */ (find("article", card)).dataset;
    return !find(`[data-car="${car}"]`, list);
  });
  list.append(...cards);
  link.closest("p")?.replaceWith(find("[rel=next]", more)?.closest("p") || "");
  refresh();
  return cards[0];
};

/** @param {HTMLAnchorElement} link */
const showMore = async link => {
  const mine = wish;
  if (link.ariaBusy) return;
  try {
    const first = await append(link, link.href);
    if (!first) return;
    // A reload adds them again.
    note({ more: [...(history.state.more || []), link.href] });
    if (mine == wish) find("a", first)?.focus({ preventScroll: true });
    say("More cars");
  } catch {
    if (mine == wish) location.href = link.href;
  }
};

document.addEventListener("change", event => {
  const { form } = /** @type {HTMLInputElement} */ (event.target), result = form && find("output", form);
  if (form?.matches(".sift")) refine(form);
  // A loan as the server counts it.
  else if (result && form.reportValidity()) {
    const address = addressOf(form);
    fly(address).page.then(({ main }) => {
      if (address == addressOf(form)) result.textContent = find("output", main)?.textContent || "";
    }).catch(() => {});
  }
});

document.addEventListener("submit", event => {
  const form = /** @type {HTMLFormElement} */ (event.target), { pathname } = new URL(form.action);
  if (form.method != "get" || !ROUTES.test(pathname)) return;
  event.preventDefault();
  const address = addressOf(form);
  // The button is seen to be pressed first.
  if (address == location.href) requestAnimationFrame(() => setTimeout(() => find("details", form)?.removeAttribute("open")));
  else go(address);
});
