"""What models do: ``models``, ``compose``."""

import argparse
from dataclasses import replace
from typing import Any

from workbench.cli import composing_options, humming
from workbench.cli.answers import Answer, Commands, assignments, finish, table
from workbench.core.bar_numbers import parse_bars
from workbench.core.creativity import creativity
from workbench.core.errors import InvalidSetting
from workbench.core.limits import Limits
from workbench.core.records import to_json
from workbench.core.runs import Composition
from workbench.core.specs import ComposeRequest
from workbench.core.vocabulary import printed_numbers
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
        rewrites=_rewrites(options, workspace), returning=_returning(options, workspace),
        goals={name: _number(name, value) for name, value in assignments(options.goal).items()},
        **_chances(options, workspace),
    )  # fmt: skip
    heard = humming.heard(workspace, options) if options.hum else None
    if options.primer:
        request = composing.with_primer_file(workspace, request, options.primer)
    asked = {name: getattr(options, name) for name in ("toward", "minus", "plus", "blend", "vary")}
    attributes = assignments(options.attribute)
    is_asked = any(asked.values()) or attributes
    if latents.has_space(models.get(workspace, options.model)) or is_asked:
        tune = (heard, options.hum.stem) if heard else options.given
        request = latents.with_named(
            workspace, request, given=tune, attributes=attributes, joined=options.phrases is not False, **asked
        )  # fmt: skip
    elif options.given:
        request = giving.with_given_named(
            workspace, request, options.given, voices=options.voices, bars=options.fill_bars
        )
    elif heard:
        request = humming.begun_with(workspace, request, heard, options)
    if options.end_on_tonic and request.given and not request.limits.ends_on_tonic:
        raise InvalidSetting(
            "The music that is given does not end on a note of the tonic chord; leave --end-on-tonic out."
        )
    data, text = _composed(options, workspace, request)
    return data | ({"heard": humming.told(heard)} if heard else {}), text


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
    locked = parse_bars(options.lock, printed_numbers(made.plan))
    request = locking.with_locked(workspace, made.id, locked)
    seed = made.request.seed + 1 if options.seed is None else options.seed
    return _composed(options, workspace, replace(request, seed=seed), parent=made.id, origin="rest")


def _composed(
    options: argparse.Namespace, workspace: Workspace, request: ComposeRequest, *,
    parent: str = "", origin: str = "",
) -> Answer:  # fmt: skip
    """Compose as many as are asked for, and write their files."""
    rows: list[dict[str, Any]] = []
    lines: list[str] = []
    for request_now in composing.variations(request, options.count):
        job = finish(
            workspace, composing.enqueue(workspace, request_now, parent=parent, origin=origin)
        )
        made = composing.get(workspace, job.result["composition"])
        files = exporting.write(workspace, made.id, options.out, number=len(rows), of=options.count)
        rows.append({"id": made.id, "request": to_json(made.request), "seconds": made.seconds})
        rows[-1]["files"] = [str(path) for path in files]
        lines += rows[-1]["files"]
        if made.candidates and made.request.goals:
            rows[-1]["goals"] = made.candidates[0].figures
            lines += _nearness(made)
    return {"compositions": rows}, "\n".join(lines)


def _nearness(made: Composition) -> list[str]:
    """How near a composition came to each of its goals."""
    reached = made.candidates[0].figures
    said = {
        name: "none" if (value := reached[name]) is None else f"{value:.3g}" for name in reached
    }
    return [
        f"  {GOALS[name].title.lower()} {said[name]}, asked {asked:.3g}"
        for name, asked in made.request.goals.items()
    ]


def _limits(options: argparse.Namespace, workspace: Workspace) -> Limits:
    """What every note is to keep to."""
    usual = steering.usual_limits(models.get(workspace, options.model).card)
    no_parallels = usual.no_parallels if options.parallels is None else not options.parallels
    crosses = options.cross_relations
    no_cross_relations = usual.no_cross_relations if crosses is None else not crosses
    closes = usual.ends_on_tonic if options.end_on_tonic is None else options.end_on_tonic
    return Limits(
        ranges=tuple(_range(text) for text in options.range), in_key=options.in_key,
        shortest=options.shortest, longest=options.longest, form=options.form, no_parallels=no_parallels,
        ends_on_tonic=closes and not options.form, no_cross_relations=no_cross_relations,
    )  # fmt: skip


def _returning(options: argparse.Namespace, workspace: Workspace) -> bool:
    """Whether phrases return; a melody VAE has its own word for it (``LatentRequest.joined``)."""
    model = models.get(workspace, options.model)
    if latents.has_space(model):
        return False
    usual = steering.usual(model.card)["returning"] and not options.form
    return usual if options.phrases is None else bool(options.phrases)


def _rewrites(options: argparse.Namespace, workspace: Workspace) -> int:
    usual = steering.usual_rewrites(models.get(workspace, options.model).card)
    return usual if options.rewrites is None else int(options.rewrites)


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


def _chances(options: argparse.Namespace, workspace: Workspace) -> dict[str, Any]:
    """Temperature and the like: those of a creativity, but for those that are given themselves."""
    usual = models.get(workspace, options.model).card.creativity
    found = creativity(usual if options.creativity is None else options.creativity)
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
    usual = {action.dest: action.default for action in compose._actions if action.dest != "help"}
    compose.set_defaults(usual=usual)
