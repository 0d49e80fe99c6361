"""The mixer: which parts are left, how loud, and on what."""

import pytest

from workbench.core.errors import InvalidSetting
from workbench.core.instruments import INSTRUMENTS
from workbench.core.mixing import Channel, mixed
from workbench.core.score import TICKS_PER_QUARTER, Part, Score, make_notes

OPEN, MUTE, SOLO = Channel(), Channel(is_mute=True), Channel(is_solo=True)


@pytest.fixture
def trio() -> Score:
    rows = [(i * TICKS_PER_QUARTER, TICKS_PER_QUARTER, 60 + part, 80, part) for part in range(3) for i in range(4)]  # fmt: skip
    return Score(make_notes(rows), parts=(Part("One"), Part("Two", 40), Part("Three", 42)))


@pytest.mark.parametrize(
    ("channels", "left"),
    [
        ([OPEN, OPEN, OPEN], {0, 1, 2}),
        ([MUTE, OPEN, OPEN], {1, 2}),
        ([OPEN, SOLO, OPEN], {1}),
        ([SOLO, SOLO, MUTE], {0, 1}),
        ([Channel(volume=0), OPEN, OPEN], {1, 2}),
        ([Channel(is_mute=True, is_solo=True), SOLO, OPEN], {1}),
    ],
)
def test_mute_and_solo(trio, channels, left):
    assert set(mixed(trio, channels).notes["part"].tolist()) == left


def test_volume_is_that_of_the_sound(trio):
    played = mixed(trio, [Channel(volume=50), OPEN, OPEN]).notes
    quiet = played[played["part"] == 0]["velocity"][0]
    assert (quiet / 80) ** 2 == pytest.approx(0.5, abs=0.02)
    assert (played[played["part"] == 1]["velocity"] == 80).all()


def test_another_instrument(trio):
    parts = mixed(trio, [OPEN, Channel(program=INSTRUMENTS.index("Clarinet")), OPEN]).parts
    assert [part.program for part in parts] == [0, 71, 42]


def test_a_mixer_that_leaves_nothing_says_so(trio):
    with pytest.raises(InvalidSetting, match="turn one on"):
        mixed(trio, [MUTE, MUTE, MUTE])


def test_settings_out_of_range_are_refused():
    with pytest.raises(InvalidSetting):
        Channel(volume=300)
    with pytest.raises(InvalidSetting):
        Channel(program=128)


def test_general_midi_has_its_names_in_order():
    assert len(set(INSTRUMENTS)) == 128
    for program, name in (
        (0, "Grand piano"),
        (40, "Violin"),
        (56, "Trumpet"),
        (73, "Flute"),
        (127, "Gunshot"),
    ):
        assert INSTRUMENTS[program] == name
