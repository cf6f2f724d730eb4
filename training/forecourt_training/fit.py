"""Fits LightFM. One thread, so that the same input and seed give the same model (several threads race: lightfm#225)."""

import sys
from dataclasses import asdict, dataclass, field

import numpy as np
from scipy import sparse

from forecourt_training import features
from forecourt_training.cars import Cars
from forecourt_training.events import KINDS
from forecourt_training.interactions import Positives
from forecourt_training.serving import Items, Tuning, items_of


# How strongly each kind of positive, in the order of KINDS, pulls in training (LightFM's sample weights).
STRENGTHS = np.array([1.0, 1.5, 2.0], np.float32)


@dataclass(frozen=True)
class Settings:
    """Everything that decides what a fit gives. weights and decay belong to the fold-in only; `train` chooses them."""

    components: int = 32
    epochs: int = 15
    loss: str = "warp"
    learning_rate: float = 0.03
    item_alpha: float = 1e-6
    user_alpha: float = 1e-6
    identity_min: int = 10
    normalize: bool = False
    seed: int = 1
    decay: float = 0.7
    weights: dict = field(default_factory=lambda: {"view": 1.0, "wishlist": 1.5, "lead": 2.0})

    def to_dict(self) -> dict:
        return asdict(self)


@dataclass(frozen=True)
class Model:
    """A fitted model: LightFM itself, the dictionary its item features are rows of, and the visitors its users are.

    lightfm's arrays: item_embeddings f32 [F, D], item_biases f32 [F], user_embeddings f32 [U, D], user_biases f32 [U].
    """

    lightfm: object
    dictionary: features.Dictionary
    positives: Positives
    tuning: Tuning

    def items(self, cars: Cars) -> Items:
        return items_of(self.dictionary.matrix(cars), self.lightfm.item_embeddings, self.lightfm.item_biases)


def tuning_of(settings: Settings, scale) -> Tuning:
    weights = np.array([settings.weights[kind] for kind in KINDS], np.float32)
    return Tuning(weights, np.float32(settings.decay), np.float32(scale))


def median_norm(embeddings: np.ndarray) -> np.float32:
    """The median |q_u|: what a fold-in is scaled to, so that taste and car bias weigh as they do for trained visitors."""
    return np.float32(np.median(np.linalg.norm(embeddings, axis=1)))


def known_cars(cars: Cars, positives: Positives) -> np.ndarray:
    """Rows of the cars to train on: listed before the cut-off, or looked at.

    WARP draws its negatives from all rows, so a car that nobody could see yet would be pushed down as disliked.
    """
    return np.flatnonzero((cars.listed_ms < positives.cutoff_ms) | (positives.per_car(len(cars)) > 0))


def fit(cars: Cars, positives: Positives, settings: Settings, after_epoch=None) -> Model:
    """Fits on positives. after_epoch(epoch, model), if given, is called after each epoch and may return True to stop."""
    from lightfm import LightFM

    rows = known_cars(cars, positives)
    known = cars.take(rows)
    dictionary = features.build(known, positives.per_car(len(cars))[rows], settings.identity_min, settings.normalize)
    matrix = dictionary.matrix(known)
    place = np.full(len(cars), -1, np.int32)
    place[rows] = np.arange(len(rows), dtype=np.int32)
    shape = (len(positives.visitors), len(rows))
    at = (positives.users, place[positives.cars])
    interactions = sparse.coo_matrix((np.ones(len(at[0]), np.float32), at), shape)
    weights = sparse.coo_matrix((STRENGTHS[positives.kinds], at), shape)
    model = LightFM(
        no_components=settings.components,
        loss=settings.loss,
        learning_rate=settings.learning_rate,
        item_alpha=settings.item_alpha,
        user_alpha=settings.user_alpha,
        random_state=settings.seed,
    )
    users = sparse.identity(shape[0], np.float32, "csr")
    for epoch in range(1, settings.epochs + 1):
        model.fit_partial(interactions, users, matrix, sample_weight=weights, num_threads=1)
        fitted = Model(model, dictionary, positives, tuning_of(settings, median_norm(model.user_embeddings)))
        if after_epoch is not None and after_epoch(epoch, fitted):
            break
        if after_epoch is None:
            print(f"epoch {epoch} of {settings.epochs}", file=sys.stderr)
    return fitted
