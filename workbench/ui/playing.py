"""How music is played on a page: with expression or as written, and the mixer. What is seen and kept stays as it is.

The player stands above its settings, so :func:`heard` reads what :func:`controls` draws later in the same run.
"""

import streamlit as st

from workbench.core.errors import InvalidSetting
from workbench.core.expression import (
    ACCENTS,
    ARCH_TEMPO,
    ARCH_VELOCITY,
    FINAL_TEMPO,
    PHRASE_BARS,
    performed,
)
from workbench.core.instruments import INSTRUMENTS
from workbench.core.mixing import LOUDEST, Channel, mixed
from workbench.core.score import Score
from workbench.ui.state import session
from workbench.ui.words import plain

RULES = (
    f"By rules, not learned. **Accent**: the first beat of a bar is louder by {ACCENTS[0]} steps of velocity, other beats by {ACCENTS[1]}, notes between "
    f"beats are softer by {-ACCENTS[2]}. **Phrase arch**: every {PHRASE_BARS} bars, and their halves half as much, grow and fall by {ARCH_VELOCITY:.0f} steps and "
    f"{ARCH_TEMPO:.0%} of the tempo. **Ritardando**: the end slows to {FINAL_TEMPO:.0%}."
)
_WITH, _FILES = "expression", "files"


def heard(score: Score, name: str) -> Score:
    """The score as a person wants to hear it; the score itself where nothing was asked for."""
    page = _page(name)
    played = performed(score) if session().value(page, _WITH, False) else score
    channels = _channels(score, page)
    if all(channel == Channel() for channel in channels):
        return played
    try:
        return mixed(played, channels)
    except InvalidSetting as error:
        st.warning(plain(str(error)))
        return played


def in_files(name: str) -> bool:
    """Whether the files to download are to be played the same way."""
    return bool(session().value(_page(name), _FILES, False))


def controls(score: Score, name: str) -> None:
    """The row below the player: expression on or off, the mixer, and whether files follow."""
    page = _page(name)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        is_with = st.toggle(
            "Play with expression, by rules", key=session().widget(page, _WITH, False),
            persist_state="session", help=RULES,
        )  # fmt: skip
        box = st.popover("Mixer", icon=":material/tune:", on_change="rerun", key=f"{page}.mixer")
        if is_with or any(channel != Channel() for channel in _channels(score, page)):
            st.toggle(
                "MIDI and sound files too", key=session().widget(page, _FILES, False), persist_state="session",
                help="What you download is then played as you hear it here. The written score stays as it is.",
            )  # fmt: skip
    if box.open:
        with box:
            _mixer(score, page)
    if is_with:
        st.caption(RULES)


def _mixer(score: Score, page: str) -> None:
    """A row a part."""
    st.caption("For listening: the score stays as it is.")
    for number, part in enumerate(score.parts):
        label = plain(part.name) or f"Part {number + 1}"
        switches, volume, instrument = st.columns([3, 3, 4], vertical_alignment="bottom")
        if len(score.parts) > 1:
            with switches:
                for name, title in (("solo", "Solo"), ("mute", "Mute")):
                    key = session().widget(page, f"{name}.{number}", False)
                    st.checkbox(f"{title} {label}", key=key, persist_state="session")
        volume.slider(
            f"Volume of {label}, per cent", 0, LOUDEST, step=10,
            key=session().widget(page, f"volume.{number}", 100), persist_state="session",
        )  # fmt: skip
        if not part.is_drum:
            instrument.selectbox(
                f"Instrument of {label}", range(len(INSTRUMENTS)), format_func=INSTRUMENTS.__getitem__,
                key=session().widget(page, f"program.{number}", part.program), persist_state="session",
            )  # fmt: skip
    st.button("As written", key=f"{page}.reset", on_click=_reset, args=(score, page))


def _channels(score: Score, page: str) -> list[Channel]:
    """What the mixer says of every part."""
    value = session().value
    channels = []
    for number, part in enumerate(score.parts):
        program = value(page, f"program.{number}", part.program)
        channels.append(
            Channel(
                bool(value(page, f"mute.{number}", False)),
                bool(value(page, f"solo.{number}", False)),
                int(value(page, f"volume.{number}", 100)),
                None if program == part.program else program,
            )
        )
    return channels


def _reset(score: Score, page: str) -> None:
    for number, part in enumerate(score.parts):
        values = {"mute": False, "solo": False, "volume": 100, "program": part.program}
        session().fill(page, {f"{name}.{number}": value for name, value in values.items()})


def _page(name: str) -> str:
    return f"playing.{name}"
