"""Generates the events of visitors who behave as `behaviour` states. The same seed gives the same bytes.

A visitor arrives once in the period and comes back for more **visits** on later days. The first visit begins on the page of an
advertised car (70 %) or on a listing filtered by what the ad promised. Each visit goes through **lists** of ten cards, in the order a
site without a model of the visitor would use: appeal, freshness, likeness to the car looked at last, and noise. A
card is **examined** less often the further down it is; an examined card is **clicked** if the car beats the visitor's
standard, more or less; a car's page is read longer the better the car, may be put on the wishlist, and, rarely, leads to a lead.
Then the visitor looks at similar cars or goes on down the list until patience ends. Cars are there from
`listed_at` to `sold_at`.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np

from forecourt_training.behaviour import Market, Visitor, market_of, visitor_of
from forecourt_training.cars import Cars

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
AD_ON_A_CAR = 0.70
PAGE = 10
PAGES_MEAN = 2.2
VISITS_MEAN = 2.2
DAYS_BETWEEN_VISITS = 3.0
EXAMINE_HALVES_AT = 14
LIKENESS = {"model": 0.9, "make": 0.3, "body": 0.7, "city": 0.5}
LIKENESS_PRICE = 1.6
SITE_NOISE = 0.9
FRESHNESS = 0.4
FILTERED_BY = {"city": 0.45, "body": 0.35, "make": 0.30, "price_max": 0.40}
SIMILAR_BLOCK = 6
LOOKS_AT_SIMILAR = 0.4
# How many units of utility a whim is worth: the width of the logistic choice.
FICKLE = 1.0
WISHES = 0.04
LEADS = 0.0095
NOISE_POOL = 1 << 20


class Journal:
    """Collects event lines with their times."""

    def __init__(self, seed: int, impressions: bool):
        self.seed = seed
        self.impressions = impressions
        self.lines = []

    def add(self, at_ms: int, name: str, visitor: str, rest: str) -> None:
        head = f'{{"id":"g{self.seed}-{len(self.lines)}","name":"{name}","at_ms":{at_ms},"visitor":"{visitor}"'
        self.lines.append((at_ms, f"{head},{rest}}}\n"))

    def add_list(self, at_ms: int, visitor: str, feed: str, query: str, index: int, ids) -> None:
        if self.impressions:
            shown = ",".join(map(str, ids))
            rest = f'"list":"{feed}","model":"generated","order":"recommended","query":{query},"index":{index},"cars":[{shown}]'
            self.add(at_ms, "view_item_list", visitor, rest)

    def write(self, path: Path) -> None:
        """Writes the lines in order of time."""
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(line for _, line in sorted(self.lines, key=lambda entry: entry[0]))


class Site:
    """What the visitors browse: the market, its numbers of cars, and a pool of noise to draw orders from."""

    def __init__(self, market: Market, ids: np.ndarray, rng: np.random.Generator):
        self.market = market
        self.ids = ids.tolist()
        self.rng = rng
        self.noise = (SITE_NOISE * rng.standard_normal(NOISE_POOL + len(ids))).astype(np.float32)

    def live(self, at_ms: int) -> np.ndarray:
        return (self.market.listed_ms <= at_ms) & (at_ms < self.market.sold_ms)

    def likeness(self, car: int) -> np.ndarray:
        """f32 [N]: how alike every car is to one."""
        market = self.market
        alike = np.float32(-LIKENESS_PRICE) * np.abs(market.log_price - market.log_price[car])
        for word, much in LIKENESS.items():
            alike += np.float32(much) * (market.words[word] == market.words[word][car])
        return alike

    def order(self, at_ms: int, allowed: np.ndarray, last: int | None, top: int) -> np.ndarray:
        """Rows of the first `top` allowed cars in the order of the site."""
        market = self.market
        rows = np.flatnonzero(allowed)
        start = int(self.rng.integers(NOISE_POOL))
        age_days = (at_ms - market.listed_ms) / DAY_MS
        worth = market.appeal + np.float32(FRESHNESS) * np.exp(-age_days / 7).astype(np.float32)
        worth += self.noise[start : start + len(worth)]
        if last is not None:
            worth += self.likeness(last)
        worth = worth[rows]
        if len(rows) > top:
            best = np.argpartition(-worth, top)[:top]
            rows, worth = rows[best], worth[best]
        return rows[np.argsort(-worth, kind="stable")]


def generate(cars: Cars, visitors: int, seed: int, days: int, impressions: bool) -> Journal:
    """The events of `visitors` visitors over the `days` days that end with the newest time in the catalogue."""
    rng = np.random.default_rng(seed)
    sold = cars.sold_ms[cars.sold_ms < np.iinfo(np.int64).max]
    end_ms = int(max(cars.listed_ms.max(), sold.max(initial=0))) // HOUR_MS * HOUR_MS + HOUR_MS
    market = market_of(cars, rng, 1970 + int(end_ms / DAY_MS / 365.2425))
    site = Site(market, cars.ids, rng)
    journal = Journal(seed, impressions)
    names = np.unique(rng.integers(1, 2**63, visitors + 1000))
    names = rng.permutation(names)[:visitors]
    wish = np.exp(market.appeal.astype(np.float64))
    kinds = rng.choice(len(cars), visitors, p=wish / wish.sum())
    cities = market.words["city"][rng.integers(len(cars), size=visitors)]
    arrivals = arrival_times(rng, visitors, end_ms, days)
    for number in range(visitors):
        visitor = visitor_of(market, int(kinds[number]), int(cities[number]), rng)
        browse(site, journal, visitor, str(names[number]), int(arrivals[number]), end_ms)
        if (number + 1) % 2000 == 0:
            print(f"generated {number + 1} of {visitors} visitors, {len(journal.lines)} events", file=sys.stderr)
    return journal


def arrival_times(rng, visitors: int, end_ms: int, days: int) -> np.ndarray:
    """i64 [visitors]: any day; mostly the evening, in India's time."""
    day = rng.integers(1, days + 1, visitors)
    hour = np.clip(rng.normal(20.0, 4.0, visitors), 6, 30) - 5.5
    start = end_ms // DAY_MS * DAY_MS - day * DAY_MS
    return np.minimum(start + (hour * HOUR_MS).astype(np.int64), end_ms - 1)


def browse(site: Site, journal: Journal, visitor: Visitor, name: str, at_ms: int, end_ms: int) -> None:
    """All visits of one visitor."""
    rng = site.rng
    seen, last = set(), None
    for visit in range(int(rng.geometric(1 / VISITS_MEAN))):
        if at_ms >= end_ms:
            return
        feed = f"{name}-{visit}"
        at_ms, last = one_visit(site, journal, visitor, name, feed, at_ms, seen, last)
        at_ms += int(rng.exponential(DAYS_BETWEEN_VISITS) * DAY_MS) + HOUR_MS


def one_visit(site: Site, journal: Journal, visitor: Visitor, name: str, feed: str, at_ms: int, seen: set, last):
    """One visit; returns when it ended and the car looked at last (or None). Adds to `seen`, the rows looked at."""
    rng = site.rng
    live = site.live(at_ms)
    if not live.any():
        return at_ms, last
    if last is None and rng.random() < AD_ON_A_CAR:
        last = advertised(site, visitor, live)
        at_ms = look(site, journal, visitor, name, at_ms, last, None, seen)
    allowed, query = filtered(site, visitor, live)
    pages = int(rng.geometric(1 / PAGES_MEAN))
    order = site.order(at_ms, allowed, last, pages * PAGE)
    for page in range(math.ceil(len(order) / PAGE)):
        shown = order[page * PAGE : (page + 1) * PAGE].tolist()
        journal.add_list(at_ms, name, feed, query, page * PAGE, [site.ids[row] for row in shown])
        chances = rng.random(len(shown))
        for place, row in enumerate(shown):
            at_ms += 1500
            examined = 1 / (1 + (page * PAGE + place) / EXAMINE_HALVES_AT)
            if row in seen or chances[place] > examined * wanted(visitor, row):
                continue
            at_ms = look(site, journal, visitor, name, at_ms, row, (feed, page * PAGE + place), seen)
            last = row
            if rng.random() < LOOKS_AT_SIMILAR:
                at_ms, last = look_at_similar(site, journal, visitor, name, at_ms, row, live, seen)
    return at_ms, last


def look_at_similar(site: Site, journal: Journal, visitor: Visitor, name: str, at_ms: int, row: int, live, seen: set):
    """The block of similar cars on a car's page; at most one of them is clicked."""
    start = int(site.rng.integers(NOISE_POOL))
    alike = site.likeness(row) + 0.5 * site.market.appeal + site.noise[start : start + len(live)]
    alike[~live] = -np.inf
    alike[row] = -np.inf
    block = np.argpartition(-alike, SIMILAR_BLOCK)[:SIMILAR_BLOCK] if len(alike) > SIMILAR_BLOCK else np.arange(len(alike))
    block = [int(near) for near in block[np.argsort(-alike[block], kind="stable")] if np.isfinite(alike[near])]
    feed = f"similar-{site.ids[row]}"
    journal.add_list(at_ms, name, feed, '""', 0, [site.ids[near] for near in block])
    for place, near in enumerate(block):
        if near not in seen and site.rng.random() < 0.7 * wanted(visitor, near):
            return look(site, journal, visitor, name, at_ms + 2000, near, (feed, place), seen), near
    return at_ms, row


def wanted(visitor: Visitor, row: int) -> float:
    """The probability that an examined car is clicked."""
    return logistic((float(visitor.utility[row]) - visitor.standard) / FICKLE)


def logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


def advertised(site: Site, visitor: Visitor, live: np.ndarray) -> int:
    """The car of the ad that brought the visitor: ads are aimed, but not well."""
    rows = np.flatnonzero(live)
    some = rows[site.rng.integers(len(rows), size=60)]
    aim = 0.5 * visitor.utility[some] + site.market.appeal[some] + site.rng.gumbel(size=len(some))
    return int(some[np.argmax(aim)])


def filtered(site: Site, visitor: Visitor, live: np.ndarray):
    """The filters a visitor sets: (bool [N], the query as a JSON text). Filters that leave nothing are taken back."""
    market, rng = site.market, site.rng
    allowed, parts = live, []
    chances = dict(zip(FILTERED_BY, rng.random(len(FILTERED_BY))))
    for key, often in FILTERED_BY.items():
        if chances[key] > often:
            continue
        if key == "price_max":
            most = math.ceil(math.exp(visitor.budget + 0.1) / 50_000) * 50_000
            mask, part = market.log_price <= math.log(most), f"price_max={most}"
        else:
            value = visitor.city if key == "city" else visitor.wanted.get(key)
            if value is None:
                continue
            mask, part = market.words[key] == value, f"{key}={market.names[key][value]}"
        narrowed = allowed & mask
        if narrowed.any():
            allowed = narrowed
            parts.append(part)
    return allowed, json.dumps("&".join(parts))


def look(site: Site, journal: Journal, visitor: Visitor, name: str, at_ms: int, row: int, card, seen: set) -> int:
    """A look at a car's page, from a card (feed, index) or from an ad (None); returns when it ended."""
    rng, car = site.rng, site.ids[row]
    seen.add(row)
    came = ""
    if card is not None:
        came = f',"list":"{card[0]}","index":{card[1]}'
        journal.add(at_ms, "select_item", name, f'"car":{car}{came}')
        at_ms += 400
    better = (float(visitor.utility[row]) - visitor.standard) / FICKLE
    visible_ms = int(min(600_000, math.exp(9.2 + 0.35 * max(-3.0, min(3.0, better)) + 0.6 * rng.standard_normal())))
    journal.add(at_ms, "view_item", name, f'"car":{car}{came},"visible_ms":{visible_ms}')
    at_ms += visible_ms
    decided = rng.random(2)
    if decided[0] < WISHES * 2 * logistic(better - 1):
        journal.add(at_ms, "add_to_wishlist", name, f'"car":{car}')
    if decided[1] < LEADS * 2 * logistic(1.5 * (better - 1)):
        at_ms += 20_000
        journal.add(at_ms, "generate_lead", name, f'"car":{car}')
    return at_ms + 3000
