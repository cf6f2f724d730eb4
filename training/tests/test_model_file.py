"""The file: what was written is read, what is broken is refused with a reason, and an export is whole or not there."""

import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file

from forecourt_training import interactions, model_file, pack
from forecourt_training.cli import main
from forecourt_training.fit import fit
from forecourt_training.refusal import Unusable


def test_a_model_reads_back_as_it_was_written(folder, tmp_path):
    model = model_file.read(folder / "model.safetensors")
    model_file.write(model, tmp_path / "again.safetensors")
    again = model_file.read(tmp_path / "again.safetensors")
    assert again.metadata() == model.metadata()
    assert (tmp_path / "again.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes(), "and the same bytes"
    assert all(np.array_equal(again.tensors[name], model.tensors[name]) for name in model_file.TENSORS)
    assert [path.name for path in tmp_path.iterdir()] == ["again.safetensors"], "no temporary file stays behind"


def test_a_write_that_fails_leaves_nothing_behind(folder, tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError):
        model_file.write(model_file.read(folder / "model.safetensors"), tmp_path / "taken")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_metadata_keeps_the_contract(folder):
    model = model_file.read(folder / "model.safetensors")
    metadata = model.metadata()
    wanted = "format generation features bands crosses normalize anchor_scale weights decay golden_cars cutoff_ms loss components epochs"
    wanted += " seed trained_with metrics n_cars n_visitors n_interactions"
    assert set(wanted.split()) <= set(metadata) and all(isinstance(value, str) for value in metadata.values())
    assert np.float32(metadata["anchor_scale"]).tobytes() == model.tuning.scale.tobytes()
    assert json.loads(metadata["weights"])["view"] == 1.0
    assert json.loads(metadata["golden_cars"])[0].keys() >= {"car", "status", "listed_at", "make", "price", "score"}
    assert model.tensors["golden_scores"].shape == (10, 300)


@pytest.mark.parametrize("spoil", [lambda blob: blob[:-5], lambda blob: blob[:4], lambda blob: b"", lambda blob: blob.replace(b"model-1", b"model-9")])
def test_a_broken_file_is_an_error_with_a_reason(folder, tmp_path, spoil):
    (tmp_path / "broken").write_bytes(spoil((folder / "model.safetensors").read_bytes()))
    with pytest.raises(Unusable, match="cannot read the model"):
        model_file.read(tmp_path / "broken")


@pytest.mark.parametrize(
    "name, change, said",
    [
        ("item_feature_biases", lambda array: array * np.nan, "not finite"),
        ("item_feature_biases", lambda array: array[1:], "shape"),
        ("visitor_ids", lambda array: array[::-1], "ascend"),
        ("golden_visitors", lambda array: array + np.uint32(1_000_000), "names no visitor"),
        ("golden_scores", lambda array: array.astype(np.float64), "float64"),
    ],
)
def test_content_that_contradicts_itself_is_named(folder, name, change, said):
    model = model_file.read(folder / "model.safetensors")
    assert model_file.fault(model) is None
    assert said in model_file.fault(replace(model, tensors=model.tensors | {name: change(model.tensors[name])}))


def test_the_golden_scores_are_those_of_the_model_refitted_on_everything(trained, folder):
    exported = load_file(folder / "model.safetensors")
    end_ms = int(trained.events.at_ms.max()) + 1
    model = fit(trained.cars, interactions.before(trained.events, end_ms), trained.settings)
    assert np.array_equal(exported["item_feature_embeddings"], model.lightfm.item_embeddings), "one thread and one seed repeat a fit"
    again = pack.pack(model, trained.cars, trained.settings, 1000, (10, 500))
    assert np.array_equal(exported["golden_scores"], again.tensors["golden_scores"])


def test_sums_with_other_bits_are_not_exported(trained):
    positives = interactions.before(trained.events, trained.candidate.cutoff_ms)
    model = fit(trained.cars, positives, trained.settings)
    golden = pack.predicted(model, np.array([0]), trained.cars)
    pack.prove_plain_sums(model, np.array([0]), trained.cars, golden)
    golden[0, 7] = np.nextafter(golden[0, 7], np.float32(9))
    with pytest.raises(Unusable, match="LIGHTFM_NO_CFLAGS"):
        pack.prove_plain_sums(model, np.array([0]), trained.cars, golden)


def test_a_refused_model_leaves_no_file(folder, tmp_path, capsys):
    previous = model_file.read(folder / "model.safetensors")
    metrics = json.loads(previous.info["metrics"])
    metrics["model"]["anonymous"]["MRR"] = 0.99
    model_file.write(previous.with_info(metrics=json.dumps(metrics)), tmp_path / "better.safetensors")
    asked = ["export", "--state", f"{folder}/state", "--previous", f"{tmp_path}/better.safetensors", "--out", f"{tmp_path}/new.safetensors"]
    assert main(asked) == 2
    assert "refused: MRR of anonymous visitors" in capsys.readouterr().err
    assert not (tmp_path / "new.safetensors").exists()
