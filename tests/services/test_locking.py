"""Bars that are locked stay, note for note, ties and all; the same model composes the rest."""

import json
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from kept_limits import broken
from test_editing import rows
from untrained import COCONET, MELODY_VAE, keep_untrained
from workspaces import copied

from workbench.cli import main
from workbench.core.bar_numbers import parse_bars, spans
from workbench.core.errors import InvalidSetting
from workbench.core.limits import Limits
from workbench.core.provenance import BY_HAND, statement
from workbench.core.score import TICKS_PER_QUARTER, bars, clip, split_parts
from workbench.core.specs import FREE, ComposeRequest, TokenizerSpec
from workbench.corpora import CORPORA
from workbench.services import (
    activity,
    composing,
    editing,
    giving,
    locking,
    models,
    steering,
    versions,
)
from workbench.tokenizers import TOKENIZERS, make
from workbench.tokenizers.locked_cells import KeepsBars
from workbench.workspace import open_workspace

Q = TICKS_PER_QUARTER
BUNDLED, UNTRAINED = ["folk", "chorales"], ["coconet-small", "vae-small"]
SUITED = [*BUNDLED, *(pytest.param(each, marks=pytest.mark.long) for each in UNTRAINED)]


@pytest.fixture(scope="module")
def composed(tmp_path_factory):
    """A piece by each bundled model."""
    workspace = open_workspace(tmp_path_factory.mktemp("locking"))
    return workspace, _pieces(workspace, BUNDLED)


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    """A piece by each of two models that have learned nothing yet: one fills holes, one has a latent space."""
    workspace = open_workspace(tmp_path_factory.mktemp("untrained"))
    for name, spec in zip(UNTRAINED, (COCONET, MELODY_VAE), strict=True):
        keep_untrained(workspace.runs / name, spec)
    return workspace, _pieces(workspace, UNTRAINED)


def _pieces(workspace, names):
    pieces = {}
    for model in names:
        asked = ComposeRequest(model, bars=5, seed=4, key="D major" if model == "folk" else None)
        job = composing.enqueue(workspace, asked, title=f"By {model}")
        pieces[model] = activity.finish(workspace, job).result["composition"]
    return pieces


@pytest.fixture
def suited(request, tmp_path):
    """A workspace with a piece by the model that the test is about."""
    where = "composed" if request.node.callspec.params["model"] in BUNDLED else "untrained"
    workspace, pieces = request.getfixturevalue(where)
    return copied(workspace, tmp_path / "suited"), pieces


@pytest.fixture
def home(composed, tmp_path):
    workspace, pieces = composed
    return copied(workspace, tmp_path / "home"), pieces


def rest(workspace, composition, locked, **changes):
    asked = replace(locking.with_locked(workspace, composition, locked), **changes)
    job = composing.enqueue(workspace, asked, parent=composition, origin="rest")
    done = activity.finish(workspace, job)
    assert done.state == "done", done.details
    return done.result["composition"]


def sounding(score, lines, numbers):
    """The whole notes that sound in these bars, from 1."""
    found = set()
    for number in numbers:
        bar = lines[number - 1]
        ends = score.notes["onset"] + score.notes["duration"]
        there = (score.notes["onset"] < bar.end) & (ends > bar.start)
        found.update(score.notes[there][["onset", "duration", "pitch", "part"]].tolist())
    return found


def differ(one, other, lines, numbers):
    return sounding(one, lines, numbers) != sounding(other, lines, numbers)


def compare(workspace, composition, made, locked):
    """Locked bars are the same; the rest is not, but for chance."""
    before, after = composing.score(workspace, composition), composing.score(workspace, made)
    lines = editing.bars_of(composing.get(workspace, composition), before)
    assert sounding(before, lines, locked) == sounding(after, lines, locked)
    assert broken(after, composing.get(workspace, made).plan, lengths=False) in ([], ["range"])
    return differ(before, after, lines, [n for n in range(1, len(lines) + 1) if n not in locked])


@pytest.mark.parametrize("model", SUITED)
def test_locked_bars_stay_and_the_rest_is_new(suited, model):
    workspace, pieces = suited
    assert locking.keeps_bars(models.get(workspace, model))
    made = rest(workspace, pieces[model], [2, 5], seed=11)
    assert compare(workspace, pieces[model], made, [2, 5])
    kept = composing.get(workspace, made)
    assert (kept.parent, kept.origin, kept.request.locked.bars) == (pieces[model], "rest", "2,5")
    assert kept.request.locked.title == f"By {model}" and kept.title == f"after By {model}"
    again = composing.again(workspace, made)
    copy = activity.finish(workspace, again).result["composition"]
    assert composing.same_notes(workspace, made, copy)
    assert [each.origin for each in versions_of(workspace, pieces[model])] == ["rest"]


def versions_of(workspace, composition):
    return [each.made for each in versions.tree(workspace, composition)[0].children]


@pytest.mark.long
@pytest.mark.parametrize("model", SUITED)
def test_in_twenty_random_cases_every_locked_bar_is_the_same(suited, model):
    workspace, _ = suited
    random = np.random.default_rng(20)
    heard = models.get(workspace, model).card.heard
    changed = 0
    for case in range(20):
        count = int(random.integers(2, 7))
        asked = ComposeRequest(
            model, bars=count, seed=case, key=str(random.choice(list(heard.keys))),
            meter=str(random.choice([each for each in heard.meters if each != "3/2"])), limits=limits(random, model),
        )  # fmt: skip
        job = composing.enqueue(workspace, asked, title=f"Case {case}")
        first = activity.finish(workspace, job).result["composition"]
        locked = sorted(random.permutation(count)[: random.integers(1, count)] + 1)
        made = rest(workspace, first, [int(bar) for bar in locked], seed=100 + case)
        changed += compare(workspace, first, made, locked)
        plan = composing.get(workspace, made).plan
        assert (
            broken(composing.score(workspace, made), plan, lengths=model != "coconet-small") == []
        )
    assert changed > 15


def limits(random, model):
    """None in half of the cases; lengths only where the model can be held to them."""
    if random.random() < 0.5:
        return Limits()
    lengths = {} if model == "coconet-small" else {"shortest": 0.5, "longest": 3.0}
    return Limits(in_key=True, **lengths)


def test_a_note_that_is_tied_into_a_locked_bar_or_out_of_it_stays_whole(home):
    workspace, pieces = home
    score = composing.score(workspace, pieces["chorales"])
    lines = bars(score)
    notes = rows(workspace, pieces["chorales"])
    notes = [row for row in notes if row[4] or not lines[1].start <= row[1] < lines[3].end]
    tied = [lines[2].start - Q, 2 * Q], [lines[3].start - Q // 4, 2 * Q]
    notes += [[-1, onset, length, 67, 0] for onset, length in tied]
    edited = editing.keep(workspace, pieces["chorales"], notes)
    made = rest(workspace, edited, [3], seed=1)
    kept = composing.score(workspace, made)
    soprano = split_parts(kept)[0].notes
    assert {(int(n["onset"]), int(n["duration"]), int(n["pitch"])) for n in soprano} >= {
        (onset, length, 67) for onset, length in tied
    }
    said = composing.get(workspace, made)
    assert statement(said).endswith(f"{BY_HAND}.") and said.request.locked.by_hand
    other = composing.get(workspace, rest(workspace, edited, [5], seed=1))
    assert not other.is_by_hand  # nothing that was edited stays


def test_a_locked_silence_stays_silent(home):
    workspace, pieces = home
    lines = bars(composing.score(workspace, pieces["folk"]))
    notes = [row for row in rows(workspace, pieces["folk"]) if not sounds_in(row, lines[1])]
    edited = editing.keep(workspace, pieces["folk"], notes)
    for seed in range(4):
        made = rest(workspace, edited, [2, 4], seed=seed)
        kept = composing.score(workspace, made)
        assert not sounding(kept, lines, [2])


def sounds_in(row, bar):
    return row[1] < bar.end and row[1] + row[2] > bar.start


def test_the_shortest_note_gives_way_to_one_that_stays_and_the_form_is_left_open(home):
    workspace, _ = home
    asked = ComposeRequest("folk", bars=8, seed=1, limits=Limits(shortest=1.0, form="AB"))
    first = activity.finish(workspace, composing.enqueue(workspace, asked)).result["composition"]
    notes = rows(workspace, first)
    notes[0][2] = Q // 4
    edited = editing.keep(workspace, first, notes)
    request = locking.with_locked(workspace, edited, [1])
    assert (request.limits.shortest, request.limits.form) == (0.25, "")
    told = locking.what_is_left_open(asked, request)
    assert ["form AB" in told[0], "shortest" in told[1]] == [True, True]
    free = locking.with_locked(workspace, edited, [2])
    assert free.limits.shortest == 1.0
    made = rest(workspace, edited, [2], seed=5)
    durations = composing.score(workspace, made).notes["duration"]
    assert durations.min() >= Q


def test_voices_that_were_given_stay_besides(home):
    workspace, pieces = home
    tune = split_parts(composing.score(workspace, pieces["chorales"]))[0]
    asked = giving.with_given(workspace, ComposeRequest("chorales", seed=2), tune, title="Tune")
    first = activity.finish(workspace, composing.enqueue(workspace, asked)).result["composition"]
    made = rest(workspace, first, [1], seed=9)
    assert np.array_equal(split_parts(composing.score(workspace, made))[0].notes, tune.notes)
    assert not composing.same_notes(workspace, first, made)


def test_an_upbeat_is_a_bar_that_can_be_locked(home):
    """A real chorale's soprano, harmonised: its upbeat and its third bar stay, and so does the tune."""
    workspace, _ = home
    collection = CORPORA.get("bach-chorales")
    chorale = collection.read(collection.members()[0]).score
    assert not bars(chorale)[0].is_full
    tune = clip(split_parts(chorale)[0], 0, bars(chorale)[4].end)
    asked = giving.with_given(workspace, ComposeRequest("chorales", seed=2), tune, title="Hymn")
    first = activity.finish(workspace, composing.enqueue(workspace, asked)).result["composition"]
    made = rest(workspace, first, [1, 3], seed=6)
    one, other = (composing.score(workspace, each) for each in (first, made))
    lines = bars(one)
    assert bars(other) == lines
    assert sounding(one, lines, [1, 3]) == sounding(other, lines, [1, 3])
    assert differ(one, other, lines, [2, 4, 5])
    assert notes_of(one, 0) == notes_of(other, 0)
    told = locking.what_is_left_open(asked, composing.get(workspace, made).request)
    assert told == ["Voices that were given from beginning to end stay, too."]
    job = composing.again(workspace, made)
    copy = activity.finish(workspace, job).result["composition"]
    assert composing.same_notes(workspace, made, copy)


def notes_of(score, part):
    return score.notes[score.notes["part"] == part][["onset", "duration", "pitch"]].tolist()


def test_only_languages_in_steps_keep_bars():
    kept = {name for name in TOKENIZERS.names() if isinstance(make(TokenizerSpec(name)), KeepsBars)}
    assert kept == {"melody-steps", "chorale-grid", "chorale-keys"}


@pytest.mark.parametrize(
    ("locked", "words"),
    [([], "Lock some"), ([1, 2, 3, 4, 5], "Lock some"), ([0, 1], "1 to 5"), ([6], "1 to 5")],
)
def test_bars_that_there_are_not_are_refused(home, locked, words):
    workspace, pieces = home
    with pytest.raises(InvalidSetting, match=words):
        locking.with_locked(workspace, pieces["folk"], locked)


NOT_SAID = {
    "off the grid": (Q // 3, Q // 3, 74),
    "two at once": (0, 2 * Q, 50),
    "too high": (Q, Q // 4, 120),
    "too low": (Q, Q // 4, 3),
    "shorter than a step": (Q, 7, 60),
}


@pytest.mark.parametrize("model", BUNDLED)
@pytest.mark.parametrize("case", NOT_SAID)
def test_what_the_model_cannot_say_stays_all_the_same(home, model, case):
    workspace, pieces = home
    before = composing.score(workspace, pieces[model])
    start = bars(before)[2].start
    onset, length, pitch = NOT_SAID[case]
    notes = rows(workspace, pieces[model])
    edited = editing.keep(workspace, pieces[model], [*notes, [-1, start + onset, length, pitch, 0]])
    made = rest(workspace, edited, [3, 5], seed=2)
    kept = composing.get(workspace, made)
    assert kept.request.locked.exact.put and kept.is_by_hand and not kept.edits.put
    assert "nearest" in locking.what_is_left_open(kept.request, kept.request)[-1]
    one, other = composing.score(workspace, edited), composing.score(workspace, made)
    lines = bars(before)
    assert sounding(one, lines, [3, 5]) == sounding(other, lines, [3, 5])
    assert differ(one, other, lines, [1, 2, 4])
    another = replace(kept.request, seed=8)  # with other notes around the very same
    job = activity.finish(workspace, composing.enqueue(workspace, another))
    assert sounding(composing.score(workspace, job.result["composition"]), lines, [3, 5]) == sounding(one, lines, [3, 5])  # fmt: skip


def test_a_last_bar_without_notes_is_written_and_not_kept(home):
    workspace, pieces = home
    lines = bars(composing.score(workspace, pieces["folk"]))
    silent = [row for row in rows(workspace, pieces["folk"]) if not sounds_in(row, lines[-1])]
    edited = editing.keep(workspace, pieces["folk"], silent)
    with pytest.raises(InvalidSetting, match="last bar is locked and silent"):
        locking.with_locked(workspace, edited, [5])
    made = rest(workspace, edited, [1, 2])
    assert len(bars(composing.score(workspace, made))) == 5


def test_what_was_edited_is_kept_first_and_only_where_the_rest_can_be_composed(home):
    workspace, pieces = home
    notes = rows(workspace, pieces["folk"])
    notes[0][3] += 1
    before = composing.all(workspace)[1]
    for locked in ([], "1", [1.5], [True], None, [99]):
        with pytest.raises(InvalidSetting):
            locking.compose_rest(workspace, pieces["folk"], locked, notes)
    assert composing.all(workspace)[1] == before
    job = locking.compose_rest(workspace, pieces["folk"], [1.0, 2], notes)
    made = composing.get(workspace, activity.finish(workspace, job).result["composition"])
    parent = composing.get(workspace, made.parent)
    assert (parent.origin, parent.parent, made.origin) == ("edited", pieces["folk"], "rest")
    assert made.request.locked.by_hand


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cells": (3,)}, "do not fit"),
        ({"cells": "free"}, "leave some"),
        ({"cells": "hold"}, "never began"),
        ({"cells": "big"}, "do not fit"),
    ],
)
def test_a_request_with_cells_that_make_no_sense_is_refused(home, change, words):
    workspace, pieces = home
    asked = locking.with_locked(workspace, pieces["folk"], [1])
    cells = list(asked.locked.cells)
    made_up = {
        "free": [FREE] * len(cells),
        "hold": [1, *cells[1:]],
        "big": [9999, *cells[1:]],
    }.get(change["cells"], change["cells"])
    with pytest.raises(InvalidSetting, match=words):
        composing.enqueue(
            workspace, replace(asked, locked=replace(asked.locked, cells=tuple(made_up)))
        )
    with pytest.raises(InvalidSetting, match="leave primer"):
        composing.enqueue(workspace, replace(asked, primer="60"))


@pytest.mark.parametrize(
    ("text", "found"), [("1-3,5", [1, 2, 3, 5]), ("5", [5]), (" 2 , 1 ", [1, 2]), ("", [])]
)
def test_bars_are_named_as_people_do(text, found):
    assert parse_bars(text, range(1, 6)) == found
    assert parse_bars(spans(found), range(1, 6)) == found


@pytest.mark.parametrize("text", ["0", "6", "3-1", "a", "1-", "1-99999", "1;2"])
def test_bars_that_are_none_are_refused(text):
    with pytest.raises(InvalidSetting, match="names no bars"):
        parse_bars(text, range(1, 6))


def test_the_command_line_composes_the_rest_again(home, tmp_path):
    workspace, pieces = home
    out = tmp_path / "rest.mid"
    answer = StringIO()
    words = ["compose", "--again", pieces["folk"], "--lock", "1-2,5", "--seed", "3", "--out", str(out)]  # fmt: skip
    with redirect_stdout(answer):
        assert main([*words, "--workspace", str(workspace.home), "--json"]) == 0
    (row,) = json.loads(answer.getvalue())["compositions"]
    assert row["request"]["locked"]["bars"] == "1-2,5" and row["request"]["seed"] == 3
    assert compare(workspace, pieces["folk"], row["id"], [1, 2, 5])
    assert out.stat().st_size > 100
    kept = composing.get(workspace, row["id"])
    assert (kept.parent, kept.origin) == (pieces["folk"], "rest")


@pytest.mark.parametrize(
    "words",
    [
        ["compose", "--out", "a.mid"],
        ["compose", "--again", "x", "--out", "a.mid"],
        ["compose", "--model", "folk", "--lock", "1", "--out", "a.mid"],
        ["compose", "--again", "x", "--lock", "1", "--bars", "4", "--out", "a.mid"],
        ["compose", "--again", "x", "--lock", "1", "--model", "folk", "--out", "a.mid"],
    ],
)
def test_the_command_line_refuses_what_contradicts_itself(home, words, capsys):
    workspace, _ = home
    assert main([*words, "--workspace", str(workspace.home)]) == 1
    assert "--" in capsys.readouterr().err


@pytest.mark.parametrize("model", BUNDLED)
def test_an_end_on_the_tonic_that_was_asked_for_is_kept_where_the_last_bar_is_written_anew(
    home, model
):
    workspace, pieces = home
    usual = ComposeRequest(model, bars=5, seed=4, limits=steering.usual_limits(models.get(workspace, model).card))  # fmt: skip
    made = activity.finish(workspace, composing.enqueue(workspace, usual)).result["composition"]
    asked = locking.with_locked(workspace, made, [1, 2])
    assert asked.limits.ends_on_tonic
    for seed in range(3):
        score = composing.score(workspace, rest(workspace, made, [1, 2], seed=seed))
        lowest = score.notes[score.notes["part"] == len(score.parts) - 1][-1]
        assert lowest["pitch"] % 12 == score.keys[0].tonic
        assert lowest["onset"] + lowest["duration"] == bars(score)[-1].end
    assert not locking.with_locked(workspace, made, [1, 5]).limits.ends_on_tonic
    open_end = pieces[model]  # nothing was asked for
    assert not locking.with_locked(workspace, open_end, [1, 2]).limits.ends_on_tonic
