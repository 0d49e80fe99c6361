"""REMI, TSD and MIDI-like on polyphonic music of several instruments, event by event and in learned words."""

import copy
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from kept_limits import broken

from workbench import formats
from workbench.core.ensembles import ENSEMBLES
from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.limits import Limits
from workbench.core.score import (
    TICKS_PER_QUARTER,
    Key,
    Meter,
    Part,
    Score,
    Tempo,
    bars,
    clip,
    make_notes,
    parse_key,
    parse_meter,
    transpose,
)
from workbench.core.sections import end_ticks
from workbench.core.specs import TokenizerSpec
from workbench.core.vocabulary import START
from workbench.metrics.features.voice_leading import (
    cross_relations,
    parallel_fifths,
    parallel_octaves,
)
from workbench.tokenizers import learned, make
from workbench.tokenizers.grid import is_told_signatures
from workbench.zoo import ARCHITECTURES

Q = TICKS_PER_QUARTER
NAMES = ["remi", "remi-keys", "tsd", "midi-like"]
PIANO, BASS, KIT = Part("Piano", 0), Part("Bass", 33), Part("Drums", 0, is_drum=True)


@pytest.fixture(params=NAMES)
def name(request) -> str:
    return request.param


@pytest.fixture
def band() -> Score:
    """Piano, bass and drums: an upbeat, 3/4 and 6/8, two tempos, a chord struck again while it sounds."""
    rows = [
        (0, Q, 67, 60, 0), (Q, 2 * Q, 60, 90, 0), (Q, 2 * Q, 64, 90, 0), (2 * Q, 2 * Q, 60, 30, 0),
        (4 * Q, 3 * Q, 72, 110, 0), (Q, 3 * Q, 36, 70, 1), (4 * Q, Q // 2, 43, 70, 1),
        (Q, Q // 4, 36, 100, 2), (Q, Q // 4, 42, 50, 2), (2 * Q, Q // 4, 42, 50, 2), (4 * Q, Q // 4, 38, 127, 2),
    ]  # fmt: skip
    return Score(
        make_notes(rows),
        meters=(Meter(0, 3, 4), Meter(Q, 3, 4), Meter(4 * Q, 6, 8)),
        keys=(Key(0, 1),),
        tempos=(Tempo(0, 93.5), Tempo(4 * Q, 140.0)),
        parts=(PIANO, BASS, KIT),
    )


def draw(tokenizer, plan, seed):
    """Any sequence the grammar allows, words of every kind alike likely."""
    rng, grammar, tokens = np.random.default_rng(seed), tokenizer.grammar(plan), []
    while not grammar.finished:
        allowed = np.flatnonzero(grammar.allowed())
        kinds = [tokenizer.vocabulary.tokens[token].partition("_")[0] for token in allowed]
        kind = rng.choice(sorted(set(kinds)))
        options = [token for token, each in zip(allowed, kinds, strict=True) if each == kind]
        tokens.append(int(rng.choice(options)))
        grammar.advance(tokens[-1])
    return tokens


def test_a_band_comes_back_with_its_bars_instruments_loudness_and_tempos(name, band):
    tokenizer = make(TokenizerSpec(name))
    sequence = tokenizer.encode(band)
    found = tokenizer.decode(sequence.tokens.tolist(), sequence.plan)
    assert found.meters == band.meters
    assert found.keys == band.keys
    assert [(part.program, part.is_drum) for part in found.parts] == [
        (0, False), (0, True), (33, False),
    ]  # fmt: skip
    assert [tempo.onset for tempo in found.tempos] == [0, 4 * Q]
    assert found.tempos[0].bpm == 93.5
    assert abs(found.tempos[1].bpm - 140) < 4
    programs = [(part.program, part.is_drum) for part in found.parts]
    mine = {
        (int(n["onset"]), int(n["duration"]), int(n["pitch"]), programs[n["part"]]): n["velocity"]
        for n in found.notes
    }
    theirs = {
        (int(n["onset"]), int(n["duration"]), int(n["pitch"]),
         (band.parts[n["part"]].program, band.parts[n["part"]].is_drum)): n["velocity"]
        for n in band.notes
    }  # fmt: skip
    # The C4 that is struck again ends the first.
    theirs[Q, Q, 60, (0, False)] = theirs.pop((Q, 2 * Q, 60, (0, False)))
    assert mine.keys() == theirs.keys()
    assert all(abs(int(mine[note]) - int(theirs[note])) <= 8 for note in mine)


def test_what_was_learned_is_all_that_is_played(name, band):
    spec = learned(TokenizerSpec(name), [band])
    tokenizer = make(spec)
    programs = [word for word in tokenizer.vocabulary.tokens if word.startswith("Program_")]
    assert sorted(programs) == ["Program_-1", "Program_0", "Program_33"]
    assert len(tokenizer.vocabulary) < len(make(TokenizerSpec(name)).vocabulary)
    sequence = tokenizer.encode(band)
    assert tokenizer.decode(sequence.tokens, sequence.plan).tempos[1].bpm > 100
    flute = replace(band, parts=(Part("Flute", 73), BASS, KIT))
    with pytest.raises(CannotEncode, match="General MIDI program 73"):
        tokenizer.encode(flute)


@pytest.mark.parametrize("size", [0, 640])
def test_instruments_play_what_they_played(name, size, music):
    """As low, as high and as many notes at once; for what is given nothing of that holds."""
    choir = [Part("", 73), Part("", 71), Part("", 70), Part("", 70)]
    scores = [replace(each, parts=tuple(choir)) for each in music["chorale-grid"][:6]]
    spec = learned(TokenizerSpec(name, {"vocabulary_size": size}), scores)
    most = {73: 1, 71: 1, 70: 2}
    tokenizer = make(spec)
    for seed in range(3):
        plan = tokenizer.plan(parse_key("B minor"), parse_meter("4/4"), 4, 90.0)
        score = tokenizer.decode(draw(tokenizer, plan, seed), plan)
        for number, part in enumerate(score.parts):
            notes = score.notes[score.notes["part"] == number]
            parts = [i for i, each in enumerate(choir) if each.program == part.program]
            heard = np.concatenate(
                [each.notes["pitch"][np.isin(each.notes["part"], parts)] for each in scores]
            )
            assert heard.min() <= notes["pitch"].min() <= notes["pitch"].max() <= heard.max()
            ends = notes["onset"].astype(int) + notes["duration"]
            at_once = [((notes["onset"] <= at) & (ends > at)).sum() for at in notes["onset"]]
            assert max(at_once) <= most[part.program]
    crowd = [*range(30, 90, 12)]
    given = Score(
        make_notes([(0, 4 * Q, pitch, 80, 0) for pitch in crowd]),
        meters=(Meter(0, 4, 4),), keys=(Key(0, 2, "minor"),), tempos=(Tempo(0, 90.0),), parts=(choir[0],),
    )  # fmt: skip
    sequence = tokenizer.encode(given)
    assert tokenizer.decode(sequence.tokens, sequence.plan).notes["pitch"].tolist() == crowd


@pytest.mark.parametrize("size", [0, 640])
def test_an_ensemble_has_a_player_for_each_part(name, size, music):
    """Two violins stay two, whatever the parts were written for; what is composed can be played on them."""
    chorales = [each for each in music["chorale-grid"] if len(each.parts) == 4]
    spec = TokenizerSpec(name, {"ensemble": "string quartet", "vocabulary_size": size})
    tokenizer = make(learned(spec, chorales))
    players = ENSEMBLES["string quartet"]
    names = [(player.name, player.program) for player in players]
    for chorale in chorales[:3]:
        sequence = tokenizer.encode(chorale)
        found = tokenizer.decode(sequence.tokens.tolist(), sequence.plan)
        assert [(part.name, part.program) for part in found.parts] == names
        assert len(found.notes) == len(chorale.notes)
        for part in range(4):
            own, written = (each.notes[each.notes["part"] == part] for each in (found, chorale))
            (octaves,) = np.unique(np.sort(own["pitch"]) - np.sort(written["pitch"]))
            assert octaves % 12 == 0
    for seed in range(3):
        plan = tokenizer.plan(parse_key("B minor"), parse_meter("4/4"), 4, 90.0)
        score = tokenizer.decode(draw(tokenizer, plan, seed), plan)
        assert len(score.parts) == 4
        for note in score.notes:
            assert players[note["part"]].low <= note["pitch"] <= players[note["part"]].high
    trio = replace(chorales[0], notes=chorales[0].notes[chorales[0].notes["part"] < 3])
    assert len(tokenizer.encode(trio).tokens)  # one of four is silent
    kit = replace(chorales[0], parts=(*chorales[0].parts[:3], KIT))
    with pytest.raises(CannotEncode, match="an ensemble has none"):
        tokenizer.encode(kit)
    with pytest.raises(InvalidSetting, match="composes no note from"):
        plan = tokenizer.plan(parse_key("C major"), parse_meter("4/4"), 2, 90.0)
        tokenizer.grammar(
            replace(plan, limits=Limits(ranges=(*[(55, 103)] * 2, (48, 91), (70, 76))))
        )
    assert list(tokenizer.sung) == [player.name for player in players]
    assert all(player.low <= low <= high <= player.high for player, (low, high) in zip(players, tokenizer.sung.values(), strict=True))  # fmt: skip
    with pytest.raises(CannotEncode, match="3 parts and the ensemble 4 players"):
        tokenizer.encode(replace(trio, parts=trio.parts[:3]))


@pytest.mark.parametrize("size", [0, 640])
@pytest.mark.parametrize("language", ["remi", "remi-keys", "tsd"])
def test_an_ensemble_ends_on_its_tonic(language, size, music):
    """Whatever is drawn: the cello ends on the tonic, the others in its triad, all hold it to the end, and nothing else sounds in the close."""
    chorales = [each for each in music["chorale-grid"] if len(each.parts) == 4]
    settings = {"ensemble": "string quartet", "vocabulary_size": size}
    tokenizer = make(learned(TokenizerSpec(language, settings), chorales))
    endings = []
    for seed, meter in enumerate(["4/4", "3/4", "6/8", "5/4", "4/4", "3/4"]):
        key = parse_key("F# minor" if seed % 2 else "Eb major")
        plan = tokenizer.plan(key, parse_meter(meter), 3, 90.0)
        plan = replace(plan, limits=Limits(ends_on_tonic=True))
        score = tokenizer.decode(draw(tokenizer, plan, seed), plan)
        end, close = 3 * parse_meter(meter).bar_ticks, end_ticks(parse_meter(meter))
        ends = score.notes["onset"] + score.notes["duration"]
        sounding = score.notes[ends > end - close]
        assert set(sounding["part"].tolist()) == {0, 1, 2, 3}
        assert (sounding["onset"] + sounding["duration"] == end).all()
        assert sounding["duration"].min() >= close
        steps = {(int(each["pitch"]) - key.tonic) % 12 for each in sounding}
        assert steps <= {0, 3 if key.mode == "minor" else 4, 7}
        bass = sounding["pitch"][sounding["part"] == 3]
        assert {(int(pitch) - key.tonic) % 12 for pitch in bass} == {0}
        assert broken(score, plan) == []
        endings.append(tokenizer.encode(score))
    assert all(tokenizer.decode(each.tokens, each.plan).notes.size for each in endings)


@pytest.mark.parametrize("size", [0, 640])
def test_an_ensemble_goes_in_no_parallels_and_stands_in_no_cross_relations(name, size, music):
    """What an n-gram composes has none, by the features that count them; without the limits it has some."""
    chorales = [each for each in music["chorale-grid"] if len(each.parts) == 4]
    settings = {"ensemble": "choir", "vocabulary_size": size}
    tokenizer = make(learned(TokenizerSpec(name, settings), chorales))
    ngram = ARCHITECTURES.get("ngram")
    heard = [tokenizer.encode(each) for each in chorales]
    decoder = ngram.fit(ngram.settings(), tokenizer.vocabulary, heard)
    closes = name != "midi-like"
    kept = Limits(no_parallels=True, ends_on_tonic=closes)
    found = []
    for limits in (Limits(), kept, replace(kept, no_cross_relations=True)):
        found.append(np.zeros(3))
        for seed in range(4):
            plan = tokenizer.plan(parse_key("D major"), parse_meter("4/4"), 8, 90.0)
            plan = replace(plan, limits=limits)
            score = _lines(tokenizer.decode(composed(decoder, tokenizer, plan, seed), plan))
            if limits.no_cross_relations and closes:  # the close may leave nothing else
                score = clip(score, 0, score.end - end_ticks(plan.meter))
            counted = [parallel_fifths(score), parallel_octaves(score), cross_relations(score)]
            found[-1] += np.nan_to_num(counted)
    free, without_parallels, without_either = found
    assert free[:2].any() and not without_parallels[:2].any() and not without_either.any()
    assert min(free[2], without_parallels[2]) > 0


def composed(decoder, tokenizer, plan, seed) -> list[int]:
    """What a model draws under the grammar."""
    rng, grammar, tokens = np.random.default_rng(seed), tokenizer.grammar(plan), []
    state, previous = decoder.start(1), START
    while not grammar.finished:
        row = grammar.context()[np.newaxis]
        logits, state = decoder.step(np.array([previous], np.int32), row, state)
        shares = np.exp(logits[0] - logits.max()) * grammar.allowed()
        previous = int(rng.choice(len(shares), p=shares / shares.sum()))
        tokens.append(previous)
        grammar.advance(previous)
    return tokens


def _lines(score: Score) -> Score:
    """The highest note of each part at every moment, cut where the next begins."""
    rows = {}
    for note in np.sort(score.notes, order=["onset", "pitch"]):
        rows[note["part"], note["onset"]] = note
    notes = np.sort(np.array(list(rows.values())), order=["part", "onset"])
    gaps = np.append(np.diff(notes["onset"]), 10**6)
    gaps[np.append(np.diff(notes["part"]), 1) != 0] = 10**6
    notes["duration"] = np.minimum(notes["duration"], gaps)
    return replace(score, notes=notes)


@pytest.mark.parametrize("ensemble", ["as written", "string quartet"])
def test_in_its_own_key_music_is_said_as_it_sounds(ensemble, music):
    """Every variant in another key is heard: each pitch is told, and the signature before it."""
    chorales = [each for each in music["chorale-grid"] if len(each.parts) == 4]
    spec = learned(TokenizerSpec("remi-keys", {"ensemble": ensemble}), chorales)
    tokenizer, chorale = make(spec), chorales[0]
    fields = [field.name for field in tokenizer.vocabulary.context]
    assert "moved" not in fields and is_told_signatures(tokenizer.vocabulary)
    for semitones in (0, -6, 5):
        score = transpose(chorale, semitones)
        sequence = tokenizer.encode(score)
        words = [tokenizer.vocabulary.tokens[token] for token in sequence.tokens]
        said = [int(word.partition("_")[2]) for word in words if word.startswith("Pitch_")]
        assert set(said) == set(score.notes["pitch"].tolist())
        told = sequence.context[:, fields.index("signature")]
        assert set(told.tolist()) == {score.keys[0].fifths % 12}
        again = tokenizer.parse(tokenizer.symbols(sequence.tokens, sequence.plan), sequence.plan)
        assert again == sequence.tokens.tolist()
        found = tokenizer.decode(again, sequence.plan)
        assert sorted(said) == sorted(found.notes["pitch"].tolist())


def test_one_instrument_needs_no_word_of_it(name, music):
    chorale = music["chorale-grid"][0]
    tokenizer = make(learned(TokenizerSpec(name), [chorale]))
    kinds = {word.partition("_")[0] for word in tokenizer.vocabulary.tokens}
    assert not kinds & {"Program", "Tempo", "PitchDrum", "DrumOn"}
    every = make(TokenizerSpec(name))
    assert len(tokenizer.encode(chorale).tokens) < len(every.encode(chorale).tokens)
    sequence = tokenizer.encode(chorale)
    pitches = np.sort(tokenizer.decode(sequence.tokens, sequence.plan).notes["pitch"])
    assert pitches[0] % 12 == chorale.notes["pitch"].min() % 12


@pytest.mark.parametrize("meter", ["3/4", "6/8", "5/4"])
def test_whatever_is_drawn_is_written_and_read_again(name, meter, band, tmp_path):
    tokenizer = make(learned(TokenizerSpec(name), [band]))
    for seed in range(3):
        plan = tokenizer.plan(parse_key("Eb major"), parse_meter(meter), 3, 90.0)
        score = tokenizer.decode(draw(tokenizer, plan, seed), plan)
        ends = score.notes["onset"] + score.notes["duration"]
        assert ends.max() <= 3 * parse_meter(meter).bar_ticks
        assert [str(bar.meter) for bar in bars(score)] == [meter] * 3
        again = tokenizer.encode(score)
        assert tokenizer.decode(again.tokens.tolist(), again.plan).quarters == score.quarters
        for suffix in (".mid", ".musicxml"):
            formats.write(score, tmp_path / f"drawn{suffix}")
            (found,) = formats.read(tmp_path / f"drawn{suffix}")
            mine = np.sort(score.notes[["onset", "duration", "pitch"]])
            assert np.array_equal(np.sort(found.score.notes[["onset", "duration", "pitch"]]), mine)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Bar Position_0 C4", "Symbol 3 of the primer, 'C4'"),
        ("Bar Position_0 Pitch_64 Velocity_79 Duration_1.0.4 Pitch_60", "from below"),
        ("Bar Position_15 Pitch_64 Velocity_79 Duration_8.0.4 Bar Bar", "cannot stand at position 5"),
        ("Bar Bar Bar", "cannot stand at position 3, in bar 2"),
    ],
)  # fmt: skip
def test_a_bad_primer_is_refused(music, text, complaint):
    tokenizer = make(learned(TokenizerSpec("remi"), music["chorale-grid"][:1]))
    plan = tokenizer.plan(parse_key("C major"), parse_meter("4/4"), 2, 100.0)
    with pytest.raises(CannotEncode, match=complaint):
        tokenizer.parse(text, plan)


def test_what_cannot_be_said_is_refused_with_a_sentence(name):
    tokenizer = make(TokenizerSpec(name))
    with pytest.raises(CannotEncode, match="no part has a note"):
        tokenizer.encode(Score(make_notes([])))
    wide = Score(make_notes([(0, Q, 10, 80), (0, Q, 120, 80)]))
    with pytest.raises(CannotEncode, match="keys of a piano"):
        tokenizer.encode(wide)
    with pytest.raises(CannotEncode, match="The drums run from 5"):
        tokenizer.encode(Score(make_notes([(0, Q, 5, 80)]), parts=(KIT,)))


def test_remi_refuses_bars_that_its_positions_do_not_reach():
    with pytest.raises(CannotEncode, match="longer than the 8 quarter notes"):
        make(TokenizerSpec("remi")).plan(parse_key("C major"), parse_meter("9/4"), 2, 100.0)


# --- learned words ----------------------------------------------------------------------------


@pytest.fixture
def taught(name, music, band):
    """The tokenizer with words learned from chorales as one instrument's, and from chorales with a band."""
    chorales = music["chorale-grid"]
    organ = [replace(each, parts=tuple(Part("", 19) for _ in each.parts)) for each in chorales]
    mixed = [*chorales, band]
    spec = TokenizerSpec(name, {"vocabulary_size": 640})
    return [(make(learned(spec, scores)), scores) for scores in (organ, mixed)]


def test_words_say_the_same_in_fewer_tokens(name, taught):
    for tokenizer, scores in taught:
        plain = make(learned(TokenizerSpec(name), scores))
        assert len(plain.vocabulary) < len(tokenizer.vocabulary) <= 640
        for score in scores[-3:]:
            short, long = tokenizer.encode(score), plain.encode(score)
            assert len(short.tokens) < 0.8 * len(long.tokens)
            assert tokenizer.decode(short.tokens, short.plan) == plain.decode(
                long.tokens, long.plan
            )
            assert (
                tokenizer.parse(tokenizer.symbols(short.tokens, short.plan), short.plan)
                == short.tokens.tolist()
            )
            grammar = tokenizer.grammar(short.plan)
            for token, row in zip(short.tokens.tolist(), short.context, strict=True):
                assert np.array_equal(grammar.context(), row)
                assert grammar.allowed()[token]
                grammar.advance(token)
            assert grammar.finished


def test_the_same_scores_teach_the_same_words(name, taught):
    for tokenizer, scores in taught:
        again = learned(TokenizerSpec(name, {"vocabulary_size": 640}), scores[::-1])
        assert make(again).vocabulary == tokenizer.vocabulary


def test_a_word_is_allowed_where_its_events_are_one_after_the_other(taught):
    checked = 0
    for tokenizer, _ in taught:
        plan = tokenizer.plan(parse_key("G major"), parse_meter("3/4"), 2, 100.0)
        for seed in range(2):
            rng, grammar = np.random.default_rng(seed), tokenizer.grammar(plan)
            walk = tokenizer.walk(tokenizer.events, plan)
            tokens: list[int] = []
            while not grammar.finished:
                allowed = grammar.allowed()
                if rng.random() < 0.3:
                    walked = [_walks(walk, chain) for chain in tokenizer.words.chains]
                    assert walked == allowed.tolist()
                    checked += 1
                tokens.append(int(rng.choice(np.flatnonzero(allowed))))
                grammar.advance(tokens[-1])
                for event in tokenizer.words.chains[tokens[-1]]:
                    walk.take(event)
            assert bars(tokenizer.decode(tokens, plan))[-1].end == 2 * 3 * Q
    assert checked >= 10


def _walks(walk, chain) -> bool:
    """Whether the events of a word may stand here, each in its turn."""
    walk = copy.deepcopy(walk) if len(chain) > 1 else walk
    for event in chain[:-1]:
        if not walk.allowed()[event]:
            return False
        walk.take(event)
    return bool(walk.allowed()[chain[-1]])


def test_a_damaged_vocabulary_is_refused(name):
    with pytest.raises(InvalidSetting, match="train the model again"):
        make(TokenizerSpec(name, {"vocabulary_size": 640, "merges": "3 99999"}))


def test_miditok_is_loaded_for_none_but_these():
    script = (
        "import sys; from workbench.tokenizers import TOKENIZERS, make; from workbench.core.specs import TokenizerSpec\n"
        "TOKENIZERS.names(); make(TokenizerSpec('chorale-grid')); assert 'miditok' not in sys.modules\n"
        "make(TokenizerSpec('tsd')); assert 'miditok' in sys.modules and 'tensorflow' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_who_sounds_to_the_end_begins_nothing_more(music):
    """A cello that stopped a second note before the close had two ends, and its last note was not the tonic's."""
    chorales = [each for each in music["chorale-grid"] if len(each.parts) == 4]
    tokenizer = make(learned(TokenizerSpec("remi", {"ensemble": "string quartet"}), chorales))
    plan = tokenizer.plan(parse_key("C major"), parse_meter("4/4"), 2, 90.0)
    grammar = tokenizer.grammar(replace(plan, limits=Limits(ends_on_tonic=True)))
    token = tokenizer.events.token
    velocity = tokenizer.events.names[tokenizer.events.ids["Velocity"][0]]
    for name in ("Bar_None", "Bar_None", "Position_0", "Program_3", "Pitch_48", velocity, "Duration_4.0.4"):  # fmt: skip
        assert grammar.allowed()[token[name]]
        grammar.advance(token[name])
    assert not grammar.allowed()[token["Program_3"]]
    grammar.advance(token["Position_4"])
    allowed = grammar.allowed()
    assert allowed[token["Program_0"]] and not allowed[token["Program_3"]]
