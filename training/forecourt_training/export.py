"""Exports a model, if the candidate was judged good enough: refits on everything first, with the same settings."""

import json
import sys
from pathlib import Path

import numpy as np

from forecourt_training import interactions, model_file
from forecourt_training.evaluate import Evaluation
from forecourt_training.fit import fit
from forecourt_training.model_file import ModelFile
from forecourt_training.pack import pack
from forecourt_training.refusal import Refused
from forecourt_training.state import State


def export(state: State, evaluation: Evaluation, path: Path, most_visitors: int, golden: tuple) -> ModelFile:
    """Refits on all interactions and writes the file; returns what was written. The caller has judged the evaluation.

    The test days are the newest: a model without them would not know the cars and visitors of this week.
    """
    end_ms = int(state.events.at_ms.max()) + 1
    positives = interactions.before(state.events, end_ms)
    print(f"refitting on all {len(positives.cars)} interactions", file=sys.stderr)
    model = fit(state.cars, positives, state.settings)
    packed = pack(model, state.cars, state.settings, most_visitors, golden)
    if packed.tensors["golden_scores"].size == 0:
        raise Refused("no visitor has left a lead, or no car is golden: no server takes a model without golden scores")
    packed = packed.with_info(metrics=json.dumps(rounded(evaluation.metrics()), separators=(",", ":")))
    model_file.write(packed, path)
    return packed


def rounded(value):
    """Numbers to six digits: more would be noise."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return round(float(value), 6) if isinstance(value, (float, np.floating)) else value
