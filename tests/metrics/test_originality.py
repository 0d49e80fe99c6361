"""What is found of a piece in a training set: planted copies, random walks, and what people borrow from one another."""

import math
from dataclasses import replace

import numpy as np
import pytest
from music import Q, chorales, tune, voices

from workbench.core.errors import UnreadableFile
from workbench.core.score import Score, make_notes, merge, transpose
from workbench.corpora import CORPORA
from workbench.metrics.cardinality import best_passage, cardinality_score
from workbench.metrics.human_baseline import (
    COPIED,
    FIGURES,
    LIKE_PEOPLE,
    NEWER,
    Baseline,
    figure_of,
    human_baseline,
    judge,
    judge_set,
    mean_of,
)
from workbench.metrics.index_file import load_index, save_index
from workbench.metrics.lines import lines
from workbench.metrics.melodies import melodies, on_grid, pattern_hashes
from workbench.metrics.originality import LENGTHS, borrowing, build_index

RISING = [60, 62, 64, 65, 67, 69, 71, 72, 74, 76, 77, 79]


@pytest.fixture(scope="module")
def tunes() -> list[Score]:
    """A hundred and eighty fiddle tunes."""
    corpus = CORPORA.get("ryans-mammoth")
    return [corpus.read(member).score for member in corpus.members()[:180]]


@pytest.fixture(scope="module")
def index(tunes):
    return build_index(tunes)


@pytest.fixture(scope="module")
def baseline(index):
    return human_baseline(index, most=60)


def noise(seed: int, notes: int = 40) -> list[tuple[int, int, int]]:
    """Rows of a line with leaps and uneven lengths such as no tune has."""
    rng = np.random.default_rng(seed)
    pitches = np.clip(64 + np.cumsum(rng.integers(-7, 8, notes)), 40, 90)
    lengths = rng.choice([Q // 5, Q // 3, Q, 3 * Q // 2], notes)
    onsets = np.cumsum(lengths) - lengths
    return list(zip(onsets.tolist(), lengths.tolist(), pitches.tolist(), strict=True))


def planted(score: Score, start: int, notes: int, semitones: int, seed: int) -> Score:
    """Noise, then so many notes of a tune in another key, then noise."""
    line = lines(score)[0]
    before, after = noise(seed), noise(seed + 1000)
    begin = before[-1][0] + before[-1][1]
    shift = begin - int(line["onset"][start])
    copied = [
        (int(note["onset"]) + shift, int(note["duration"]), int(note["pitch"]) + semitones)
        for note in line[start : start + notes]
    ]
    end = copied[-1][0] + copied[-1][1]
    return Score(make_notes(before + copied + [(end + on, long, p) for on, long, p in after]))


def walk(seed: int, notes: int = 100) -> Score:
    """Steps up and down in eighths, at random."""
    steps = np.random.default_rng(seed).choice([-2, -1, 1, 2], notes)
    return tune(np.clip(70 + np.cumsum(steps), 30, 110).tolist(), 0.5)


# --- patterns ---------------------------------------------------------------------------------


def test_a_pattern_knows_no_key_octave_place_or_articulation():
    (one,) = pattern_hashes(melodies(tune(RISING[:4])), (4,))
    high = tune([None, None, *[pitch + 19 for pitch in RISING[:4]]], [0.5, 0.25, 1, 1, 1, 1])
    notes = high.notes.copy()
    notes["duration"] //= 3
    (other,) = pattern_hashes(melodies(replace(high, notes=notes)), (4,))
    assert len(one[0]) == 1
    assert one[0].tolist() == other[0].tolist()


def test_a_passage_is_the_same_wherever_it_begins():
    fifths = [0.2, 0.2, 0.2, 0.2, 0.2, 0.4, 0.6, 0.3]  # of a quarter: off the grid
    found = [
        pattern_hashes(melodies(tune([None, *RISING[:8]], [late, *fifths])), (8,))[0][0].tolist()
        for late in (1, 1.01, 0.35, 2.22)
    ]
    assert len(found[0]) == 1 and all(each == found[0] for each in found)


def test_another_rhythm_or_interval_is_another_pattern():
    changed = [tune(RISING[:4], [1, 1, 0.5, 1]), tune([60, 62, 64, 66]), tune(RISING[:4], 0.5)]
    found = {int(pattern_hashes(melodies(each), (4,))[0][0][0]) for each in [tune(RISING[:4]), *changed]}  # fmt: skip
    assert len(found) == 4


def test_patterns_lie_within_a_line_and_are_counted():
    score = voices(RISING[:5], RISING[:3])
    found = pattern_hashes(melodies(score), (4, 8))
    assert [len(hashes) for hashes, _ in found] == [2, 0]
    assert found[0][1].tolist() == [0, 1]


def test_no_two_different_patterns_of_real_music_share_a_hash(index):
    tunes = index.tunes
    for (hashes, places), length in zip(index.patterns, LENGTHS, strict=True):
        for step in range(length - 1):
            times = on_grid(np.diff(tunes.onsets))
            moves = np.diff(tunes.pitches)[places + step], times[places + step]
            same = hashes[1:] == hashes[:-1]
            assert all((move[1:][same] == move[:-1][same]).all() for move in moves)


# --- what is found ----------------------------------------------------------------------------


def test_shares_by_hand():
    index = build_index([tune(RISING[:9])])
    found = borrowing(tune([72, *[pitch - 5 for pitch in RISING[:5]]]), index)
    assert found.shares[0] == pytest.approx(2 / 3)  # of three patterns of 4 the first is new
    assert math.isnan(found.shares[1]) and math.isnan(found.shares[2])
    longest = found.longest
    assert (longest.notes, longest.line, longest.start) == (5, 0, 1)
    assert (longest.piece, longest.piece_line, longest.piece_start) == (0, 0, 0)
    assert longest.semitones == -5
    assert found.nearest.share == pytest.approx(2 / 3)


def test_a_planted_copy_is_found_every_time(tunes, index):
    rng = np.random.default_rng(0)
    for seed in range(150):
        number = int(rng.integers(len(tunes)))
        start = int(rng.integers(len(lines(tunes[number])[0]) - 12))
        piece = planted(tunes[number], start, 12, int(rng.integers(-6, 7)), seed)
        longest = borrowing(piece, index).longest
        assert longest.notes >= 12
        assert longest.start <= 40 and longest.start + longest.notes >= 52


def test_the_place_and_key_of_a_copy_are_told(tunes, index):
    piece = planted(tunes[7], 20, 30, 3, seed=5)
    found = borrowing(piece, index)
    for passage in (found.longest, found.nearest.passage):
        assert (passage.piece, passage.piece_line, passage.semitones) == (7, 0, 3)
        assert passage.piece_start - passage.start == 20 - 40
        assert passage.notes >= 30
        assert passage.chance < 1e-12


def test_a_copy_in_an_inner_voice_is_found():
    index = build_index(list(chorales()))
    tenor = lines(chorales()[4])[2]
    line = Score(make_notes([(n["onset"], n["duration"], n["pitch"] + 4) for n in tenor[3:18]]))
    piece = merge([Score(make_notes(noise(1))), line, Score(make_notes(noise(2)))])
    longest = borrowing(piece, index).longest
    assert (longest.line, longest.start, longest.notes) == (1, 0, 15)
    assert (longest.piece, longest.piece_line, longest.piece_start) == (4, 2, 3)
    assert longest.semitones == 4


def test_a_whole_copy_is_all_found_and_new_music_is_not(tunes, index, baseline):
    copy = borrowing(transpose(tunes[30], 2), index)
    assert copy.shares == (1, 1, 1)
    assert copy.cardinality == 1
    assert copy.longest.notes == len(tunes[30].notes)
    assert judge(copy, baseline) == COPIED
    new = borrowing(Score(make_notes(noise(3, 100))), index)
    assert max(new.shares) < 0.05
    assert judge(new, baseline) == NEWER


def test_a_random_walk_is_never_called_copied(index, baseline):
    walks = [borrowing(walk(seed), index) for seed in range(80)]
    assert {judge(each, baseline) for each in walks} <= {LIKE_PEOPLE, NEWER}
    assert judge_set(walks, baseline) != COPIED


def test_what_chance_brings_about_is_no_copy_even_where_people_borrow_nothing():
    """Of walks among walks some share 12 notes and more by accident; strangers of leaps make a baseline without any."""
    walks = build_index([walk(seed, 250) for seed in range(60)])
    strangers = [borrowing(Score(make_notes(noise(seed, 60))), walks) for seed in range(8)]
    baseline = Baseline(tuple(strangers))
    assert baseline.usual("longest passage")[1] < 8
    found = [borrowing(walk(1000 + seed), walks) for seed in range(60)]
    assert max(each.longest.notes for each in found) >= 12
    assert COPIED not in {judge(each, baseline) for each in found}
    copy = borrowing(walk(5, 60), walks)  # the beginning of one of them
    assert judge(copy, baseline) == COPIED


def test_nothing_is_found_of_nothing(index):
    for empty in (Score(make_notes([])), tune([60, 62])):
        found = borrowing(empty, index)
        assert found.longest is None and found.nearest is None
        assert all(math.isnan(share) for share in found.shares)
    assert borrowing(tune(RISING), build_index([])).shares == (0, 0, 0)


# --- what people borrow -----------------------------------------------------------------------


def test_a_piece_is_not_looked_up_in_its_own_family(tunes, index):
    twice = [*tunes[:40], transpose(tunes[0], 5)]
    alone = borrowing(tunes[0], build_index(twice), without=0)
    assert alone.shares == (1, 1, 1)  # its other setting is of another family
    apart = build_index(twice, families=[0, *range(1, 40), 0])
    related = borrowing(tunes[0], apart, without=0)
    assert related.shares[2] < 0.5
    assert related.longest.piece not in (0, 40)
    assert borrowing(tunes[0], apart).longest.piece in (0, 40)


def test_the_baseline_is_of_every_piece_among_the_others(tunes):
    index = build_index(tunes[:10], families=[9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    expected = [
        borrowing(score, build_index([*tunes[:number], *tunes[number + 1 : 10]]))
        for number, score in enumerate(tunes[:10])
    ]
    found = human_baseline(index).borrowings
    for figure in ("patterns of 4", "patterns of 8", "patterns of 12", "longest passage"):
        assert [figure_of(each, figure) for each in found] == [figure_of(each, figure) for each in expected]  # fmt: skip


def test_people_borrow_and_the_range_holds_most_of_them(baseline):
    mean = baseline.mean("patterns of 4")
    low, high = baseline.usual("patterns of 4")
    assert low < mean.mean < high
    assert 0 < mean.half_width < (high - low) / 2
    for figure in FIGURES:
        low, high = baseline.usual(figure)
        values = [figure_of(each, figure) for each in baseline.borrowings]
        assert np.mean([low <= value <= high for value in values]) >= 0.9
    assert baseline.copied_share <= 0.1


def test_a_set_of_human_pieces_is_like_people_and_one_with_copies_is_not(tunes, index, baseline):
    others = CORPORA.get("ryans-mammoth")
    unseen = [borrowing(others.read(each).score, index) for each in others.members()[300:340]]
    assert judge_set(unseen, baseline) == LIKE_PEOPLE
    copies = [borrowing(transpose(score, 1), index) for score in tunes[:6]]
    assert judge_set([*unseen[:34], *copies], baseline) == COPIED
    new = [borrowing(Score(make_notes(noise(seed, 100))), index) for seed in range(20)]
    assert judge_set(new, baseline) == NEWER
    assert mean_of(new, "patterns of 12").mean == 0


def test_a_baseline_of_too_few_pieces_says_so(tunes):
    with pytest.raises(ValueError, match="at least 5 pieces"):
        human_baseline(build_index(tunes[:6], families=[0, 0, 0, 1, 1, 1]))
    with pytest.raises(ValueError, match="at least 5 pieces"):
        Baseline(())


# --- the file, and the cardinality score ------------------------------------------------------


def test_an_index_comes_back_from_its_file(index, tunes, tmp_path):
    save_index(index, tmp_path / "index.npz")
    again = load_index(tmp_path / "index.npz")
    piece = planted(tunes[3], 10, 14, -2, seed=9)
    assert borrowing(piece, again) == borrowing(piece, index)
    assert [path.name for path in tmp_path.iterdir()] == ["index.npz"]


def test_a_damaged_file_says_what_to_do(index, tmp_path):
    path = tmp_path / "index.npz"
    save_index(index, path)
    for damaged in (path.read_bytes()[:5000], b"", b"not an index"):
        path.write_bytes(damaged)
        with pytest.raises(UnreadableFile, match="delete it"):
            load_index(path)
    np.savez(path, version=np.array([{"a": 1}], dtype=object))
    with pytest.raises(UnreadableFile, match="delete it"):
        load_index(path)


def test_cardinality_by_hand():
    window = np.array([[0, 60], [24, 62], [48, 64]])
    moved = window + np.array([96, 5])
    assert cardinality_score(window, moved) == (1, (96, 5))
    assert cardinality_score(window, window[:0]) == (0, (0, 0))
    piece = np.array([[96, 65], [120, 67], [132, 40], [144, 69], [168, 50]])
    assert best_passage(window, piece, 72) == pytest.approx(3 / 4)  # all three, and another between
    assert best_passage(window, piece, 72) == pytest.approx(cardinality_score(window, piece[:4])[0])
