"""One numbering of bars wherever one is seen or typed: that of the engraved score."""

import re
import xml.etree.ElementTree as ET

import pytest

from workbench.core.bar_numbers import (
    bar_labels,
    bar_numbers,
    by_number,
    counted_bars,
    parse_bars,
    place_of,
)
from workbench.core.errors import InvalidSetting
from workbench.core.score import bars
from workbench.core.vocabulary import printed_numbers
from workbench.corpora import CORPORA
from workbench.formats import musicxml
from workbench.metrics.facts import facts
from workbench.rendering.engraving import engrave
from workbench.rendering.in_words import bar_by_bar, overview
from workbench.rendering.piano_roll import piano_roll
from workbench.rendering.timing import pulse
from workbench.tokenizers.grid import plan_of
from workbench.ui.note_editor import payload

NUMBERS = [*range(9), *range(8, 17)]
"""Of sixteen bars after an upbeat, the eighth of which the upbeat of the second strain completes."""


@pytest.fixture(scope="module")
def reel():
    return CORPORA.get("ryans-mammoth").read("AcaciaReel").score


def test_every_view_numbers_an_upbeat_and_a_bar_in_two_parts_alike(reel):
    lines = bars(reel)
    assert bar_numbers(lines) == NUMBERS
    assert printed_numbers(plan_of(reel, 4)) == NUMBERS
    assert [row[3] for row in payload(reel, lines)["bars"]] == NUMBERS
    assert [number for number, _, _ in pulse(reel)] == NUMBERS
    assert [is_first for _, _, is_first in pulse(reel)] == [n not in (0, 9) for n in range(18)]
    ticks = piano_roll(reel).layout.xaxis.ticktext
    assert list(ticks) == ["", *map(str, range(1, 9)), "", *map(str, range(9, 17))]
    words = bar_by_bar(reel)
    assert words[0].startswith("Upbeat: ") and words[-1].startswith("Bar 16: ")
    assert words[9].startswith("Bar 8, second part: ")
    assert "16 bars after an upbeat" in overview(reel)


def test_a_bar_in_two_parts_counts_once(reel):
    upbeat, *counted = counted_bars(reel)
    assert not upbeat.is_full and all(bar.is_full for bar in counted)
    assert len(counted) == facts(reel)["bars"] == 16
    assert [bar.start for bar in counted] == [
        bar.start for bar, number, before in zip(bars(reel), NUMBERS, [0, *NUMBERS], strict=False) if number > before
    ]  # fmt: skip


def test_the_engraving_prints_them(reel):
    text = musicxml.encode(reel)
    measures = ET.fromstring(text[text.index("<score-partwise") :]).findall("part/measure")
    assert [int(each.get("number")) for each in measures] == NUMBERS
    printed = [int(each.get("number")) for each in measures if each.get("implicit") != "yes"]
    assert printed == list(range(1, 17))
    assert [int(n) for n in re.findall(r'data-n="(\d+)"', "".join(engrave(text).pages))] == NUMBERS


def test_a_part_of_the_roll_is_asked_for_by_these_numbers(reel):
    lines, quarter = bars(reel), 10080
    low, high = piano_roll(reel, shown=(8, 9)).layout.xaxis.range
    assert (low, high) == (lines[8].start / quarter, lines[10].end / quarter)


def test_bars_are_locked_and_named_by_these_numbers():
    assert parse_bars("0,8", NUMBERS) == [1, 9, 10]
    assert by_number("1,9-10", NUMBERS) == "0,8"
    assert by_number("2-5", range(1, 9)) == "2-5"


def test_parts_of_a_bar_are_told_apart_where_one_is_chosen(reel):
    labels = bar_labels(bars(reel))
    assert labels[:2] == ["upbeat", "1"] and labels[8:11] == ["8", "8b", "9"]
    assert len(set(labels)) == len(labels)


def test_a_bar_is_found_by_its_number():
    assert [place_of(NUMBERS, number) for number in (0, 1, 8, 9, 16)] == [1, 2, 9, 11, 18]
    assert place_of([1, 2], 0) == 1  # there is no upbeat: the piece begins after it
    with pytest.raises(InvalidSetting, match="the last one is 16"):
        place_of(NUMBERS, 17)


def test_a_page_from_the_middle_goes_on_counting(reel):
    assert bar_numbers(bars(reel)[8:], 8) == NUMBERS[8:]
    assert bar_numbers(bars(reel), 0) == NUMBERS
