"""The behaviour model: who the generated visitors are and what they like. All numbers of it are in this file.

Every car has an **appeal** that all visitors share: how many cars of that model and make are about (popular cars are
popular), how good the deal is (price against what model, age and kilometres suggest), the inspection score, and
something only a look at the photos would tell (noise, on purpose not in any feature).

Every visitor wants **a kind of car**: the one of some car of the catalogue, drawn by appeal. From it come the
budget (its price, give or take 15 %; over budget hurts fast, far under it slowly), the body, the make, sometimes the very model,
the fuel, the transmission and the age, each kept with the probability in `KEPT`. Visitors buy **nearby**: their
city is drawn as often as cars stand there, and how much it matters differs. Small tastes of their own come on top.

**utility** = appeal + tastes + nearness - budget penalty - age penalty - km penalty. A visitor's **standard** is a
quantile of the utility of what is live: a car that beats it is worth a look.
"""

from dataclasses import dataclass

import numpy as np

from forecourt_training.cars import Cars

APPEAL = {"model": 0.40, "make": 0.15, "deal": 0.45, "score": 0.20, "photos": 0.40}
# How strongly the wanted kind of car counts, in units of utility, and how often a visitor insists on it.
WANTED = {"body": 1.6, "make": 1.2, "model": 1.1, "fuel": 0.7, "transmission": 1.0}
KEPT = {"body": 0.85, "make": 0.55, "model": 0.40, "fuel": 0.60, "transmission": 0.70}
OWN_TASTE = 0.35
BUDGET_ERROR = 0.15
OVER_BUDGET = 0.14
UNDER_BUDGET = 0.40
AGE_PENALTY = 0.22
KM_PENALTY = 0.25
NEARBY = (0.4, 2.0)
STANDARD = 0.98


@dataclass(frozen=True)
class Market:
    """The catalogue as the behaviour model sees it; f32 and i32 arrays [N] in the order of the cars."""

    words: dict
    names: dict
    log_price: np.ndarray
    age: np.ndarray
    log_km: np.ndarray
    appeal: np.ndarray
    listed_ms: np.ndarray
    sold_ms: np.ndarray


@dataclass(frozen=True)
class Visitor:
    """One visitor: the wanted kind and how much of it matters."""

    city: int
    budget: float
    wanted: dict
    utility: np.ndarray
    standard: float


def numbers(cars: Cars, name: str, otherwise: float) -> np.ndarray:
    """f64 [N]: a number of every car; cars without it get `otherwise`."""
    return np.array([otherwise if car.get(name) is None else car[name] for car in cars.attributes], np.float64)


def scaled(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / (values.std() or 1.0)


def market_of(cars: Cars, rng: np.random.Generator, now_year: int) -> Market:
    """What all visitors share."""
    words, names = {}, {}
    for word in ("make", "model", "body", "fuel", "transmission", "city"):
        names[word], words[word] = np.unique([car.get(word) or "" for car in cars.attributes], return_inverse=True)
        words[word] = words[word].astype(np.int32)
    log_price = np.log(np.maximum(numbers(cars, "price", 1.0), 1.0))
    age = np.clip(now_year - numbers(cars, "year", now_year), 0, 40)
    log_km = np.log1p(np.maximum(numbers(cars, "km", 0.0), 0.0))
    stock = {word: np.bincount(words[word]) for word in ("make", "model")}
    appeal = (
        APPEAL["model"] * scaled(np.log(stock["model"]))[words["model"]]
        + APPEAL["make"] * scaled(np.log(stock["make"]))[words["make"]]
        + APPEAL["deal"] * scaled(deal(log_price, age, log_km, words["model"]))
        + APPEAL["score"] * scaled(numbers(cars, "score", 80.0))
        + APPEAL["photos"] * rng.standard_normal(len(cars))
    )
    single = (part.astype(np.float32) for part in (log_price, age, log_km, appeal))
    return Market(words, names, *single, cars.listed_ms, cars.sold_ms)


def deal(log_price, age, log_km, model) -> np.ndarray:
    """f64 [N]: how far, in logs, a car is cheaper than its model, age and kilometres suggest (least squares)."""
    known = np.stack([age, log_km, np.ones_like(age)], axis=1)
    counts = np.bincount(model)

    def within(values):
        return values - (np.bincount(model, values) / counts)[model]

    inside = np.stack([within(column) for column in known.T[:2]], axis=1)
    slope = np.linalg.lstsq(inside, within(log_price), rcond=None)[0]
    return np.clip(inside @ slope - within(log_price), -0.5, 0.5)


def visitor_of(market: Market, kind: int, city: int, rng: np.random.Generator) -> Visitor:
    """A visitor of `city` who wants the kind of car that row `kind` is."""
    budget = float(market.log_price[kind]) + BUDGET_ERROR * rng.standard_normal()
    wanted = {word: int(market.words[word][kind]) for word in WANTED if rng.random() < KEPT[word]}
    utility = market.appeal.copy()
    for word in WANTED:
        taste = OWN_TASTE * rng.standard_normal(len(market.names[word]), np.float32)
        if word in wanted:
            taste[wanted[word]] += WANTED[word]
        utility += taste[market.words[word]]
    near = np.zeros(len(market.names["city"]), np.float32)
    near[city] = rng.uniform(*NEARBY)
    utility += near[market.words["city"]]
    over = market.log_price - np.float32(budget)
    utility -= np.square(np.maximum(over, 0) / np.float32(OVER_BUDGET)) + np.square(np.minimum(over, 0) / np.float32(UNDER_BUDGET))
    utility -= np.float32(AGE_PENALTY) * np.abs(market.age - market.age[kind])
    utility -= np.float32(KM_PENALTY) * np.maximum(market.log_km - market.log_km[kind], 0)
    place = int(STANDARD * len(utility))
    return Visitor(city, budget, wanted, utility, float(np.partition(utility, place)[place]))
