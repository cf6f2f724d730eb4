"""A small made-up catalogue, for tests only: plain Python, the same for the same seed."""

import json
import random

DAY_S = 86_400
NOW_S = 1_795_158_000
MODELS = (
    ("maruti", "swift", "Hatchback", 400_000, 1197),
    ("maruti", "baleno", "Hatchback", 550_000, 1197),
    ("hyundai", "creta", "SUV", 1_100_000, 1493),
    ("hyundai", "i20", "Hatchback", 600_000, 1197),
    ("honda", "city", "Sedan", 800_000, 1497),
    ("toyota", "innova", "MUV", 1_400_000, 2393),
)
CITIES = ("delhi", "mumbai", "pune")


def catalogue(count: int = 300, seed: int = 7) -> list:
    """Attribute objects of `count` cars; one in eight is sold."""
    dice = random.Random(seed)
    cars = []
    for number in range(count):
        make, model, body, price, engine_cc = dice.choice(MODELS)
        listed_at = NOW_S - dice.randrange(1, 90 * DAY_S)
        sold = dice.random() < 0.125
        year = dice.randrange(2012, 2025)
        car = {
            "car": 1000 + 7 * number,
            "status": "sold" if sold else "live",
            "listed_at": listed_at,
            "sold_at": dice.randrange(listed_at, NOW_S) if sold else None,
            "make": make,
            "model": f"{make}/{model}",
            "body": body,
            "fuel": dice.choice(("Petrol", "Diesel")),
            "transmission": dice.choice(("Manual", "Manual", "Automatic")),
            "city": dice.choice(CITIES),
            "colour": dice.choice(("White", "Red", "Grey")),
            "price": int(price * (0.35 + 0.05 * (year - 2011)) * dice.uniform(0.9, 1.1)),
            "km": dice.randrange(5_000, 150_000),
            "year": year,
            "owner": dice.choice((1, 1, 2, 3)),
            "seats": dice.choice((5, 5, 7, None)),
            "engine_cc": engine_cc,
            "score": dice.choice((70, 80, 90, None)),
        }
        cars.append(car)
    return cars


def write_lines(path, objects):
    path.write_text("".join(json.dumps(each) + "\n" for each in objects), encoding="utf-8")
    return path
