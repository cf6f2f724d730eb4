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
    assert serving.blend(trained, folded, 10) == pytest.approx(0.5)
    assert serving.blend(trained, folded, 30) == pytest.approx(0.25)
