"""Blind tests: the music is fair, no answer is lost, and the figures are those of the answers."""

import csv
import io
import json
import random
import threading
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from workspaces import copied

from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.listening import (
    ANSWERS,
    BETTER,
    CLOSED,
    CODE_LENGTH,
    FIRST,
    HUMAN,
    LETTERS,
    MACHINE,
    OPEN,
    ORIGIN,
    PREPARING,
    ListeningSpec,
    Settings,
    questions_for,
)
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSpec
from workbench.rendering.mastering import LOUDNESS, loudness
from workbench.services import (
    activity,
    composing,
    datasets,
    listeners,
    listening,
    listening_results,
    training,
)
from workbench.store import open_store
from workbench.workspace import open_workspace

LISTENERS = 30


@pytest.fixture(scope="module")
def made(loaded, tmp_path_factory):
    """Sixty tunes, an n-gram of half of them, and a test of either kind: the workspace and their codes."""
    workspace = copied(loaded, tmp_path_factory.mktemp("listening") / "home")
    datasets.create(workspace, "tunes", split="50/10/40")
    spec = TrainingSpec("tunes", TokenizerSpec("melody-steps"), ModelSpec("ngram"))
    run = training.start(workspace, spec)
    activity.finish(workspace, training.job(workspace, run))
    codes = {}
    for kind in ANSWERS:
        settings = Settings(kind=kind, pieces=2, bars=4, questions=0)
        spec = ListeningSpec(f"A test: {kind}", "tunes", ("folk", run), settings)
        codes[kind] = listening.create(workspace, spec)
        done = activity.finish(workspace, listening.get(workspace, codes[kind]).job)
        assert done.state == "done", done.details
    return workspace, codes


@pytest.fixture
def opened(made, tmp_path):
    """A workspace of the test's own, and the codes."""
    workspace, codes = made
    return copied(workspace, tmp_path / "home"), codes


def test_people_and_machines_are_heard_evenly(made):
    workspace, codes = made
    origin, better = (listening.get(workspace, codes[kind]) for kind in (ORIGIN, BETTER))
    _, folk, ngram = origin.spec.sources
    assert [clip.source for clip in origin.clips] == [HUMAN, folk, HUMAN, ngram] * 2
    assert len(origin.trials) == 8
    assert [clip.source for clip in better.clips] == [HUMAN, folk, ngram] * 2
    pairs = [better.sources_of(trial) for trial in better.trials]
    assert pairs == [(HUMAN, folk), (HUMAN, ngram), (folk, ngram)] * 2
    for trial in better.trials:
        one, other = better.clips[trial.first], better.clips[trial.second]
        assert one.piece == other.piece


def test_nothing_but_the_notes_tells_people_from_machines(made):
    workspace, codes = made
    test = listening.get(workspace, codes[ORIGIN])
    assert test.state == OPEN
    for clip in test.clips:
        path = listening.sound_file(workspace, test, clip.number)
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        assert (rate, samples.shape[1]) == (44_100, 1)
        assert loudness(samples.T, rate) == pytest.approx(LOUDNESS, abs=0.5)
        assert np.abs(samples).max() < 1
        with soundfile.SoundFile(path) as file:
            assert not file.copy_metadata(), "no title, no software"
        assert path.stem not in clip.title and len(path.stem) == 16
        assert b"ID3" not in path.read_bytes()[:4096]
    plans = {clip.piece: clip for clip in test.clips if clip.source != HUMAN}
    for clip in test.clips:
        if clip.source == HUMAN:
            twin = plans[clip.piece]
            tempo, meter = twin.request["tempo"], twin.request["meter"]
            numerator, denominator = map(int, meter.split("/"))
            seconds = test.spec.settings.bars * numerator * 4 / denominator * 60 / tempo
            for each in (clip, twin):  # what rings on after the last bar is short
                assert each.seconds < seconds + 3
            assert twin.request["bars"] >= test.spec.settings.bars


def test_a_models_clips_can_be_made_again_and_are_not_among_the_compositions(made):
    workspace, codes = made
    test = listening.get(workspace, codes[ORIGIN])
    assert composing.all(workspace)[1] == 0
    requests = [clip.request for clip in test.clips if clip.source != HUMAN]
    assert all(request["model"] in test.spec.models for request in requests)
    assert len({request["seed"] for request in requests}) == len(requests)


def test_pieces_that_no_model_has_heard_come_first(made):
    workspace, codes = made
    run = listening.get(workspace, codes[ORIGIN]).spec.models[1]
    version = datasets.get(workspace, "tunes")
    spec = ListeningSpec("all", "tunes", (run,), Settings(pieces=3, bars=4, split="all"))
    test = listening.get(workspace, listening.create(workspace, spec))
    people = [clip for clip in test.clips if clip.source == HUMAN]
    assert [clip.is_heard for clip in people] == [False] * 3
    assert {clip.piece for clip in people} <= set(version.members("test"))
    for clip in listening.get(
        workspace, codes[ORIGIN]
    ).clips:  # the bundled model learned from this collection
        assert clip.is_heard is (True if clip.source == HUMAN else None)
    heard = listening.create(
        workspace, ListeningSpec("train", "tunes", (run,), Settings(pieces=3, bars=4, split="train"))
    )  # fmt: skip
    people = [clip for clip in listening.get(workspace, heard).clips if clip.source == HUMAN]
    assert [clip.is_heard for clip in people] == [True] * 3
    for code in (test.code, heard):
        activity.stop(workspace, listening.get(workspace, code).job)
        listening.delete(workspace, code)


def test_codes_can_be_read_out_and_typed(made):
    workspace, codes = made
    for code in codes.values():
        assert len(code) == CODE_LENGTH and set(code) <= set(LETTERS)
        assert listening.get(workspace, f" {code[:2].lower()}-{code[2:].lower()} ").code == code
    with pytest.raises(UnknownName, match="check the code"):
        listening.get(workspace, "../..")


def test_a_test_that_asks_for_too_many_bars_is_told_how_many_would_do(made, tmp_path):
    workspace = copied(made[0], tmp_path / "own")
    spec = ListeningSpec("x", "tunes", ("folk",), Settings(pieces=6, bars=32, split="all"))
    with pytest.raises(InvalidSetting, match=r"Ask for [0-9]+ bars,") as refused:
        listening.create(workspace, spec)
    bars = int(str(refused.value).partition("Ask for ")[2].split()[0])
    for asked, suffices in ((bars + 1, False), (bars, True)):
        changed = replace(spec, settings=replace(spec.settings, bars=asked))
        with nullcontext() if suffices else pytest.raises(InvalidSetting):
            listening.create(workspace, changed)


def test_strains_that_end_short_before_the_next_upbeat_can_be_heard(made, tmp_path):
    """Two in three fiddle tunes: their eighth bar is in two parts, across the repeat."""
    workspace = copied(made[0], tmp_path / "own")
    settings = Settings(pieces=30, split="all")
    test = listening.get(
        workspace, listening.create(workspace, ListeningSpec("x", "tunes", ("folk",), settings))
    )
    assert sum(clip.source == HUMAN for clip in test.clips) == 30 and settings.bars == 8
    assert all(clip.request["bars"] >= 8 for clip in test.clips if clip.source != HUMAN)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "  "}, "needs a name"),
        ({"models": ()}, "choose 1 to 6"),
        ({"models": ("nobody",)}, "no model"),
        ({"dataset": "nothing"}, "nothing"),
        ({"settings": Settings(pieces=50)}, "Ask for .*fewer pieces, another split"),
        (
            {"settings": Settings(pieces=24, bars=32)},
            r"whole bars of one meter.* Ask for [0-9]+ bars,",
        ),
        ({"settings": Settings(bars=500)}, "largest allowed"),
        (
            {"models": ("chorales",)},
            r"none can be used.* cannot be written by all the models.*other models",
        ),
    ],
)
def test_what_cannot_be_tested_is_refused_before_any_work(made, changes, words):
    workspace, codes = made
    asked = {"name": "x", "dataset": "tunes", "models": ("folk",)} | changes
    before = sorted(workspace.listening.iterdir())
    with pytest.raises((InvalidSetting, UnknownName), match=words):
        listening.create(workspace, ListeningSpec(**asked))
    assert sorted(workspace.listening.iterdir()) == before
    assert len(listening.all(workspace)) == len(codes)


# --- listeners ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_listener_has_an_order_of_their_own_and_keeps_it(made, kind):
    workspace, codes = made
    test = listening.get(workspace, codes[kind])
    orders = {token: questions_for(test, token) for token in map(str, range(40))}
    assert all(questions_for(test, token) == order for token, order in orders.items())
    assert len({tuple(each.trial for each in order) for order in orders.values()}) > 30
    for order in orders.values():
        assert sorted(each.trial for each in order) == list(range(len(test.trials)))
        if kind == BETTER:
            assert sum(each.is_swapped for each in order) == len(order) / 2


def test_a_share_of_the_questions_is_even(made):
    """Of four questions two are about people, one about each model."""
    workspace, codes = made
    test = listening.get(workspace, codes[ORIGIN])
    settings = Settings(**{**vars(test.spec.settings), "questions": 4})
    few = type(test)(
        **{**vars(test), "spec": ListeningSpec("x", "tunes@1", test.spec.models, settings)}
    )
    for token in map(str, range(20)):
        sources = [few.sources_of(few.trials[each.trial])[0] for each in questions_for(few, token)]
        assert sorted(sources) == sorted([HUMAN, HUMAN, *test.spec.models])


def said_by(rng: random.Random, kind: str) -> str:
    return rng.choice(ANSWERS[kind])


@pytest.mark.parametrize("kind", ANSWERS)
def test_thirty_listeners_at_the_same_time_lose_no_answer(opened, kind):
    workspace, codes = opened
    test = listening.get(workspace, codes[kind])
    begin, errors = threading.Barrier(LISTENERS), []
    said: dict[tuple[str, int], str] = {}

    def listen(number: int) -> None:
        try:
            rng = random.Random(number)
            begin.wait()
            token = listeners.join(workspace, test.code)
            while question := listeners.next_question(workspace, test, token):
                answer = said_by(rng, kind)
                assert listeners.answer(workspace, test, token, question, answer, 1.0)
                known = ANSWERS[kind]
                kept = known[1 - known.index(answer)] if question.is_swapped else answer
                said[token, question.trial] = kept
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=listen, args=(number,)) for number in range(LISTENERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(said) == LISTENERS * len(test.trials)
    now = listening_results.counts(workspace, test)
    assert (now.listeners, now.finished, now.answers) == (LISTENERS, LISTENERS, len(said))
    rows = listening_results.rows(workspace, test)
    assert sorted(row["answer"] for row in rows) == sorted(said.values())
    assert sorted((row["listener"], row["question"]) for row in rows) == [
        (listener, question)
        for listener in range(1, LISTENERS + 1)
        for question in range(1, len(test.trials) + 1)
    ]
    _figures_are_those_of_the_answers(workspace, test, said)


def _figures_are_those_of_the_answers(workspace, test, said):
    """Counted once more, by hand."""
    found = listening_results.results(workspace, test)
    for each in found.sources:
        if test.spec.settings.kind == ORIGIN:
            about = [
                a for (_, t), a in said.items() if test.sources_of(test.trials[t]) == (each.source,)
            ]
            assert (each.share.count, each.share.of) == (about.count(HUMAN), len(about))
        else:
            about = [
                (test.sources_of(test.trials[t]), a)
                for (_, t), a in said.items()
                if each.source in test.sources_of(test.trials[t])
            ]
            won = sum(sources[a != FIRST] == each.source for sources, a in about)
            assert (each.share.count, each.share.of) == (won, len(about))
    if test.spec.settings.kind == ORIGIN:
        right = sum(
            (test.clips[test.trials[t].first].source == HUMAN) == (a == HUMAN)
            for (_, t), a in said.items()
        )
        assert (found.right.count, found.right.of) == (right, len(said))
    assert abs(found.agreement.value) < 0.15, "they answered by lot"
    assert len(found.clips) == len(test.clips)


def test_the_first_answer_counts_and_who_comes_back_goes_on(opened):
    workspace, codes = opened
    test = listening.get(workspace, codes[ORIGIN])
    token = listeners.join(workspace, test.code)
    first = listeners.next_question(workspace, test, token)
    assert (first.place, first.of) == (1, 8)
    assert listeners.answer(workspace, test, token, first, HUMAN)
    assert not listeners.answer(workspace, test, token, first, MACHINE), "a second tap"
    assert [row["answer"] for row in listening_results.rows(workspace, test)] == [HUMAN]
    again = open_workspace(workspace.home)
    assert listeners.next_question(again, test, token).place == 2
    with pytest.raises(InvalidSetting, match="no answer"):
        listeners.answer(workspace, test, token, first, "perhaps")
    stranger = questions_for(test, "nobody")[0]
    with pytest.raises(InvalidSetting, match="join it again"):
        listeners.answer(workspace, test, "nobody", stranger, HUMAN)


def test_who_hears_all_is_told_how_they_did(opened):
    workspace, codes = opened
    for kind, right, for_people in ((ORIGIN, 8, 0), (BETTER, None, 4)):
        test = listening.get(workspace, codes[kind])
        token = listeners.join(workspace, test.code)
        while question := listeners.next_question(workspace, test, token):
            sources = [test.clips[number].source for number in question.clips]
            if kind == ORIGIN:
                said = HUMAN if sources == [HUMAN] else MACHINE
            else:
                said = ANSWERS[kind][sources[1] == HUMAN]
            listeners.answer(workspace, test, token, question, said)
        own = listeners.own(workspace, test, token)
        assert (own.right, own.for_people, own.against_people) == (right, for_people, 0)
    found = listening_results.results(workspace, test)
    people = found.sources[0]
    assert people.strength.value == max(each.strength.value for each in found.sources)
    assert [share.count for _, share in found.against_people] == [0, 0]


def test_a_closed_test_takes_no_answers_and_a_reopened_one_adds_to_them(opened):
    workspace, codes = opened
    test = listening.get(workspace, codes[ORIGIN])
    token = listeners.join(workspace, test.code)
    one = listeners.next_question(workspace, test, token)
    listeners.answer(workspace, test, token, one, HUMAN)
    listening.set_open(workspace, test.code, False)
    assert listening.get(workspace, test.code).state == CLOSED
    two = listeners.next_question(workspace, test, token)
    with pytest.raises(InvalidSetting, match="closed"):
        listeners.answer(workspace, test, token, two, HUMAN)
    with pytest.raises(InvalidSetting, match="closed"):
        listeners.join(workspace, test.code)
    listening.set_open(workspace, test.code, True)
    listeners.answer(workspace, test, token, two, HUMAN)
    assert listening_results.counts(workspace, test).answers == 2


def test_answers_go_out_as_files_without_tokens(opened):
    workspace, codes = opened
    test = listening.get(workspace, codes[BETTER])
    token = listeners.join(workspace, test.code)
    question = listeners.next_question(workspace, test, token)
    listeners.answer(workspace, test, token, question, FIRST, 3.21)
    table = listening_results.export(workspace, test, "csv").decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(table))
    assert row["preferred"] == test.clips[question.clips[0]].source
    assert (row["listener"], row["seconds"]) == ("1", "3.2")
    document = json.loads(listening_results.export(workspace, test, "json"))
    assert document["answers"][0]["preferred"] == row["preferred"]
    assert document["results"]["counts"] == {"listeners": 1, "finished": 0, "answers": 1}
    assert document["results"]["agreement"]["value"] is None
    assert token not in table and token not in json.dumps(document)


def test_a_deleted_test_leaves_nothing(opened):
    workspace, codes = opened
    test = listening.get(workspace, codes[ORIGIN])
    listeners.join(workspace, test.code)
    listening.delete(workspace, test.code)
    assert not (workspace.listening / test.code).exists()
    assert [row["code"] for row in listening.all(workspace)] == [codes[BETTER]]
    with pytest.raises(UnknownName):
        listening.get(workspace, test.code)


# --- preparing ------------------------------------------------------------------------------------


def test_a_preparation_that_is_stopped_begins_again_and_opens_the_test(opened):
    workspace, _ = opened
    spec = ListeningSpec("again", "tunes", ("folk",), Settings(pieces=2, bars=4))
    code = listening.create(workspace, spec)
    test = listening.get(workspace, code)
    with pytest.raises(InvalidSetting, match="stop that first"):
        listening.delete(workspace, code)
    with pytest.raises(InvalidSetting, match="closed"):
        listeners.join(workspace, code)
    activity.stop(workspace, test.job)
    assert listening.get(workspace, code).state == PREPARING
    (workspace.listening / code / "0123.abcd.partial.mp3").write_bytes(
        b"half"
    )  # by one that was killed
    with open_store(workspace) as store:
        store.jobs.again(test.job)
    assert activity.finish(workspace, test.job).state == "done"
    ready = listening.get(workspace, code)
    assert ready.state == OPEN
    assert all(listening.sound_file(workspace, ready, n).exists() for n in range(len(ready.clips)))
    assert not list((workspace.listening / code).glob("*.partial*"))
