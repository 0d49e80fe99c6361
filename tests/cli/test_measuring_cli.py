"""Benchmarks from the command line."""

import json

import pytest

from workbench.cli import main
from workbench.core.model_card import read_card
from workbench.workspace import REPOSITORY


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return str(tmp_path_factory.mktemp("home"))


def test_benchmarks_are_listed(home, capsys):
    assert main(["benchmarks", "list", "--json", "--workspace", home]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["name"]: row["unit"] for row in rows} == {
        "abc": "bits per character",
        "frames": "nats per frame",
        "jsb16": "nats per frame",
    }


def test_a_self_test_says_what_it_read(home, capsys):
    assert main(["benchmark", "frames", "--self-test", "--json", "--workspace", home]) == 0
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert checks[0]["reads"] == pytest.approx(60.997, abs=1e-3)
    assert all(check["holds"] for check in checks)


def test_a_reading_is_one_document_with_checksum_and_remarks(home, tmp_path, capsys):
    """The bundled model of chorales, on a few frames."""
    frames = [[72, 67, 64, 48]] * 4 + [[71, 67, 62, 55]] * 4 + [[72, 67, 64, 48]] * 8
    path = tmp_path / "valid.json"
    path.write_text(json.dumps([frames]))
    words = ["benchmark", "jsb16", "--model", "chorales", "--data", str(path)]
    assert main([*words, "--json", "--workspace", home]) == 0
    reading = json.loads(capsys.readouterr().out)
    assert reading["unit"] == "nats per frame"
    assert 0 < reading["nats_per_frame_given_length"] < reading["value"] < 15.4
    assert (reading["frames"], reading["pieces"], reading["split"]) == (16, 1, "valid")
    assert reading["parameters"] == read_card(REPOSITORY / "models/pretrained/chorales").parameters
    assert len(reading["sha256"]["valid.json"]) == 64
    assert "it may have heard the answers" in reading["remarks"][0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["jsb15", "--self-test"], "Did you mean 'jsb16'?"),
        (["jsb16"], "--model RUN_OR_PRETRAINED --data PATH"),
        (["jsb16", "--model", "none", "--data", "."], "There is no model 'none'"),
        (["jsb16", "--model", "chorales", "--data", "/nonexistent"], "There is nothing at"),
        (["jsb16", "--model", "folk", "--data", "."], "says no four voices"),
        (["frames", "--model", "folk", "--data", "."], "trained with the tokenizer piano-roll"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_a_sentence(home, words, sentence, capsys):
    assert main(["benchmark", *words, "--workspace", home]) == 1
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.out == ""
