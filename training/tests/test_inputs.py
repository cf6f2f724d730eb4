"""Cars and events: what is good is read, what is bad costs itself, with a reason."""

import json

import pytest
from catalogue import catalogue, write_lines

from forecourt_training import events
from forecourt_training.cars import read_cars
from forecourt_training.cli import main
from forecourt_training.refusal import Unusable

LOOK = {"id": "a", "name": "view_item", "at_ms": 1_764_000_000_000, "visitor": "123", "car": 1000}


def read(tmp_path, cars, lines):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    return events.read_events(events.from_files([path]), cars)


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"id": 7}, "id is not a text"),
        ({"id": ""}, "id is not a text"),
        ({"name": "purchase"}, "name is unknown"),
        ({"name": []}, "name is unknown"),
        ({"at_ms": "now"}, "at_ms is not"),
        ({"at_ms": True}, "at_ms is not"),
        ({"at_ms": -1}, "at_ms is not"),
        ({"visitor": 123}, "visitor is not"),
        ({"visitor": "-1"}, "visitor is not"),
        ({"visitor": "18446744073709551616"}, "visitor is not"),
        ({"visitor": "\u0661"}, "visitor is not"),
        ({"visitor": "9" * 5000}, "visitor is not"),
        ({"car": "1000"}, "car is not a number"),
        ({"car": 999}, "the car is not in the catalogue"),
        ({"name": "view_item_list", "cars": 3}, "cars is not a list"),
        ({"id": "good"}, "its id was there before"),
    ],
)
def test_a_bad_event_is_skipped_with_its_reason(tmp_path, cars, capsys, change, reason):
    good = json.dumps(LOOK | {"id": "good"}).encode()
    found = read(tmp_path, cars, [good, json.dumps(LOOK | change).encode()])
    assert len(found) == 1
    said = capsys.readouterr().err
    assert reason in said and "events.jsonl:2" in said


@pytest.mark.parametrize("line", [b"{", b"\xff\xfe", b"[1]", b"null", b'{"id":"x"', b"[" * 100_000])
def test_a_line_that_is_no_object_is_skipped(tmp_path, cars, capsys, line):
    assert len(read(tmp_path, cars, [line, json.dumps(LOOK).encode()])) == 1
    assert "not a JSON object" in capsys.readouterr().err


def test_kinds_and_the_largest_visitor_are_read_in_order_of_time(tmp_path, cars):
    largest = str(2**64 - 1)
    lead = LOOK | {"id": "b", "name": "generate_lead", "at_ms": 5, "visitor": largest}
    shown = LOOK | {"id": "c", "name": "view_item_list", "cars": [1000, 1007]}
    sight = LOOK | {"id": "d", "name": "user_engagement", "visible_ms": 900}
    found = read(tmp_path, cars, [json.dumps(each).encode() for each in (LOOK, lead, shown, sight)])
    assert found.visitors.tolist() == [2**64 - 1, 123] and found.kinds.tolist() == [2, 0] and found.impressions == 2


def test_an_unreadable_file_is_one_line_and_exit_code_1(tmp_path, capsys):
    cars = write_lines(tmp_path / "cars.jsonl", catalogue(20))
    assert main(["train", "--cars", str(cars), "--events", f"{tmp_path}/none", "--out", f"{tmp_path}/state"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_wrong_usage_is_64_and_never_looks_like_a_refusal():
    with pytest.raises(SystemExit) as ended:
        main(["export", "--force"])
    assert ended.value.code == 64


def test_bad_cars_are_skipped_and_no_car_at_all_is_an_error(tmp_path, capsys):
    good = catalogue(2)
    bad = [good[0] | {"car": 5, "price": "dear"}, good[0] | {"car": 6, "status": "hidden"}, good[1], good[0] | {"car": 8, "listed_at": None}]
    bad += [good[0] | {"car": 9, "km": float("nan")}, good[0] | {"car": 10, "make": 4}]
    read = read_cars(write_lines(tmp_path / "cars.jsonl", [*good, *bad]))
    assert read.ids.tolist() == [1000, 1007]
    assert capsys.readouterr().err.count("skipped 1 cars") == 6
    with pytest.raises(Unusable, match="no car"):
        read_cars(write_lines(tmp_path / "empty.jsonl", bad[:1]))


def test_one_wrong_clock_does_not_move_the_end_of_the_data(tmp_path, cars, capsys):
    lines = [LOOK | {"id": str(number), "at_ms": LOOK["at_ms"] + number} for number in range(2000)]
    lines.append(LOOK | {"id": "late", "at_ms": 2**53 - 1})
    found = read(tmp_path, cars, [json.dumps(each).encode() for each in lines])
    assert len(found) == 2000 and "far later" in capsys.readouterr().err


def test_a_robot_is_left_out_and_a_keen_person_is_not(tmp_path, cars, capsys, monkeypatch):
    monkeypatch.setattr(events, "ROBOT_CARS", 20)
    lines = [
        LOOK | {"id": f"{visitor}-{number}", "visitor": visitor, "car": 1000 + 7 * number}
        for visitor, count in (("1", 21), ("2", 20))
        for number in range(count)
    ]
    found = read(tmp_path, cars, [json.dumps(each).encode() for each in lines])
    assert set(found.visitors.tolist()) == {2} and "skipped 21 events" in capsys.readouterr().err
