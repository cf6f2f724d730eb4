"""Metrics of ranked lists, as the field and lightfm.evaluation define them.

rank: 0 is best; candidates: how many cars were ranked. With one relevant car per question recall@10 is the hit rate, and
precision@10 is a tenth of it.
"""

from dataclasses import dataclass

import numpy as np

ACCURACY = ("precision@10", "recall@10", "MRR", "AUC", "cold HR@100")
SPREAD = ("coverage@10", "personalization@10", "diversity@10")


@dataclass(frozen=True)
class Answers:
    """What a scorer said to Q questions. ranks, candidates: i64 [Q]; cold: bool [Q], the target had no positives in
    training; tops: Q arrays with the rows of the first ten cars."""

    ranks: np.ndarray
    candidates: np.ndarray
    cold: np.ndarray
    tops: list


def rank_of(scores: np.ndarray, candidates: np.ndarray, target: int) -> int:
    """The rank of a row among candidate rows [bool N], in the order of the server: score descending, then car ascending."""
    score = scores[target]
    better = np.count_nonzero(candidates & (scores > score))
    return better + np.count_nonzero(candidates[:target] & (scores[:target] == score))


def top_rows(scores: np.ndarray, candidates: np.ndarray, count: int) -> np.ndarray:
    """The first `count` candidate rows in the order of the server."""
    rows = np.flatnonzero(candidates)
    if len(rows) > count:
        least = np.partition(scores[rows], len(rows) - count)[len(rows) - count]
        rows = rows[scores[rows] >= least]
    return rows[np.argsort(-scores[rows], kind="stable")][:count]


def accuracy(answers: Answers) -> dict:
    """Means over the questions; `cold HR@100` is None where no target was cold."""
    ranks = answers.ranks
    hits = float(np.mean(ranks < 10))
    return {
        "precision@10": hits / 10,
        "recall@10": hits,
        "MRR": float(np.mean(1 / (ranks + 1.0))),
        "AUC": float(np.mean(1 - ranks / np.maximum(answers.candidates - 1, 1))),
        "cold HR@100": float(np.mean(ranks[answers.cold] < 100)) if answers.cold.any() else None,
    }


def spread(answers: Answers, cars: int, features) -> dict:
    """How the first tens spread; none of it is about being right.

    coverage@10: the share of `cars` that were in any list. personalization@10 (between lists): the mean over pairs of
    lists, each with the one half the questions away, of 1 - the share of cars they have in common. diversity@10
    (intra-list): the mean over lists of the mean over their pairs of cars of 1 - Jaccard(features a, features b).
    features: 0/1 CSR [N, F] of words and bands.
    """
    tops = answers.tops
    half = len(tops) // 2
    common = [len(np.intersect1d(one, other)) / max(len(one), 1) for one, other in zip(tops, tops[half:])] if half else [1.0]
    return {
        "coverage@10": len(np.unique(np.concatenate(tops))) / cars,
        "personalization@10": 1 - float(np.mean(common)),
        "diversity@10": float(np.mean([unlike(features[top]) for top in tops])),
    }


def unlike(features) -> float:
    """The mean over pairs of rows of 1 - Jaccard; 0 for fewer than two rows."""
    count = features.shape[0]
    if count < 2:
        return 0.0
    both = (features @ features.T).toarray()
    sizes = both.diagonal()
    either = np.maximum(sizes[:, None] + sizes[None, :] - both, 1)
    return float((1 - both / either).sum() / (count * (count - 1)))
