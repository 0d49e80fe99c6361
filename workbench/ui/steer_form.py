"""The part of the Compose form that steers by meaning: mood, form, range, note lengths, and goals to come near to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from workbench.core import mood
from workbench.core.limits import Limits
from workbench.core.score import pitch_name
from workbench.core.sections import FORMS, sections
from workbench.core.specs import ComposeRequest
from workbench.metrics.goals import GOALS, Goal
from workbench.services import giving, steering
from workbench.services.models import Model
from workbench.ui.mood_pad import mood_pad
from workbench.ui.state import session

PLACE = "compose"
LEVELS = {"far less": -2, "less": -1, "open": None, "more": 1, "far more": 2}
"""Spreads of human music above what is usual there."""
SLIDERS = ("density", "syncopation", "leaps", "repetition", "dissonance")
CONTOURS = {
    "rises": ("rise", 2),
    "falls": ("rise", -2),
    "arch": ("arch", 2),
    "valley": ("arch", -2),
}
LENGTHS = {0.25: "a sixteenth", 0.5: "an eighth", 1.0: "a quarter", 2.0: "a half", 4.0: "a whole"}
CANDIDATES = (1, 4, 8, 16)


@dataclass(frozen=True)
class Steering:
    """What the form asks for."""

    limits: Limits = field(default_factory=Limits)
    goals: dict[str, float] = field(default_factory=dict)
    candidates: int = 1
    returning: bool = False


def chosen_form(model: Model, is_given: bool) -> str:
    """The form that is chosen, before the form is drawn; empty where none is, or none can be."""
    is_possible = steering.keeps_form(model) and not is_given
    return str(session().value(PLACE, "form", None) or "").strip() if is_possible else ""


def steer_form(model: Model, is_given: bool) -> Steering:
    """Ask for it. ``is_given`` where music is given, which brings its own form."""
    _mood(model)
    form = _form(model, is_given)
    returning = steering.knows_forms(model.card) and _returning(model, form)
    ranges, in_key = _pitches(model)
    shortest, longest = _lengths() if steering.holds_lengths(model.card) else (0.0, 0.0)
    goals = _goals(model)
    lacking = [
        *(["form"] if not steering.keeps_form(model) else []),
        *(["note lengths"] if not steering.holds_lengths(model.card) else []),
    ]
    if lacking:
        st.caption(f"This model cannot be held to {' or '.join(lacking)}.")
    no_parallels, no_cross_relations = (
        _voice_leading(model) if steering.holds_voice_leading(model.card) else (False, False)
    )
    may_close = steering.holds_closes(model.card) and (not is_given or giving.keeps_voices(model))
    ends_on_tonic = may_close and _ends_on_tonic(form)
    limits = Limits(
        ranges, in_key, shortest, longest, form, no_parallels, ends_on_tonic, no_cross_relations
    )
    candidates = int(session().value(PLACE, "candidates", 4)) if goals else 1
    return Steering(limits, goals, candidates, returning)


# --- mood -------------------------------------------------------------------------------------


def _mood(model: Model) -> None:
    memory = session()
    felt = [memory.value(PLACE, name, 0.0) for name in ("valence", "energy")]
    pad, words = st.columns([1, 2], vertical_alignment="center")
    with pad:
        mood_pad(*felt, key=f"{PLACE}.mood", on_move=lambda *moved: set_mood(model, *moved))
    asked = mood.setting(*felt)
    told = [
        asked.mode, asked.tempo and f"{asked.tempo:.0f} quarters a minute",
        asked.density and f"density {_level(asked.density)}",
        asked.syncopation and f"syncopation {_level(asked.syncopation)}",
    ]  # fmt: skip
    moved = ", ".join(str(each) for each in told if each)
    with words:
        if moved:
            st.markdown(f"**{asked.word.title()}** sets {moved}, and the range.")
            st.caption(
                "Adjust them as you like. A rule of thumb, after Gabrielsson & Lindström 2010."
            )
        else:
            st.caption(
                "**Mood.** Drag the point, or use the arrow keys, to set mode, tempo, density, syncopation and range, here and above."
            )


def set_mood(model: Model, valence: float, energy: float) -> None:
    """Keep a mood, and put what goes with it into the other controls. For a callback: before they are drawn."""
    memory = session()
    memory.fill(PLACE, {"valence": valence, "energy": energy})
    asked = mood.setting(valence, energy)
    keys = [key for key in model.card.heard.keys if key.endswith(f" {asked.mode}")]
    memory.fill(
        PLACE,
        {
            f"key.{model.name}": keys[0] if keys else None,
            "tempo": asked.tempo,
            "goal.density": _level(asked.density),
            "goal.syncopation": _level(asked.syncopation),
        },
    )
    for voice, (low, high) in steering.voices(model).items():
        memory.fill(PLACE, {_range_key(model, voice): mood.part_of(low, high, asked.span)})


def _level(spreads: int | None) -> str:
    return next(name for name, value in LEVELS.items() if value == (spreads or None))


# --- what holds in every note -----------------------------------------------------------------


def _form(model: Model, is_given: bool) -> str:
    if not steering.keeps_form(model) or is_given:
        return ""
    known = [None, *FORMS]
    if (own := session().value(PLACE, "form", None)) and own not in known:
        known.append(own)
    st.selectbox(
        "Form", known, key=session().widget(PLACE, "form", None), persist_state="session",
        format_func=_form_words, accept_new_options=True, placeholder="open",
        help="Same letter, same music; a prime (A') changes the ending. Every section ends with a close. Or type letters of your own.",
    )  # fmt: skip
    return chosen_form(model, is_given)


def _returning(model: Model, form: str) -> bool:
    chosen: bool = st.checkbox(
        "Phrases return", key=session().widget(PLACE, f"returning.{model.name}", model.card.returning),
        persist_state="session", disabled=bool(form),
        help="Bars return as in one of the tunes the model learned from. With a form, the form decides what returns",
    )  # fmt: skip
    return chosen and not form


def _form_words(form: str | None) -> str:
    return f"{form}: {FORMS[form]}" if form in FORMS else str(form)


def _pitches(model: Model) -> tuple[tuple[tuple[int, int], ...], bool]:
    voices = steering.voices(model)
    ranges = []
    with st.grid(2 if len(voices) > 1 else 1, min_column_width=170, vertical_alignment="bottom"):
        for voice, (low, high) in voices.items():
            label = "Range" if len(voices) == 1 else f"Range of the {voice}"
            key = session().widget(PLACE, _range_key(model, voice), (low, high))
            with st.container():  # one cell of the grid
                st.slider(
                    label, low, high, key=key, persist_state="session",
                    help="MIDI numbers: 60 is middle C. Holds for every note",
                )  # fmt: skip
                lowest, highest = session().value(PLACE, _range_key(model, voice), (low, high))
                st.caption(f"{pitch_name(lowest)} to {pitch_name(highest)}")
            ranges.append((lowest, highest))
    in_key = st.checkbox(
        "Only notes of the key", key=session().widget(PLACE, "in_key", False), persist_state="session",
        help="The seven notes of the key, and in minor the raised seventh. Holds for every note",
    )  # fmt: skip
    is_open = ranges == list(voices.values())
    return () if is_open else tuple(ranges), in_key


def _ends_on_tonic(form: str) -> bool:
    chosen = st.checkbox(
        "End on the tonic", key=session().widget(PLACE, "ends_on_tonic", True), persist_state="session", disabled=bool(form),
        help="The last note is the tonic, held; with several voices the bass has it and the others its triad. A form always ends this way; given voices keep the end they have",
    )  # fmt: skip
    return chosen and not form


def _voice_leading(model: Model) -> tuple[bool, bool]:
    """Whether parallels are kept from, and whether cross relations are."""
    excepted = (
        "where the given music leaves no other note"
        if giving.fills(model)
        else "from one section of a form to the next, above a given voice, and where an ensemble's last chord leaves no choice"
    )
    no_parallels = st.checkbox(
        "No parallel fifths or octaves", key=session().widget(PLACE, "no_parallels", True), persist_state="session",
        help=f"No two voices move in parallel fifths or octaves, as harmony lessons ask, except {excepted}",
    )  # fmt: skip
    no_cross_relations = st.checkbox(
        "No cross relations", key=session().widget(PLACE, "no_cross_relations", True), persist_state="session",
        help=f"No voice contradicts another's note (F sharp against F), with it or just after it, except {excepted}",
    )  # fmt: skip
    return no_parallels, no_cross_relations


def _range_key(model: Model, voice: str) -> str:
    """Of a tokenizer, and of an ensemble's model its own: its players' ranges are learned."""
    learned = f".{model.name}" if steering.is_ensemble(model.card) else ""
    return f"range.{voice}.{model.card.tokenizer.name}{learned}"


def _lengths() -> tuple[float, float]:
    with st.grid(2, min_column_width=170, vertical_alignment="bottom"):
        for name in ("shortest", "longest"):
            st.selectbox(
                f"{name.title()} note", [0.0, *LENGTHS], persist_state="session",
                key=session().widget(PLACE, name, 0.0), help="Holds for every note",
                format_func=lambda quarters: LENGTHS.get(quarters, "open"),
            )  # fmt: skip
    return (session().value(PLACE, "shortest", 0.0), session().value(PLACE, "longest", 0.0))


# --- what is come near to ---------------------------------------------------------------------


def _goals(model: Model) -> dict[str, float]:
    is_melody = steering.is_melody(model)
    goals: dict[str, float] = {}
    with st.grid(3, min_column_width=170, vertical_alignment="bottom"):
        for name in SLIDERS:
            if name == "dissonance" and is_melody:
                continue
            goal = GOALS[name]
            level = st.select_slider(
                goal.title, list(LEVELS), key=session().widget(PLACE, f"goal.{name}", "open"),
                persist_state="session", help=goal.measure.reading,
            )  # fmt: skip
            if LEVELS[level] is not None:
                goals[name] = _figure(goal, LEVELS[level], is_melody)
        contour = st.selectbox(
            "Contour", [None, *CONTOURS], key=session().widget(PLACE, "contour", None),
            placeholder="open", persist_state="session", help="The overall course of the melody",
        )  # fmt: skip
    if contour:
        name, spreads = CONTOURS[contour]
        goals[name] = _figure(GOALS[name], spreads, is_melody)
    if goals:
        st.segmented_control(
            "Draw", CANDIDATES, key=session().widget(PLACE, "candidates", 4), required=True,
            persist_state="session", format_func=lambda count: f"{count} candidates" if count > 1 else "one",
            help="The nearest to your goals is kept; how near each came is shown. More take longer",
        )  # fmt: skip
        asked = [f"{GOALS[name].title.lower()} {figure:.3g}" for name, figure in goals.items()]
        st.caption(
            f"Asked for: {', '.join(asked)}. These are aimed at, not guaranteed. A step is one spread of "
            f"{'fiddle tunes' if is_melody else 'Bach’s chorales'}, counted from their mean."
        )
    return goals


def _figure(goal: Goal, spreads: int | None, is_melody: bool) -> float:
    mean, spread = goal.usual(is_melody=is_melody)
    figure = mean + (spreads or 0) * spread
    return round(min(max(figure, goal.measure.low), goal.measure.high), 3)


# --- what a composition asked for -------------------------------------------------------------


def remembered(model: Model, request: ComposeRequest) -> None:
    """Put what a request asks for into the form. For a callback. Goals come to the nearest step."""
    limits, voices = request.limits, steering.voices(model)
    values: dict[str, object] = {
        "form": limits.form or None, "in_key": limits.in_key, "no_parallels": limits.no_parallels,
        "no_cross_relations": limits.no_cross_relations,
        f"returning.{model.name}": request.returning or (bool(limits.form) and model.card.returning),
        "ends_on_tonic": limits.ends_on_tonic or bool(limits.form), "valence": 0.0, "energy": 0.0,
        "shortest": limits.shortest, "longest": limits.longest,
        "candidates": request.candidates if request.candidates in CANDIDATES else 4,
    }  # fmt: skip
    if limits.form:
        values["section_bars"] = request.bars // len(sections(limits.form))
    for number, (voice, whole) in enumerate(voices.items()):
        low, high = limits.range_of(number)
        values[_range_key(model, voice)] = (max(low, whole[0]), min(high, whole[1]))
    values |= _levels(request.goals, steering.is_melody(model))
    session().fill(PLACE, values)


def _levels(goals: Mapping[str, float], is_melody: bool) -> dict[str, object]:
    def spreads(name: str) -> float:
        mean, spread = GOALS[name].usual(is_melody=is_melody)
        return (goals[name] - mean) / spread

    found: dict[str, object] = {f"goal.{name}": "open" for name in SLIDERS}
    for name in SLIDERS:
        if name in goals:
            size = 2 if abs(spreads(name)) >= 1.5 else 1
            found[f"goal.{name}"] = _level(size if spreads(name) > 0 else -size)
    contour = [
        shape
        for shape, (name, sign) in CONTOURS.items()
        if name in goals and spreads(name) * sign > 0
    ]
    return found | {"contour": contour[0] if contour else None}
