#!/usr/bin/python3
"""Stands in for `forecourt rank`: does the sums anew in plain Python, one f32 operation at a time, and can be told to do them wrong.

Reads the catalogue from --catalogue and the model from FORECOURT_RANK__MODEL. --wrong names what to get wrong.
"""

import argparse
import bisect
import json
import math
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


def length_of(vector):
    squares = 0.0
    for part in vector:
        squares = f32(squares + f32(part * part))
    return f32(math.sqrt(squares))


def folded(history, vectors, metadata, wrong):
    weights = {kind: f32(weight) for kind, weight in json.loads(metadata["weights"]).items()}
    decay = f32(float(metadata["decay"]))
    total, recency = [0.0] * int(metadata["components"]), 1.0
    for car, kind in reversed(history) if wrong == "fold" else history:
        weight = f32(weights[kind] * recency)
        total = [f32(part + f32(weight * other)) for part, other in zip(total, vectors[car][0])]
        recency = f32(recency * decay)
    factor = f32(f32(float(metadata["anchor_scale"])) / length_of(total))
    return [f32(part * factor) for part in total]


def blended(trained, since, n):
    share = f32(n / f32(n + 3))
    return [f32(f32(f32(1 - share) * old) + f32(share * new)) for old, new in zip(trained, since)]


def vector_of(car, rows, metadata, embeddings, biases):
    size = int(metadata["components"])
    bands, crosses = json.loads(metadata["bands"]), json.loads(metadata["crosses"])
    found = sorted({rows[name] for name in names(car, bands, crosses) if name in rows})
    vector, bias = [0.0] * size, 0.0
    for row in found:
        for part in range(size):
            vector[part] = f32(vector[part] + embeddings[row * size + part])
        bias = f32(bias + biases[row])
    return vector, bias


def history_of(text):
    return [(int(car), kind) for car, kind in (entry.split(":") for entry in text.split(","))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("--visitor", default="")
    parser.add_argument("--cars", action="append", default=[])
    parser.add_argument("--top", type=int)
    parser.add_argument("--pages", action="store_true")
    parser.add_argument("--catalogue")
    parser.add_argument("--wrong", default="nothing")
    options = parser.parse_args()
    if options.wrong == "exit":
        sys.exit("no such model")
    model = Model(os.environ["FORECOURT_RANK__MODEL"])
    metadata = model.metadata
    size = int(metadata["components"])
    rows = {name: row for row, name in enumerate(json.loads(metadata["features"]))}
    embeddings, biases = model.numbers("item_feature_embeddings"), model.numbers("item_feature_biases")
    with open(options.catalogue, encoding="utf-8") as lines:
        cars = {car["car"]: car for car in map(json.loads, lines)}
    vectors = {car: vector_of(cars[car], rows, metadata, embeddings, biases) for car in cars}
    users, user_biases = model.numbers("visitor_embeddings"), model.numbers("visitor_biases")
    orders = []
    for visitor in options.visitor.split(","):
        for history in options.cars or [""]:
            history = history_of(history) if history else []
            query, base = folded(history, vectors, metadata, options.wrong) if history else [0.0] * size, 0.0
            if visitor:
                user = model.numbers("visitor_ids").index(int(visitor))
                trained, base = users[user * size : (user + 1) * size], user_biases[user]
                query = blended(trained, query, len(history)) if history else trained
            scored = []
            for car, (vector, bias) in vectors.items():
                if cars[car]["status"] == "live" and car not in dict(history):
                    score = f32(base + bias)
                    for part in range(size):
                        score = f32(score + f32(query[part] * vector[part]))
                    scored.append((-score, car))
            scored.sort()
            if options.pages:
                traits = {car: traits_of(cars[car], rows, metadata) for car in cars}
                scored = in_pages(scored, traits, options.wrong)
            orders.append(damaged(scored, options.wrong)[: options.top])
    print("\n\n".join("\n".join(f"{car}\t{shortest(-score)}" for score, car in scored) for scored in orders))


def traits_of(car, rows, metadata):
    simple = names(car, json.loads(metadata["bands"]), ())[:-1]
    return {name for name in simple if name in rows}


def in_pages(scored, traits, wrong):
    shown = []
    while scored:
        page, others = scored[:5], scored[5:300]
        while others and len(page) < 10:
            shared = [sum(len(traits[car] & traits[other]) for _, other in page) for _, car in others]
            page.append(others.pop(shared.index((max if wrong == "page" else min)(shared))))
        shown += page
        scored = [each for each in scored if each not in page]
    return shown


def damaged(scored, wrong):
    if wrong == "order":
        scored[3], scored[4] = scored[4], scored[3]
    if wrong == "bit":
        scored[5] = (-next_f32(-scored[5][0]), scored[5][1])
    if wrong == "missing":
        del scored[6]
    return scored


main()
