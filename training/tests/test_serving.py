"""The server's sums, against the same sums one f32 at a time."""

import numpy as np
import pytest

from forecourt_training import serving
from forecourt_training.serving import Items, Tuning

RNG = np.random.default_rng(5)
ITEMS = Items(RNG.standard_normal((8, 40), np.float32), RNG.standard_normal(40, np.float32))
TUNING = Tuning(np.array([1, 2, 4], np.float32), np.float32(0.7), np.float32(1.3))


def same_bits(one, other):
    return np.asarray(one, np.float32).tobytes() == np.asarray(other, np.float32).tobytes()


def test_a_score_is_the_biases_and_then_the_products_in_order():
    query, bias = RNG.standard_normal(8, np.float32), np.float32(0.3)
    expected = []
    for car in range(40):
        total = bias + ITEMS.biases[car]
        for part in range(8):
            total = total + query[part] * ITEMS.vectors[part, car]
        expected.append(total)
    assert same_bits(serving.scores(ITEMS, query, bias), expected)


def test_a_fold_in_weighs_kinds_and_decays_from_the_newest():
    total = np.zeros(8, np.float32)
    for weight, car in ((np.float32(4), 3), (np.float32(1) * np.float32(0.7), 9)):
        total = total + weight * ITEMS.vectors[:, car]
    squares = np.float32(0)
    for part in total:
        squares = squares + part * part
    expected = total * (np.float32(1.3) / np.sqrt(squares))
    folded = serving.fold_in(ITEMS, [(3, 2), (9, 0)], TUNING)
    assert same_bits(folded, expected)
    assert np.linalg.norm(folded) == pytest.approx(1.3, rel=1e-6)


def test_without_history_the_order_is_the_popular_one():
    assert same_bits(serving.scores(ITEMS, serving.fold_in(ITEMS, [], TUNING)), ITEMS.biases)


def test_a_blend_moves_from_trained_to_new_as_interactions_come():
    trained, folded = np.ones(8, np.float32), np.zeros(8, np.float32)
    assert same_bits(serving.blend(trained, folded, 0), trained)
    assert serving.blend(trained, folded, 3) == pytest.approx(0.5)
    assert serving.blend(trained, folded, 9) == pytest.approx(0.25)


def test_a_history_is_what_the_cookie_holds():
    history = {}
    minute = serving.MINUTE_MS
    serving.note(history, 1, 2, 5 * minute + 7)
    serving.note(history, 2, 1, 6 * minute)
    serving.note(history, 1, 0, 7 * minute)
    assert list(history.items()) == [(2, (1, 6 * minute)), (1, (2, 7 * minute))]
    serving.note(history, 1, 0, 36 * minute)
    assert history[1] == (2, 7 * minute), "the same car again says nothing new"
    serving.note(history, 1, 0, 37 * minute)
    assert history[1] == (2, 37 * minute)
    for car in range(3, 40):
        serving.note(history, car, 0, 40 * minute)
    assert list(history) == [1, *range(25, 40)], "a lead is the last to be forgotten"


def test_without_a_lead_the_last_car_counts_and_with_one_what_the_model_does_not_know():
    looks = [(3, 0, 900), (2, 1, 800)]
    assert serving.anchors(looks, None) == serving.anchors(looks, 100) == (False, [(3, 0)])
    lead = [*looks, (1, 2, 700)]
    assert serving.anchors(lead, None) == (False, [(3, 0), (2, 1), (1, 2)])
    assert serving.anchors(lead, 900) == (True, [(3, 0)])
    assert serving.anchors(lead, 901) == (True, [])


def alike(one, other):
    return sum(a == b != TRAITS.none for a, b in zip(one, other))


TRAITS = serving.Traits(RNG.integers(0, 4, (600, 5)) + 4 * np.arange(5), 19)


def test_a_page_has_the_best_and_then_one_by_one_the_car_that_is_least_alike():
    order = RNG.permutation(600)
    page = list(order[: serving.PAGE_BEST])
    while len(page) < serving.PAGE_CARS:
        others = [car for car in order[: serving.PAGE_WINDOW] if car not in page]
        page.append(min(others, key=lambda car: sum(alike(TRAITS.rows[car], TRAITS.rows[other]) for other in page)))
    assert TRAITS.page(order).tolist() == page
    assert TRAITS.page(order[:8]).tolist()[:5] == order[:5].tolist() and sorted(TRAITS.page(order[:8])) == sorted(order[:8])


def test_pages_show_every_car_once_and_need_no_more_of_the_order_than_their_reach():
    order = RNG.permutation(600)
    everything = TRAITS.pages(order, 60)
    assert sorted(everything) == sorted(order)
    assert TRAITS.pages(order[: serving.reach(10)], 10).tolist() == everything[:100].tolist()


def test_what_both_cars_lack_is_not_alike():
    traits = serving.Traits(np.array([[0, 9]] * 5 + [[0, 5], [1, 9]]), 9)
    assert traits.page(np.arange(7)).tolist() == [0, 1, 2, 3, 4, 6, 5]
