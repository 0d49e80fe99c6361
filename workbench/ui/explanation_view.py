"""Why these notes: how surprising each is to the model, and what it was drawn among."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from workbench.core.explanation import LOOKS, Explanation
from workbench.core.score import Score, bars, key_at, pitch_name, spell
from workbench.ui import charts
from workbench.ui.state import session

WORDS = {"_": "hold", "r": "rest"}
DRAWN = " ✓"
"""Stands behind the candidate that was drawn."""


def explanation_view(
    score: Score, tokens: Sequence[int], explained: Explanation, *, name: str
) -> None:
    """A curve of surprise over the notes, and the candidates of the note that is chosen."""
    surprise = explained.surprise(tokens)
    said = [explained.at(int(note["onset"]), int(note["part"])) for note in score.notes]
    bits = np.array([surprise[each].sum() if each else np.nan for each in said])
    labels = _labels(score)
    st.caption(
        "The taller a bar, the less the model expected that note there. Notes that were given have none."
    )
    count = len(score.notes)
    key = session().widget(f"why.{name}", "note", _most_surprising(bits) + 1)
    number = st.slider("Note", 1, max(count, 2), key=key, persist_state="session")
    chosen = min(number, count) - 1
    charts.show(
        surprise_curve(bits, labels, chosen),
        key=f"why.curve.{name}",
        alt=f"Surprise of {count} notes in bits; {labels[chosen]} is chosen.",
    )
    if np.isnan(bits[chosen]):
        st.markdown(f"**{labels[chosen]}** was given.")
        return
    st.markdown(f"**{labels[chosen]}**, {bits[chosen]:.1f} bits. What stood to choose from:")
    key_there = key_at(score, int(score.notes[chosen]["onset"]))
    for token in said[chosen]:
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
    _looks(score, said[chosen], explained, name)
    st.caption(
        "*The model* is its own opinion. *As it was drawn* counts what the rules forbid as nothing, then applies "
        "temperature, top-k and top-p."
    )


def _looks(score: Score, said: Sequence[int], explained: Explanation, name: str) -> None:
    """Which earlier moments the model attended to most when it chose."""
    shares: dict[tuple[int, int], float] = {}
    for row in explained.looks[said]:
        for token, share in row[row["share"] > 0].tolist():
            place = (int(explained.places[token][0]), int(explained.places[token][1]))
            shares[place] = shares.get(place, 0.0) + share / len(said)
    if not shares:
        return
    most = sorted(shares.items(), key=lambda each: -each[1])[:LOOKS]
    names = [_moment(score, *place) for place, _ in most]
    st.markdown("Where it looked back:")
    charts.show(
        look_bars(names, [share for _, share in most]),
        key=f"why.looks.{name}",
        alt=f"Shares of attention on {', '.join(names)}.",
    )


def _moment(score: Score, tick: int, part: int) -> str:
    """A place in words: what sounds there, and since when, as bar and beat."""
    number = int(np.searchsorted([bar.start for bar in bars(score)], tick, side="right"))
    bar = bars(score)[number - 1]
    beat = f"{(tick - bar.start) / bar.meter.beat_ticks + 1:.2f}".rstrip("0").rstrip(".")
    notes = score.notes[score.notes["part"] == part]
    there = notes[(notes["onset"] <= tick) & (tick < notes["onset"] + notes["duration"])]
    what = pitch_name(int(there[-1]["pitch"]), int(there[-1]["spelling"])) if len(there) else "rest"
    return f"{what}, bar {number}, beat {beat}"


def _most_surprising(bits: NDArray[np.float64]) -> int:
    return int(np.nanargmax(bits)) if np.isfinite(bits).any() else 0


def surprise_curve(bits: NDArray[np.float64], labels: Sequence[str], chosen: int) -> go.Figure:
    """Bits of every note, in order; the chosen one marked."""
    known = np.flatnonzero(np.isfinite(bits))
    figure = charts.empty(
        "note", "surprise, bits", showlegend=False, hovermode="closest", height=220,
        y_axis={"rangemode": "tozero"},
    )  # fmt: skip
    figure.add_trace(
        go.Bar(
            x=known + 1,
            y=np.round(bits[known], 2),
            text=[labels[note] for note in known.tolist()],
            textposition="none",
            marker={"opacity": np.where(known == chosen, 1.0, 0.45)},
            hovertemplate="%{text}: %{y:.1f} bits<extra></extra>",
        )
    )
    return figure


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


def look_bars(names: Sequence[str], shares: Sequence[float]) -> go.Figure:
    """Lying bars: shares of the attention, in per cent."""
    figure = charts.empty(
        "per cent of its attention", "",
        y_axis={"type": "category", "autorange": "reversed"}, x_axis={"rangemode": "tozero"},
        hovermode="closest", showlegend=False, height=90 + 30 * len(names),
    )  # fmt: skip
    figure.add_trace(
        go.Bar(
            y=list(names),
            x=np.round(100 * np.array(shares), 1),
            orientation="h",
            hovertemplate="%{y}: %{x} %<extra></extra>",
        )
    )
    return figure


def _labels(score: Score) -> list[str]:
    """Each note in words: ``D5 in bar 3``, with its part where there are several."""
    starts = [bar.start for bar in bars(score)]
    numbers = np.searchsorted(starts, score.notes["onset"], side="right")
    several = len(score.parts) > 1
    result = []
    for note, number in zip(score.notes, numbers.tolist(), strict=True):
        part = score.parts[note["part"]].name if several else ""
        words = f"{pitch_name(int(note['pitch']), int(note['spelling']))} in bar {number}"
        result.append(f"{part} {words}" if part else words)
    return result


def _symbol(symbol: str, fifths: int) -> str:
    """A token for people: pitches by name, hold and rest in words, anything else as it is typed."""
    if symbol.isdigit() and int(symbol) < 128:
        return pitch_name(int(symbol), spell(int(symbol), fifths))
    return WORDS.get(symbol, symbol)
