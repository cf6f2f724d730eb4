"""From a fitted model to the content of a model file."""

import platform
from importlib.metadata import version

import numpy as np
from scipy import sparse

from forecourt_training import serving
from forecourt_training.cars import Cars
from forecourt_training.fit import Model, Settings
from forecourt_training.model_file import ModelFile
from forecourt_training.refusal import Unusable


def pack(model: Model, cars: Cars, settings: Settings, most_visitors: int, golden: tuple) -> ModelFile:
    """The file of a fitted model.

    Visitors with a lead are kept, the most active `most_visitors` of them. golden: (visitors, cars): how many of each
    LightFM's own predict is asked about; cars are drawn evenly over the catalogue.
    """
    positives, lightfm = model.positives, model.lightfm
    rows = np.flatnonzero(positives.leads)
    activity = np.bincount(positives.users, minlength=len(positives.visitors))
    rows = np.sort(rows[np.argsort(-activity[rows], kind="stable")][:most_visitors])
    golden_visitors = evenly(len(rows), golden[0])
    golden_rows = rows[golden_visitors]
    golden_cars = cars.take(evenly(len(cars), golden[1]))
    tensors = {
        "item_feature_embeddings": lightfm.item_embeddings,
        "item_feature_biases": lightfm.item_biases,
        "visitor_ids": positives.visitors[rows],
        "visitor_embeddings": lightfm.user_embeddings[rows],
        "visitor_biases": lightfm.user_biases[rows],
        "golden_visitors": golden_visitors.astype(np.uint32),
        "golden_scores": predicted(model, golden_rows, golden_cars),
    }
    prove_plain_sums(model, golden_rows, golden_cars, tensors["golden_scores"])
    info = {
        "loss": settings.loss,
        "components": str(settings.components),
        "epochs": str(settings.epochs),
        "seed": str(settings.seed),
        "trained_with": trained_with(),
        "metrics": "{}",
        "n_cars": str(len(cars)),
        "n_visitors": str(len(positives.visitors)),
        "n_interactions": str(len(positives.cars)),
    }
    return ModelFile(model.dictionary, model.tuning, tensors, golden_cars.attributes, positives.cutoff_ms, info)


def evenly(count: int, most: int) -> np.ndarray:
    """At most `most` different rows of `count`, ascending, spread evenly."""
    return np.unique(np.linspace(0, count - 1, min(most, count)).astype(np.int64)) if count else np.zeros(0, np.int64)


def predicted(model: Model, users: np.ndarray, cars: Cars) -> np.ndarray:
    """f32 [users, cars]: LightFM's own scores."""
    if len(users) == 0:
        return np.zeros((0, len(cars)), np.float32)
    items = np.arange(len(cars), dtype=np.int32)
    identity = sparse.identity(len(model.positives.visitors), np.float32, "csr")
    scores = model.lightfm.predict(
        np.repeat(users.astype(np.int32), len(cars)), np.tile(items, len(users)), model.dictionary.matrix(cars), identity
    )
    return scores.astype(np.float32).reshape(len(users), len(cars))


def prove_plain_sums(model: Model, users: np.ndarray, cars: Cars, golden: np.ndarray) -> None:
    """Raises Unusable unless LightFM's scores have the bits of the plain sums the server computes.

    They have not if LightFM was compiled with its usual flags (-ffast-math), that is without LIGHTFM_NO_CFLAGS=1.
    """
    items = model.items(cars)
    for user, scores in zip(users, golden):
        ours = serving.scores(items, model.lightfm.user_embeddings[user], model.lightfm.user_biases[user])
        if ours.tobytes() != scores.tobytes():
            raise Unusable("LightFM's sums differ from the server's: it must be installed with LIGHTFM_NO_CFLAGS=1 (training/setup does)")


def trained_with() -> str:
    """The versions that decide the result. LIGHTFM_NO_CFLAGS=1 is not taken on trust: `prove_plain_sums` fails without it."""
    return (
        f"rectools-lightfm {version('rectools-lightfm')} built with LIGHTFM_NO_CFLAGS=1, "
        f"numpy {version('numpy')}, scipy {version('scipy')}, Python {platform.python_version()}"
    )
