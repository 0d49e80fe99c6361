"""What models do: ``models``, ``compose``."""

import argparse
from pathlib import Path
from typing import Any

from workbench.cli.answers import Answer, Commands, assignments, finish, table
from workbench.core.records import to_json
from workbench.core.specs import ComposeRequest
from workbench.services import composing, giving, latents, models
from workbench.workspace import Workspace


def _compose(options: argparse.Namespace, workspace: Workspace) -> Answer:
    composing.check_targets(options.out, options.count)
    request = ComposeRequest(
        model=options.model, bars=options.bars, seed=options.seed,
        temperature=options.temperature, top_k=options.top_k, top_p=options.top_p,
        key=options.key, meter=options.meter, tempo=options.tempo, primer=options.primer_text,
        controls=assignments(options.control),
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
    rows: list[dict[str, Any]] = []
    for request_now in composing.variations(request, options.count):
        job = finish(workspace, composing.enqueue(workspace, request_now))
        made = composing.get(workspace, job.result["composition"])
        files = composing.write(workspace, made.id, options.out, number=len(rows), of=options.count)
        rows.append({"id": made.id, "request": to_json(made.request), "seconds": made.seconds})
        rows[-1]["files"] = [str(path) for path in files]
    text = "\n".join(path for row in rows for path in row["files"])
    return {"compositions": rows}, text


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
    compose.add_argument("--model", required=True, metavar="RUN_OR_PRETRAINED")
    compose.add_argument("--bars", type=int, default=8)
    compose.add_argument("--seed", type=int, default=0)
    compose.add_argument("--temperature", type=float, default=1.0)
    compose.add_argument("--top-k", type=int, default=0, help="0 for all")
    compose.add_argument("--top-p", type=float, default=1.0)
    compose.add_argument("--key", metavar="K", help='such as "D major"')
    compose.add_argument("--meter", metavar="M", help="such as 6/8")
    compose.add_argument("--tempo", type=float, help="quarter notes per minute")
    compose.add_argument(
        "--control", nargs="+", default=[], metavar="NAME=LABEL", action="extend",
        help="what the model is told of the piece, such as mood=calm",
    )  # fmt: skip
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
