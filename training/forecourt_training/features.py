"""A car's features: words, bands of numbers, crosses of two of them, and its identity once it is known well enough.

Names, as the server builds them too:
- `make=hyundai`: a word;
- `price:3`: a band; 3 = how many bounds of `price` are <= the value, so band 0 is below the first bound;
- `body=SUV&price:3`: a cross of two names, in the order the cross is listed;
- `car=1000`: an identity.
What is null, or not in the dictionary, gives no feature.
"""

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from forecourt_training.cars import NUMBERS, WORDS, Cars

BANDS = {"price": 14, "km": 8, "year": 14, "owner": 4, "seats": 4, "engine_cc": 7, "score": 6}
CROSSES = (("body", "price"), ("model", "price"), ("make", "year"))
# A name seen on fewer cars than this would be an identity in disguise.
SEEN_MIN = 5


@dataclass(frozen=True)
class Dictionary:
    """names: row -> name, F of them; bands: number -> ascending bounds; crosses: pairs of kinds; normalize: whether a car's weights sum to 1."""

    names: list
    bands: dict
    crosses: list
    normalize: bool

    def matrix(self, cars: Cars) -> sparse.csr_matrix:
        """f32 CSR [N, F] with ascending columns: a row per car, weight 1 each or float32(1)/float32(n)."""
        rows = {name: row for row, name in enumerate(self.names)}
        indptr, indices, weights = [0], [], []
        for car in cars.attributes:
            found = sorted({rows[name] for name in names_of(car, self.bands, self.crosses) if name in rows})
            weight = np.float32(1)
            if self.normalize and found:
                weight = np.float32(1) / np.float32(len(found))
            indices += found
            weights += [weight] * len(found)
            indptr.append(len(indices))
        shape = (len(cars), len(self.names))
        return sparse.csr_matrix((np.array(weights, np.float32), np.array(indices, np.int32), np.array(indptr, np.int32)), shape)


def simple(car: dict, kind: str, bands: dict) -> str | None:
    """The name of one kind of feature of a car, or None."""
    value = car.get(kind)
    if value is None:
        return None
    if kind in bands:
        return f"{kind}:{bisect_right(bands[kind], value)}"
    return f"{kind}={value}"


def names_of(car: dict, bands: dict, crosses) -> list:
    """All names a car could have features for, whether in a dictionary or not."""
    known = {kind: simple(car, kind, bands) for kind in (*WORDS, *bands)}
    names = [name for name in known.values() if name is not None]
    for left, right in crosses:
        if known.get(left) is not None and known.get(right) is not None:
            names.append(f"{known[left]}&{known[right]}")
    names.append(f"car={car['car']}")
    return names


def bounds(cars: Cars, number: str, most: int) -> list:
    """At most `most` ascending bounds that split the cars about evenly, rounded to two digits where that is finer than needed."""
    values = np.array([car[number] for car in cars.attributes if car.get(number) is not None], np.float64)
    if len(values) == 0:
        return []
    cuts = np.quantile(values, np.linspace(0, 1, most + 2)[1:-1], method="nearest")
    cuts = {int(cut) if cut < 10_000 else int(float(f"{cut:.2g}")) for cut in cuts}
    return sorted(cut for cut in cuts if cut > values.min())


def build(cars: Cars, positives: np.ndarray, identity_min: int, normalize: bool, crosses=CROSSES) -> Dictionary:
    """The dictionary of a training catalogue.

    positives: i64 [N], how many visitors looked at each car; cars with at least `identity_min` get an identity (0: none does).
    """
    bands = {number: bounds(cars, number, BANDS[number]) for number in NUMBERS}
    counts = Counter(name for car in cars.attributes for name in names_of(car, bands, crosses))
    names = sorted(name for name, count in counts.items() if count >= SEEN_MIN and not name.startswith("car="))
    if identity_min > 0:
        names += [f"car={car}" for car, count in zip(cars.ids, positives) if count >= identity_min]
    return Dictionary(names, bands, [list(cross) for cross in crosses], normalize)
