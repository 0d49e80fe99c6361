"""Why these notes: how surprising each is to the model, what it was drawn among, and where the model looked back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from workbench.core.bar_numbers import bar_name, bar_numbers
from workbench.core.explanation import LOOKS, Explanation
from workbench.core.score import TICKS_PER_QUARTER, Score, bars, key_at, pitch_name, spell
from workbench.rendering.piano_roll import bar_axis, piano_roll
from workbench.ui import charts
from workbench.ui.state import session

WORDS = {"_": "hold", "r": "rest", "Bar_None": "next bar"}
PITCHES = ("Pitch", "NoteOn", "NoteOff")
EVENTS = dict.fromkeys(PITCHES, "") | {
    "Velocity": "loudness {}", "Duration": "lasts {} quarters", "Position": "step {} of the bar",
    "TimeShift": "{} quarters on", "Rest": "{} quarters of rest", "Program": "instrument {}", "Tempo": "tempo {}",
}  # fmt: skip
DRAWN = " ✓"
"""Stands behind the candidate that was drawn."""
_ARC = np.linspace(0, 1, 25)


@dataclass(frozen=True)
class Why:
    """What can be told of a composition's notes: its tokens, and ``load``, which reads what they were drawn among."""

    tokens: Sequence[int]
    load: Callable[[], Explanation | None]


def opened(name: str) -> bool:
    """Whether the view of a composition is unfolded."""
    return bool(st.session_state.get(f"why.{name}"))


def chosen(name: str) -> int | None:
    """The number of the note, from 0, that was asked about last; None where none was."""
    number = session().value(f"why.{name}", "note", None)
    return None if number is None else int(number) - 1


def ask(name: str, note: int) -> None:
    """Unfold the view, on that note. For a callback."""
    st.session_state[f"why.{name}"] = True
    session().fill(f"why.{name}", {"note": note + 1})


def explanation_view(score: Score, why: Why, *, name: str) -> None:
    """An expander: a curve of surprise over the piece, and the candidates of the note that is chosen."""
    box = st.expander("Why these notes", on_change="rerun", key=f"why.{name}")
    if not box.open:
        return
    with box:
        explained = why.load()
        if explained is None:
            st.markdown("This piece was made before this was recorded; new pieces show it.")
        else:
            _explain(score, why.tokens, explained, name)


def _explain(score: Score, tokens: Sequence[int], explained: Explanation, name: str) -> None:
    nats = explained.of_notes(score.notes, tokens)
    labels = _labels(score)
    st.caption(
        "Click a note in the score, or choose one here. The higher the curve, the less the model expected that note. Notes that were "
        "given have none."
    )
    count = len(score.notes)
    key = session().widget(f"why.{name}", "note", _most_surprising(nats) + 1)
    number = st.slider("Note", 1, max(count, 2), key=key, persist_state="session")
    note = min(number, count) - 1
    charts.show(
        surprise_curve(score, nats, labels, note),
        key=f"why.curve.{name}",
        alt=f"Surprise of {count} notes in nats over the bars; {labels[note]} is chosen.",
    )
    if np.isnan(nats[note]):
        st.markdown(f"**{labels[note]}** was given.")
        return
    st.markdown(f"**{labels[note]}**, {nats[note]:.1f} nats. The choices were:")
    said = explained.at(int(score.notes[note]["onset"]), int(score.notes[note]["part"]))
    _candidates(score, tokens, explained, note, said, name)
    _looks(score, explained, note, said, name)
    st.caption(
        "*The model* is its own opinion. *As it was drawn* drops what the rules forbid, then applies "
        "temperature, top-k and top-p."
    )


def _candidates(
    score: Score, tokens: Sequence[int], explained: Explanation, note: int, said: Sequence[int],
    name: str,
) -> None:  # fmt: skip
    key_there = key_at(score, int(score.notes[note]["onset"]))
    for token in said:
        row = explained.candidates[token]
        row = row[(row["model"] > 0) | (row["drawn"] > 0)]
        names = [
            _symbol(explained.symbols.get(int(each), ""), key_there.fifths) for each in row["token"]
        ]
        names[int(np.flatnonzero(row["token"] == tokens[token])[0])] += DRAWN
        chances = {"the model": row["model"], "as it was drawn": row["drawn"]}
        charts.show(
            candidate_bars(names, chances),
            key=f"why.candidates.{name}.{token}",
            alt=f"Probabilities of {', '.join(names)}.",
        )


def _looks(score: Score, explained: Explanation, note: int, said: Sequence[int], name: str) -> None:
    """Which earlier moments the model attended to most when it chose, as arcs over the notes."""
    shares: dict[tuple[int, int], float] = {}
    for row in explained.looks[list(said)]:
        for token, share in row[row["share"] > 0].tolist():
            place = (int(explained.places[token][0]), int(explained.places[token][1]))
            shares[place] = shares.get(place, 0.0) + share / len(said)
    if not shares:
        return
    most = dict(sorted(shares.items(), key=lambda each: -each[1])[:LOOKS])
    names = [f"{_moment(score, *place)} ({share:.0%})" for place, share in most.items()]
    st.markdown(f"Where it looked back, in shares of its attention: {'; '.join(names)}.")
    charts.show(
        look_arcs(score, note, most, names),
        key=f"why.looks.{name}",
        alt=f"Arcs from the note to {'; '.join(names)}.",
    )


def _moment(score: Score, tick: int, part: int) -> str:
    """A place in words: what sounds there, and since when, as bar and beat."""
    lines = bars(score)
    place = int(np.searchsorted([bar.start for bar in lines], tick, side="right")) - 1
    bar, number = lines[place], bar_numbers(lines)[place]
    beat = f"{(tick - bar.start) / bar.meter.beat_ticks + 1:.2f}".rstrip("0").rstrip(".")
    notes = score.notes[score.notes["part"] == part]
    there = notes[(notes["onset"] <= tick) & (tick < notes["onset"] + notes["duration"])]
    what = pitch_name(int(there[-1]["pitch"]), int(there[-1]["spelling"])) if len(there) else "rest"
    return f"{what}, {bar_name(number)}, beat {beat}"


def _most_surprising(nats: NDArray[np.float64]) -> int:
    return int(np.nanargmax(nats)) if np.isfinite(nats).any() else 0


def surprise_curve(
    score: Score, nats: NDArray[np.float64], labels: Sequence[str], chosen: int
) -> go.Figure:
    """Nats of every note over the bars, a line a part; the chosen note marked."""
    figure = charts.empty(
        "", "surprise, nats", hovermode="closest", height=220, showlegend=len(score.parts) > 1,
        x_axis=bar_axis(score), y_axis={"rangemode": "tozero"},
    )  # fmt: skip
    traces, quarters = [], score.notes["onset"] / TICKS_PER_QUARTER
    for index, part in enumerate(score.parts):
        known = np.flatnonzero(np.isfinite(nats) & (score.notes["part"] == index))
        traces.append(
            go.Scatter(
                x=quarters[known].astype(np.float32),
                y=np.round(nats[known], 2).astype(np.float32),
                text=[labels[note] for note in known.tolist()],
                mode="lines+markers",
                name=part.name or f"Part {index + 1}",
                line={"width": 1},
                marker={
                    "size": np.where(known == chosen, 13, 5),
                    "opacity": np.where(known == chosen, 1.0, 0.7),
                },
                hovertemplate="%{text}: %{y:.1f} nats<extra></extra>",
            )
        )
    return figure.add_traces(traces)


def candidate_bars(names: Sequence[str], chances: Mapping[str, NDArray]) -> go.Figure:
    """Lying bars, two for every candidate: before and after the rules and settings."""
    figure = charts.empty(
        "per cent",
        "",
        y_axis={"type": "category", "autorange": "reversed"},
        x_axis={"rangemode": "tozero"},
        barmode="group",
        hovermode="closest",
        height=110 + 34 * len(names),
    )
    for title, values in chances.items():
        figure.add_trace(
            go.Bar(
                name=title,
                y=list(names),
                x=np.round(100 * values.astype(np.float64), 1),
                orientation="h",
                hovertemplate="%{y}: %{x} %<extra>%{fullData.name}</extra>",
            )
        )
    return figure


def look_arcs(
    score: Score, note: int, shares: Mapping[tuple[int, int], float], names: Sequence[str]
) -> go.Figure:
    """The piano roll, and over it an arc from the note to each place (tick, part) that the model looked at, the wider the more."""
    figure = piano_roll(score)
    chosen = score.notes[note]
    there = (int(chosen["onset"]) / TICKS_PER_QUARTER, float(chosen["pitch"]))
    top = float(score.notes["pitch"].max()) + 2
    highest = top
    for (place, share), name in zip(shares.items(), names, strict=True):
        x = place[0] / TICKS_PER_QUARTER
        y = _pitch_at(score, *place)
        height = 4 + 8 * min(1.0, (there[0] - x) / 16)
        summit = max(y, there[1]) + height
        highest = max(highest, summit)
        figure.add_trace(
            go.Scatter(
                x=(x + (there[0] - x) * _ARC).astype(np.float32),
                y=((1 - _ARC) * y + _ARC * there[1] + 4 * _ARC * (1 - _ARC) * (summit - (y + there[1]) / 2)),
                mode="lines",
                line={"width": 1.5 + 10 * share, "color": "rgba(214,120,40,0.75)"},
                showlegend=False,
                hovertemplate=f"{name}<extra></extra>",
            )
        )  # fmt: skip
    low = figure.layout.yaxis.range[0]
    return figure.update_layout(yaxis_range=[low, highest + 1], height=340, showlegend=False)


def _pitch_at(score: Score, tick: int, part: int) -> float:
    """The pitch that sounds there, else the part's lowest, under which a rest is drawn."""
    notes = score.notes[score.notes["part"] == part]
    there = notes[(notes["onset"] <= tick) & (tick < notes["onset"] + notes["duration"])]
    if len(there):
        return float(there[-1]["pitch"])
    return float(notes["pitch"].min()) if len(notes) else float(score.notes["pitch"].min())


def _labels(score: Score) -> list[str]:
    """Each note in words: ``D5 in bar 3``, with its part where there are several."""
    lines = bars(score)
    starts = [bar.start for bar in lines]
    within = np.searchsorted(starts, score.notes["onset"], side="right") - 1
    numbers = np.array(bar_numbers(lines))[within]
    several = len(score.parts) > 1
    result = []
    for note, number in zip(score.notes, numbers.tolist(), strict=True):
        part = score.parts[note["part"]].name if several else ""
        where = "in" if number else "in the"
        words = (
            f"{pitch_name(int(note['pitch']), int(note['spelling']))} {where} {bar_name(number)}"
        )
        result.append(f"{part} {words}" if part else words)
    return result


def _symbol(symbol: str, fifths: int) -> str:
    """A token for people: pitches by name, hold and rest in words, anything else as it is typed."""
    if symbol.isdigit() and int(symbol) < 128:
        return pitch_name(int(symbol), spell(int(symbol), fifths))
    kind, _, value = symbol.partition("_")
    if value and kind in EVENTS:
        return _event(kind, value, fifths)
    return WORDS.get(symbol, symbol)


def _event(kind: str, value: str, fifths: int) -> str:
    """A token of a language of events for people."""
    if kind in PITCHES:
        name = pitch_name(int(value), spell(int(value), fifths))
        return f"{name} ends" if kind == "NoteOff" else name
    if value.count(".") == 2:  # quarters, and parts of one: how many, and of how many
        whole, part, of = map(int, value.split("."))
        value = f"{whole + part / of:g}"
    return EVENTS[kind].format(value)
