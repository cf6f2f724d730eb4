"""What `train` leaves for `evaluate` and `export`: a directory with the inputs as they were read, the settings and the candidate."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from forecourt_training import model_file
from forecourt_training.cars import Cars, read_cars
from forecourt_training.events import Events
from forecourt_training.fit import Settings
from forecourt_training.model_file import ModelFile
from forecourt_training.refusal import Unusable


@dataclass(frozen=True)
class State:
    """candidate: the model trained on what is older than the test days; it is judged, and never shipped."""

    cars: Cars
    events: Events
    settings: Settings
    candidate: ModelFile


def save(state: State, directory: Path) -> None:
    """Writes a state; the candidate last, so that a state with one is complete."""
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    candidate = directory / "candidate.safetensors"
    candidate.unlink(missing_ok=True)
    lines = (json.dumps(car, ensure_ascii=False) + "\n" for car in state.cars.attributes)
    (directory / "cars.jsonl").write_text("".join(lines), encoding="utf-8")
    np.savez(directory / "events.npz", **vars(state.events))
    (directory / "settings.json").write_text(json.dumps(state.settings.to_dict(), indent=2) + "\n", encoding="utf-8")
    model_file.write(state.candidate, candidate)


def load(directory: Path) -> State:
    """Reads a state; raises Unusable if `train` has not left a whole one there."""
    directory = Path(directory)
    try:
        settings = Settings(**json.loads((directory / "settings.json").read_text(encoding="utf-8")))
        with np.load(directory / "events.npz") as arrays:
            events = Events(**{name: arrays[name] for name in arrays.files})
    except (OSError, ValueError, TypeError) as error:
        raise Unusable(f"no finished training in {directory}: {error}") from error
    return State(read_cars(directory / "cars.jsonl"), events, settings, model_file.read(directory / "candidate.safetensors"))
