"""A recipe makes the same dataset and the same model again, in a library of its own."""

import json
from dataclasses import asdict, replace

import pytest

from workbench.cli import main
from workbench.cli.training import _recipe
from workbench.core.errors import InvalidSetting, UnknownName, UnreadableFile
from workbench.core.model_card import CARD_FILE
from workbench.core.recipe import DatasetRecipe, Recipe, read_recipe
from workbench.core.records import to_json
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.services import activity, models, recipes, training
from workbench.workspace import REPOSITORY, open_workspace
from workbench.zoo import ARCHITECTURES

RECIPE = Recipe(
    DatasetRecipe("tunes", {"ryans-mammoth": 60}, "collection:ryans-mammoth", seed=3),
    ModelSpec("ngram", {"order": 3}),
    TokenizerSpec("melody-steps"),
    TrainingSettings(seed=3),
)


@pytest.fixture
def known(filled):
    """The recipe with the figure and fingerprint that come of it."""
    dataset = recipes.make_dataset(filled, RECIPE)
    run = training.start(filled, recipes.spec_of(RECIPE, dataset))
    activity.finish(filled, training.job(filled, run))
    found = recipes.outcome(filled, RECIPE, run)
    assert (found.same_dataset, found.holds) == (None, None)
    again = recipes.make_dataset(filled, RECIPE)
    assert again.fingerprint == dataset.fingerprint
    made = replace(RECIPE.dataset, fingerprint=dataset.fingerprint)
    return replace(RECIPE, dataset=made, nats_per_quarter=found.reads)


def test_another_library_comes_to_the_same_figure(known, tmp_path, capsys):
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(to_json(known)))
    assert read_recipe(path) == known
    words = ["train", "--card", str(path), "--workspace", str(tmp_path / "other")]
    assert main([*words, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)["recipe"]
    assert again["same_dataset"]
    assert again["holds"]
    assert again["difference"] == pytest.approx(0, abs=1e-9)


def test_a_bundled_model_is_named_by_its_file_its_folder_or_its_name(tmp_path):
    workspace = open_workspace(tmp_path)
    folder = models.get(workspace, "harmoniser").folder
    for named in (folder / CARD_FILE, folder, "harmoniser"):
        assert _recipe(workspace, str(named)) == read_recipe(folder / CARD_FILE)
    for named in ("none.json", "models/none"):
        with pytest.raises(UnreadableFile, match=f"{named} cannot be read"):
            _recipe(workspace, named)
    with pytest.raises(UnknownName, match="harmonizer"):
        _recipe(workspace, "harmonizer")


def test_a_run_is_trained_again_by_its_name(filled, capsys, tmp_path):
    run = training.start(filled, recipes.spec_of(RECIPE, recipes.make_dataset(filled, RECIPE)))
    activity.finish(filled, training.job(filled, run))
    asked = ["--workspace", str(filled.home), "--json"]
    assert main(["train", "--card", run, *asked]) == 0
    again = json.loads(capsys.readouterr().out)["recipe"]
    assert again["same_dataset"] and again["holds"]
    card = tmp_path / "card.json"
    assert main(["runs", "card", run, "--out", str(card), *asked]) == 0
    capsys.readouterr()
    assert main(["train", "--card", str(card), *asked]) == 1
    assert f"train --card {run} trains it again" in capsys.readouterr().err
    further = TrainingSpec("tunes", RECIPE.tokenizer, RECIPE.model, start_from=run)
    with pytest.raises(InvalidSetting, match=f"went on from {run}"):
        recipes.of_run(filled, replace(training.get(filled, run), spec=further))


def test_a_dataset_that_is_there_is_not_made_again(filled):
    first = recipes.make_dataset(filled, RECIPE)
    known = replace(RECIPE, dataset=replace(RECIPE.dataset, fingerprint=first.fingerprint))
    assert recipes.make_dataset(filled, known).id == first.id
    other = replace(RECIPE, dataset=replace(RECIPE.dataset, seed=4))
    assert recipes.make_dataset(filled, other).id != first.id


def test_what_differs_is_said():
    near = recipes.Outcome(4.0, 4.015, True)
    far = recipes.Outcome(4.0, 3.9, True)
    assert (near.holds, far.holds) == (True, False)
    assert far.difference == pytest.approx(-0.1)
    assert recipes.Outcome(None, 4.0, None).holds is None


@pytest.mark.parametrize(
    "path", sorted((REPOSITORY / "models" / "recipes").glob("*.json")), ids=lambda path: path.stem
)
def test_a_recipe_of_the_repository_says_what_comes_of_it(path):
    recipe = read_recipe(path)
    ARCHITECTURES.get(recipe.model.architecture)
    assert recipe.dataset.fingerprint
    assert recipe.nats_per_quarter > 0


@pytest.mark.parametrize(
    "name", ["chorales", "folk", "folk-abc", "harmoniser", "melody-vae", "quartets"]
)
def test_a_bundled_card_carries_its_recipe(name):
    folder = REPOSITORY / "models" / "pretrained" / name
    recipe = read_recipe(folder / "model.json")
    told = (folder / "README.md").read_text(encoding="utf-8")
    assert recipe.dataset.fingerprint in told
    assert f"| **this model** | {recipe.nats_per_quarter:.3f} |" in told
    written = json.loads((folder / "model.json").read_text())["recipe"]["training"]
    assert (
        written.items() <= asdict(recipe.training).items()
    )  # settings of later versions are as usual
    for setting, value in written.items():
        assert f"{setting} {value}" in told


@pytest.mark.parametrize("names", [("chorales", "harmoniser"), ("quartets",), ("folk", "folk-abc", "melody-vae")], ids="/".join)  # fmt: skip
def test_an_empty_library_comes_to_the_music_of_the_bundled_models(names, tmp_path):
    """Of tunes that two collections have, the one that was loaded first gives the title, and titles make families."""
    workspace = open_workspace(tmp_path)
    for name in names:
        recipe = read_recipe(REPOSITORY / "models" / "pretrained" / name / "model.json")
        for job in recipes.load_collections(workspace, recipe):
            assert activity.finish(workspace, job).state == "done"
        dataset = replace(recipe.dataset, fingerprint="")  # made anew, not looked up
        assert (
            recipes.make_dataset(workspace, replace(recipe, dataset=dataset)).fingerprint
            == recipe.dataset.fingerprint
        )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is no recipe"),
        ("[]", "is no recipe"),
        ('{"dataset": {"name": "x", "sed": 1}}', "'sed'"),
        ('{"vocabulary": {}}', "says nothing of the dataset"),
    ],
)
def test_what_is_no_recipe_is_refused_in_a_sentence(content, sentence, tmp_path):
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(UnreadableFile, match=sentence):
        read_recipe(path)
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_recipe(tmp_path / "none.json")


@pytest.mark.parametrize(
    "other", ["--dataset tunes", "--tokenizer remi", "--also-anew", "--detach"]
)
def test_a_recipe_takes_no_other_options(other, tmp_path, capsys):
    words = ["train", "--card", "x.json", *other.split(), "--workspace", str(tmp_path)]
    assert main(words) == 1
    assert "--card FILE alone" in capsys.readouterr().err


def test_a_recipe_is_estimated_and_nothing_is_trained(known, tmp_path, capsys):
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(to_json(known)))
    words = ["train", "--card", str(path), "--estimate", "--workspace", str(tmp_path / "other")]
    assert main(words) == 1
    assert "ngram model only counts" in capsys.readouterr().err
    assert training.runs(open_workspace(tmp_path / "other")) == []
