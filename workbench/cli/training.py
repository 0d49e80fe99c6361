"""Training: ``train``."""

import argparse
from pathlib import Path

from workbench.cli.answers import Answer, Commands, assignments, fields, finish
from workbench.cli.runs import run_answer
from workbench.controls import CONTROLS
from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.model_card import CARD_FILE
from workbench.core.recipe import TOLERANCE, Recipe, read_recipe
from workbench.core.records import to_json
from workbench.core.settings import describe, names_of, validated
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.services import comparing, fine_tuning, models, recipes, training, trials
from workbench.workspace import Workspace
from workbench.zoo import PRESETS

USUAL_TOKENIZER = "melody-steps"


def _train(options: argparse.Namespace, workspace: Workspace) -> Answer:
    if options.card:
        return _train_again(options, workspace)
    if not options.dataset:
        raise InvalidSetting("There is nothing to train on; name a dataset with --dataset.")
    spec = asked_spec(options, workspace)
    if options.estimate:
        return _estimate(workspace, spec)
    if options.also_anew:
        if not spec.start_from:
            raise InvalidSetting("--also-anew stands beside --from MODEL; leave it out.")
        anew = training.start(workspace, fine_tuning.from_the_beginning(spec))
    run = training.start(workspace, spec)
    answer = run_answer(options, workspace, run)
    if not options.also_anew:
        return answer
    run_answer(options, workspace, anew)
    found = comparing.compare(workspace, [run, anew])
    return answer[0] | {"compared": to_json(found)}, found.table("md").rstrip("\n")


def asked_spec(options: argparse.Namespace, workspace: Workspace) -> TrainingSpec:
    """What was asked with :func:`add_spec_options`, ``--dataset`` and ``--architecture``."""
    return _going_on(options, workspace) if options.start_from else _new(options)


def _new(options: argparse.Namespace) -> TrainingSpec:
    """A model from the beginning."""
    if not options.architecture:
        raise InvalidSetting(
            "There is no model to train; name an architecture with --architecture, or a trained model with --from."
        )
    architecture, tokenizer, settings = training.sort_settings(
        options.architecture,
        options.tokenizer or USUAL_TOKENIZER,
        assignments(options.set),
        size=options.preset,
    )
    return TrainingSpec(
        dataset=options.dataset,
        tokenizer=TokenizerSpec(options.tokenizer or USUAL_TOKENIZER, tokenizer),
        model=ModelSpec(options.architecture, architecture),
        training=validated(TrainingSettings, settings),
        controls=tuple(options.controls),
    )


def _going_on(options: argparse.Namespace, workspace: Workspace) -> TrainingSpec:
    """A trained model that goes on; what it is may be said again, and must then be the same."""
    card = models.get(workspace, options.start_from).card
    asked = assignments(options.set)
    own = names_of(TrainingSettings)
    _, _, settings = training.sort_settings(
        card.model.architecture, card.tokenizer.name,
        {name: value for name, value in asked.items() if name in own}, size=options.preset,
    )  # fmt: skip
    spec = fine_tuning.going_on(
        workspace, options.start_from, options.dataset, validated(TrainingSettings, settings)
    )
    language, network = {**spec.tokenizer.settings}, {**spec.model.settings}
    for name, value in asked.items():
        if name not in own:
            known = language if name in language else network
            if str(known.get(name)) != str(value):
                raise InvalidSetting(
                    f"{options.start_from} has {name} {known.get(name)}; a model that goes on learning stays what it is, "
                    "so leave that out."
                )
    if options.architecture not in (None, spec.model.architecture):
        raise InvalidSetting(
            f"{options.start_from} is a {spec.model.architecture}; leave --architecture out."
        )
    if options.tokenizer not in (None, spec.tokenizer.name):
        raise InvalidSetting(
            f"{options.start_from} speaks {spec.tokenizer.name}; leave --tokenizer out."
        )
    return spec


def _estimate(workspace: Workspace, spec: TrainingSpec) -> Answer:
    found = trials.estimate(finish(workspace, trials.begin(workspace, spec)))
    assert found is not None  # a trial that failed has raised
    data = to_json(found) | {"fits": not found.lacks, "lacks": found.lacks}
    return data, fields(data)


def _train_again(options: argparse.Namespace, workspace: Workspace) -> Answer:
    """A recipe's training, and its figure beside the recipe's."""
    others = ("dataset", "tokenizer", "start_from", "set", "controls", "also_anew", "detach")
    if any(getattr(options, name) for name in others):
        raise InvalidSetting(
            "A recipe says all that a training depends on; write --card FILE alone, or with --estimate."
        )
    recipe = _recipe(workspace, options.card)
    for job in recipes.load_collections(workspace, recipe):
        finish(workspace, job)
    spec = recipes.spec_of(recipe, recipes.make_dataset(workspace, recipe))
    if options.estimate:
        return _estimate(workspace, spec)
    run = training.start(workspace, spec)
    data, text = run_answer(options, workspace, run)
    found = recipes.outcome(workspace, recipe, run)
    again = to_json(found) | {"difference": found.difference, "holds": found.holds}
    shown = {
        "nats_per_quarter": found.reads,
        "recipe_says": found.expected,
        "difference": found.difference,
    }
    return data | {"recipe": again}, "\n".join([text, fields(shown), _verdict(found)])


def _recipe(workspace: Workspace, named: str) -> Recipe:
    """Of a file, of the card of a model of that name or in that folder, or of a run that is here."""
    path = Path(named)
    if path.is_dir():
        return read_recipe(path / CARD_FILE)
    if path.exists() or path.suffix or len(path.parts) > 1:
        return read_recipe(path)
    try:
        run = training.get(workspace, named)
    except UnknownName:
        return read_recipe(models.get(workspace, named).folder / CARD_FILE)
    return recipes.of_run(workspace, run)


def _verdict(found: recipes.Outcome) -> str:
    """What a recipe's outcome means, in a sentence."""
    if found.same_dataset is False:
        return "The library gave another dataset than the recipe speaks of, so the figures are of different pieces."
    if found.holds is None:
        return "There is nothing to compare: the recipe has no figure, or the run none on a test split."
    if found.holds:
        return f"The recipe holds: within {TOLERANCE} nats per quarter note."
    return f"The recipe does not hold: more than {TOLERANCE} nats per quarter note away."


def add(commands: Commands) -> None:
    """The commands of this module."""
    train = commands.command("train", _train, "train a model on a dataset")
    train.add_argument("--dataset", metavar="NAME")
    what = train.add_mutually_exclusive_group()
    what.add_argument("--architecture", metavar="A")
    what.add_argument(
        "--card", metavar="FILE_OR_NAME",
        help="train a recipe again, or a bundled model or a run by its name, from its music on; and compare the figures",
    )  # fmt: skip
    add_spec_options(train)
    train.add_argument(
        "--also-anew", action="store_true",
        help="with --from: train the same model from the beginning too, and compare the two",
    )  # fmt: skip
    train.add_argument(
        "--estimate", action="store_true",
        help="train nothing: try for seconds, and say how long it will take and whether it will fit",
    )  # fmt: skip
    train.add_argument("--detach", action="store_true", help="train in the background")


def add_spec_options(command: argparse.ArgumentParser) -> None:
    """Tokenizer, settings, size, controls and weights to begin with."""
    known = ", ".join(setting.name for setting in describe(TrainingSettings))
    command.add_argument(
        "--tokenizer", metavar="T", help=f"{USUAL_TOKENIZER}, unless another is named"
    )
    command.add_argument(
        "--set", nargs="+", default=[], metavar="KEY=VALUE", action="extend",
        help=f"settings of the architecture, the tokenizer, or of training ({known})",
    )  # fmt: skip
    sizes = "; ".join(f"{size}: {words.lower()}" for size, words in PRESETS.items())
    command.add_argument("--preset", default="small", choices=PRESETS, help=sizes)
    command.add_argument(
        "--controls", nargs="+", default=[], metavar="NAME", choices=sorted(c.name for c in CONTROLS),
        help="what the model is told of every piece, to be chosen when composing: "
        + ", ".join(sorted(control.name for control in CONTROLS)),
    )  # fmt: skip
    command.add_argument(
        "--from", dest="start_from", metavar="RUN_OR_PRETRAINED",
        help="a trained model that goes on learning; --set tune=head or tune=lora for a part of it",
    )  # fmt: skip
