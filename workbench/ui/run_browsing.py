"""Browsing the runs: filters, a table a page at a time, and what can be done with the rows that are ticked.

A row is a run, or with *Seeds together* all runs of a configuration, as a mean with its interval.
"""

import json
from typing import Any

import streamlit as st

from workbench.core.runs import BROUGHT, TrainingRun
from workbench.services import comparing, training
from workbench.services.comparing import Line
from workbench.store.run_query import RunQuery
from workbench.ui import frame, rows, run_comparison
from workbench.ui.state import session
from workbench.ui.training_view import STATES
from workbench.ui.words import amount, moment
from workbench.workspace import Workspace

PLACE = "runs"
ROWS = 25
SORTS = {
    "Newest first": ("begun", False),
    "Oldest first": ("begun", True),
    "Best held-out": ("held-out", False),
    "Furthest below the n-gram": ("gain", False),
    "Best validation loss": ("loss", False),
    "By model": ("model", False),
    "By dataset": ("dataset", False),
    "Fewest parameters": ("parameters", False),
    "Quickest": ("time", False),
    "Least energy": ("energy", False),
}
FIGURES, DIFFERENCES, SETTINGS = "Figures", "Settings that differ", "All settings"
NATS = "Nats per quarter note on pieces never heard; less is better"
MARK = "★"


def browse(workspace: Workspace) -> None:
    """Filters, table, and below it what concerns the rows that are ticked."""
    query = _filters(workspace)
    sort, together, shown = _manner()
    view = json.dumps([vars(query), sort, together])
    page = f"{PLACE}.page.{view}"
    by, reverse = SORTS[sort]
    lines, total = comparing.page(
        workspace, query, sort=by, reverse=reverse, together=together,
        offset=(st.session_state.get(page, 1) - 1) * ROWS, limit=ROWS,
    )  # fmt: skip
    if total and not lines:  # there are fewer pages than there were
        st.session_state[page] = 1
        st.rerun()
    if not lines:
        st.info("No run matches. Remove a filter or a word.")
        return
    kind = "configuration" if together else "run"
    heading = st.container()
    ticked = _table(
        lines, shown, together, key=f"{PLACE}.{view}.{session().notes(PLACE).get('ticks', 0)}"
    )
    if total > ROWS:
        st.pagination(-(-total // ROWS), key=page)
    chosen = [line for line in lines if line["ids"][0] in ticked]
    words = f"Click a row to open it, tick rows to compare them. {MARK} is pinned."
    if chosen:
        words = f"{len(chosen)} ticked; they are compared below the table."
    heading.caption(f"{amount(total, kind)}. {words}")
    if chosen:
        _bar(workspace, chosen)
        run_comparison.show(workspace, chosen, together=together)
    else:
        run_comparison.downloads(
            lambda form: comparing.compare(
                workspace,
                [run for each in comparing.page(workspace, query, sort=by, reverse=reverse)[0] for run in each["ids"]],
                together=together,
            ).table(form),
            f"Download {amount(total, kind)}",
        )  # fmt: skip


# --- what is looked for ---------------------------------------------------------------------------


def _filters(workspace: Workspace) -> RunQuery:
    """A search box, and a box for each property of which there are several values."""
    facets = comparing.facets(workspace)
    titles = {each.name: each.title for each in training.architectures()}
    titles |= {each.name: each.title for each in training.tokenizers()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            "Search", key=session().widget(PLACE, "words", ""), persist_state="session", type="search",
            icon=":material/search:", placeholder="name, tag or note",
        )  # fmt: skip
        state = _box("state", "Any state", [each for each in STATES if each != "stopping"])
        architecture = _box("architecture", "Any model", facets["architecture"], titles)
        tokenizer = _box("tokenizer", "Any tokenizer", facets["tokenizer"], titles)
        dataset = _box("dataset", "Any dataset", facets["dataset"])
        tag = _box("tag", "Any tag", facets["tag"], least=1)
        archived = st.toggle(
            "Archived too", key=session().widget(PLACE, "archived", False), persist_state="session"
        )
    return RunQuery(words or "", state, architecture, tokenizer, dataset, tag, archived)


def _box(
    name: str, label: str, values: list[str], titles: dict[str, str] | None = None, least: int = 2
) -> str:
    """A box of values, where there are enough of them to choose; what is chosen."""
    names = {state: words for state, (words, _) in STATES.items()} | (titles or {})
    if len(values) < least:
        return ""
    if session().value(PLACE, name, "") not in values:  # it is gone
        session().fill(PLACE, {name: ""})
    return st.selectbox(
        label, ["", *values], key=session().widget(PLACE, name, ""), persist_state="session",
        format_func=lambda each: names.get(each, each) or label, label_visibility="collapsed", width=170,
    )  # fmt: skip


def _manner() -> tuple[str, bool, str]:
    """The order, whether seeds are taken together, and which columns are shown."""
    with st.container(horizontal=True, vertical_alignment="center"):
        sort = st.selectbox(
            "Sort", list(SORTS), key=session().widget(PLACE, "sort", next(iter(SORTS))), persist_state="session",
            label_visibility="collapsed", width=240,
        )  # fmt: skip
        shown: Any = st.segmented_control(
            "Columns", [FIGURES, DIFFERENCES, SETTINGS], key=session().widget(PLACE, "columns", FIGURES),
            required=True, persist_state="session", label_visibility="collapsed",
        )  # fmt: skip
        together = st.toggle(
            "Seeds together", key=session().widget(PLACE, "together", False), persist_state="session",
            help="Runs that differ only in their seed become one row: the mean of those that finished, with the "
            "95 % interval of Student's t distribution",
        )  # fmt: skip
    return sort, together, shown


# --- the table ------------------------------------------------------------------------------------


def _table(lines: list[Line], shown: str, together: bool, *, key: str) -> set[str]:
    """The lines; the first run of each that is ticked."""
    titles = {each.name: each.title for each in training.architectures()}
    table = [{"Run": _name(line, titles)} for line in lines]
    for row, line in zip(table, lines, strict=True):
        row |= _figures(line, together) if shown == FIGURES else {"Held-out": line["held_out"]}
    if shown != FIGURES:
        known = dict.fromkeys(name for line in lines for name in line["settings"])
        names = list(known) if shown == SETTINGS else comparing.differing(lines)
        for row, line in zip(table, lines, strict=True):
            row |= {
                comparing.title_of(name): str(line["settings"].get(name, "–")) for name in names
            }
    ids = [line["ids"][0] for line in lines]
    columns = {
        "Run": st.column_config.TextColumn(width=270),
        "Validation loss": st.column_config.NumberColumn(
            format="%.3f", help="Nats per token at the best epoch; less is better"
        ),
        "Held-out": st.column_config.NumberColumn(format="%.3f", help=NATS),
        "±": st.column_config.NumberColumn(
            format="%.3f", help="Half of the 95 % interval of the mean (Student's t)"
        ),
        "Seeds": st.column_config.NumberColumn(help="Finished seeds: the n of the mean"),
        "n-gram": st.column_config.NumberColumn(format="%.3f", help=f"The n-gram baseline. {NATS}"),
        "Parameters": st.column_config.NumberColumn(format="localized"),
        "Time (s)": st.column_config.NumberColumn(format="%.1f", help="Time its epochs took"),
        "Energy (Wh)": st.column_config.NumberColumn(
            format="%.3f", help="An estimate: processor time × watts; see below the table"
        ),
        "Tags": st.column_config.ListColumn(width=150),
    }
    used = {name: each for name, each in columns.items() if name in table[0]}
    return set(rows.ticking_table(table, ids, key=key, alt="Runs", columns=used, on_open=_open))


def _name(line: Line, titles: dict[str, str]) -> str:
    mark = f"{MARK} " if line["pinned"] else ""
    architecture = titles.get(line["architecture"], line["architecture"])
    archived = ", archived" if line["archived"] else ""
    brought = ", brought in" if line["asked_by"] == BROUGHT else ""
    return f"{mark}{architecture} on {line['dataset']} ({line['id']}{brought}{archived})"


def _figures(line: Line, together: bool) -> dict[str, Any]:
    state = ", ".join(STATES[each][0] for each in line["state"].split(", "))
    mean = {"±": line["held_out_interval"], "Seeds": line["seeds"]} if together else {}
    return {
        "State": state,
        "Held-out": line["held_out"],
        **mean,
        "n-gram": line["baseline"],
        "Validation loss": line["best_loss"],
        "Epochs": line["epoch"],
        "Parameters": line["parameters"],
        "Time (s)": line["seconds"] or None,
        "Energy (Wh)": line["watt_hours"],
        "Tags": line["tags"],
        "Begun": moment(line["created"]),
    }


def _open(run: str) -> None:
    session().run = run


# --- what is said of runs -------------------------------------------------------------------------


def _bar(workspace: Workspace, lines: list[Line]) -> None:
    """Buttons for the rows that are ticked."""
    ids = [run for line in lines for run in line["ids"]]
    is_pinned = all(line["pinned"] for line in lines)
    is_archived = all(line["archived"] for line in lines)
    tags = sorted({tag for line in lines for tag in line["tags"]})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _button("Unpin" if is_pinned else "Pin", "push_pin", workspace, ids, pinned=not is_pinned)
        _button(
            "Unarchive" if is_archived else "Archive", "archive", workspace, ids, archived=not is_archived
        )  # fmt: skip
        typed = session().value(PLACE, "word", None)
        offered = [*tags, *comparing.facets(workspace)["tag"], *filter(None, [typed])]
        word = st.selectbox(
            "Tag", list(dict.fromkeys(offered)), key=session().widget(PLACE, "word", None),
            accept_new_options=True, placeholder="a tag", label_visibility="collapsed", width=180,
        )  # fmt: skip
        _button("Tag", "label", workspace, ids, disabled=not word, tag=[word])
        _button("Remove tag", "label_off", workspace, ids, disabled=word not in tags, untag=[word])
        st.button("Untick", type="tertiary", on_click=_untick)


def _button(
    label: str, icon: str, workspace: Workspace, ids: list[str], *, disabled: bool = False, **said: Any
) -> None:  # fmt: skip
    st.button(
        label, key=f"{PLACE}.{icon}", icon=f":material/{icon}:", disabled=disabled, on_click=_annotate,
        args=(workspace, ids), kwargs=said,
    )  # fmt: skip


def _annotate(workspace: Workspace, ids: list[str], **said: Any) -> None:
    with frame.errors():
        comparing.annotate(workspace, ids, **said)
    if "archived" in said:
        _untick()


def _untick() -> None:
    notes = session().notes(PLACE)
    notes["ticks"] = notes.get("ticks", 0) + 1


def care(workspace: Workspace, run: TrainingRun) -> None:
    """Note, tags, pin and archive of one run, on its own page."""
    key = f"{PLACE}.care.{run.id}"

    def keep() -> None:
        said = st.session_state
        before, after = set(run.tags), set(said[f"{key}.tags"])
        with frame.errors():
            comparing.annotate(
                workspace, [run.id], note=said[f"{key}.note"], tag=sorted(after - before),
                untag=sorted(before - after), pinned=said[f"{key}.pinned"], archived=said[f"{key}.archived"],
            )  # fmt: skip

    words, marks = st.columns([2, 1])
    with words:
        st.text_area(
            "Note", run.note, key=f"{key}.note", on_change=keep, height="content",
            placeholder="What you tried, and what came of it",
        )  # fmt: skip
    with marks:
        known = list(dict.fromkeys([*run.tags, *comparing.facets(workspace)["tag"]]))
        st.multiselect(
            "Tags", known, list(run.tags), key=f"{key}.tags", on_change=keep, accept_new_options=True,
            placeholder="a word or two",
        )  # fmt: skip
        with st.container(horizontal=True):
            st.toggle("Pinned", run.pinned, key=f"{key}.pinned", on_change=keep)
            st.toggle(
                "Archived", run.archived, key=f"{key}.archived", on_change=keep,
                help="Archived runs keep everything, and are left out of the table",
            )  # fmt: skip
