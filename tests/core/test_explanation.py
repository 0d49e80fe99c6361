"""What a token was drawn among is kept small and read back the same."""

import numpy as np
import pytest

from workbench.core.errors import UnreadableFile
from workbench.core.explanation import (
    CANDIDATES,
    Explanation,
    candidates,
    each_candidates,
    given,
    look,
    pack_explanation,
    unpack_explanation,
)
from workbench.core.score import make_notes

MODEL = np.array([0.0, 0.5, 0.25, 0.1, 0.05, 0.04, 0.03, 0.02, 0.01])


def explained(*rows, places=None, looks=None):
    places = places or [(i, 0) for i in range(len(rows))]
    looks = np.stack(looks or [look(None, 0)] * len(rows))
    return Explanation(np.stack(rows), np.array(places, np.int32), {1: "60", 2: "_"}, looks)


def test_the_likeliest_stand_first_and_the_drawn_one_is_among_them():
    drawn = np.where(np.arange(9) == 1, 0, MODEL) / 0.5  # the rules forbid the favourite
    row = candidates(MODEL, drawn, 8)
    assert row["token"].tolist() == [2, 1, 3, 4, 5, 8]
    assert row["model"][1] == 0.5
    assert row["drawn"][1] == 0
    assert row["drawn"][-1] == pytest.approx(0.02, rel=1e-3)


def test_a_small_vocabulary_leaves_room():
    row = candidates(np.array([0.0, 0.75, 0.25]), np.array([0.0, 1.0, 0.0]), 1)
    assert (row["model"] > 0).sum() == 2
    assert len(row) == CANDIDATES


@pytest.mark.parametrize("size", [3, 40])
def test_rows_made_at_once_are_those_made_one_by_one(size):
    random = np.random.default_rng(size)
    model, drawn = (random.dirichlet(np.full(size, 0.1), 50) for _ in range(2))
    model[:, 1] = model[:, 0]  # of equals, the first
    tokens = random.integers(0, size, 50).tolist()
    table = each_candidates(model, drawn, tokens)
    for row, own, chances, token in zip(table, model, drawn, tokens, strict=True):
        assert row.tobytes() == candidates(own, chances, token).tobytes()
        assert row["drawn"][row["token"].tolist().index(token)] > 0
        ranked = sorted(range(size), key=lambda each: -(own + chances)[each])[:CANDIDATES]
        wanted = ranked if token in ranked else [*ranked[:-1], token]
        assert row["token"][: len(wanted)].tolist() == wanted


def test_surprise_is_in_nats_and_what_was_given_has_none():
    quarter = candidates(MODEL, MODEL, 2)
    hopeless = candidates(np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0]), 2)
    nats = explained(given(), quarter, hopeless).surprise([1, 2, 2])
    assert np.isnan(nats[0])
    assert nats[1] == pytest.approx(np.log(4), abs=0.01)
    assert np.isfinite(nats[2])
    assert nats[2] > 14


def test_a_note_is_as_surprising_as_all_the_tokens_that_say_it():
    quarter = candidates(MODEL, MODEL, 2)
    both = explained(quarter, quarter, given(), places=[(0, 0), (0, 0), (480, 0)])
    notes = make_notes([(0, 480, 60), (480, 480, 62), (960, 480, 64)])
    nats = both.of_notes(notes, [2, 2, 1])
    assert nats[0] == pytest.approx(2 * np.log(4), abs=0.02)
    assert np.isnan(nats[1:]).all()


def test_tokens_are_found_by_their_place():
    several = explained(given(), given(), given(), places=[(0, 0), (0, 1), (0, 0)])
    assert several.at(0, 0) == [0, 2]
    assert several.at(480, 0) == []


def test_it_looked_at_what_had_most_of_its_attention():
    row = look(np.array([0.3, 0.05, 0.4, 0.05, 0.2], np.float32), 3)
    # the five newest inputs before token 3: one before all, the start symbol, tokens 0, 1 and 2
    assert row["token"][:3].tolist() == [0, 2, 1]
    np.testing.assert_allclose(row["share"], [0.4, 0.2, 0.05, 0], rtol=1e-3)


def test_where_it_looked_survives_storage():
    looks = [look(np.array([1.0], np.float32), 0), look(np.array([0.25, 0.75], np.float32), 1)]
    before = explained(given(), candidates(MODEL, MODEL, 3), looks=looks)
    after = unpack_explanation(pack_explanation(before))
    np.testing.assert_array_equal(after.looks, before.looks)
    assert after.looks[1]["share"][0] == 0.75
    assert not after.looks[0]["share"].any()


def test_it_survives_storage_and_damage_is_told():
    before = explained(given(), candidates(MODEL, MODEL, 3), places=[(0, 0), (480, 3)])
    data = pack_explanation(before)
    after = unpack_explanation(data)
    np.testing.assert_array_equal(after.candidates, before.candidates)
    np.testing.assert_array_equal(after.places, before.places)
    assert after.symbols == before.symbols
    for damaged in (data[:-4], b"", b"x" * 40):
        with pytest.raises(UnreadableFile, match="make the piece again"):
            unpack_explanation(damaged)


def test_it_is_compact():
    random = np.random.default_rng(0)
    rows = []
    for _ in range(512):
        chances = random.dirichlet(np.ones(50) * 0.05)
        rows.append(candidates(chances, chances, int(chances.argmax())))
    assert len(pack_explanation(explained(*rows))) < 512 * 40
