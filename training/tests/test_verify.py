"""verify passes a binary that does the sums right, and finds each kind of wrong one."""

from pathlib import Path

import pytest

from forecourt_training.cli import main

FAKE = Path(__file__).with_name("fake_forecourt.py")


def check(folder, wrong, visitors):
    model, cars = f"{folder}/model.safetensors", f"{folder}/cars.jsonl"
    asked = ["verify", "--model", model, "--cars", cars, "--forecourt", str(FAKE), "--visitors", str(visitors)]
    return main([*asked, "--", "--catalogue", cars, "--wrong", wrong])


def test_sums_done_right_are_equal_to_lightfm_in_every_bit(folder, capsys):
    assert check(folder, "nothing", 6) == 0
    said = capsys.readouterr().out
    assert "6 visitors x" in said and "every score bit-equal to LightFM.predict" in said
    assert "120 histories x" in said and "every page equal" in said


@pytest.mark.parametrize("wrong, said", [("order", "is at place 3"), ("bit", "1 scores differ"), ("missing", "1 differ"), ("fold", "with history"), ("page", "pages have car")])
def test_a_wrong_order_a_wrong_bit_a_missing_car_a_wrong_sum_and_a_wrong_page_are_refused(folder, capsys, wrong, said):
    assert check(folder, wrong, 1) == 2
    assert said in capsys.readouterr().err


def test_a_binary_that_fails_is_an_error_with_its_reason(folder, capsys):
    assert check(folder, "exit", 1) == 1
    assert "no such model" in capsys.readouterr().err
