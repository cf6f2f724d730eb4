"""One small catalogue, its events and its trained state, made once for all tests."""

import pytest
from catalogue import catalogue, write_lines

from forecourt_training import state
from forecourt_training.cars import of_attributes
from forecourt_training.cli import main


@pytest.fixture(scope="session")
def cars():
    return of_attributes(catalogue())


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """cars.jsonl, events.jsonl, and state/ and model.safetensors trained from them."""
    folder = tmp_path_factory.mktemp("trained")
    write_lines(folder / "cars.jsonl", catalogue())
    made = ["generate", "--cars", f"{folder}/cars.jsonl", "--out", f"{folder}/events.jsonl", "--visitors", "1200", "--days", "40"]
    trained = ["train", "--cars", f"{folder}/cars.jsonl", "--events", f"{folder}/events.jsonl", "--out", f"{folder}/state"]
    trained += ["--components", "8", "--epochs", "4"]
    shipped = ["export", "--state", f"{folder}/state", "--out", f"{folder}/model.safetensors", "--golden-visitors", "10"]
    for command in (made, trained, shipped):
        assert main(command) == 0
    return folder


@pytest.fixture(scope="session")
def trained(folder):
    return state.load(folder / "state")
