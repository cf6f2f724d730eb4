"""Ranking models for tests: the built-in one under other names, and others that rank otherwise."""

import json
import os
import random
import struct
from pathlib import Path

from .forecourt import REPOSITORY

BUILT_IN = REPOSITORY / "assets" / "model.safetensors"
# A car of which a model knows only what every number has, a band. With those at zero its score is the visitor's bias and
# nothing else, however features are dealt.
_STRANGER = {"car": 0, "make": "", "model": "", "body": "", "fuel": "", "transmission": "", "city": "", "colour": ""}
_STRANGER |= {"price": 0, "km": 0, "year": 0, "owner": 0, "seats": None, "engine_cc": None, "score": None}


class ModelFile:
    """A file that a server follows, replaced again and again."""

    def __init__(self, file: Path):
        self.file = file
        self.generation = 0
        header, self.tensors, self.metadata = _read(BUILT_IN.read_bytes())
        self.header = header
        self.replace()

    def replace(self, *, dealt_anew: bool = False) -> None:
        """Another generation: the same numbers, or `dealt_anew` to other features, which is another order altogether."""
        self.generation += 1
        header, tensors, metadata = dict(self.header), dict(self.tensors), dict(self.metadata)
        metadata["generation"] = f"test-{self.generation}"
        if dealt_anew:
            _deal(header, tensors, metadata, random.Random(self.generation))
        new = self.file.with_suffix(".new")
        new.write_bytes(_written(header, tensors, metadata))
        os.replace(new, self.file)


def _deal(header: dict, tensors: dict[str, bytes], metadata: dict[str, str], dice: random.Random) -> None:
    """Gives each feature the numbers of another one, and golden scores that hold for that."""
    names = json.loads(metadata["features"])
    dice.shuffle(names)
    for row in (names.index(f"{kind}:0") for kind in ("price", "km", "year", "owner")):
        for tensor in ("item_feature_embeddings", "item_feature_biases"):
            size = len(tensors[tensor]) // len(names)
            tensors[tensor] = tensors[tensor][: row * size] + bytes(size) + tensors[tensor][(row + 1) * size :]
    metadata |= {"features": json.dumps(names), "golden_cars": json.dumps([_STRANGER])}
    header |= {"golden_visitors": ("U32", [1]), "golden_scores": ("F32", [1, 1])}
    tensors |= {"golden_visitors": struct.pack("<I", 0), "golden_scores": tensors["visitor_biases"][:4]}


def _read(file: bytes) -> tuple[dict, dict[str, bytes], dict[str, str]]:
    """Types and shapes, bytes, and metadata of a safetensors file."""
    (length,) = struct.unpack("<Q", file[:8])
    described = json.loads(file[8 : 8 + length])
    metadata = described.pop("__metadata__")
    data = file[8 + length :]
    tensors = {name: data[slice(*of["data_offsets"])] for name, of in described.items()}
    return {name: (of["dtype"], of["shape"]) for name, of in described.items()}, tensors, metadata


def _written(header: dict, tensors: dict[str, bytes], metadata: dict[str, str]) -> bytes:
    described: dict = {"__metadata__": metadata}
    data = b""
    # The longest numbers first: readers want them aligned.
    for name in sorted(tensors, key=lambda name: (header[name][0] != "U64", name)):
        dtype, shape = header[name]
        described[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(tensors[name])]}
        data += tensors[name]
    text = json.dumps(described).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data
