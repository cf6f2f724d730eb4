"""Checks the server's binary against LightFM itself: same scores bit for bit, same orders, same ranks and metrics.

LightFM is rebuilt from the arrays of the model file; nothing of `serving` is used. The binary is asked about visitors with an
embedding and no newer interactions: their score is LightFM's own.
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

from forecourt_training.cars import Cars
from forecourt_training.model_file import ModelFile
from forecourt_training.pack import evenly
from forecourt_training.refusal import Refused, Unusable

TIMEOUT_S = 120
RELEVANT = 20
K = 10


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


def ranked(command: list, model: Path, visitor: int) -> tuple:
    """What the binary prints for a visitor: (cars u64 [N], scores f32 [N]) in its order."""
    command = [*command[:1], "rank", "--visitor", str(visitor), "--top", "1000000", *command[1:]]
    settings = {**os.environ, "FORECOURT_RANK__MODEL": str(Path(model).resolve())}
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, env=settings, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unusable(f"cannot run {command[0]}: {error}") from error
    if result.returncode != 0:
        reason = (result.stderr.strip().splitlines() or ["nothing on stderr"])[-1]
        raise Unusable(f"{' '.join(command)} ended with {result.returncode}: {reason}")
    try:
        pairs = [line.split("\t") for line in result.stdout.splitlines()]
        cars = np.array([int(car) for car, _ in pairs], np.uint64)
        return cars, np.array([score for _, score in pairs], np.float32)
    except ValueError as error:
        raise Refused(f"visitor {visitor}: a line is not car<TAB>score ({error})") from error


def verify(model: ModelFile, path: Path, cars: Cars, command: list, most: int) -> str:
    """Compares `most` visitors; returns what was found equal, raises Refused at the first difference."""
    rebuilt = rebuild(model, cars)
    count = len(rebuilt.cars)
    users = evenly(len(model.tensors["visitor_ids"]), most)
    if len(users) == 0:
        raise Unusable("the model has no visitors to compare")
    rng = np.random.default_rng(1)
    ranks, relevant = [], []
    for number, user in enumerate(users, 1):
        scores = compared(rebuilt, model, path, command, user)
        chosen = np.sort(rng.choice(count, min(RELEVANT, count), replace=False))
        relevant.append(chosen)
        # LightFM counts every other car with at least this score as better.
        ranks.append([np.count_nonzero(scores >= scores[car]) - 1 for car in chosen])
        if number % 20 == 0:
            print(f"{number} of {len(users)} visitors equal", file=sys.stderr)
    compare_metrics(rebuilt, users, relevant, np.array(ranks))
    return (
        f"{len(users)} visitors x {count} cars: every score bit-equal to LightFM.predict, every order equal; "
        f"{sum(map(len, ranks))} ranks equal to predict_rank; precision@{K} and AUC equal"
    )


def compared(rebuilt: Rebuilt, model: ModelFile, path: Path, command: list, user: int) -> np.ndarray:
    """Runs the binary for one visitor and compares scores and order; returns its scores, f32 [N] in the order of the cars."""
    visitor = int(model.tensors["visitor_ids"][user])
    listed, printed = ranked(command, path, visitor)
    ids = rebuilt.cars.ids
    if len(listed) != len(ids) or not np.array_equal(np.sort(listed), ids):
        odd = np.setxor1d(listed, ids)
        detail = f"such as {int(odd[0])}" if len(odd) else "some twice"
        raise Refused(f"visitor {visitor}: {len(listed)} cars printed, {len(ids)} are live; {len(odd)} differ, {detail}")
    expected = rebuilt.lightfm.predict(int(user), np.arange(len(ids), dtype=np.int32), rebuilt.items, rebuilt.users).astype(np.float32)
    scores = np.empty(len(ids), np.float32)
    scores[np.searchsorted(ids, listed)] = printed
    wrong = np.flatnonzero(scores.view(np.uint32) != expected.view(np.uint32))
    if len(wrong):
        first = wrong[0]
        raise Refused(f"visitor {visitor}: {len(wrong)} scores differ; car {ids[first]} has {scores[first]}, LightFM says {expected[first]}")
    order = ids[np.argsort(-expected, kind="stable")]
    if not np.array_equal(listed, order):
        place = int(np.flatnonzero(listed != order)[0])
        raise Refused(f"visitor {visitor}: car {listed[place]} is at place {place}, LightFM has {order[place]} there")
    return scores


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
