#!/usr/bin/python3
"""Stands in for `forecourt rank`: does the sums anew in plain Python, one f32 operation at a time, and can be told to do them wrong.

Reads the catalogue from --cars and the model from FORECOURT_RANK__MODEL. --wrong names what to get wrong.
"""

import argparse
import bisect
import json
import os
import struct
import sys


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def next_f32(value):
    return struct.unpack("<f", struct.pack("<I", struct.unpack("<I", struct.pack("<f", value))[0] + 1))[0]


def shortest(value):
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if f32(float(text)) == value:
            return text
    raise ValueError(value)


class Model:
    def __init__(self, path):
        blob = open(path, "rb").read()
        size = struct.unpack("<Q", blob[:8])[0]
        self.header = json.loads(blob[8 : 8 + size])
        self.data = blob[8 + size :]
        self.metadata = self.header["__metadata__"]

    def numbers(self, name):
        entry = self.header[name]
        start, end = entry["data_offsets"]
        kind, width = {"F32": ("f", 4), "U64": ("Q", 8)}[entry["dtype"]]
        return struct.unpack(f"<{(end - start) // width}{kind}", self.data[start:end])


def names(car, bands, crosses):
    known = {}
    for word in ("make", "model", "body", "fuel", "transmission", "city", "colour"):
        if car[word] is not None:
            known[word] = f"{word}={car[word]}"
    for number, bounds in bands.items():
        if car[number] is not None:
            known[number] = f"{number}:{bisect.bisect_right(bounds, car[number])}"
    crossed = [f"{known[left]}&{known[right]}" for left, right in crosses if left in known and right in known]
    return [*known.values(), *crossed, f"car={car['car']}"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("--visitor", type=int)
    parser.add_argument("--top", type=int)
    parser.add_argument("--cars")
    parser.add_argument("--wrong", default="nothing")
    options = parser.parse_args()
    model = Model(os.environ["FORECOURT_RANK__MODEL"])
    metadata = model.metadata
    rows = {name: row for row, name in enumerate(json.loads(metadata["features"]))}
    bands, crosses = json.loads(metadata["bands"]), json.loads(metadata["crosses"])
    size = int(metadata["components"])
    embeddings, biases = model.numbers("item_feature_embeddings"), model.numbers("item_feature_biases")
    user = model.numbers("visitor_ids").index(options.visitor)
    query = model.numbers("visitor_embeddings")[user * size : (user + 1) * size]
    user_bias = model.numbers("visitor_biases")[user]
    scored = []
    for line in open(options.cars, encoding="utf-8"):
        car = json.loads(line)
        if car["status"] != "live":
            continue
        found = sorted({rows[name] for name in names(car, bands, crosses) if name in rows})
        vector, bias = [0.0] * size, 0.0
        for row in found:
            for part in range(size):
                vector[part] = f32(vector[part] + embeddings[row * size + part])
            bias = f32(bias + biases[row])
        score = f32(user_bias + bias)
        for part in range(size):
            score = f32(score + f32(query[part] * vector[part]))
        scored.append((-score, car["car"]))
    scored.sort()
    if options.wrong == "order":
        scored[3], scored[4] = scored[4], scored[3]
    if options.wrong == "bit":
        scored[5] = (-next_f32(-scored[5][0]), scored[5][1])
    if options.wrong == "missing":
        del scored[6]
    if options.wrong == "exit":
        sys.exit("no such model")
    print("\n".join(f"{car}\t{shortest(-score)}" for score, car in scored[: options.top]))


main()
