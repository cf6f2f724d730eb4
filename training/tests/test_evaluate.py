"""What is asked, how it is counted, and when a model is refused."""

from dataclasses import replace

import numpy as np
import pytest
from lightfm import evaluation as lightfm_evaluation
from scipy import sparse

from forecourt_training import features, interactions, model_file, serving
from forecourt_training.cli import main
from forecourt_training.evaluate import PAGES, Evaluation, answer, evaluate, faults, table
from forecourt_training.events import Events
from forecourt_training.fit import known_cars
from forecourt_training.metrics import Answers, accuracy, rank_of, spread, top_rows

GOOD = {"precision@10": 0.02, "recall@10": 0.2, "MRR": 0.1, "AUC": 0.9, "cold HR@100": 0.3}


def events(*rows):
    visitors, cars, kinds, at_ms = zip(*rows)
    return Events(np.array(visitors, np.uint64), np.array(cars, np.int32), np.array(kinds, np.int8), np.array(at_ms, np.int64), 0)


def test_a_question_is_a_first_look_by_somebody_with_a_history_newest_first():
    seen = events((1, 10, 0, 1), (1, 11, 0, 2), (2, 10, 0, 3), (1, 10, 2, 4), (1, 12, 0, 5), (1, 12, 1, 6), (2, 11, 0, 9))
    asked = interactions.questions(seen, 3, 9, 5)
    # The cookie keeps minutes: all of this is in the first one.
    assert [(question.visitor, question.target, question.history) for question in asked] == [(1, 12, [(10, 2, 0), (11, 0, 0)])]


def test_training_sees_only_what_is_older_than_the_cut_off_and_the_strongest_kind():
    positives = interactions.before(events((1, 10, 2, 1), (1, 10, 0, 2), (2, 11, 0, 3), (3, 12, 2, 4)), 4)
    assert positives.visitors.tolist() == [1, 2] and positives.leads.tolist() == [True, False]
    assert list(zip(positives.users, positives.cars, positives.kinds)) == [(0, 10, 2), (1, 11, 0)]


def test_cars_that_nobody_could_see_yet_are_not_trained_on(cars):
    cutoff_ms = int(np.median(cars.listed_ms))
    row = int(np.argmax(cars.listed_ms))
    positives = interactions.before(events((1, row, 0, cutoff_ms - 1)), cutoff_ms)
    known = known_cars(cars, positives)
    assert row in known, "a car that was looked at was there, whatever listed_at says"
    assert all(cars.listed_ms[other] < cutoff_ms for other in known if other != row) and len(known) > 100


def test_ranks_break_ties_by_the_smaller_car_and_count_candidates_only():
    scores, candidates = np.array([1, 3, 3, 5, 3], np.float32), np.array([1, 1, 1, 0, 1], bool)
    assert [rank_of(scores, candidates, row) for row in (1, 2, 4, 0)] == [0, 1, 2, 3]
    assert top_rows(scores, candidates, 2).tolist() == [1, 2]


def test_metrics_are_those_of_lightfm(trained):
    from forecourt_training.verify import rebuild

    rebuilt = rebuild(trained.candidate, trained.cars)
    users, count = rebuilt.users.shape[0], len(rebuilt.cars)
    targets = np.arange(users) * 13 % count
    liked = sparse.csr_matrix((np.ones(users, np.float32), (np.arange(users), targets)), (users, count))
    known = {"user_features": rebuilt.users, "item_features": rebuilt.items}
    ranks = [
        rank_of(rebuilt.lightfm.predict(user, np.arange(count), rebuilt.items, rebuilt.users), np.ones(count, bool), target)
        for user, target in enumerate(targets)
    ]
    ours = accuracy(Answers(np.array(ranks), np.full(users, count), np.zeros(users, bool), []))
    for metric, theirs in (
        ("precision@10", lightfm_evaluation.precision_at_k(rebuilt.lightfm, liked, **known)),
        ("recall@10", lightfm_evaluation.recall_at_k(rebuilt.lightfm, liked, **known)),
        ("MRR", lightfm_evaluation.reciprocal_rank(rebuilt.lightfm, liked, **known)),
        ("AUC", lightfm_evaluation.auc_score(rebuilt.lightfm, liked, **known)),
    ):
        assert np.isclose(ours[metric], theirs.mean(), atol=1e-6), metric


def test_spread_counts_cars_shown_and_how_unlike_they_are():
    features = sparse.csr_matrix(np.array([[1, 1, 0], [1, 0, 1], [1, 1, 0]], np.float32))
    answers = Answers(np.zeros(2), np.zeros(2), np.zeros(2, bool), [np.array([0, 1]), np.array([0, 2])])
    assert spread(answers, 6, features) == pytest.approx({"coverage@10": 0.5, "personalization@10": 0.5, "diversity@10": (2 / 3 + 0) / 2})


def judged(columns, asked=500, cold=100, tolerance=0.1):
    columns = {name: {"anonymous": values} for name, values in columns.items()}
    return faults(Evaluation(columns, {"anonymous": (asked, cold)}, {}), tolerance)


def test_a_model_must_beat_popularity_in_every_accuracy_metric():
    assert judged({"model": GOOD, "popularity": {metric: value / 2 for metric, value in GOOD.items()}}) == []
    for metric in GOOD:
        popularity = {other: value / 2 for other, value in GOOD.items()} | {metric: GOOD[metric]}
        assert len(judged({"model": GOOD, "popularity": popularity})) == 1, metric


def test_a_model_must_not_be_worse_than_the_previous_by_more_than_the_tolerance():
    none = {metric: 0 for metric in GOOD}
    close = GOOD | {"MRR": 0.105, "AUC": 0.92}
    assert judged({"model": GOOD, "popularity": none, "previous": close}) == []
    better = GOOD | {"MRR": 0.12, "AUC": 0.97}
    assert len(judged({"model": GOOD, "popularity": none, "previous": better})) == 2


def test_a_handful_of_questions_judges_nothing_and_exports_nothing():
    assert "too few" in judged({"model": GOOD, "popularity": GOOD}, asked=20, cold=0)[0]


def test_the_trained_model_beats_popularity_and_a_useless_one_is_refused(trained):
    evaluation = evaluate(trained.cars, trained.events, trained.candidate, None, 500)
    assert faults(evaluation, 0.1) == []
    rng = np.random.default_rng(1)
    noise = {name: rng.standard_normal(array.shape).astype(np.float32) for name, array in trained.candidate.tensors.items() if "item" in name}
    useless = replace(trained.candidate, tensors=trained.candidate.tensors | noise)
    assert faults(evaluate(trained.cars, trained.events, useless, None, 500), 0.1) != []
    # And against the good one as the previous model, which has the same cut-off.
    compared = evaluate(trained.cars, trained.events, useless, trained.candidate, 500)
    assert any("previous" in fault for fault in faults(compared, 0.1))


def test_a_previous_model_that_has_seen_the_answers_is_judged_by_its_record(trained, folder):
    previous = model_file.read(folder / "model.safetensors")
    evaluation = evaluate(trained.cars, trained.events, trained.candidate, previous, 500)
    assert "figures are those it was exported with" in table(evaluation)
    assert evaluation.columns["previous"] == previous.recorded() and previous.recorded()["anonymous"]["AUC"] > 0.5


def test_evaluate_prints_a_table_and_draws_a_plot(folder, tmp_path, capsys):
    asked = ["evaluate", "--state", f"{folder}/state", "--questions", "200", "--previous", f"{folder}/model.safetensors"]
    assert main([*asked, "--plot", f"{tmp_path}/plot.png", "--tolerance", "0.5"]) == 0
    said = capsys.readouterr().out
    assert "popularity" in said and "previous" in said and "diversity@10" in said
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


class Fixed:
    """Scores cars by their row, the first best; shown as they are, or in pages."""

    def __init__(self, cars, traits):
        self.order, self.traits = -np.arange(len(cars), dtype=np.float32), traits

    def scores(self, question):
        return self.order


def test_places_are_those_on_the_pages_and_behind_the_followed_pages_those_left_over(cars):
    traits = serving.Traits.of(cars, features.build(cars, np.zeros(len(cars)), 0, False))
    at_ms = int(cars.listed_ms.max())
    live = np.flatnonzero(cars.live_at(at_ms))
    shown = traits.pages(live, PAGES)
    rest = [row for row in live if row not in shown]
    asked = [interactions.Question(1, at_ms, [], int(row)) for row in (*shown, *rest)]
    said = answer(Fixed(cars, traits), asked, cars, np.zeros(len(cars), bool))
    assert said.ranks.tolist() == list(range(len(live)))
    assert all(top.tolist() == shown[:10].tolist() for top in said.tops)
    said = answer(Fixed(cars, None), asked, cars, np.zeros(len(cars), bool))
    assert said.ranks.tolist() == np.searchsorted(live, [*shown, *rest]).tolist()
    assert all(top.tolist() == live[:10].tolist() for top in said.tops)


def test_popularity_can_be_asked_in_pages_too(trained):
    plain, paged = (evaluate(trained.cars, trained.events, trained.candidate, None, 200, each).columns for each in (False, True))
    assert plain["model"] == paged["model"]
    assert plain["popularity"]["anonymous"]["diversity@10"] < paged["popularity"]["anonymous"]["diversity@10"]
