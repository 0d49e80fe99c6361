"""The leaderboard of benches whose every figure is known."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.core.bench import (
    Bench,
    BenchSpec,
    Entrant,
    Foreseen,
    Human,
    Measured,
    MusicSet,
    Showing,
)
from workbench.core.errors import UnknownName
from workbench.metrics.leaderboard import AS_GOOD, BEST, HEARD, leaderboard
from workbench.metrics.standings import by_label, common_pieces, standings

PIECES = 24
RANDOM = np.random.default_rng(0)
HARD = RANDOM.uniform(10, 40, PIECES)  # what makes a piece hard for every model
HUMANS = tuple(
    Human(f"piece{i}", f"Tune {i}", "G major" if i % 2 else "A minor", "4/4", "tunes", i)
    for i in range(PIECES)
)


def entrant(name, **said):
    return Entrant(name, name.title(), "lstm", "melody-steps", 1000, "0" * 64, **said)


def showing(name, more=0.0, noise=0.5, missing=(), **said):
    """A model that is ``more`` nats a quarter note worse than the pieces are hard."""
    random = np.random.default_rng(len(name))
    foreseen = [
        Foreseen(float(hard + 10 * more + random.normal(0, noise)), 10.0, 40, 20, 20, 10) for hard in HARD
    ]  # fmt: skip
    return Showing(entrant(name, **said), tuple(None if i in missing else f for i, f in enumerate(foreseen)))  # fmt: skip


def bench(*showings):
    names = tuple(each.entrant.name for each in showings)
    return Bench(
        "bench-00000000", BenchSpec("tunes@1", names), "f" * 64, 100, "2026-01-01", 1.0, {}, HUMANS, (), MusicSet(),
        MusicSet(), {}, showings,
    )  # fmt: skip


def test_a_small_difference_in_every_piece_is_seen_though_intervals_overlap():
    rows = standings(bench(showing("better"), showing("worse", 0.2)))
    ours, theirs = (row.values["held_out"] for row in rows)
    assert ours.is_best and not theirs.is_best and not theirs.is_as_good
    assert theirs.low < ours.high  # unpaired nobody could tell
    assert theirs.difference == pytest.approx(0.2, abs=0.05)
    assert theirs.difference_low > 0 and theirs.p < 0.01


def test_what_differs_by_chance_is_as_good():
    rows = standings(bench(showing("one", 0.0, 3.0), showing("the other", 0.005, 3.0)))
    assert sorted(bool(row.values["held_out"].is_best) for row in rows) == [False, True]
    assert any(row.values["held_out"].is_as_good for row in rows)


def test_the_figure_pools_the_pieces_that_all_can_say():
    one, other = showing("one", missing=(0, 1)), showing("other", missing=(1, 2))
    found = bench(one, other)
    assert common_pieces(found) == list(range(3, PIECES))
    value = standings(found)[0].values["held_out"].value
    assert value == pytest.approx(sum(f.nats for f in one.foreseen[3:]) / (10 * (PIECES - 3)))
    assert common_pieces(found, ["one"]) == list(range(2, PIECES))


def test_who_has_heard_a_piece_gets_a_warning_and_no_figure():
    found = bench(showing("fair", 0.5), showing("cheat", 0.0, heard=("piece4",)))
    fair, cheat = standings(found)
    assert "held_out" in fair.values and not {"held_out", "accuracy"} & set(cheat.values)
    assert cheat.has_heard and "has heard 1 of these 24 pieces" in cheat.warnings[0]
    board = leaderboard(found)
    assert HEARD in board.table("md")
    assert list(by_label(found, lambda number: HUMANS[number].key)["G major"]) == ["Fair"]


def test_of_whom_it_is_not_known_is_never_the_best():
    found = standings(bench(showing("known", 0.3), showing("second", 0.5), showing("stranger", 0.0, is_known=False)))  # fmt: skip
    assert [row.values["held_out"].is_best for row in found] == [True, False, False]
    assert "not known here" in found[2].warnings[0]


def test_models_of_one_title_are_told_apart_by_their_names():
    other = replace(showing("lstm-2"), entrant=replace(entrant("lstm-2"), title="Mine"))
    found = bench(showing("folk"), replace(other, entrant=replace(other.entrant, name="lstm-1")), other)  # fmt: skip
    labels = ["Folk", "Mine (lstm-1)", "Mine (lstm-2)"]
    assert list(found.titles.values()) == [row.label for row in standings(found)] == labels


def test_seeds_of_one_configuration_become_a_row_with_students_interval():
    seeds = [showing(f"seed{n}", 0.1 * n, 0.0, configuration="same", seed=n) for n in range(3)]
    (row,) = standings(bench(*seeds), together=True)
    values = [standings(bench(each))[0].values["held_out"].value for each in seeds]
    held_out = row.values["held_out"]
    assert held_out.value == pytest.approx(np.mean(values))
    assert held_out.high - held_out.value == pytest.approx(4.303 * 0.1 / np.sqrt(3), rel=1e-3)
    assert row.label == "Seed0 and 2 more"
    assert len(standings(bench(*seeds))) == 3


def test_surprise_by_key_is_that_of_these_pieces():
    one = showing("one")
    found = by_label(bench(one), lambda number: HUMANS[number].key)
    nats = sum(f.nats for f in one.foreseen[1::2])
    assert found["G major"]["One"] == (PIECES // 2, pytest.approx(nats / (10 * PIECES / 2)))


def test_music_is_compared_in_the_same_draws():
    draws = RANDOM.normal(0, 2, 400)  # the same luck for both

    def with_music(name, value):
        drawn = tuple((value + draws).tolist())
        music = MusicSet(figures={"frechet": value}, replicates={"frechet": drawn})
        return replace(showing(name), music=music)

    near, far = (row.values["frechet"] for row in standings(bench(with_music("near", 5.0), with_music("far", 5.5))))  # fmt: skip
    assert near.is_best and not far.is_as_good
    assert far.difference_low == pytest.approx(0.5)


def test_no_copy_among_ten_pieces_does_not_mean_that_there_is_never_one():
    pieces = tuple(Measured(n, n, ()) for n in range(10))
    music = MusicSet(pieces, figures={"valid": 1.0}, replicates={"valid": (1.0,) * 400})
    (row,) = standings(bench(replace(showing("one"), music=music)))
    valid = row.values["valid"]
    assert (valid.low, valid.high) == (pytest.approx(0.6915, abs=1e-4), 1.0)  # Clopper & Pearson


def test_two_seeds_that_copied_nothing_are_no_certainty_either():
    pieces = tuple(Measured(n, n, ()) for n in range(10))
    music = MusicSet(pieces, figures={"valid": 1.0}, replicates={"valid": (1.0,) * 400})
    seeds = [
        replace(showing(f"seed{n}", configuration="same", seed=n, training_seconds=20.0 + 16 * n), music=music)
        for n in range(2)
    ]  # fmt: skip
    (row,) = standings(bench(*seeds), together=True)
    valid, seconds = row.values["valid"], row.values["training_seconds"]
    assert (valid.low, valid.high) == (pytest.approx(0.8316, abs=1e-4), 1.0)  # of twenty pieces
    assert (seconds.value, seconds.low, seconds.high) == (28.0, None, None)


def test_who_learned_from_other_music_is_named_beside_what_it_copies():
    found = bench(showing("here", is_from_here=True), showing("stranger", is_from_here=False))
    here, stranger = standings(found)
    assert not here.warnings and "learned from other music" in stranger.warnings[0]


def test_tables_say_the_same_in_every_form():
    board = leaderboard(bench(showing("better"), showing("worse", 0.2)))
    value = board.standings[0].values["held_out"].value
    markdown, latex, csv = (board.table(form) for form in ("md", "latex", "csv"))
    assert f"{value:.3f}" in markdown and BEST in markdown and AS_GOOD in markdown
    assert f"{value:.3f}" in latex
    assert str(value) in csv and "held_out_low" in csv
    said = board.as_json()
    assert said["models"][0]["figures"]["held_out"]["value"] == value
    one = leaderboard(board.bench, figures=["accuracy"]).as_json()
    assert [list(each["figures"]) for each in one["models"]] == [["accuracy"]] * 2
    with pytest.raises(UnknownName, match="not on this bench"):
        leaderboard(board.bench, ["nobody"])
    with pytest.raises(UnknownName, match="no figure"):
        leaderboard(board.bench, figures=["beauty"])
