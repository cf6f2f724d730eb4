"""What visitors ask a listing for: random choices, and a few that are typical."""

import random
from collections import Counter
from collections.abc import Iterable
from urllib.parse import urlencode

from .cars import RANGES, WORDS, Car

SORTS = ["recommended", "price", "price_desc", "km", "year", "newest"]
# A word nobody has: it finds nothing, and the page has to say so.
UNKNOWN = "no-such-thing"


class Queries:
    """Random choices over a catalogue's values, so that most find something."""

    def __init__(self, cars: Iterable[Car], dice: random.Random):
        self.cars = [car for car in cars if car.is_live]
        self.dice = dice

    def one(self, filters_max: int = 4) -> str:
        """A query of so many filters at most, its keys in any order."""
        dice = self.dice
        pairs: list[tuple[str, str]] = []
        # What one car has finds a car at least; a second car makes it a mixture.
        car, other = dice.choice(self.cars), dice.choice(self.cars)
        for _ in range(dice.randint(0, filters_max)):
            pairs += self._filter(car if dice.random() < 0.8 else other)
        if dice.random() < 0.5:
            pairs.append(("sort", dice.choice(SORTS)))
        # Given twice, the narrower bound and the later order hold: what is asked here is asked once.
        unique = {(key, value if key in WORDS else ""): (key, value) for key, value in pairs}
        pairs = list(unique.values())
        dice.shuffle(pairs)
        return urlencode(pairs)

    def _filter(self, car: Car) -> list[tuple[str, str]]:
        dice = self.dice
        kind = dice.random()
        if kind < 0.55:
            key = dice.choice(WORDS)
            words = sorted(car.words[key])
            chosen = {dice.choice(words)} if words else set()
            while dice.random() < 0.25:
                chosen |= dice.choice(self.cars).words[key]
            if dice.random() < 0.02:
                chosen = {UNKNOWN}
            return [(key, value) for value in sorted(chosen)[:8]]
        if kind < 0.85:
            return self._range(car)
        if kind < 0.95:
            return [("days_max", str(dice.choice([0, 1, 2, 3, 7, 14, 30, 60, 90])))]
        return [("price_dropped", "1")]

    def _range(self, car: Car) -> list[tuple[str, str]]:
        dice = self.dice
        key = dice.choice(list(RANGES))
        number = car.numbers[key]
        if number is None:
            return []
        scale = RANGES[key]
        ends = {}
        for bound, factors in {"min": (0.6, 1.0), "max": (1.0, 1.4)}.items():
            if dice.random() < 0.7:
                factor = dice.choice([1.0, dice.uniform(*factors)])
                if bound == "max" and dice.random() < 0.1:
                    # Hardly anything is that little: what then helps is shown.
                    factor = 0.2
                ends[bound] = int(number * factor) / scale
        if dice.random() < 0.03 and len(ends) == 2:
            ends = {"min": ends["max"], "max": ends["min"]}
        return [(f"{key}_{bound}", f"{value:g}" if scale > 1 else str(int(value))) for bound, value in ends.items()]


def typical(cars: Iterable[Car]) -> list[str]:
    """Three choices as people make them: a make and a budget; fuel, gearbox and city; a body, not too old, not too far
    driven."""
    live = [car for car in cars if car.is_live]

    def most(key: str) -> str:
        return Counter(value for car in live for value in car.words[key]).most_common(1)[0][0]

    def at(key: str, share: float) -> str:
        numbers = sorted(car.numbers[key] for car in live if car.numbers[key] is not None)
        return str(numbers[int(share * (len(numbers) - 1))])

    return [
        urlencode({"make": most("make"), "price_max": at("price", 0.7)}),
        urlencode({"fuel": most("fuel"), "transmission": most("transmission"), "city": most("city")}),
        urlencode({"body": most("body"), "year_min": at("year", 0.4), "km_max": at("km", 0.6)}),
    ]
