"""Trains the candidate: first on less, to choose how histories are weighed, then on everything before the test days."""

import sys
from dataclasses import replace

import numpy as np

from forecourt_training import interactions
from forecourt_training.cars import Cars
from forecourt_training.evaluate import PER_VISITOR, Server, answer
from forecourt_training.events import Events
from forecourt_training.fit import Model, Settings, fit, tuning_of
from forecourt_training.generate import DAY_MS
from forecourt_training.metrics import accuracy
from forecourt_training.model_file import ModelFile
from forecourt_training.pack import pack
from forecourt_training.refusal import Unusable
from forecourt_training.serving import anchors

DECAYS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
# A lead says more than a wish, and a wish more than a look; validation only chooses how much more.
WEIGHTS = (
    {"view": 1.0, "wishlist": 1.2, "lead": 1.5},
    {"view": 1.0, "wishlist": 1.5, "lead": 2.0},
    {"view": 1.0, "wishlist": 2.0, "lead": 4.0},
    {"view": 1.0, "wishlist": 3.0, "lead": 8.0},
)
QUESTIONS_PER_EPOCH = 400
QUESTIONS_TO_CHOOSE_BY = 3000
# Below this the figures of validation are noise, and the defaults are kept.
QUESTIONS_MIN = 100
NO_GOLDEN = (0, 0)


def train(cars: Cars, events: Events, settings: Settings, test_days: int, validation_days: int):
    """Returns (settings with chosen decay and weights, the candidate as a ModelFile); raises Unusable if the events span too few days."""
    end_ms = int(events.at_ms.max()) + 1
    cutoff_ms = end_ms - test_days * DAY_MS
    validation_ms = cutoff_ms - validation_days * DAY_MS
    if int(events.at_ms.min()) >= validation_ms:
        raise Unusable(f"the events span less than {test_days} test days, {validation_days} validation days and something before")
    settings = chosen(cars, events, settings, validation_ms, cutoff_ms)
    positives = interactions.before(events, cutoff_ms)
    print(f"training on {len(positives.cars)} interactions of {len(positives.visitors)} visitors", file=sys.stderr)
    model = fit(cars, positives, settings)
    return settings, pack(model, cars, settings, len(positives.visitors), NO_GOLDEN)


def chosen(cars: Cars, events: Events, settings: Settings, from_ms: int, to_ms: int) -> Settings:
    """Settings with the decay and the weights that give the best MRR in the validation days."""
    positives = interactions.before(events, from_ms)
    asked = interactions.questions(events, from_ms, to_ms, PER_VISITOR)
    known = set(positives.visitors[positives.leads].tolist())

    def several(question) -> bool:
        """Whether more than one car is folded in: of one, decay and weight change nothing."""
        return len(anchors(question.history, from_ms if question.visitor in known else None)[1]) > 1

    telling = sample([question for question in asked if several(question)], QUESTIONS_TO_CHOOSE_BY)
    asked = sample(asked, QUESTIONS_TO_CHOOSE_BY)
    cold = positives.per_car(len(cars)) == 0
    print(f"validating on {len(asked)} questions; training on {len(positives.cars)} interactions", file=sys.stderr)
    few = sample(asked, QUESTIONS_PER_EPOCH)

    def report(epoch: int, model: Model) -> bool:
        if few:
            said = accuracy(answer(server(model, cars, settings), few, cars, cold))
            figures = ", ".join(f"{metric} {said[metric]:.4f}" for metric in ("recall@10", "MRR", "AUC"))
            print(f"epoch {epoch} of {settings.epochs}: validation {figures}", file=sys.stderr)
        return False

    model = fit(cars, positives, settings, report)
    if len(telling) < QUESTIONS_MIN:
        print(f"only {len(telling)} questions about several cars in the validation days: decay and weights stay", file=sys.stderr)
        return settings
    for field, choices in (("decay", DECAYS), ("weights", WEIGHTS)):
        tried = [replace(settings, **{field: choice}) for choice in choices]
        results = [accuracy(answer(server(model, cars, each), telling, cars, cold))["MRR"] for each in tried]
        best = int(np.argmax(results))
        settings = tried[best]
        print(f"{field} {choices[best]}: MRR {results[best]:.4f} of {len(telling)} questions about several cars", file=sys.stderr)
    return settings


def server(model: Model, cars: Cars, settings: Settings) -> Server:
    packed: ModelFile = pack(model, cars, settings, len(model.positives.visitors), NO_GOLDEN)
    return Server(replace(packed, tuning=tuning_of(settings, model.tuning.scale)), cars)


def sample(questions: list, most: int) -> list:
    """At most `most` questions, evenly spaced."""
    if len(questions) <= most:
        return questions
    return [questions[place] for place in np.linspace(0, len(questions) - 1, most).astype(int)]
