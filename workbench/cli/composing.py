"""What models do: ``models``, ``compose``."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.cli.answers import Answer, Commands, assignments, finish, table
from workbench.core.creativity import creativity
from workbench.core.errors import InvalidSetting
from workbench.core.limits import Limits
from workbench.core.records import to_json
from workbench.core.specs import ComposeRequest
from workbench.metrics.goals import GOALS
from workbench.services import composing, exporting, giving, latents, locking, models, steering
from workbench.workspace import Workspace


def _compose(options: argparse.Namespace, workspace: Workspace) -> Answer:
    exporting.check_targets(options.out, options.count)
    if options.again or options.lock:
        return _again(options, workspace)
    if not options.model:
        raise InvalidSetting(
            "No model is named; write --model NAME (models list shows them), or --again COMPOSITION --lock 1-4."
        )
    request = ComposeRequest(
        model=options.model, bars=options.bars, seed=options.seed or 0,
        key=options.key, meter=options.meter, tempo=options.tempo, primer=options.primer_text,
        controls=assignments(options.control), limits=_limits(options, workspace), candidates=options.candidates,
        goals={name: _number(name, value) for name, value in assignments(options.goal).items()},
        **_chances(options),
    )  # fmt: skip
    if options.primer:
        request = composing.with_primer_file(workspace, request, options.primer)
    asked = {name: getattr(options, name) for name in ("toward", "minus", "plus", "blend", "vary")}
    attributes = assignments(options.attribute)
    if latents.has_space(models.get(workspace, options.model)) or any(asked.values()) or attributes:
        request = latents.with_named(
            workspace, request, given=options.given, attributes=attributes, **asked
        )
    elif options.given:
        request = giving.with_given_named(
            workspace, request, options.given, voices=options.voices, bars=options.fill_bars
        )
    return _composed(options, workspace, request)


def _again(options: argparse.Namespace, workspace: Workspace) -> Answer:
    """The rest of a composition once more, around the bars that are locked."""
    if not (options.again and options.lock):
        raise InvalidSetting(
            "Locked bars are those of a composition; write --again COMPOSITION together with --lock 1-4,9."
        )
    own = ("again", "lock", "seed", "count", "out", "workspace", "json")
    for name, usual in options.usual.items():
        if name not in own and getattr(options, name) != usual:
            raise InvalidSetting(
                f"--again takes the settings of the composition; leave --{name.replace('_', '-')} out."
            )
    made = composing.get(workspace, options.again)
    locked = locking.parse_bars(options.lock, len(made.plan.bars))
    request = locking.with_locked(workspace, made.id, locked)
    seed = made.request.seed + 1 if options.seed is None else options.seed
    return _composed(options, workspace, replace(request, seed=seed), parent=made.id, origin="rest")


def _composed(
    options: argparse.Namespace, workspace: Workspace, request: ComposeRequest, *,
    parent: str = "", origin: str = "",
) -> Answer:  # fmt: skip
    """Compose as many as are asked for, and write their files."""
    rows: list[dict[str, Any]] = []
    for request_now in composing.variations(request, options.count):
        job = finish(
            workspace, composing.enqueue(workspace, request_now, parent=parent, origin=origin)
        )
        made = composing.get(workspace, job.result["composition"])
        files = exporting.write(workspace, made.id, options.out, number=len(rows), of=options.count)
        rows.append({"id": made.id, "request": to_json(made.request), "seconds": made.seconds})
        rows[-1]["files"] = [str(path) for path in files]
    text = "\n".join(path for row in rows for path in row["files"])
    return {"compositions": rows}, text


def _limits(options: argparse.Namespace, workspace: Workspace) -> Limits:
    """What every note is to keep to."""
    usual = steering.usual_limits(models.get(workspace, options.model).card)
    no_parallels = usual.no_parallels if options.parallels is None else not options.parallels
    return Limits(
        ranges=tuple(_range(text) for text in options.range), in_key=options.in_key,
        shortest=options.shortest, longest=options.longest, form=options.form, no_parallels=no_parallels,
    )  # fmt: skip


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InvalidSetting(f"{name} is {text!r}; write a number, such as {name}=5.") from error


def _range(text: str) -> tuple[int, int]:
    low, _, high = text.partition(":")
    if not (low.isdecimal() and high.isdecimal()):
        raise InvalidSetting(
            f"{text!r} is no range; write two MIDI numbers, the lowest first, such as 60:84."
        )
    return int(low), int(high)


def _chances(options: argparse.Namespace) -> dict[str, Any]:
    """Temperature and the like: those of a creativity, but for those that are given themselves."""
    found = creativity(5.0 if options.creativity is None else options.creativity)
    own = {name: getattr(options, name) for name in found}
    return found | {name: value for name, value in own.items() if value is not None} | {"top_k": options.top_k}  # fmt: skip


def _add_limits(compose: argparse.ArgumentParser) -> None:
    compose.add_argument(
        "--range", nargs="+", default=[], metavar="LOW:HIGH",
        help="MIDI numbers that all notes lie within, such as 60:84; one for each voice, or one for all",
    )  # fmt: skip
    compose.add_argument(
        "--in-key", action="store_true", help="notes of the key alone; in minor the raised seventh too"
    )  # fmt: skip
    compose.add_argument(
        "--parallels", action=argparse.BooleanOptionalAction, default=None,
        help="whether voices may go in parallel fifths and octaves; they may not where a model can be kept from it",
    )  # fmt: skip
    for name in ("shortest", "longest"):
        compose.add_argument(
            f"--{name}", type=float, default=0.0, metavar="QUARTERS", help=f"the {name} note; 0 leaves it open"
        )  # fmt: skip
    compose.add_argument(
        "--form", default="", metavar="LETTERS",
        help="sections of equal length that return as their letters do, each with a close: AABA, AA'BA', ABACA",
    )  # fmt: skip
    compose.add_argument(
        "--goal", nargs="+", default=[], metavar="NAME=FIGURE", action="extend",
        help=f"what the piece is to come near to, such as density=5 (notes a bar): {', '.join(GOALS)}",
    )  # fmt: skip
    compose.add_argument(
        "--candidates", type=int, default=1, help="draw so many and keep the one nearest to the goals"
    )  # fmt: skip


def _models_list(options: argparse.Namespace, workspace: Workspace) -> Answer:
    rows = [
        {"name": model.name, "title": model.title, "tokenizer": model.card.tokenizer.name}
        for model in models.available(workspace)
    ]
    return rows, table(rows)


def add(commands: Commands) -> None:
    """The commands of this module."""
    commands.group("models", "what can compose").command("list", _models_list, "list the models")
    compose = commands.command("compose", _compose, "compose new music")
    compose.add_argument("--model", metavar="RUN_OR_PRETRAINED")
    compose.add_argument(
        "--again", metavar="COMPOSITION", help="with --lock: compose the rest of a composition once more, with its own settings"
    )  # fmt: skip
    compose.add_argument(
        "--lock", default="", metavar="1-4,9", help="bars that stay note for note, counted from 1"
    )  # fmt: skip
    compose.add_argument("--bars", type=int, default=8)
    compose.add_argument(
        "--seed", type=int, help="0 where it is left out; with --again one more than the composition's"
    )  # fmt: skip
    compose.add_argument(
        "--creativity", type=float, metavar="0..10",
        help="moves what follows together; 5 is as the model learned it. What is given besides stays as it is given",
    )  # fmt: skip
    compose.add_argument("--temperature", type=float)
    compose.add_argument("--top-k", type=int, default=0, help="0 for all")
    compose.add_argument("--top-p", type=float)
    compose.add_argument(
        "--min-p", type=float, help="least share of the likeliest symbol's probability; 0 for all"
    )
    compose.add_argument(
        "--repetition-penalty", type=float, metavar="1..5",
        help="how much less likely notes become that came shortly before; 1 for none",
    )  # fmt: skip
    compose.add_argument("--key", metavar="K", help='such as "D major"')
    compose.add_argument("--meter", metavar="M", help="such as 6/8")
    compose.add_argument("--tempo", type=float, help="quarter notes per minute")
    compose.add_argument(
        "--control", nargs="+", default=[], metavar="NAME=LABEL", action="extend",
        help="what the model is told of the piece, such as mood=calm",
    )  # fmt: skip
    _add_limits(compose)
    compose.add_argument("--primer", type=Path, metavar="FILE", help="begin as this file does")
    compose.add_argument(
        "--primer-text", default="", metavar="SYMBOLS", help='such as "60 _ 62 _ 64 _"'
    )
    compose.add_argument(
        "--given",
        metavar="FILE_OR_PIECE",
        help="music to harmonise or to fill, or for a melody VAE the tune to begin with",
    )
    compose.add_argument(
        "--voices",
        default="S",
        metavar="SATB",
        help="the given voices that stay, by letter; the others are written",
    )
    compose.add_argument(
        "--fill-bars",
        default="",
        metavar="5-8,12",
        help="bars of the given music in which no voice stays",
    )
    compose.add_argument(
        "--toward", metavar="FILE_OR_PIECE", help="a tune to go to from the given one (melody VAE)"
    )
    compose.add_argument(
        "--blend", type=float, metavar="0..1",
        help="how far to go, the same everywhere; all the way in the course of the piece where it is left out",
    )  # fmt: skip
    for name, what in (("minus", "away from"), ("plus", "to")):
        compose.add_argument(
            f"--{name}", metavar="FILE_OR_PIECE",
            help=f"latent arithmetic: a tune whose points are taken {what} those of the given one",
        )  # fmt: skip
    compose.add_argument(
        "--vary", type=float, default=0.0, metavar="0..1", help="share of the given tune that is drawn anew"
    )  # fmt: skip
    compose.add_argument(
        "--attribute", nargs="+", default=[], metavar="NAME=AMOUNT", action="extend",
        help="standard deviations more of it, such as density=1.5 or pitch=-1 (melody VAE)",
    )  # fmt: skip
    compose.add_argument("--count", type=int, default=1, help="pieces, with seeds that count up")
    compose.add_argument("--out", nargs="+", type=Path, required=True, metavar="FILE")
    usual = {action.dest: action.default for action in compose._actions if action.dest != "help"}
    compose.set_defaults(usual=usual)
