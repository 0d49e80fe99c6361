"""The whole job from the command line alone, in processes of its own, as a script would do it."""

import json
import math
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import mido
import music21
import pytest
import soundfile

from workbench.cli import main
from workbench.workspace import REPOSITORY


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


def run(home: Path, *words: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "workbench", *map(str, words), "--workspace", str(home)]
    environment = os.environ | {"WORKBENCH_HOME": "/nonexistent"}
    return subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=300
    )


def answer(home: Path, *words: object) -> dict:
    """The one JSON document on standard output."""
    done = run(home, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def trained(home) -> str:
    """A run of two epochs on fifty tunes."""
    loaded = answer(home, "corpora", "load", "ryans-mammoth", "--limit", 50)
    assert loaded["imported"] + loaded["duplicate"] == 50
    made = answer(home, "datasets", "create", "tunes", "--seed", 1)
    assert made["id"] == "tunes@1"
    settings = ["epochs=2", "units=32", "layers=1", "batch_size=8", "window=64", "samples=never"]
    done = answer(home, "train", "--dataset", "tunes", "--architecture", "lstm", "--set", *settings)
    assert done["state"] == "done", done["message"]
    assert [epoch["epoch"] for epoch in done["epochs"]] == [1, 2]
    assert done["epochs"][1]["train_loss"] < done["epochs"][0]["train_loss"]
    held_out = done["evaluation"]
    assert held_out["test"]["pieces"] > 0
    assert held_out["baseline"]["nats_per_quarter"] > 0
    return done["id"]


def test_pieces_are_listed_tagged_and_exported(home, trained, tmp_path):
    jigs = answer(home, "pieces", "list", "--where", "meter:6/8")
    assert jigs["total"] == len(jigs["pieces"]) > 0
    ids = [piece["id"] for piece in jigs["pieces"][:2]]
    answer(home, "pieces", "tag", *ids, "--set", "mood=merry")
    assert answer(home, "pieces", "list", "--where", "mood:merry")["total"] == 2
    shown = answer(home, "pieces", "show", ids[0])
    assert shown["tags"] == {"mood": "merry"}
    assert shown["licence"]["shareable"]
    answer(home, "pieces", "tag", ids[0], "--unset", "mood")
    assert answer(home, "pieces", "show", ids[0])["tags"] == {}
    files = answer(home, "pieces", "export", ids[0], "--out", tmp_path / "jig.musicxml")["files"]
    assert music21.converter.parse(files[0]).flatten().notes


@pytest.mark.long
def test_a_composition_in_every_format(home, trained, tmp_path):
    suffixes = ["mid", "musicxml", "abc", "wav", "mp3", "flac", "ogg", "svg", "pdf", "html"]
    outs = [tmp_path / f"tune.{suffix}" for suffix in suffixes]
    made = answer(
        home, "compose", "--model", trained, "--bars", 4, "--seed", 3, "--key", "A major",
        "--meter", "6/8", "--out", *outs,
    )  # fmt: skip
    assert made["compositions"][0]["files"] == [str(path) for path in outs]
    sounding = [m for m in mido.MidiFile(outs[0]) if m.type == "note_on" and m.velocity]
    score = music21.converter.parse(outs[1])
    written = [n for n in score.flatten().notes if n.tie is None or n.tie.type == "start"]
    assert [m.note for m in sounding] == [n.pitch.midi for n in written]
    assert score.flatten().getElementsByClass("TimeSignature")[0].ratioString == "6/8"
    assert score.flatten().getElementsByClass("KeySignature")[0].sharps == 3
    assert len(score.parts[0].getElementsByClass("Measure")) == 4
    tune = music21.converter.parse(outs[2])
    assert [n.pitch.midi for n in tune.flatten().notes if n.tie is None or n.tie.type == "start"]
    for path in outs[3:7]:
        assert soundfile.info(path).duration > 2
    assert ElementTree.parse(outs[7]).getroot().tag.endswith("svg")
    assert outs[8].read_bytes().startswith(b"%PDF") and outs[9].read_text().startswith("<!DOCTYPE")
    (listed,) = answer(home, "compositions", "list")["compositions"]
    export = ["compositions", "export", listed["id"], "--out"]
    many = answer(home, *export, tmp_path / "all.zip", "--formats", "mid,pdf")
    with zipfile.ZipFile(many["file"]) as archive:
        assert len(archive.namelist()) == 4
        assert outs[0].read_bytes() in [archive.read(name) for name in archive.namelist()]
    answer(home, *export, tmp_path / "one.wav", "--rate", 48000, "--bits", 24)
    assert soundfile.info(tmp_path / "one.wav").subtype == "PCM_24"
    checked = answer(home, "check", outs[0], tmp_path / "one.wav", REPOSITORY / "README.md")[
        "files"
    ]
    assert [row.get("made_by_model") for row in checked] == [True, True, None]
    assert checked[1]["strength"] > 6.5 and "no file of a kind" in checked[2]["error"]


def test_the_same_seed_gives_the_same_notes_and_another_one_others(home, trained, tmp_path):
    def notes(name, seed):
        out = tmp_path / f"{name}.mid"
        answer(home, "compose", "--model", trained, "--seed", seed, "--out", out)
        return out.read_bytes()

    assert notes("one", 5) == notes("two", 5) != notes("three", 6)


def test_several_pieces_and_a_primer_file(home, trained, tmp_path):
    first = tmp_path / "first.mid"
    answer(home, "compose", "--model", trained, "--bars", 2, "--meter", "6/8", "--out", first)
    made = answer(
        home, "compose", "--model", trained, "--bars", 4, "--primer", first, "--count", 2,
        "--out", tmp_path / "more.mid",
    )  # fmt: skip
    begun = [m.note for m in mido.MidiFile(first) if m.type == "note_on" and m.velocity]
    for each in made["compositions"]:
        (path,) = each["files"]
        heard = [m.note for m in mido.MidiFile(path) if m.type == "note_on" and m.velocity]
        assert heard[: len(begun) - 1] == begun[:-1]  # the last note may be held on


def test_evaluate_gives_what_training_found(home, trained):
    shown = answer(home, "runs", "show", trained)
    scored = answer(home, "evaluate", "--model", trained, "--dataset", "tunes")
    expected = shown["evaluation"]["test"]["nats_per_quarter"]
    assert scored["nats_per_quarter"] == pytest.approx(expected, rel=1e-5)
    assert scored["perplexity"] == pytest.approx(math.exp(scored["nats_per_token"]))
    assert 0 <= scored["moving_accuracy"] < scored["accuracy"]  # most tokens hold
    assert 0 < scored["baseline"]["moving_accuracy"] < scored["baseline"]["accuracy"]
    assert scored["parameters"] == shown["parameters"]
    assert (scored["heard"], scored["all_heard_is_known"]) == (0, True)
    learned = ("--model", trained, "--dataset", "tunes", "--split", "train")
    of_training = answer(home, "evaluate", *learned)
    assert of_training["heard"] >= of_training["pieces"] > 0
    ngram = shown["evaluation"]["baseline"]
    assert scored["baseline"]["nats_per_quarter"] == pytest.approx(ngram["nats_per_quarter"])


@pytest.mark.long
def test_a_run_is_exported_whole(home, trained, tmp_path):
    out = answer(home, "runs", "export", trained, "--out", tmp_path / "run.zip")["file"]
    with zipfile.ZipFile(out) as archive:
        assert {"run.json", "model.json", "best.onnx"} <= set(archive.namelist())
    brought = answer(tmp_path / "other", "runs", "import", out)
    shown = answer(home, "runs", "show", trained)
    assert (brought["id"], brought["is_new"]) == (trained, True)
    assert (brought["epochs"], brought["evaluation"]) == (shown["epochs"], shown["evaluation"])
    assert not answer(home, "runs", "import", out)["is_new"]  # it is there already


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["pieces", "show", "ffff"], "There is no piece"),
        (["corpora", "load", "nothing"], "There is no"),
        (["datasets", "create", "x", "--split", "1/2/3"], "must add up to 100"),
        (["train", "--dataset", "none", "--architecture", "lstm"], "no dataset 'none'"),
        (["train", "--dataset", "tunes", "--architecture", "lstn"], "Did you mean 'lstm'?"),
        (["train", "--dataset", "tunes", "--architecture", "lstm", "--set", "units=1"], "smallest"),
        (["train", "--dataset", "tunes", "--architecture", "lstm", "--set", "unit=9"], "'unit'"),
        (["compose", "--model", "MODEL", "--meter", "5/4", "--out", "a.mid"], "never heard 5/4"),
        (["compose", "--model", "MODEL", "--bars", "0", "--out", "a.mid"], "0 bars"),
        (["compose", "--model", "MODEL", "--temperature", "-1", "--out", "a.mid"], "emperature"),
        (["compose", "--model", "MODEL", "--primer-text", "60 x", "--out", "a.mid"], "'x'"),
        (["compose", "--model", "MODEL", "--out", "a.docx"], "a.docx"),
        (["compose", "--model", "../../etc", "--out", "a.mid"], "There is no model"),
        (["import", "/nonexistent"], "There is no file"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(home, trained, words, sentence, capsys):
    words = [trained if word == "MODEL" else word for word in words]
    assert main([*words, "--workspace", str(home)]) == 1
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.out == ""


def test_exit_statuses_reach_the_shell(home):
    refused = run(home, "pieces", "show", "ffff")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Traceback" not in refused.stderr
    assert run(home, "compose").returncode == 2


def test_a_reader_who_has_enough_is_no_error(home):
    command = f"{sys.executable} -m workbench corpora list --workspace {home} | true"
    done = subprocess.run(command, shell=True, cwd=REPOSITORY, capture_output=True, text=True, timeout=300)  # fmt: skip
    assert done.stderr == ""


def test_every_dataset_that_the_readme_names_is_made_before():
    """Whoever follows the README line by line has what each line needs; ``--limit`` leaves too little to listen to."""
    block = (
        (REPOSITORY / "README.md").read_text(encoding="utf-8").split("## From the command line")[1]
    )
    lines = [line.split("#")[0] for line in block.split("```")[1].splitlines()]
    made = set()
    for line in lines:
        words = line.split()
        if "datasets create" in line:
            made.add(words[words.index("create") + 1])
        assert not words or "corpora" not in words or "--limit" not in words
        if "--dataset" in words:
            assert words[words.index("--dataset") + 1] in made, line
