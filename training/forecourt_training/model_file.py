"""The exported model: one safetensors file, the contract with the Rust scorer (README, "The file")."""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from forecourt_training.cars import Cars, of_attributes
from forecourt_training.events import KINDS
from forecourt_training.features import Dictionary
from forecourt_training.refusal import Unusable
from forecourt_training.serving import Items, Tuning, items_of

FORMAT = "forecourt-model-1"
COMPACT = {"separators": (",", ":"), "ensure_ascii": False}
TENSORS = {
    "item_feature_embeddings": np.float32,
    "item_feature_biases": np.float32,
    "visitor_ids": np.uint64,
    "visitor_embeddings": np.float32,
    "visitor_biases": np.float32,
    "golden_visitors": np.uint32,
    "golden_scores": np.float32,
}


@dataclass(frozen=True)
class ModelFile:
    """The content of a model file. tensors: as in TENSORS; golden_cars: C attribute objects; info: the other metadata, all texts."""

    dictionary: Dictionary
    tuning: Tuning
    tensors: dict
    golden_cars: list
    cutoff_ms: int
    info: dict

    def items(self, cars: Cars) -> Items:
        tensors = self.tensors
        return items_of(self.dictionary.matrix(cars), tensors["item_feature_embeddings"], tensors["item_feature_biases"])

    def visitor_rows(self) -> dict:
        """Visitor -> row of visitor_embeddings and visitor_biases."""
        return {int(visitor): row for row, visitor in enumerate(self.tensors["visitor_ids"])}

    def golden(self) -> Cars:
        return of_attributes(self.golden_cars)

    def recorded(self) -> dict:
        """group -> metric -> value: the figures this model was exported with; empty if it carries none."""
        return json.loads(self.info.get("metrics", "{}")).get("model", {})

    def with_info(self, **info: str) -> "ModelFile":
        return replace(self, info={**self.info, **info})

    def generation(self) -> str:
        """The cut-off, and a hash of all that decides an order: two different models never share it."""
        digest = hashlib.blake2b(digest_size=4)
        for name in TENSORS:
            digest.update(self.tensors[name].tobytes())
        digest.update(json.dumps(self.rules(), sort_keys=True).encode())
        cutoff = datetime.fromtimestamp(self.cutoff_ms / 1000, timezone.utc)
        return f"{cutoff:%Y-%m-%dT%H:%M:%SZ}-{digest.hexdigest()}"

    def metadata(self) -> dict:
        cars = json.dumps(self.golden_cars, **COMPACT)
        return {**self.info, **self.rules(), "generation": self.generation(), "golden_cars": cars}

    def rules(self) -> dict:
        """The metadata that says how the tensors are used."""
        weights = {kind: float(str(weight)) for kind, weight in zip(KINDS, self.tuning.weights)}
        return {
            "format": FORMAT,
            "features": json.dumps(self.dictionary.names, **COMPACT),
            "bands": json.dumps(self.dictionary.bands, **COMPACT),
            "crosses": json.dumps(self.dictionary.crosses, **COMPACT),
            "normalize": "true" if self.dictionary.normalize else "false",
            # numpy's str of an f32 is the shortest decimal that reads back as the same f32.
            "anchor_scale": str(self.tuning.scale),
            "weights": json.dumps(weights, **COMPACT),
            "decay": str(self.tuning.decay),
            "cutoff_ms": str(self.cutoff_ms),
        }


def write(model: ModelFile, path: Path) -> None:
    """Writes the file whole or not at all: a temporary file, fsync, rename, fsync of the directory."""
    blob = ordered(save({name: np.ascontiguousarray(model.tensors[name], kind) for name, kind in TENSORS.items()}, model.metadata()))
    path = Path(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(blob)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


def ordered(blob: bytes) -> bytes:
    """The same file with its metadata in order of key: safetensors writes it in the order of a hash map, another one each time."""
    size = int.from_bytes(blob[:8], "little")
    header = json.loads(blob[8 : 8 + size])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    # The tensors begin at a multiple of eight bytes.
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + blob[8 + size :]


def read(path: Path) -> ModelFile:
    """Reads a file and checks it; raises Unusable with the reason."""
    try:
        with safe_open(path, "np") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
        model = of_parts(metadata, tensors)
    except (OSError, SafetensorError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise Unusable(f"cannot read the model {path}: {error!r}") from error
    problem = fault(model)
    if problem is not None:
        raise Unusable(f"the model {path} is broken: {problem}")
    return model


def of_parts(metadata: dict, tensors: dict) -> ModelFile:
    if metadata.get("format") != FORMAT:
        raise ValueError(f"format is {metadata.get('format')!r}, not {FORMAT!r}")
    names, bands, crosses = (json.loads(metadata[key]) for key in ("features", "bands", "crosses"))
    weights = json.loads(metadata["weights"])
    dictionary = Dictionary(names, bands, crosses, {"true": True, "false": False}[metadata["normalize"]])
    tuning = Tuning(
        np.array([weights[kind] for kind in KINDS], np.float32), np.float32(metadata["decay"]), np.float32(metadata["anchor_scale"])
    )
    tensors = {name: tensors[name] for name in TENSORS}
    return ModelFile(dictionary, tuning, tensors, json.loads(metadata["golden_cars"]), int(metadata["cutoff_ms"]), dict(metadata))


def fault(model: ModelFile) -> str | None:
    """Why the content contradicts itself, or None."""
    tensors = model.tensors
    for name, kind in TENSORS.items():
        if tensors[name].dtype != kind:
            return f"{name} is {tensors[name].dtype}"
        if kind is np.float32 and not np.isfinite(tensors[name]).all():
            return f"{name} has numbers that are not finite"
    features, components = len(model.dictionary.names), tensors["item_feature_embeddings"].shape[-1]
    visitors, golden = len(tensors["visitor_ids"]), len(tensors["golden_visitors"])
    shapes = {
        "item_feature_embeddings": (features, components),
        "item_feature_biases": (features,),
        "visitor_ids": (visitors,),
        "visitor_embeddings": (visitors, components),
        "visitor_biases": (visitors,),
        "golden_visitors": (golden,),
        "golden_scores": (golden, len(model.golden_cars)),
    }
    for name, shape in shapes.items():
        if tensors[name].shape != shape:
            return f"{name} has shape {tensors[name].shape}, not {shape}"
    if len(set(model.dictionary.names)) != features:
        return "a feature name is there twice"
    if visitors and not (tensors["visitor_ids"][:-1] < tensors["visitor_ids"][1:]).all():
        return "visitor_ids do not ascend"
    if golden and tensors["golden_visitors"].max() >= visitors:
        return "golden_visitors names no visitor"
    return None
