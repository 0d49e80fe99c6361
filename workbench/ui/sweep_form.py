"""The form that asks for a search: which settings are varied and how far, and how long it may take."""

from typing import Any

import streamlit as st

from workbench.core.settings import Setting
from workbench.core.specs import TrainingSpec
from workbench.core.sweeps import SAMPLERS, Budget, SweepSpec, Vary, usual
from workbench.services import sweeps
from workbench.ui import frame
from workbench.ui.forms import humanize
from workbench.ui.state import session
from workbench.workspace import Workspace

PLACE = "sweep"
TRIALS, MINUTES = "Trials", "Minutes"
USUAL = ("learning_rate", "units", "width", "order", "filters")
"""Those that are varied at first, two at most, where an architecture has them."""
SAMPLER_NAMES = {"tpe": "Learns (TPE)", "random": "Random"}


def sweep_form(workspace: Workspace, spec: TrainingSpec) -> None:
    """Folded below the button that starts one training: what stands in the form above is what all trials share."""
    box = st.expander(
        "Search for good settings", icon=":material/travel_explore:", on_change="rerun", key=f"{PLACE}.new"
    )  # fmt: skip
    if box.open:
        with box, frame.errors():
            _form(workspace, spec)


def _form(workspace: Workspace, spec: TrainingSpec) -> None:
    st.caption(
        "Trains with one choice of settings after another, each a run of its own, and looks for the lowest validation loss. "
        "What is not varied here stays as set above. The test pieces decide nothing."
    )
    architecture = spec.model.architecture
    place = f"{architecture}.going on" if spec.start_from else architecture
    known = {setting.name: setting for setting in sweeps.settings(spec)}
    start = [name for name in USUAL if name in known][:2]
    picked = st.multiselect(
        "Settings to vary", list(known), key=session().widget(PLACE, f"vary.{place}", start),
        format_func=humanize, persist_state="session", placeholder="at least one",
    )  # fmt: skip
    now = {**vars(spec.training), **spec.model.settings}
    vary = tuple(_range(known[name], now[name], architecture) for name in picked)
    budget = _budget()
    asked = _manner(spec, vary)
    if st.button("Start the search", icon=":material/travel_explore:", disabled=not picked):
        with st.spinner("Laying out the music …"):
            sweep = sweeps.start(workspace, asked, budget)
            sweeps.launch(workspace, sweep)
        session().run = None
        session().sweep = sweep
        frame.go("runs", sweep=sweep)


def _range(setting: Setting, value: Any, architecture: str) -> Vary:
    """One setting: the ends of its range, or its choices."""
    start, place = usual(setting, value), f"{PLACE}/{architecture}"
    name = humanize(setting.name)
    if start.choices:
        chosen = st.pills(
            name, start.choices, selection_mode="multi", format_func=str,
            key=session().widget(place, setting.name, list(start.choices)), persist_state="session", help=setting.help,
        )  # fmt: skip
        return Vary(
            setting.name, choices=tuple(c for c in start.choices if c in chosen) or (value,)
        )
    kind: Any = setting.type
    ends = []
    low, high, log = st.columns([2, 2, 1], vertical_alignment="bottom")
    for column, words, end in ((low, "from", start.low), (high, "to", start.high)):
        with column:
            number: Any = st.number_input(
                f"{name}, {words}", kind(setting.low), kind(setting.high),
                key=session().widget(place, f"{setting.name}.{words}", kind(end)), persist_state="session",
                format="%d" if kind is int else "%g", step=1 if kind is int else None, help=setting.help,
            )  # fmt: skip
            ends.append(float(number))
    with log:
        is_log = st.toggle(
            "Powers", key=session().widget(place, f"{setting.name}.log", start.is_log), persist_state="session",
            help="Draws on a log scale: as many between 0.001 and 0.01 as between 0.01 and 0.1",
        )  # fmt: skip
    return Vary(setting.name, ends[0], ends[1], is_log, kind is int)


def _budget() -> Budget:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by: Any = st.segmented_control(
            "Budget", [TRIALS, MINUTES], key=session().widget(PLACE, "by", TRIALS), required=True,
            persist_state="session",
        )  # fmt: skip
        number = st.number_input(
            f"How many {by.lower()}", 1, 1000, key=session().widget(PLACE, f"budget.{by}", 20 if by == TRIALS else 60),
            persist_state="session", width=180,
            help="Clock time from the start of the first trial; a trial still under way then ends early"
            if by == MINUTES else None,
        )  # fmt: skip
    return Budget(trials=int(number)) if by == TRIALS else Budget(minutes=float(number))


def _manner(spec: TrainingSpec, vary: tuple[Vary, ...]) -> SweepSpec:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sampler: Any = st.segmented_control(
            "Choice of settings", list(SAMPLERS), key=session().widget(PLACE, "sampler", "tpe"), required=True,
            format_func=lambda name: SAMPLER_NAMES[name], persist_state="session",
            help=". ".join(f"{SAMPLER_NAMES[name]}: {words}" for name, words in SAMPLERS.items()),
        )  # fmt: skip
        seed = st.number_input(
            "Seed of the search", 0, 2**31 - 1, key=session().widget(PLACE, "seed", 0), persist_state="session",
            width=180, help="Same seed, same settings in the same order",
        )  # fmt: skip
        prunes = st.toggle(
            "End hopeless trials early", key=session().widget(PLACE, "prunes", True), persist_state="session",
            help="From its second epoch on, a trial ends if its loss is worse than that of half of the earlier trials at the same epoch. Three must have finished first",
        )  # fmt: skip
    return SweepSpec(spec, vary, sampler, int(seed), prunes)
