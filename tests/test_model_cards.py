"""What the cards of the bundled models say of their music: the sections are there, and what they link to is what they say."""

import importlib.util
import re
import shlex
import sys
from pathlib import Path

import pytest
from kept_promises import sounding

from workbench.cli import main
from workbench.core.score import bars
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSpec
from workbench.formats import decode
from workbench.services import activity, datasets, importing, models, training
from workbench.workspace import REPOSITORY, open_workspace

BUNDLED = sorted(path.parent.name for path in (REPOSITORY / "models" / "pretrained").glob("*/model.json"))  # fmt: skip
SLOW = ("harmoniser",)


def _loaded(name: str):
    """A module of ``docs/``, which is no package."""
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / "docs" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


cards = _loaded("card_sections")


def card_of(name: str) -> tuple[Path, str]:
    folder = REPOSITORY / "models" / "pretrained" / name
    return folder, (folder / "README.md").read_text(encoding="utf-8")


def commands(text: str) -> list[list[str]]:
    """The words of the commands that make the samples of a card again, after ``python -m workbench``."""
    lines = re.findall(r"^python -m workbench (compose .*)$", text, re.MULTILINE)
    return [shlex.split(line) for line in lines]


def heard(path: Path):
    (reading,) = decode(path.read_bytes(), path.name)
    return reading.score


@pytest.mark.parametrize("name", BUNDLED)
def test_a_card_has_its_sections_and_what_they_link_to(name):
    folder, text = card_of(name)
    for title in (cards.ORIGINALITY, cards.SAMPLES, "Data", "Held-out music", "Limits"):
        assert text.count(f"\n## {title}\n") == 1
    linked = re.findall(r"\]\(([^)#:]+)\)", text)
    assert {f"samples/{seed}.{kind}" for seed in cards.SEEDS for kind in ("mid", "png")} <= set(linked)  # fmt: skip
    assert all((folder / each).exists() for each in linked)
    files = list((folder / cards.FOLDER).iterdir())
    assert len(files) == 2 * len(cards.SEEDS)
    assert sum(path.stat().st_size for path in files) <= cards.MOST_SAMPLE_BYTES
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) <= 8_000_000


@pytest.mark.parametrize("name", BUNDLED)
def test_the_samples_are_what_their_commands_ask_for(name):
    folder, text = card_of(name)
    model = models.get(open_workspace(), name)
    found = commands(text)
    assert len(found) == len(cards.SEEDS)
    for seed, words in zip(cards.SEEDS, found, strict=True):
        asked = cards.sample_request(model, seed)
        assert shlex.join(words) in cards.command(asked, f"{seed}.mid")
        score = heard(folder / cards.FOLDER / f"{seed}.mid")
        assert {str(bar.meter) for bar in bars(score)} == {asked.meter}
        assert str(score.keys[0]) == asked.key
        assert len(score.notes) > asked.bars


@pytest.mark.parametrize("name", [pytest.param(each, marks=pytest.mark.long if each in SLOW else ()) for each in BUNDLED])  # fmt: skip
def test_anybody_can_make_a_sample_again(name, tmp_path):
    folder, text = card_of(name)
    words = commands(text)[0]
    words[-1] = str(tmp_path / "again.mid")
    assert main([*words, "--workspace", str(tmp_path / "home")]) == 0
    kept = heard(folder / cards.FOLDER / "1.mid")
    assert sounding(heard(tmp_path / "again.mid")) == sounding(kept)


@pytest.mark.parametrize("name", BUNDLED)
def test_a_section_is_replaced_and_nothing_else(name):
    _, text = card_of(name)
    for title in (cards.ORIGINALITY, cards.SAMPLES):
        other = cards.with_section(text, title, "Something \\1 else.")
        assert f"## {title}\n\nSomething \\1 else.\n\n## " in other
        section = re.search(rf"## {title}\n\n(.*?)\n\n(?=## )", text, re.DOTALL)[1]
        assert cards.with_section(other, title, section) == text
        without = text.replace(f"## {title}\n\n{section}\n\n", "")
        new = cards.with_section(without, title, section)
        assert f"## {title}\n" not in without
        assert new.index(f"## {title}\n") < new.index("## Limits\n")


@pytest.mark.long
def test_originality_is_measured_beside_held_out_people(tmp_path):
    """An n-gram of eight notes that has heard forty tunes copies more of them than other people do."""
    workspace = open_workspace(tmp_path)
    activity.finish(workspace, importing.load_corpus(workspace, "ryans-mammoth", limit=60))
    dataset = datasets.create(workspace, "tunes", split="70/10/20", seed=1)
    spec = TrainingSpec(dataset.id, TokenizerSpec("melody-steps"), ModelSpec("ngram", {"order": 8}))
    run = training.start(workspace, spec)
    activity.finish(workspace, training.job(workspace, run))
    text = cards.originality(workspace, models.get(workspace, run), dataset)
    rows = [line.split("|")[2:-1] for line in text.splitlines() if re.match(r"\| \*\*this|\| held", line)]  # fmt: skip
    (made, mean, *_), (people, theirs, *_) = rows
    assert (int(made), int(people)) == (cards.PIECES, len(dataset.members("test")))
    assert float(mean) > float(theirs) > 0
    assert (
        cards.originality(workspace, models.get(workspace, run), dataset) == text
    )  # not measured twice
    folk = models.get(workspace, "folk")
    assert text != cards.originality(workspace, folk, dataset)
    assert "Not measured" in cards.originality(workspace, folk, dataset)
