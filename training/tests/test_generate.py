import json
from collections import defaultdict

import numpy as np

from forecourt_training.generate import generate


def events(cars, **changes):
    asked = {"visitors": 300, "seed": 3, "days": 30, "impressions": False} | changes
    return [json.loads(line) for _, line in generate(cars, **asked).lines]


def test_the_same_seed_gives_the_same_lines_and_another_does_not(cars):
    assert events(cars) == events(cars)
    assert events(cars) != events(cars, seed=4)


def test_a_visit_shows_only_cars_that_are_live_when_it_begins(cars):
    rows, begun = cars.rows(), {}
    for event in events(cars, impressions=True):
        if event["name"] == "view_item_list":
            at_ms = begun.setdefault(event["list"], event["at_ms"])
            if event["list"].startswith("similar"):
                continue
            # A visit lasts minutes; a car may be sold while it does.
            for car in event["cars"]:
                row = rows[car]
                assert cars.listed_ms[row] <= at_ms and cars.sold_ms[row] > at_ms - 3_600_000


def test_every_click_leads_to_a_look_and_ids_are_unique(cars):
    found = events(cars)
    looks = {(event["visitor"], event["car"]) for event in found if event["name"] == "view_item"}
    assert {(event["visitor"], event["car"]) for event in found if event["name"] == "select_item"} <= looks
    assert len({event["id"] for event in found}) == len(found)


def test_impressions_can_be_left_out(cars):
    names = {event["name"] for event in events(cars)}
    assert "view_item_list" not in names and "view_item" in names
    assert "view_item_list" in {event["name"] for event in events(cars, impressions=True)}


def test_visitors_keep_to_a_budget_and_a_body_more_than_the_catalogue_does(cars):
    rows, looked = cars.rows(), defaultdict(list)
    for event in events(cars):
        if event["name"] == "view_item":
            looked[event["visitor"]].append(cars.attributes[rows[event["car"]]])
    many = [seen for seen in looked.values() if len(seen) >= 4]
    assert len(many) > 50
    spread = np.mean([np.std(np.log([car["price"] for car in seen])) for seen in many])
    assert spread < 0.75 * np.std(np.log([car["price"] for car in cars.attributes]))


def test_few_visitors_leave_a_lead(cars):
    leads = {event["visitor"] for event in events(cars, visitors=1000) if event["name"] == "generate_lead"}
    assert 10 < len(leads) < 150
