"""The colours of ``.streamlit/config.toml`` are readable in light and in dark.

Contrast is WCAG 2.2's: (L1 + 0.05) / (L2 + 0.05) of relative luminances. Text needs 4.5, lines
and marks of a chart 3.
"""

import tomllib

import pytest

from workbench.workspace import REPOSITORY

THEME = tomllib.loads((REPOSITORY / ".streamlit" / "config.toml").read_text())["theme"]
WHITE = "#FFFFFF"
TEXT, MARK = 4.5, 3.0


def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB``, 0..1."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """1 for equal colours, 21 for black on white."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_the_one_of_the_standard():
    assert contrast("#000000", WHITE) == pytest.approx(21)
    assert contrast("#777777", WHITE) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(
    ("colour", "least"),
    [
        ("textColor", 7.0),
        ("linkColor", TEXT),
        ("codeTextColor", TEXT),
        ("grayColor", TEXT),
        ("redColor", TEXT),
        ("greenColor", TEXT),
        ("blueColor", TEXT),
        ("violetColor", TEXT),
        ("orangeColor", MARK),
        ("yellowColor", MARK),
        ("primaryColor", MARK),
    ],
)
def test_colours_stand_out_from_every_surface(mode, colour, least):
    theme = THEME[mode]
    surfaces = [theme["backgroundColor"], theme["secondaryBackgroundColor"]]
    surfaces.append(theme["sidebar"]["backgroundColor"])
    for surface in surfaces:
        found = contrast(theme[colour], surface)
        assert found >= least, (
            f"{colour} on {surface} in {mode} has a contrast of {found:.2f}, needs {least}"
        )


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_primary_button_can_be_read(mode):
    assert contrast(THEME[mode]["primaryColor"], WHITE) >= TEXT


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_lines_of_a_chart_can_be_seen(mode):
    colours = THEME[mode]["chartCategoricalColors"]
    assert len(set(colours)) >= 10, "with fewer, plotly charts lose the theme's colours altogether"
    for colour in colours:
        assert contrast(colour, THEME[mode]["backgroundColor"]) >= MARK, colour


def test_no_font_comes_from_a_network():
    texts = [THEME[name] for name in ("font", "headingFont", "codeFont")]
    assert all(text in ("sans-serif", "serif", "monospace") for text in texts)
    assert "fontFaces" not in THEME
