"""Blind tests from the command line."""

import json

import pytest

from workbench.cli import main
from workbench.core.listening import HUMAN
from workbench.services import datasets, importing, listeners, listening
from workbench.services.activity import finish
from workbench.workspace import open_workspace


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    workspace = open_workspace(tmp_path_factory.mktemp("home"))
    finish(workspace, importing.load_corpus(workspace, "ryans-mammoth", limit=15))
    datasets.create(workspace, "tunes")
    return str(workspace.home)


def answer(home, capsys, *words):
    assert main(["listening", *words, "--json", "--workspace", home]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_test_is_made_shown_closed_and_given_out(home, capsys, tmp_path):
    settings = ["pieces=1", "bars=4", "split=all"]
    words = ["create", "Tunes", "--dataset", "tunes", "--model", "folk", "--set", *settings]
    code = answer(home, capsys, *words)["code"]
    workspace = open_workspace(home)
    test = listening.get(workspace, code)
    token = listeners.join(workspace, code)
    question = listeners.next_question(workspace, test, token)
    listeners.answer(workspace, test, token, question, HUMAN)
    shown = answer(home, capsys, "show", code.lower())
    assert (shown["state"], shown["questions"], shown["clips"]) == ("open", 2, 2)
    assert shown["results"]["counts"] == {"listeners": 1, "finished": 0, "answers": 1}
    assert shown["results"]["sources"][0]["strength"]["value"] is None
    assert answer(home, capsys, "close", code)["state"] == "closed"
    assert answer(home, capsys, "open", code)["state"] == "open"
    assert [row["code"] for row in answer(home, capsys, "list")] == [code]
    for suffix in ("csv", "json"):
        out = tmp_path / "folder" / f"answers.{suffix}"
        answer(home, capsys, "export", code, "--out", str(out))
        assert HUMAN in out.read_text(encoding="utf-8-sig")
    assert main(["listening", "show", code, "--workspace", home]) == 0
    assert "answers" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["show", "ZZZZZ"], "There is no listening test 'ZZZZZ'"),
        (["create", "x", "--dataset", "tunes", "--model", "folk", "--set", "bars=0"], "smallest allowed is 1"),
        (["create", "x", "--dataset", "tunes", "--model", "folk", "--set", "sound=loud"], "no setting 'sound'"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_in_a_sentence(home, words, sentence, capsys):
    assert main(["listening", *words, "--workspace", home]) == 1
    assert sentence in capsys.readouterr().err
