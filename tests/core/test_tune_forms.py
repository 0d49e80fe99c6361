"""Which bars of melodies come again: as they are found, as text, drawn for a new piece, and sung by a model whose grammar is bound to them."""

from dataclasses import replace

import numpy as np
import pytest
from dice import Dice
from short_tunes import ABAC, STEPS, written

from workbench.core.forms import NEW, Forms, form_of, letters, read, texts
from workbench.core.frames import FIRST_PITCH
from workbench.core.limits import Limits
from workbench.core.score import bars, parse_key, parse_meter
from workbench.core.vocabulary import PlanBar, TokenSequence
from workbench.corpora import CORPORA
from workbench.sampling.loop import sample
from workbench.sampling.repeats import ReturningBars
from workbench.tokenizers import TOKENIZERS

ABC = TOKENIZERS.get("abc-chars").make(TOKENIZERS.get("abc-chars").settings())


def form(sequence: TokenSequence):
    onsets = np.flatnonzero(sequence.tokens >= FIRST_PITCH)
    return form_of(sequence.plan, onsets, sequence.tokens[onsets])


def test_a_bar_returns_where_the_same_notes_begin_at_the_same_places():
    assert form(ABAC).tolist() == [NEW, NEW, 0, NEW, 1]  # a note may end sooner
    held = written("60 _ _ _ _ _ _ _ | 60 _ _ _ r _ _ _ | _ _ _ _ _ _ _ _ | _ _ _ _ _ _ 60 _", 4)
    assert form(held).tolist() == [NEW, 0, NEW, NEW]  # where nothing begins, nothing returns


def test_a_pickup_is_left_out_and_a_bar_in_two_parts_is_one():
    bars = ABAC.plan.bars
    pickup = replace(bars[0], steps=2, offset=6)
    halves = (PlanBar(2, 4, 4, 0), PlanBar(2, 4, 4, 4))
    plan = replace(ABAC.plan, bars=(pickup, bars[0], *halves, *bars[2:]))
    tokens = np.concatenate([ABAC.tokens[:2], ABAC.tokens])
    assert form(replace(ABAC, tokens=tokens, plan=plan)).tolist() == [NEW, NEW, 0, NEW, 1]


def test_forms_are_those_of_pieces_about_as_long():
    lengths = np.array([4, 2, 3], np.int32)
    returns = np.array([NEW, NEW, 0, 1, NEW, 0, NEW, 0, NEW], np.int16)
    forms = Forms(returns, lengths)
    drawn = {tuple(forms.drawn(3, np.random.default_rng(seed)).tolist()) for seed in range(30)}
    assert drawn == {(NEW, NEW, 0), (NEW, 0, NEW)}
    long = {tuple(forms.drawn(6, np.random.default_rng(seed)).tolist()) for seed in range(60)}
    assert all(len(form) == 6 and all(to < at for at, to in enumerate(form)) for form in long)
    assert (NEW, NEW, 0, 1, NEW, 4) in long  # one after another, each on its own bars
    again = forms.drawn(6, np.random.default_rng(3))
    np.testing.assert_array_equal(again, forms.drawn(6, np.random.default_rng(3)))


def test_as_text_a_form_is_a_letter_a_bar():
    forms = [np.array(each) for each in ([NEW, NEW, 0, NEW, 1], [NEW, 0, 0], [NEW] * 60)]
    said = [letters(each) for each in forms]
    assert said[:2] == ["ABACB".lower(), "aaa"] and len(said[2]) == 52
    again = read(said)
    assert again.lengths.tolist() == [5, 3, 52]
    assert again.returns[:8].tolist() == [NEW, NEW, 0, NEW, 1, NEW, 0, 0]
    assert read(()) is None
    assert read(("é é",)).returns.tolist() == [NEW, NEW, 0]  # whatever a card says


def test_one_tune_has_one_form_in_every_language():
    corpus = CORPORA.get("ryans-mammoth")
    scores = [corpus.read(member).score for member in corpus.members()[:40]]
    scores = [score for score in scores if score.end % bars(score)[0].meter.bar_ticks == 0]
    said = [texts(each, [each.encode(score) for score in scores[:8]]) for each in (STEPS, ABC)]
    assert said[0] == said[1] and any(len(set(text)) < len(text) for text in said[0])
    chorales = TOKENIZERS.get("chorale-grid")
    assert texts(chorales.make(chorales.settings()), []) == ()


@pytest.mark.parametrize("language", [STEPS, ABC], ids=["cells", "abc"])
def test_bars_return_note_for_note(language):
    """In a language of fixed places, and in one whose bars have as many signs as they need; but for the close."""
    wanted = np.array([NEW, NEW, 0, NEW, 0, 1, NEW, 3])
    returned = 0
    for seed in range(6):
        plan = language.plan(parse_key("D major"), parse_meter("6/8"), len(wanted), 100.0)
        plan = replace(plan, limits=Limits(ends_on_tonic=True))
        dice = Dice(len(language.vocabulary), seed)
        tokens = sample(dice, language, plan, seed=seed, over=lambda each: ReturningBars(each, wanted))  # fmt: skip
        notes = language.decode(tokens, plan).notes
        bar, place = np.divmod(notes["onset"], plan.meter.bar_ticks)
        said = [
            list(zip(place[bar == number], notes["pitch"][bar == number], strict=True))
            for number in range(len(wanted))
        ]
        begins = np.arange(len(wanted)) * plan.meter.bar_ticks
        ends = notes["onset"] + notes["duration"]
        tied = [((notes["onset"] < begin) & (ends > begin)).any() for begin in begins]
        for number, earlier in enumerate(wanted[:-1]):
            if earlier != NEW and not (tied[number] or tied[earlier]):  # a tie leaves no way
                assert said[number] == said[earlier]
                returned += 1
        assert int(notes["pitch"][-1]) % 12 == 2  # the close goes before the form
    assert returned > 6
