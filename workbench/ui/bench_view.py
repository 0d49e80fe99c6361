"""A bench on a page: the leaderboard first, then what stands behind it, a tab each."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from workbench.core.bench import Bench, Showing
from workbench.metrics import leaderboard
from workbench.metrics.features import FEATURES
from workbench.metrics.leaderboard import Leaderboard
from workbench.metrics.music_sets import features_of
from workbench.metrics.standings import BY_NAME, FIGURES, by_label
from workbench.services import benches
from workbench.services.benches import Summary
from workbench.ui import bench_charts, bench_files, bench_pieces, charts, following, frame
from workbench.ui.bench_form import PLACE
from workbench.ui.state import session
from workbench.ui.words import amount, duration, moment, plain
from workbench.workspace import Workspace

LABELS = {"Key": "key", "Meter": "meter", "Collection": "collection"}
CHARTED = ("held_out", "frechet", "overlap", "copied", "trouble", "tokens_per_second")
FEWEST = 2
FIRST_FEATURE = "pitch-class-entropy"


def waiting(workspace: Workspace) -> bool:
    """The progress of benches that are under way; the one that was asked for here is opened when it is done."""
    notes = session().notes(PLACE)
    for job in benches.under_way(workspace):
        following.watch(workspace, job)
    if asked := notes.get("waiting"):
        job = benches.job(workspace, asked)
        if not job.has_ended:
            return True
        del notes["waiting"]
        following.failure(job)
        if job.state == "done":
            session().bench = asked
            st.rerun()
    return bool(benches.under_way(workspace))


def show(workspace: Workspace, bench: Bench, found: Sequence[Summary]) -> None:
    """All of one bench."""
    if len(found) >= FEWEST:
        _switch(bench, found)
    names = _models(bench)
    together = _together(bench)
    figures = _figures()
    board = benches.leaderboard(workspace, bench.id, names, figures, together=together)
    showings = [each for each in bench.showings if not names or each.entrant.name in names]
    views = {
        "Leaderboard": lambda: _leaderboard(board),
        "Foreseeing": lambda: _foreseeing(bench, names),
        "As music": lambda: _music(bench, showings),
        "Originality": lambda: bench_pieces.originality(workspace, bench, showings),
        "Validity": lambda: bench_pieces.validity(workspace, bench, showings),
    }
    tabs = st.tabs(list(views), key=f"{PLACE}.views", on_change="rerun")
    for tab, draw in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab, frame.errors():
                draw()
    bench_files.downloads(workspace, board, together=together, names=names, figures=figures)
    _about(workspace, bench)


def _switch(bench: Bench, found: Sequence[Summary]) -> None:
    """Another bench than the one that is shown."""
    ids = [each.id for each in found]
    words = {
        each.id: f"{amount(len(each.models), 'model')} on {each.dataset}, {moment(each.created)}"
        for each in found
    }
    key = session().show(PLACE, "shown", bench.id)

    def opened() -> None:
        session().bench = st.session_state[key]

    st.selectbox("Bench", ids, format_func=lambda each: words[each], key=key, on_change=opened, width=420)  # fmt: skip


def _models(bench: Bench) -> list[str]:
    """Those that are looked at; all at first."""
    names = [each.entrant.name for each in bench.showings]
    if len(names) < FEWEST:
        return []
    chosen = st.pills(
        "Models", names, selection_mode="multi", default=names, key=f"{PLACE}.{bench.id}.models",
        format_func=lambda name: plain(bench.titles[name]),
    )  # fmt: skip
    return [name for name in names if name in chosen] if chosen else []


def _together(bench: Bench) -> bool:
    """Whether seeds are taken together; asked where there are several of one configuration."""
    kinds = [each.entrant.configuration for each in bench.showings if each.entrant.configuration]
    if len(set(kinds)) == len(kinds):
        return False
    return st.toggle(
        "Seeds together", key=session().widget(PLACE, "together", True), persist_state="session",
        help="Runs that differ only in their seed become one row: means, with the 95 % interval of Student's t distribution; shares of pieces have the exact one over all of them",
    )  # fmt: skip


def _figures() -> list[str]:
    """Those that the table and all that is made of it have; an empty list for all."""
    left_out = session().value(PLACE, "left out", [])
    with st.popover(f"Figures: {len(FIGURES) - len(left_out)} of {len(FIGURES)}", icon=":material/view_column:"):  # fmt: skip
        left_out = st.pills(
            "Leave out", [figure.name for figure in FIGURES], selection_mode="multi",
            key=session().widget(PLACE, "left out", []), persist_state="session", format_func=lambda name: BY_NAME[name].title,
        )  # fmt: skip
    return [f.name for f in FIGURES if f.name not in left_out] if left_out else []


# --- the leaderboard --------------------------------------------------------------------------------


def _leaderboard(board: Leaderboard) -> None:
    figure_names = [figure.name for figure in board.figures if figure.name in CHARTED]
    people = leaderboard.people_of(board.bench)
    if len(board.standings) >= FEWEST and figure_names:
        name: str = st.segmented_control(
            "Figure", figure_names, default=figure_names[0], required=True, key=f"{PLACE}.figure",
            format_func=lambda each: BY_NAME[each].title, label_visibility="collapsed",
        )  # fmt: skip
        value = people.get(name)
        charts.show(
            bench_charts.intervals(board.standings, BY_NAME[name], value.value if value else None),
            key=f"{PLACE}.intervals", alt=f"{BY_NAME[name].title} of each model with its 95 % interval",
        )  # fmt: skip
        st.caption(BY_NAME[name].reading)
    titles = {figure.name: leaderboard.heading(figure) for figure in board.figures}
    rows: list[dict[str, str | None]] = [
        {
            "Model": label,
            **{titles[name]: text or None for name, text in cells.items()},
        }
        for label, cells in board.rows()
    ]
    columns = {
        leaderboard.heading(figure): st.column_config.TextColumn(help=f"{figure.reading} ({figure.unit})")
        for figure in board.figures
    }  # fmt: skip
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, height="content", placeholder="–", key=f"{PLACE}.board",
        column_config=columns, alt="Leaderboard: a row per model, a column per figure",
    )  # fmt: skip
    st.caption(leaderboard.MARKS)
    for sentence in board.remarks:
        st.caption(plain(sentence))


# --- what stands behind it --------------------------------------------------------------------------


def _foreseeing(bench: Bench, names: Sequence[str]) -> None:
    st.caption(
        "Nats per quarter note on the held-out pieces, by kind of piece; less is better. Models that have heard any of "
        "them are left out."
    )
    label: str = st.segmented_control(
        "By", list(LABELS), default="Key", required=True, key=f"{PLACE}.label", label_visibility="collapsed"
    )  # fmt: skip
    field = LABELS[label]
    found = by_label(bench, lambda number: getattr(bench.humans[number], field), names)
    if not found:
        st.info("None of these models has a meaningful held-out figure; choose models that have not heard these pieces.")  # fmt: skip
        return
    charts.show(
        bench_charts.by_label(found, label.lower()), key=f"{PLACE}.by", alt=f"Held-out surprise by {label.lower()}"
    )  # fmt: skip


def _music(bench: Bench, showings: Sequence[Showing]) -> None:
    if not any(each.music.pieces for each in showings):
        st.info("These models composed nothing for this bench; measure again with some pieces.")
        return
    st.caption(
        f"How far the spread of each feature overlaps that of the {amount(len(bench.humans), 'held-out piece')} by people: 100 % is no "
        "difference. *Other people* are training pieces: the most to ask of a model."
    )
    charts.show(
        bench_charts.likeness(bench, showings), key=f"{PLACE}.likeness",
        alt="Overlap of every feature with people's, a column per model",
    )  # fmt: skip
    known = [f.name for f in FEATURES if f.name in bench.people.likeness]
    if not known:
        return
    start = known.index(FIRST_FEATURE) if FIRST_FEATURE in known else 0
    name: str = st.selectbox("Feature", known, start, format_func=lambda each: FEATURES.get(each).title, key=f"{PLACE}.feature", width=420)  # fmt: skip
    feature = FEATURES.get(name)
    charts.show(
        bench_charts.spread(bench, showings, name), key=f"{PLACE}.spread", alt=f"How {feature.title.lower()} is spread"
    )  # fmt: skip
    st.markdown(f"{feature.definition} {feature.reading}")
    st.caption(f"Source: {feature.source}. {feature.differs}")
    with st.expander("All features in numbers"):
        _means(bench, showings)
    with st.expander("Pitches, intervals and note values together"):
        _histograms(bench, showings)


def _means(bench: Bench, showings: Sequence[Showing]) -> None:
    """The mean of every feature: held-out music by people, other people, and each model."""
    sets = {"People (held-out)": bench.human, "Other people": bench.people}
    sets |= {bench.titles[each.entrant.name]: each.music for each in showings if each.music.pieces}
    tables = {label: features_of(each.pieces, len(bench.features)) for label, each in sets.items()}
    rows = []
    for column, name in enumerate(bench.features):
        feature = FEATURES.get(name)
        row: dict[str, object] = {"Feature": feature.title, "Unit": feature.unit}
        for label, table in tables.items():
            known = table[~np.isnan(table[:, column]), column]
            row[label] = float(known.mean()) if len(known) else None
        rows.append(row | {"More of it": feature.reading.removeprefix("More of it: ")})
    number = st.column_config.NumberColumn(format="%.3g")
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, height="content", placeholder="–",
        column_config=dict.fromkeys(sets, number), alt="The mean of every feature",
    )  # fmt: skip


def _histograms(bench: Bench, showings: Sequence[Showing]) -> None:
    st.caption(
        "Overlap and Kullback-Leibler divergence of the mean histograms, and the overlap of MGEval, which compares distances between "
        "pieces. For MGEval's, distances among people's pieces are one sample, from a model's pieces to theirs the other."
    )
    models = {bench.titles[each.entrant.name]: each.music for each in showings}
    sets = {leaderboard.PEOPLE: bench.people} | models
    rows = [
        {
            "Distribution": name,
            "Of": label,
            "Overlap": found.likeness[name].overlap,
            "KL (nats)": found.likeness[name].divergence,
            "MGEval's overlap": found.likeness[name].set_overlap,
        }
        for name in bench.human.histograms
        for label, found in sets.items()
        if name in found.likeness
    ]
    number = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, height="content", placeholder="–",
        column_config={"Overlap": st.column_config.NumberColumn(format="percent"), "KL (nats)": number, "MGEval's overlap": st.column_config.NumberColumn(format="percent")},
        alt="Distributions compared",
    )  # fmt: skip


def _about(workspace: Workspace, bench: Bench) -> None:
    spec = bench.spec
    with st.expander("How this was measured"):
        st.markdown(
            f"{amount(len(bench.humans), 'held-out piece')} of **{plain(spec.dataset)}** (fingerprint {bench.dataset_fingerprint[:12]}), "
            f"{amount(bench.training_pieces, 'training piece')} to look for copies in, {amount(spec.pieces, 'piece')} composed by each model with "
            f"seeds from {spec.seed}. It took {duration(bench.seconds)}."
        )
        st.caption(", ".join(f"{name} {version}" for name, version in bench.versions.items()))
        command = f"python -m workbench evaluate --all --dataset {spec.dataset} {' '.join(f'--model {m}' for m in spec.models)} --pieces {spec.pieces} --seed {spec.seed}{' --unheard' if spec.unheard_only else ''} --json"
        st.code(command, language=None, wrap_lines=True)
        with st.popover("Throw this bench away", icon=":material/delete:"):
            st.caption("Its figures and the pieces composed for it will be gone for good.")
            if st.button("Throw it away", key=f"{PLACE}.delete"):
                benches.delete(workspace, bench.id)
                session().bench = None
                st.rerun()
