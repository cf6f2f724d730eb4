"""Checks the server's binary against LightFM itself: same scores bit for bit, same orders, same ranks and metrics.

LightFM is rebuilt from the arrays of the model file; nothing of `serving` is used. The binary is asked about visitors with an
embedding and no newer interactions: their score is LightFM's own.

For histories, folded in alone and blended with an embedding, and for what pages make of an order, there is nothing of LightFM's to
compare with: there it is `serving`, which models are judged with.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from lightfm import LightFM
from lightfm.evaluation import auc_score, precision_at_k
from scipy import sparse

from forecourt_training import serving
from forecourt_training.cars import Cars
from forecourt_training.events import KINDS
from forecourt_training.model_file import ModelFile
from forecourt_training.pack import evenly
from forecourt_training.refusal import Refused, Unusable

TIMEOUT_S = 300
# The binary loads the catalogue each time it is run; so many orders fit in memory as text.
ORDERS_PER_RUN = 50
RELEVANT = 20
K = 10
HISTORIES = 20
BLENDED = 5


@dataclass(frozen=True)
class Rebuilt:
    """LightFM with the arrays of a file; users [U, U] and items [N, F] are its feature matrices, cars the live ones."""

    lightfm: LightFM
    users: sparse.csr_matrix
    items: sparse.csr_matrix
    cars: Cars


def rebuild(model: ModelFile, cars: Cars) -> Rebuilt:
    """LightFM over the live cars and the visitors of the file."""
    live = cars.take(np.flatnonzero([car["status"] == "live" for car in cars.attributes]))
    tensors = model.tensors
    features, components = tensors["item_feature_embeddings"].shape
    lightfm = LightFM(no_components=components, loss=model.info.get("loss", "warp"))
    # Allocates everything, the optimiser's arrays too; predict wants them all.
    lightfm._initialize(components, features, len(tensors["visitor_ids"]))
    lightfm.item_embeddings = tensors["item_feature_embeddings"]
    lightfm.item_biases = tensors["item_feature_biases"]
    lightfm.user_embeddings = tensors["visitor_embeddings"]
    lightfm.user_biases = tensors["visitor_biases"]
    users = sparse.identity(len(tensors["visitor_ids"]), np.float32, "csr")
    return Rebuilt(lightfm, users, model.dictionary.matrix(live), live)


def ranked(command: list, model: Path, visitors=(), histories=(), *options) -> list:
    """What the binary prints for every visitor with every history: [(cars u64 [N], scores f32 [N])] in its order.

    histories: [[(car, kind)]], newest first; options: more of the binary's own.
    """
    asked = ["rank", "--top", "1000000", *options]
    if len(visitors):
        asked += ["--visitor", ",".join(map(str, visitors))]
    for history in histories:
        asked += ["--cars", ",".join(f"{car}:{KINDS[kind]}" for car, kind in history)]
    command = [*command[:1], *asked, *command[1:]]
    settings = {**os.environ, "FORECOURT_RANK__MODEL": str(Path(model).resolve())}
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, env=settings, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unusable(f"cannot run {command[0]}: {error}") from error
    if result.returncode != 0:
        reason = (result.stderr.strip().splitlines() or ["nothing on stderr"])[-1]
        raise Unusable(f"{command[0]} rank ended with {result.returncode}: {reason}")
    orders = [order(lines) for lines in result.stdout.removesuffix("\n").split("\n\n")]
    wanted = max(1, len(visitors)) * max(1, len(histories))
    if len(orders) != wanted:
        raise Refused(f"{len(orders)} orders were printed, {wanted} were asked for")
    return orders


def order(lines: str) -> tuple:
    """(cars u64 [N], scores f32 [N]) of lines of car<TAB>score."""
    try:
        pairs = [line.split("\t") for line in lines.splitlines()]
        return np.array([int(car) for car, _ in pairs], np.uint64), np.array([score for _, score in pairs], np.float32)
    except ValueError as error:
        raise Refused(f"a line is not car<TAB>score ({error})") from error


def verify(model: ModelFile, path: Path, cars: Cars, command: list, most: int) -> str:
    """Compares `most` visitors; returns what was found equal, raises Refused at the first difference."""
    rebuilt = rebuild(model, cars)
    count = len(rebuilt.cars)
    users = evenly(len(model.tensors["visitor_ids"]), most)
    if len(users) == 0:
        raise Unusable("the model has no visitors to compare")
    rng = np.random.default_rng(1)
    ranks, relevant = [], []
    every = np.arange(count, dtype=np.int32)
    for start in range(0, len(users), ORDERS_PER_RUN):
        part = users[start : start + ORDERS_PER_RUN]
        visitors = [int(visitor) for visitor in model.tensors["visitor_ids"][part]]
        for user, visitor, printed in zip(part, visitors, ranked(command, path, visitors)):
            theirs = rebuilt.lightfm.predict(int(user), every, rebuilt.items, rebuilt.users).astype(np.float32)
            scores = compared(f"visitor {visitor}", rebuilt.cars.ids, theirs, printed)
            chosen = np.sort(rng.choice(count, min(RELEVANT, count), replace=False))
            relevant.append(chosen)
            # LightFM counts every other car with at least this score as better.
            ranks.append([np.count_nonzero(scores >= scores[car]) - 1 for car in chosen])
        print(f"{start + len(part)} of {len(users)} visitors equal", file=sys.stderr)
    compare_metrics(rebuilt, users, relevant, np.array(ranks))
    histories = compare_histories(model, path, cars, command, users[:BLENDED], rng)
    return (
        f"{len(users)} visitors x {count} cars: every score bit-equal to LightFM.predict, every order equal; "
        f"{sum(map(len, ranks))} ranks equal to predict_rank; precision@{K} and AUC equal\n"
        f"{histories} histories x {count} cars: every score bit-equal to what models are judged by, every order and every page equal"
    )


def compared(who: str, ids: np.ndarray, expected: np.ndarray, printed: tuple) -> np.ndarray:
    """Compares an order and its scores with what cars `ids` (u64 [N], ascending) should have; returns its scores by car, f32 [N]."""
    listed, printed_scores = printed
    if len(listed) != len(ids) or not np.array_equal(np.sort(listed), ids):
        odd = np.setxor1d(listed, ids)
        detail = f"such as {int(odd[0])}" if len(odd) else "some twice"
        raise Refused(f"{who}: {len(listed)} cars printed, {len(ids)} are expected; {len(odd)} differ, {detail}")
    scores = np.empty(len(ids), np.float32)
    scores[np.searchsorted(ids, listed)] = printed_scores
    wrong = np.flatnonzero(scores.view(np.uint32) != expected.view(np.uint32))
    if len(wrong):
        first = wrong[0]
        raise Refused(f"{who}: {len(wrong)} scores differ; car {ids[first]} has {scores[first]}, expected {expected[first]}")
    best = ids[np.argsort(-expected, kind="stable")]
    if not np.array_equal(listed, best):
        place = int(np.flatnonzero(listed != best)[0])
        raise Refused(f"{who}: car {listed[place]} is at place {place}, expected {best[place]} there")
    return scores


def compare_histories(model: ModelFile, path: Path, cars: Cars, command: list, users: np.ndarray, rng) -> int:
    """Compares histories of every length, of live and sold cars, alone and behind an embedding; returns how many."""
    items = model.items(cars)
    live = np.array([car["status"] == "live" for car in cars.attributes])
    longest = min(serving.HISTORY_MAX, len(cars))
    histories = []
    for number in range(HISTORIES):
        rows = rng.choice(len(cars), 1 + number % longest, replace=False)
        histories.append([(int(row), int(kind)) for row, kind in zip(rows, rng.integers(0, len(KINDS), len(rows)))])
    named = [[(int(cars.ids[row]), kind) for row, kind in history] for history in histories]
    tensors = model.tensors
    visitors = [int(visitor) for visitor in tensors["visitor_ids"][users]]
    asked = (((), named), (visitors, named))
    orders = [printed for whom in asked for printed in ranked(command, path, *whom)]
    in_pages = [printed for whom in asked for printed in ranked(command, path, *whom, "--pages")]
    traits = serving.Traits.of(cars, model.dictionary)
    for number, printed in enumerate(orders):
        user, history = number // HISTORIES - 1, histories[number % HISTORIES]
        query, bias, who = serving.fold_in(items, history, model.tuning), np.float32(0), "nobody"
        if user >= 0:
            who = f"visitor {visitors[user]}"
            query = serving.blend(tensors["visitor_embeddings"][users[user]], query, len(history))
            bias = tensors["visitor_biases"][users[user]]
        candidates = live.copy()
        candidates[[row for row, _ in history]] = False
        expected = serving.scores(items, query, bias)[candidates]
        who = f"{who} with history {named[number % HISTORIES]}"
        compared(who, cars.ids[candidates], expected, printed)
        compare_pages(who, cars, traits, printed, in_pages[number])
    return len(orders)


def compare_pages(who: str, cars: Cars, traits: serving.Traits, printed: tuple, in_pages: tuple) -> None:
    """Compares all pages that the binary makes of an order with those that models are judged by."""
    order = np.searchsorted(cars.ids, printed[0])
    expected = cars.ids[traits.pages(order, -(-len(order) // serving.PAGE_CARS))]
    shown, scores = in_pages
    if len(shown) != len(expected) or not np.array_equal(np.sort(shown), np.sort(expected)):
        raise Refused(f"{who}: {len(shown)} cars on pages, {len(expected)} are expected")
    if not np.array_equal(shown, expected):
        place = int(np.flatnonzero(shown != expected)[0])
        raise Refused(f"{who}: pages have car {shown[place]} at place {place}, expected {expected[place]} there")
    if dict(zip(*printed)) != dict(zip(shown, scores)):
        raise Refused(f"{who}: pages show other scores than the order")


def compare_metrics(rebuilt: Rebuilt, users: np.ndarray, relevant: list, ranks: np.ndarray) -> None:
    """Compares ranks, precision and AUC with LightFM's, where `relevant` [users, R] car rows count as liked.

    AUC is compared to 1e-6: LightFM adds it up in f32, car by car.
    """
    shape = (rebuilt.users.shape[0], len(rebuilt.cars))
    places = (np.repeat(users, [len(each) for each in relevant]), np.concatenate(relevant))
    liked = sparse.csr_matrix((np.ones(len(places[0]), np.float32), places), shape)
    known = {"user_features": rebuilt.users, "item_features": rebuilt.items}
    theirs = rebuilt.lightfm.predict_rank(liked, **known).toarray()[places].reshape(ranks.shape)
    if not np.array_equal(theirs, ranks):
        raise Refused(f"{np.count_nonzero(theirs != ranks)} of {ranks.size} ranks differ from predict_rank")
    precision = precision_at_k(rebuilt.lightfm, liked, k=K, **known)
    if not np.array_equal(precision, np.sum(ranks < K, axis=1).astype(np.float32) / np.float32(K)):
        raise Refused(f"precision@{K} differs from lightfm.evaluation")
    if not np.allclose(auc_score(rebuilt.lightfm, liked, **known), auc(ranks, shape[1]), rtol=0, atol=1e-6):
        raise Refused("AUC differs from lightfm.evaluation")


def auc(ranks: np.ndarray, cars: int) -> np.ndarray:
    """f64 [users]: the share of pairs of a liked and another car that stand in the right order, from ranks [users, R]."""
    liked = ranks.shape[1]
    if liked == cars:
        return np.full(len(ranks), 0.5)
    ahead = np.maximum(np.sort(ranks, axis=1) - np.arange(liked), 0)
    return np.mean(1 - ahead / (cars - liked), axis=1)
