"""Blind listening tests: ``listening``. People answer on the page; here they are made, looked at and given out."""

import argparse
import math
from pathlib import Path
from typing import Any

from workbench.cli.answers import Answer, Commands, assignments, fields, finish, table
from workbench.core.errors import InvalidSetting
from workbench.core.files import write_whole
from workbench.core.listening import PREPARING, ListeningSpec, ListeningTest, Settings
from workbench.core.records import to_json
from workbench.core.settings import describe, validated
from workbench.metrics.listening import Estimate, Share
from workbench.services import listening, listening_results
from workbench.workspace import Workspace


def _create(options: argparse.Namespace, workspace: Workspace) -> Answer:
    settings = validated(Settings, assignments(options.set))
    spec = ListeningSpec(options.name, options.dataset, tuple(options.model), settings)
    code = listening.create(workspace, spec)
    if options.detach:
        listening.prepare(workspace, code)
    else:
        finish(workspace, listening.get(workspace, code).job)
    return _answer(workspace, listening.get(workspace, code))


def _show(options: argparse.Namespace, workspace: Workspace) -> Answer:
    return _answer(workspace, listening.get(workspace, options.code))


def _answer(workspace: Workspace, test: ListeningTest) -> Answer:
    found = listening_results.results(workspace, test)
    data = {
        **{name: value for name, value in to_json(test).items() if name not in ("clips", "trials")},
        "clips": len(test.clips),
        "questions": test.questions,
        "results": listening_results.document_of(found),
    }
    shown: dict[str, Any] = {
        "code": test.code,
        "name": test.spec.name,
        "state": test.state,
        "models": test.spec.models,
        "clips": len(test.clips),
        "questions": test.questions,
        "listeners": found.counts.listeners,
        "finished": found.counts.finished,
        "answers": found.counts.answers,
    }
    if test.state == PREPARING:
        job = listening.job(workspace, test)
        shown["job"] = f"{job.state} {job.message}".strip()
    if found.right:
        shown["right"] = _words(found.right)
    shown["agreement"] = _estimate(found.agreement)
    rows = [
        {
            "source": each.source,
            "taken_for_human" if found.right else "preferred": _words(each.share),
            **({} if found.right else {"strength": _estimate(each.strength)}),
        }
        for each in found.sources
    ]  # fmt: skip
    return data, f"{fields(shown)}\n{table(rows)}"


def _words(share: Share) -> str:
    if not share.of:
        return "–"
    return f"{share.count} of {share.of}: {share.value:.0%} ({share.low:.0%} to {share.high:.0%})"


def _estimate(found: Estimate) -> str | None:
    if math.isnan(found.value):
        return None
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"


def _list(options: argparse.Namespace, workspace: Workspace) -> Answer:
    rows = listening.all(workspace)
    return rows, table(rows)


def _export(options: argparse.Namespace, workspace: Workspace) -> Answer:
    test = listening.get(workspace, options.code)
    out: Path = options.out
    form = out.suffix.lower().lstrip(".")
    if form not in ("csv", "json"):
        raise InvalidSetting(f"{out} is of no kind that can be written; choose .csv or .json.")
    data = listening_results.export(workspace, test, form)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, data)
    return {"file": str(out)}, str(out)


def _set_open(options: argparse.Namespace, workspace: Workspace) -> Answer:
    listening.set_open(workspace, options.code, options.is_open)
    return _answer(workspace, listening.get(workspace, options.code))


def add(commands: Commands) -> None:
    """The commands of this module."""
    group = commands.group("listening", "blind listening tests, answered on the Listening page")
    create = group.command("create", _create, "choose pieces, compose, and make all sound alike")
    create.add_argument("name", metavar="NAME")
    create.add_argument(
        "--dataset", required=True, metavar="NAME", help="where people's music is from"
    )
    create.add_argument(
        "--model", required=True, nargs="+", action="extend", metavar="RUN_OR_PRETRAINED"
    )
    words = "; ".join(f"{each.name} ({each.default}): {each.help}" for each in describe(Settings))
    create.add_argument(
        "--set", nargs="+", default=[], action="extend", metavar="KEY=VALUE", help=words
    )
    create.add_argument("--detach", action="store_true", help="prepare it in the background")
    group.command("list", _list, "list the tests")
    show = group.command("show", _show, "show a test with its figures so far")
    export = group.command("export", _export, "write all answers to a file")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help=".csv or .json")
    closing = group.command("close", _set_open, "let nobody answer any more")
    opening = group.command("open", _set_open, "let people answer again")
    closing.set_defaults(is_open=False)
    opening.set_defaults(is_open=True)
    for command in (show, export, closing, opening):
        command.add_argument("code", metavar="CODE")
