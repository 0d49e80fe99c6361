"""What models do: ``models``, ``compose``."""

import argparse
from typing import Any

from workbench.cli import composing_options, humming
from workbench.cli.answers import Answer, Commands, assignments, finish, table
from workbench.core.creativity import creativity
from workbench.core.errors import InvalidSetting
from workbench.core.limits import Limits
from workbench.core.records import to_json
from workbench.core.specs import ComposeRequest
from workbench.services import composing, exporting, giving, latents, models
from workbench.workspace import Workspace


def _compose(options: argparse.Namespace, workspace: Workspace) -> Answer:
    exporting.check_targets(options.out, options.count)
    request = ComposeRequest(
        model=options.model, bars=options.bars, seed=options.seed,
        key=options.key, meter=options.meter, tempo=options.tempo, primer=options.primer_text,
        controls=assignments(options.control), limits=_limits(options), candidates=options.candidates,
        goals={name: _number(name, value) for name, value in assignments(options.goal).items()},
        **_chances(options),
    )  # fmt: skip
    heard = humming.heard(workspace, options) if options.hum else None
    if options.primer:
        request = composing.with_primer_file(workspace, request, options.primer)
    asked = {name: getattr(options, name) for name in ("toward", "minus", "plus", "blend", "vary")}
    attributes = assignments(options.attribute)
    if latents.has_space(models.get(workspace, options.model)) or any(asked.values()) or attributes:
        tune = (heard, options.hum.stem) if heard else options.given
        request = latents.with_named(workspace, request, given=tune, attributes=attributes, **asked)
    elif options.given:
        request = giving.with_given_named(
            workspace, request, options.given, voices=options.voices, bars=options.fill_bars
        )
    elif heard:
        request = humming.begun_with(workspace, request, heard, options)
    rows: list[dict[str, Any]] = []
    for request_now in composing.variations(request, options.count):
        job = finish(workspace, composing.enqueue(workspace, request_now))
        made = composing.get(workspace, job.result["composition"])
        files = exporting.write(workspace, made.id, options.out, number=len(rows), of=options.count)
        rows.append({"id": made.id, "request": to_json(made.request), "seconds": made.seconds})
        rows[-1]["files"] = [str(path) for path in files]
    text = "\n".join(path for row in rows for path in row["files"])
    said = {"heard": humming.told(heard)} if heard else {}
    return {"compositions": rows} | said, text


def _limits(options: argparse.Namespace) -> Limits:
    """What every note is to keep to."""
    return Limits(
        ranges=tuple(_range(text) for text in options.range), in_key=options.in_key,
        shortest=options.shortest, longest=options.longest, form=options.form,
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
    composing_options.add(compose)
