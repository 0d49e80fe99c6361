"""Statements that are read back from PDF, SVG and share pages, whoever wrote the file."""

import pytest

from workbench.core.provenance import MARK, Credits
from workbench.rendering.pdf import pdf
from workbench.rendering.statements import is_shown, statement_in
from workbench.rendering.svg import described

SAID = f"{MARK}: Music Workbench, model {{}} (SHA-256 0123456789abcdef), seed 7."
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>'


@pytest.mark.parametrize("model", ["folk", "réels (2) \\ a", "рил", "jig)(", "((("])
def test_a_pdf_says_what_was_written_into_it(model):
    said = SAID.format(model)
    data = pdf([DRAWING], Credits("A tune", "Somebody", said))
    assert is_shown(data) and statement_in(data) == said


def test_a_subject_may_be_written_in_digits_and_with_parentheses_of_its_own():
    said = SAID.format("folk")
    digits = said.encode("utf-16-be").hex().upper().encode()
    assert statement_in(b"%PDF-1.4\n<< /Subject <FEFF" + digits + b"> >>") == said
    assert statement_in(b"%PDF-1.4\n<< /Subject (" + said.encode() + b") >>") == said


def test_a_drawing_and_a_page_say_it_escaped():
    said = SAID.format("a < b & c")
    assert statement_in(described(DRAWING, said).encode()) == said
    page = (
        '<!DOCTYPE html>\n<meta name="description" content="Made by a model: &lt;x&gt; &amp; y.">'
    )
    assert statement_in(page.encode()) == f"{MARK}: <x> & y."


@pytest.mark.parametrize(
    "data",
    [
        pdf([DRAWING], Credits("Made by a model", "Somebody")),
        b"%PDF-1.4 /Subject (cut",
        b"%PDF-1.4 /Subject (\\777\\9\\",
        b"%PDF-1.4 " + b"/Subject (" * 100_000,
        b"%PDF-1.4 /Subject (" + b"(" * 1_000_000,
        b"%PDF-1.4 /Subject <FEFF0>",
        DRAWING.encode(),
        b"<html><body>Made by a model</body></html>",
    ],
)
def test_what_says_nothing_is_found_to_say_nothing(data):
    assert is_shown(data) and statement_in(data) == ""


@pytest.mark.parametrize("data", [b"", b"MThd", b"<?xml version='1.0'?><score-partwise/>", b"X:1"])
def test_scores_are_not_taken_for_pages(data):
    assert not is_shown(data)
