"""Judges a model by the days it has not seen, side by side with popularity and with the previous model.

A **question** is a first look at a car in the test days, by a visitor who looked at some before: which place did the
car have in what the server would have shown at that moment, page after page? Candidates are the cars that were live then, without
those of the history. **anonymous** visitors have no embedding (no lead before the cut-off), **lead** visitors have one.
"""

import sys
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from forecourt_training import interactions, serving
from forecourt_training.cars import Cars
from forecourt_training.events import Events
from forecourt_training.features import Dictionary
from forecourt_training.metrics import ACCURACY, SPREAD, Answers, accuracy, rank_of, spread, top_rows
from forecourt_training.model_file import ModelFile

GROUPS = ("anonymous", "lead")
PER_VISITOR = 5
# Fewer questions than this say nothing: the metric is shown and not judged.
JUDGED_MIN = 50
# So far a list is followed page by page: nobody sees more, and it is as far as a metric looks. Behind it the order is taken as it is.
PAGES = 10


@dataclass(frozen=True)
class Evaluation:
    """columns: name -> group -> metric -> value or None; counts: group -> (questions, cold ones); answers: name -> group ->
    Answers, without the previous model if it was not asked but judged by its record."""

    columns: dict
    counts: dict
    answers: dict

    def metrics(self) -> dict:
        counts = {group: {"questions": asked, "cold": cold} for group, (asked, cold) in self.counts.items()}
        return {"questions": counts, **self.columns}


class Popularity:
    """Scores every car by the number of visitors who had to do with it before the cut-off.

    It is shown as it is, unless traits are given: then in the server's pages.
    """

    def __init__(self, positives: interactions.Positives, cars: Cars, traits: serving.Traits | None = None):
        self.counts, self.traits = positives.per_car(len(cars)).astype(np.float32), traits

    def scores(self, question) -> np.ndarray:
        return self.counts


class Server:
    """Scores, and makes pages, as the server does: `serving` states how."""

    def __init__(self, model: ModelFile, cars: Cars):
        self.model, self.items, self.rows = model, model.items(cars), model.visitor_rows()
        self.traits = serving.Traits.of(cars, model.dictionary)

    def scores(self, question) -> np.ndarray:
        model, row = self.model, self.rows.get(question.visitor)
        trained, folded = serving.anchors(question.history, None if row is None else model.cutoff_ms)
        query = serving.fold_in(self.items, folded, model.tuning)
        if not trained:
            return serving.scores(self.items, query)
        query = serving.blend(model.tensors["visitor_embeddings"][row], query, len(folded))
        return serving.scores(self.items, query, model.tensors["visitor_biases"][row])


def answer(scorer, questions: list, cars: Cars, cold: np.ndarray) -> Answers:
    """Asks a scorer every question. cold: bool [N]."""
    ranks, candidates, tops = [], [], []
    for question in questions:
        allowed = cars.live_at(question.at_ms)
        allowed[np.array([car for car, _, _ in question.history], np.int64)] = False
        # A look at a car that was just sold still is a look.
        allowed[question.target] = True
        scores = scorer.scores(question)
        candidates.append(np.count_nonzero(allowed))
        shown = first_rows(scores, allowed, scorer.traits)
        tops.append(shown[: serving.PAGE_CARS])
        place = np.flatnonzero(shown == question.target)
        allowed[shown] = False
        ranks.append(place[0] if len(place) else len(shown) + rank_of(scores, allowed, question.target))
    targets = [question.target for question in questions]
    return Answers(np.array(ranks, np.int64), np.array(candidates, np.int64), cold[targets], tops)


def first_rows(scores: np.ndarray, allowed: np.ndarray, traits: serving.Traits | None) -> np.ndarray:
    """The first rows that are shown: ten in the order of the scores, or with traits the first pages."""
    if traits is None:
        return top_rows(scores, allowed, serving.PAGE_CARS)
    return traits.pages(top_rows(scores, allowed, serving.reach(PAGES)), PAGES)


def described(cars: Cars, dictionary: Dictionary) -> sparse.csr_matrix:
    """0/1 CSR [N, F] of the words and bands of each car, without crosses and identities: what diversity compares."""
    simple = [name for name in dictionary.names if "&" not in name and not name.startswith("car=")]
    return Dictionary(simple, dictionary.bands, [], False).matrix(cars)


def grouped(asked: list, model: ModelFile, most: int, seed: int) -> dict:
    """Questions by group, at most `most` of each, drawn evenly."""
    leads = model.visitor_rows()
    groups = {group: [] for group in GROUPS}
    for question in asked:
        groups["lead" if question.visitor in leads else "anonymous"].append(question)
    rng = np.random.default_rng(seed)
    for group, members in groups.items():
        if len(members) > most:
            groups[group] = [members[place] for place in np.sort(rng.choice(len(members), most, replace=False))]
    return groups


def evaluate(cars: Cars, events: Events, model: ModelFile, previous: ModelFile | None, most: int, page_popularity: bool = False) -> Evaluation:
    """Asks model, popularity and, if there is one, the previous model the questions from the model's cut-off on.

    A previous model with a later cut-off has seen answers: then all are asked only what came after it, if that is enough;
    if it is not, the previous model is judged by the figures it was exported with.
    """
    end_ms = int(events.at_ms.max()) + 1
    from_ms = model.cutoff_ms
    recorded = None
    if previous is not None and previous.cutoff_ms > from_ms:
        unseen = interactions.questions(events, previous.cutoff_ms, end_ms, PER_VISITOR)
        if len(unseen) >= 10 * JUDGED_MIN:
            from_ms = previous.cutoff_ms
        else:
            recorded, previous = previous.recorded(), None
    groups = grouped(interactions.questions(events, from_ms, end_ms, PER_VISITOR), model, most, seed=1)
    positives = interactions.before(events, model.cutoff_ms)
    cold = positives.per_car(len(cars)) == 0
    server = Server(model, cars)
    scorers = {"model": server, "popularity": Popularity(positives, cars, server.traits if page_popularity else None)}
    if previous is not None:
        scorers["previous"] = Server(previous, cars)
    live = np.count_nonzero((cars.sold_ms > from_ms) & (cars.listed_ms < end_ms))
    features = described(cars, model.dictionary)
    columns, answers = {}, {}
    for name, scorer in scorers.items():
        columns[name], answers[name] = {}, {}
        for group, questions in groups.items():
            if questions:
                print(f"asking {name} {len(questions)} questions of {group} visitors", file=sys.stderr)
                said = answer(scorer, questions, cars, cold)
                answers[name][group] = said
                columns[name][group] = accuracy(said) | spread(said, live, features)
    if recorded:
        columns["previous"] = recorded
    counts = {group: (len(asked), int(cold[[q.target for q in asked]].sum()) if asked else 0) for group, asked in groups.items()}
    return Evaluation(columns, counts, answers)


def faults(evaluation: Evaluation, tolerance: float) -> list:
    """Why the model must not be exported, one sentence each; empty if it may be."""
    found = []
    columns = evaluation.columns
    for group, (asked, cold) in evaluation.counts.items():
        for metric in ACCURACY:
            enough = cold if metric.startswith("cold") else asked
            if enough < JUDGED_MIN:
                continue
            ours, popular = columns["model"][group][metric], columns["popularity"][group][metric]
            if not ours > popular:
                found.append(f"{metric} of {group} visitors is {ours:.4f}, popularity has {popular:.4f}")
            before = columns.get("previous", {}).get(group, {}).get(metric)
            if before is not None and ours < before - allowed_drop(metric, before, tolerance):
                found.append(f"{metric} of {group} visitors is {ours:.4f}, the previous model has {before:.4f}")
    if evaluation.counts["anonymous"][0] < JUDGED_MIN:
        found.append(f"only {evaluation.counts['anonymous'][0]} questions of anonymous visitors: too few to judge by")
    return found


def allowed_drop(metric: str, before: float, tolerance: float) -> float:
    """`tolerance` is relative; AUC, which is 0.5 by chance, may lose that share of what it has above chance."""
    return tolerance * ((before - 0.5) if metric == "AUC" else before)


def table(evaluation: Evaluation) -> str:
    """The metrics as text, a row per metric, a column per scorer."""
    names = list(evaluation.columns)
    lines = []
    for group, (asked, cold) in evaluation.counts.items():
        lines.append(f"{group} visitors: {asked} questions, {cold} of them about cold cars")
        if asked == 0:
            continue
        lines.append(f"  {'':18}" + "".join(f"{name:>12}" for name in names))
        for metric in (*ACCURACY, *SPREAD):
            values = (evaluation.columns[name].get(group, {}).get(metric) for name in names)
            lines.append(f"  {metric:18}" + "".join(f"{'-' if value is None else format(value, '.4f'):>12}" for value in values))
    if "previous" in names and "previous" not in evaluation.answers:
        lines.append("previous: has seen these days; its figures are those it was exported with")
    lines.append(f"judged: {', '.join(ACCURACY)}, where at least {JUDGED_MIN} questions tell; the rest is for people to weigh")
    return "\n".join(lines)
