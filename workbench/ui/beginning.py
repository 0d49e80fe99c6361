"""The first rows of the Compose page: what to begin with, and what to do with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from workbench.core.records import to_json
from workbench.core.score import Score, fingerprint
from workbench.core.specs import ComposeRequest
from workbench.services import tasks
from workbench.services.models import Model
from workbench.services.tasks import TASKS
from workbench.ui import result, take
from workbench.ui.state import session
from workbench.ui.tune_picker import PLACE, TunePicker
from workbench.ui.words import plain
from workbench.workspace import Workspace

WAYS = {
    "nothing": "Nothing",
    "play": "Play it",
    "hum": "Hum it",
    "type": "Type it",
    "piece": "A piece",
}
MOST_NAMED = 3  # models, in a sentence
GIVEN = TunePicker(
    "tune", "A piece from the library", "Choose below what to make of it.", with_compositions=True
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Beginning:
    """What a composition begins with. Exactly one of ``score``, ``symbols`` and ``music`` tells it; typed notes may be two of them."""

    title: str
    score: Score | None = None
    symbols: str = ""
    """As they were typed."""
    music: Any = None
    """As a request holds it, with what was done with it."""
    is_open: bool = False
    """Whether it stops where somebody stopped, and not at the end of a bar."""
    composition: str = ""
    """The earlier composition that it is, where it is one."""


def take_in(workspace: Workspace) -> None:
    """Note what was read or heard meanwhile. Before the form is drawn."""
    GIVEN.take_in(workspace)
    take.take_in(workspace)


def remembered(request: ComposeRequest) -> None:
    """Put what a request begins with into the form. For a callback."""
    GIVEN.forget()
    values: dict[str, Any] = {"way": "type" if request.primer else "nothing", "task": None}
    if music := request.given or (request.latent and request.latent.given):
        task = "part" if request.given else "vary"
        if request.latent and request.latent.toward:
            task = "blend"
        elif request.latent and (request.latent.minus or request.latent.plus):
            task = "style"
        GIVEN.remember(to_json(music), music.title or "The music of that composition")
        values = {"way": "piece", "task": task}
    session().fill(PLACE, values)


def beginning(workspace: Workspace) -> Beginning | None:
    """Ask what to begin with, show it, and say what it is; None for nothing, or nothing yet."""
    way = st.segmented_control(
        "Begin with", list(WAYS), key=session().widget(PLACE, "way", "nothing"), required=True,
        persist_state="session", format_func=lambda way: WAYS[way],
    )  # fmt: skip
    if way == "play":
        take.play()
    elif way == "hum":
        take.hum(workspace)
    elif way == "type":
        text, score = take.typed()
        if not text:
            return None
        if score is not None:
            _shown(workspace, score, "What you typed")
        return Beginning("", score, text, is_open=True)
    elif way == "piece":
        return _piece(workspace)
    return _taken(workspace, str(way))


def is_missing(found: Beginning | None) -> bool:
    """Whether something is to be begun with, and nothing is there yet."""
    return found is None and session().value(PLACE, "way", "nothing") != "nothing"


def _taken(workspace: Workspace, way: str) -> Beginning | None:
    score = take.melody(way)
    if score is None:
        return None
    _shown(workspace, score, take.TITLES[way])
    take.editor(way)
    return Beginning(take.TITLES[way].lower(), score, is_open=True)


def _piece(workspace: Workspace) -> Beginning | None:
    if not GIVEN.draw(workspace):
        return None
    if "music" in GIVEN.noted:
        return Beginning(GIVEN.noted["title"], music=GIVEN.noted["music"])
    score, title = GIVEN.score(workspace)
    look = st.expander("See and hear it", on_change="rerun", key=f"look.{fingerprint(score)[:12]}")
    if look.open:
        with look:
            _shown(workspace, score, title)
    return Beginning(title, score, composition=GIVEN.composition)


def _shown(workspace: Workspace, score: Score, title: str) -> None:
    """The music as a small score that plays."""
    name = fingerprint(score)[:16] + f".{score.tempos[0].bpm:.0f}"
    result.music(workspace, score, name=f"given.{name}", title=title, key="given", with_views=False)


# --- what to do with it -----------------------------------------------------------------------


def task(found: Beginning | None, available: Sequence[Model], usual: Model | None) -> str:
    """Ask what to do with the music that is given; ``compose`` where none is."""
    if found is None:
        return "compose"
    possible, lacking = tasks.with_music(available)
    if found.score is None:
        allowed = ("continue",) if found.symbols else _same_kind()
        possible = [each for each in possible if each.name in allowed]
        lacking = []
    names = [each.name for each in possible]
    if not names:
        return "compose"
    if session().value(PLACE, "task", None) not in names:
        liked = [name for name in names if usual and TASKS[name].can(usual)]
        session().fill(PLACE, {"task": (liked or names)[0]})
    st.segmented_control(
        "What to do with it", names, key=session().widget(PLACE, "task", names[0]), required=True,
        persist_state="session", format_func=lambda name: TASKS[name].title,
    )  # fmt: skip
    chosen = str(session().value(PLACE, "task", names[0]))
    able = [plain(model.title) for model in tasks.models_for(chosen, available)]
    others = f" and {len(able) - MOST_NAMED} more" if len(able) > MOST_NAMED else ""
    st.caption(f"{TASKS[chosen].help}. By: {', '.join(able[:MOST_NAMED])}{others}.")
    if lacking:
        _what_is_lacking(lacking)
    return chosen


def _same_kind() -> tuple[str, ...]:
    """What can be done with music that came as a request holds it: what was done with it before."""
    is_tune = "tokens" in GIVEN.noted.get("music", {})
    return ("vary", "blend", "style") if is_tune else ("fill", "part", "harmonise")


def _what_is_lacking(lacking: Sequence[tasks.Task]) -> None:
    """The tasks that no model here can do, and what would."""
    reasons: dict[str, list[str]] = {}
    for each in lacking:
        reasons.setdefault(each.needs, []).append(each.title)
    words = [f":gray[**{', '.join(titles)}**: {reason}.]" for reason, titles in reasons.items()]
    st.caption(" ".join(words))
