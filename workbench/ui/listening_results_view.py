"""What came of a blind test: in words, as a chart with intervals, as a table, clip by clip, and as files."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from workbench.core.listening import HUMAN, OPEN, ORIGIN, ListeningTest
from workbench.metrics.listening import Estimate, Share
from workbench.services import listening, listening_results, models
from workbench.services.listening_results import CHANCE, FEW_LISTENERS, Results, SourceResult
from workbench.ui import charts, frame
from workbench.ui.words import amount, plain
from workbench.workspace import Workspace, open_workspace

TICK_SECONDS = 3.0
SHOWN_CLIPS = 5
PEOPLE = "people"
NOTE = (
    "Intervals hold the true share in at least 95 % of cases (exact binomial, Clopper-Pearson). They treat every answer as independent; "
    "answers of one listener, or about one clip, are not quite, so the true share is a little less certain."
)


def show(workspace: Workspace, test: ListeningTest) -> None:
    """Everything that came of a test. While it is open folded away, for a class looks at the same screen."""
    if not listening_results.counts(workspace, test).answers:
        if test.state == OPEN:
            st.caption("Results appear here with the first answer.")
            st.fragment(_first, run_every=TICK_SECONDS)(workspace, test)
        return
    is_open = test.state == OPEN
    place = st.expander(
        "Results so far (they give the answers away)" if is_open else "Results", not is_open,
        icon=":material/bar_chart:", on_change="rerun", key=f"listening.results.{test.state}",
    )  # fmt: skip
    if place.open:
        with place:
            st.fragment(_figures, run_every=TICK_SECONDS if is_open else None)(workspace, test)
            _clips(workspace, test)
            _downloads(workspace, test)


def _first(workspace: Workspace, test: ListeningTest) -> None:
    if listening_results.counts(workspace, test).answers:
        st.rerun()


def _results(workspace: Workspace, test: ListeningTest) -> Results:
    """Reckoned again when an answer has come."""
    return _reckoned(
        str(workspace.home), test.code, test, listening_results.counts(workspace, test).answers
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _reckoned(home: str, code: str, _test: ListeningTest, answers: int) -> Results:
    return listening_results.results(open_workspace(home), _test)


def _titles(workspace: Workspace) -> Callable[[str], str]:
    known = {model.name: model.title for model in models.available(workspace)}
    return lambda source: PEOPLE if source == HUMAN else known.get(source, source)


# --- figures ----------------------------------------------------------------------------------------


def _figures(workspace: Workspace, test: ListeningTest) -> None:
    with frame.errors():
        found, named = _results(workspace, test), _titles(workspace)
        for sentence in sentences(found, named):
            st.markdown(sentence)
        if found.counts.listeners < FEW_LISTENERS:
            st.info(
                f"Only {amount(found.counts.listeners, 'person has', 'people have')} listened. With so few, "
                "look at the intervals, not at the shares."
            )
        if found.kind == ORIGIN:
            figure, what = _share_chart(found, named), "taken for people's"
        else:
            figure, what = _strength_chart(found, named), "preferred"
        charts.show(
            figure,
            key=f"listening.chart.{test.code}",
            alt=f"How often each source was {what}, with intervals",
        )
        st.dataframe(
            _table(found, named),
            hide_index=True,
            height="content",
            alt="The figures of the chart, as a table",
        )
        st.caption(NOTE)


def sentences(found: Results, named: Callable[[str], str]) -> list[str]:
    """What the figures say, one paragraph each."""
    if found.kind == ORIGIN and found.right:
        people, *machines = found.sources
        said = [
            f"Listeners were right in **{_words(found.right)}**; guessing is right in 50 %. {_beside_chance(found.right)}"
        ]
        said += [
            f"They took **{_words(each.share, 'clip')}** by {plain(named(each.source))} for a person's."
            for each in machines
            if each.share.of
        ]
        if people.share.of:
            said.append(f"They took people's own music for a person's in {_words(people.share)}.")
    else:
        said = [
            f"{plain(named(source))[:1].upper()}{plain(named(source))[1:]} was preferred to people in **{_words(share)}**. {_beside_chance(share)}"
            for source, share in found.against_people
            if share.of
        ]
    return [*said, _agreed(found.agreement)]


def _words(share: Share, unit: str = "") -> str:
    of = amount(share.of, unit) if unit else f"{share.of:,}"
    return (
        f"{share.count:,} of {of}: {share.value:.0%}, between {share.low:.0%} and {share.high:.0%}"
    )


def _beside_chance(share: Share) -> str:
    if share.low <= CHANCE <= share.high:
        return "That may be chance."
    return "That is more than chance." if share.low > CHANCE else "That is less than chance."


def _agreed(found: Estimate) -> str:
    if math.isnan(found.value):
        return "How far listeners agree cannot be told yet."
    return (
        f"Listeners agree with a Krippendorff's alpha of {found.value:.2f} (between {found.low:.2f} and {found.high:.2f}; "
        "1 is full agreement, 0 is none beyond chance)."
    )


def _share_chart(found: Results, named: Callable[[str], str]) -> go.Figure:
    shown = [each for each in found.sources if each.share.of]
    points = [Estimate(each.share.value, each.share.low, each.share.high) for each in shown]
    return _intervals(
        points, [named(each.source) for each in shown], "taken for a person's", CHANCE,
        {"range": [0, 1.03], "tickformat": ".0%", "dtick": 0.25}, "%{x:.0%}",
    )  # fmt: skip


def _strength_chart(found: Results, named: Callable[[str], str]) -> go.Figure:
    shown = sorted(found.sources, key=lambda each: -each.strength.value)
    return _intervals(
        [each.strength for each in shown], [named(each.source) for each in shown],
        "strength, log-odds of being preferred", 0.0, {}, "%{x:.2f}",
    )  # fmt: skip


def _intervals(
    points: Sequence[Estimate], names: Sequence[str], label: str, middle: float, axis: dict, hover: str
) -> go.Figure:  # fmt: skip
    """One point a source with its interval; a dotted line where chance lies."""
    figure = charts.empty(
        label, "", x_axis=axis, showlegend=False, hovermode="closest", height=110 + 44 * len(names),
        y_axis={"type": "category", "autorange": "reversed", "title": None},
        shapes=[{"type": "line", "x0": middle, "x1": middle, "y0": 0, "y1": 1, "yref": "paper", "line": {"dash": "dot", "width": 1, "color": "gray"}}],
    )  # fmt: skip
    return figure.add_trace(
        go.Scatter(
            x=[point.value for point in points],
            y=list(names),
            mode="markers",
            marker={"size": 12},
            error_x={
                "type": "data",
                "symmetric": False,
                "thickness": 2,
                "width": 6,
                "array": [point.high - point.value for point in points],
                "arrayminus": [point.value - point.low for point in points],
            },
            hovertemplate=f"%{{y}}: {hover}<extra></extra>",
        )
    )


def _table(found: Results, named: Callable[[str], str]) -> pd.DataFrame:
    what = "Taken for a person's" if found.kind == ORIGIN else "Preferred"

    def row(each: SourceResult) -> dict[str, str]:
        share, strength = each.share, each.strength
        told = {
            "Source": named(each.source),
            what: f"{share.count} of {share.of}",
            "Share": f"{share.value:.0%}" if share.of else "–",
            "95 % interval": f"{share.low:.0%} to {share.high:.0%}",
        }
        if found.kind != ORIGIN:
            told["Strength"] = (
                f"{strength.value:+.2f} ({strength.low:+.2f} to {strength.high:+.2f})"
            )
        return told

    return pd.DataFrame([row(each) for each in found.sources])


# --- clips and files --------------------------------------------------------------------------------


def _clips(workspace: Workspace, test: ListeningTest) -> None:
    """The clips that fooled, or pleased, most, to be heard."""
    found, named = _results(workspace, test), _titles(workspace)
    if found.kind == ORIGIN:
        heading, what = "Machines that passed most often for a person", "taken for a person's"
        shown = [each for each in found.clips if each.clip.source != HUMAN]
    else:
        heading, what, shown = "Liked best", "preferred", list(found.clips)
    st.markdown(f"**{heading}**")
    for each in shown[:SHOWN_CLIPS]:
        clip = each.clip
        with st.container(horizontal=True, vertical_alignment="center"), frame.errors():
            st.audio(
                listening.sound_file(workspace, test, clip.number),
                format="audio/mpeg",
                width=280,
                alt=clip.title,
            )
            st.markdown(
                f"{plain(clip.title)}  \n{plain(named(clip.source))}: {what} {each.share.count} of "
                f"{amount(each.share.of, 'time')}"
            )


def _downloads(workspace: Workspace, test: ListeningTest) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Download all answers", width="content")
        for form in ("csv", "json"):
            st.download_button(
                form.upper(), partial(listening_results.export, workspace, test, form),
                file_name=f"listening-{test.code}.{form}", key=f"listening.export.{form}", on_click="ignore",
            )  # fmt: skip
