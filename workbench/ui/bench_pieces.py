"""The pieces behind a bench: what each has from training, seen and heard beside its source; what is wrong with it."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from workbench.core.bench import Bench, Measured, Showing
from workbench.metrics.collapse import findings
from workbench.metrics.human_baseline import COPIED, LIKE_PEOPLE, NEWER
from workbench.services import benches
from workbench.ui import bench_charts, charts, passages_view, result, rows
from workbench.ui.bench_form import PLACE
from workbench.ui.state import session
from workbench.ui.words import amount, plain
from workbench.workspace import Workspace

PEOPLE = "people (held-out)"
VERDICTS = (COPIED, LIKE_PEOPLE, NEWER)
FEWEST_EPOCHS = 2
MOST_PIXELS = 320
_LENGTHS = (4, 8, 12)


def originality(workspace: Workspace, bench: Bench, showings: Sequence[Showing]) -> None:
    """Copied, like people, newer than people; and for one piece the passage itself."""
    if not bench.baseline:
        st.info(
            "What people borrow cannot be measured here: the training split needs pieces of at least five families."
        )
        return
    composed = [each for each in showings if each.music.pieces]
    charts.show(
        bench_charts.longest_passages(bench, composed), key=f"{PLACE}.longest",
        alt="The longest passage of each piece that is found in training, with people's usual range",
    )  # fmt: skip
    st.dataframe(
        pd.DataFrame(_summary(bench, composed)), hide_index=True, height="content", placeholder="–",
        column_config={name: st.column_config.NumberColumn(format="percent") for name in _shares()},
        alt="What each model takes from training, next to people",
    )  # fmt: skip
    st.caption(
        "A pattern of 8 is 8 notes of one line, by intervals and times, so a copy in another key is found too. *Copied* pieces share a "
        "passage of 12 notes or more, longer than people's and no accident; *newer than people* share less than nearly all of theirs."
    )
    _checkpoints(bench, composed)
    _one_piece(workspace, bench, composed)


def _shares() -> list[str]:
    return [*(f"Patterns of {n}" for n in _LENGTHS), "Likeness to the nearest"]


def _summary(bench: Bench, showings: Sequence[Showing]) -> list[dict[str, object]]:
    sets = {bench.titles[each.entrant.name]: each.music for each in showings}
    found = []
    for label, music in {**sets, PEOPLE: bench.human}.items():
        pieces = music.pieces
        judged = [each.borrowed for each in pieces if each.borrowed]
        row: dict[str, object] = {
            "Music by": label,
            "All together": music.verdict.capitalize() or None,
        }
        for place, length in enumerate(_LENGTHS):
            row[f"Patterns of {length}"] = _mean([b.shares[place] for b in judged])
        row["Likeness to the nearest"] = _mean([b.cardinality for b in judged])
        row |= {
            verdict.capitalize(): sum(b.verdict == verdict for b in judged) for verdict in VERDICTS
        }
        found.append(row)
    return found


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _checkpoints(bench: Bench, showings: Sequence[Showing]) -> None:
    """Loss and borrowing over the epochs of a run, where several of them are on the bench."""
    runs: dict[str, list[Showing]] = {}
    for each in showings:
        if each.entrant.run and each.entrant.epoch:
            runs.setdefault(each.entrant.run, []).append(each)
    people = bench.human.figures.get("borrowed")
    for run, found in runs.items():
        points = {
            s.entrant.epoch or 0: (s.entrant.valid_loss, s.music.figures["borrowed"])
            for s in found
            if "borrowed" in s.music.figures
        }
        if len(points) >= FEWEST_EPOCHS:
            st.markdown(f"###### Where {plain(run)} begins to copy")
            charts.show(
                bench_charts.checkpoints([(epoch, *points[epoch]) for epoch in sorted(points)], people),
                key=f"{PLACE}.epochs.{run}", alt="Loss and share found in training over the epochs",
            )  # fmt: skip


def _one_piece(workspace: Workspace, bench: Bench, showings: Sequence[Showing]) -> None:
    """Choose a piece; see and hear what it has in common with a training piece."""
    st.markdown("###### Look at one piece")
    sets = {each.entrant.name: each.music.pieces for each in showings} | {"": bench.human.pieces}
    titles = bench.titles | {"": PEOPLE}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        model: str = st.selectbox(
            "Music by",
            list(sets),
            key=f"{PLACE}.piece.by",
            width=300,
            format_func=titles.__getitem__,
        )
        pieces = sets[model]
        order = sorted(range(len(pieces)), key=lambda n: -_longest(pieces[n]))
        number: int = st.selectbox(
            "Piece", order, key=f"{PLACE}.piece.{model}", width=420,
            format_func=lambda n: f"No. {n + 1}: {_longest(pieces[n])} notes in a row, {_verdict(pieces[n])}",
        )  # fmt: skip
    measured = pieces[number]
    score = benches.composed(workspace, bench.id, model, number)
    name, title = f"{bench.id}.{model}.{number}", f"No. {number + 1} of {titles[model]}"
    if measured.borrowed is None:
        return
    passages_view.verdict(measured.borrowed)
    if copied := measured.borrowed.longest or measured.borrowed.nearest:
        passages_view.side_by_side(
            workspace, score, copied, title=title, name=name, place=f"{PLACE}.passage"
        )
    else:
        result.music(workspace, score, name=name, title=title, key=f"{PLACE}.piece")


def _longest(measured: Measured) -> int:
    found = measured.borrowed
    return found.longest.notes if found and found.longest else 0


def _verdict(measured: Measured) -> str:
    return measured.borrowed.verdict if measured.borrowed else "not judged"


# --- what is wrong ----------------------------------------------------------------------------------


def validity(workspace: Workspace, bench: Bench, showings: Sequence[Showing]) -> None:
    """Promises broken and pieces in trouble, each explained with the setting to change, and heard."""
    table, ids = [], []
    for showing in showings:
        for number, each in enumerate(showing.music.pieces):
            if each.faults or each.findings:
                ids.append(f"{number}/{showing.entrant.name}")
                table.append(
                    {
                        "Piece": f"No. {number + 1}",
                        "Music by": bench.titles[showing.entrant.name],
                        "Promises broken": ", ".join(each.faults) or None,
                        "Trouble": ", ".join(name.replace("-", " ") for name in each.findings) or None,
                    }
                )  # fmt: skip
    count = sum(len(each.music.pieces) for each in showings)
    if not count:
        st.info("These models composed nothing for this bench; measure again with some pieces.")
        return
    if not table:
        st.success(
            f"All {amount(count, 'piece')} keep what was asked for (key, meter, length), can be engraved, played and read back, and "
            "none is stuck, silent or going in circles.",
            icon=":material/check:",
        )
        return
    st.caption(f"{len(table)} of {amount(count, 'piece')} have something wrong. Click one to see and hear it.")  # fmt: skip
    notes = session().notes(PLACE)
    rows.table(
        table, ids, key=f"{PLACE}.trouble.{bench.id}", alt="Pieces in trouble", columns={},
        on_open=lambda chosen: notes.update(trouble=chosen), most_pixels=MOST_PIXELS,
    )  # fmt: skip
    opened = notes.get("trouble")
    if opened in ids:
        number, _, model = opened.partition("/")
        score = benches.composed(workspace, bench.id, model, int(number))
        for finding in findings(score):
            if finding.is_wrong:
                st.warning(finding.sentence)
        result.music(
            workspace, score, name=f"{bench.id}.{model}.{number}", title=f"No. {int(number) + 1} of {bench.titles[model]}",
            key=f"{PLACE}.trouble",
        )  # fmt: skip
