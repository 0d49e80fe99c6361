"""PDF: pages that an independent reader opens, with ink where the engraving has it and text that can be searched."""

import numpy as np
import pypdfium2
import pytest

from workbench import formats
from workbench.core.provenance import Credits
from workbench.corpora import CORPORA
from workbench.rendering.engraving import engrave_sheets
from workbench.rendering.pdf import pdf
from workbench.rendering.svg_paths import steps

SAID = "Made by a model: a test, seed 7."


@pytest.fixture(scope="module")
def sheets():
    score = CORPORA.get("bach-chorales").read("001-bwv269").score
    return engrave_sheets(formats.encode(score, ".musicxml").decode())


def opened(data: bytes) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(data)


def ink(page) -> np.ndarray:
    """(height, width) how dark the page is, 0 to 1, at 100 dots to the inch."""
    return 1 - page.render(scale=100 / 72).to_numpy()[:, :, :3].mean(axis=2) / 255


def test_pages_say_what_they_are(sheets):
    document = opened(pdf(sheets, Credits("A title (and more)", "Somebody", SAID)))
    assert len(document) == len(sheets) > 1
    assert [round(length) for length in document[0].get_size()] == [595, 842]  # A4
    assert document.get_metadata_dict()["Title"] == "A title (and more)"
    assert document.get_metadata_dict()["Subject"] == SAID
    for number, page in enumerate(document, start=1):
        text = page.get_textpage().get_text_range()
        assert SAID in text and "A title (and more)" in text
        assert f"{number} / {len(sheets)}" in text
    assert "Soprano" in document[0].get_textpage().get_text_range()


def test_the_score_is_drawn_where_the_engraver_put_it(sheets):
    """Staff lines cross the page, five to a staff, and between them are note heads."""
    dark = ink(opened(pdf(sheets, Credits()))[0])
    lines = (dark[:, 250:750] > 0.2).mean(axis=1) > 0.95
    starts = np.flatnonzero(np.diff(lines.astype(int)) == 1)
    assert len(starts) % 20 == 0 and len(starts) >= 40  # systems of four staves
    assert 6 <= np.median(np.diff(starts)) <= 9  # a space is 1.8 mm
    alone = ink(opened(pdf(sheets[:1], Credits("T")))[0])
    staff = alone[starts[0] : starts[4]]
    assert 0.1 < (staff > 0.5).mean() < 0.6
    assert not alone[:, :40].any() and not alone[:, -40:].any()  # margins


def test_titles_of_other_scripts_are_embedded_and_long_ones_fit():
    score = CORPORA.get("ryans-mammoth").read("FloggingReel").score
    sheets = engrave_sheets(formats.encode(score, ".musicxml").decode())
    title = "Žluťoučký kůň, Ελλάδα, Чайка " * 6
    document = opened(pdf(sheets, Credits(title, "</script> & <b>")))
    text = document[0].get_textpage().get_text_range()
    assert "Žluťoučký kůň, Ελλάδα, Чайка" in text and "</script> & <b>" in text
    dark = ink(document[0])
    assert dark[60:100].any() and not dark[:, :40].any() and not dark[:, -40:].any()


def test_the_same_score_gives_the_same_bytes(sheets):
    assert pdf(sheets, Credits("T", "C", SAID)) == pdf(sheets, Credits("T", "C", SAID))
    assert pdf(sheets, Credits("T", "C", SAID)) != pdf(sheets, Credits("U", "C", SAID))


def test_paths_are_followed():
    relative = list(steps("M1 2l3 4h-1v.5c1 1 2 2 3 3s1 0 2 1z"))
    assert relative == [
        ("M", (1, 2)), ("L", (4, 6)), ("L", (3, 6)), ("L", (3, 6.5)),
        ("C", (4, 7.5, 5, 8.5, 6, 9.5)), ("C", (7, 10.5, 7, 9.5, 8, 10.5)), ("Z", ()),
    ]  # fmt: skip
    assert list(steps("M0,0 10,0 10,10Z"))[1:] == [("L", (10, 0)), ("L", (10, 10)), ("Z", ())]
    with pytest.raises(ValueError, match="path with 'A'"):
        list(steps("M0 0A1 1 0 0 0 1 1"))
