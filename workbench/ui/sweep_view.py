"""A search on a page: how far it is, its trials, which settings did well, and the way to use them."""

from typing import Any

import streamlit as st

from workbench.core.runs import FAILED, RUNNING, STOPPED
from workbench.core.sweeps import ENDED_EARLY, Budget, Sweep
from workbench.services import activity, sweeps, training
from workbench.ui import charts, following, frame, rows, sweep_charts, training_form
from workbench.ui.forms import humanize
from workbench.ui.state import session
from workbench.ui.training_view import STATES, Colour
from workbench.ui.words import amount, duration, loss, moment, plain
from workbench.workspace import Workspace

PLACE = "sweep"
TICK_SECONDS = 1.5
MOST_LISTED = 30
LEAST_LINES = 2
TRIAL_STATES = {name: words for name, (words, _) in STATES.items()} | {ENDED_EARLY: ENDED_EARLY}
_STATES: dict[str, tuple[str, Colour]] = {
    "running": ("searching", "blue"),
    "stopping": ("stopping", "orange"),
    "stopped": ("stopped", "orange"),
    "done": ("done", "green"),
    "failed": ("failed", "red"),
}


def listed(workspace: Workspace) -> None:
    """The searches there are, folded; nothing where there is none."""
    found = sweeps.all(workspace, limit=MOST_LISTED)
    if not found:
        return
    going = sum(sweep.state == RUNNING for sweep in found)
    words = f"{going} under way" if going else f"{len(found)} so far"
    with st.expander(f"Searches for good settings: {words}", icon=":material/travel_explore:"):
        for sweep in found:
            best = f", best {loss(sweep.best.best_loss)}" if sweep.best else ""
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.button(
                    f"{plain(_name(sweep))} ({sweep.id})", key=f"{PLACE}.open.{sweep.id}", type="tertiary",
                    on_click=_open, args=(sweep.id,),
                )  # fmt: skip
                st.caption(
                    f"{_STATES[_state(sweep)][0]}, {amount(len(sweep.trials), 'trial')}{best}, {moment(sweep.created)}",
                    width="content",
                )


def ways_back(workspace: Workspace, run: str) -> None:
    """From a run back to the table, and to the search that it is a trial of."""
    with st.container(horizontal=True):
        st.button("All runs", icon=":material/arrow_back:", on_click=close)
        if found := sweeps.of_run(workspace, run):
            sweep, number = found
            st.button(
                f"Trial {number + 1} of {sweep}", icon=":material/travel_explore:", on_click=_open, args=(sweep,)
            )  # fmt: skip


def close() -> None:
    """Back to the table of runs."""
    session().run = session().sweep = None


def _open(sweep: str) -> None:
    session().run, session().sweep = None, sweep


def show(workspace: Workspace, sweep: Sweep) -> None:
    """All of one search."""
    st.button("All runs", icon=":material/arrow_back:", on_click=close)
    is_active = sweep.state == RUNNING or bool(sweep.live)
    tick = TICK_SECONDS if is_active else None
    st.fragment(_live, run_every=tick)(workspace, sweep.id, _stage(sweep))
    if sweep.state == FAILED:
        st.error(plain(sweep.message), icon=":material/error:")
    elif sweep.message:
        st.info(plain(sweep.message))
    _actions(workspace, sweep)
    _charts(sweep)
    _trials(sweep)
    with st.expander("What is searched"):
        _asked(sweep)


def _stage(sweep: Sweep) -> list[Any]:
    """What the page below the heading depends on."""
    return [sweep.state, [trial.state for trial in sweep.trials]]


def _state(sweep: Sweep) -> str:
    return "stopping" if sweep.state == STOPPED and sweep.live else sweep.state


def _name(sweep: Sweep) -> str:
    titles = {each.name: each.title for each in training.architectures()}
    base = sweep.spec.base
    return f"{titles.get(base.model.architecture, base.model.architecture)} on {base.dataset}"


def _live(workspace: Workspace, sweep_id: str, stage: list[Any]) -> None:
    """Heading and figures, renewed; when a trial begins or ends, the whole page is."""
    sweep = sweeps.get(workspace, sweep_id)
    if _stage(sweep) != stage:
        st.rerun()
    words, colour = _STATES[_state(sweep)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"Settings for {plain(_name(sweep))}", anchor=False, width="content")
        st.badge(words, color=colour)
        st.caption(sweep.id, width="content")
    best = sweep.best
    ended = sum(trial.has_ended for trial in sweep.trials)
    of = f" of {sweep.budget.trials}" if sweep.budget.trials is not None else ""
    with st.grid(4, min_column_width=150):
        st.metric("Trials done", f"{ended}{of}", border=True)
        st.metric(
            "Best validation loss", loss(best.best_loss if best else None), border=True,
            help="Nats per token on the validation pieces; less is better. The test pieces decide nothing",
        )  # fmt: skip
        st.metric("Best trial", str(best.number + 1) if best else "–", border=True)
        st.metric(*_time(sweep), border=True)
    for trial in sweep.live:
        following.show(activity.job(workspace, training.job(workspace, trial.run)))


def _time(sweep: Sweep) -> tuple[str, str]:
    if sweep.state == RUNNING and sweep.budget.minutes is not None:
        left = sweep.seconds_left
        return "Time left", duration(sweep.budget.minutes * 60 if left is None else left)
    return "Time trained", duration(sum(trial.seconds for trial in sweep.trials))


# --- what can be done ---------------------------------------------------------------------------


def _actions(workspace: Workspace, sweep: Sweep) -> None:
    best = sweep.best
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if best and st.button(
            "Use these settings", type="primary", icon=":material/tune:", key=f"{PLACE}.use",
            help=f"Puts the settings of trial {best.number + 1}, the best so far, into the form on the Train page",
            on_click=training_form.remember, args=(sweeps.settings_of(sweep, best),),
        ):  # fmt: skip
            frame.go("train")
        if sweep.state == RUNNING:
            st.button(
                "Stop", key=f"{PLACE}.stop", icon=":material/stop:", on_click=sweeps.stop, args=(workspace, sweep.id),
                help="Stops within seconds. Trials keep their best weights, and go on if the search does",
            )  # fmt: skip
        elif not sweep.live:
            _more(workspace, sweep)


def _more(workspace: Workspace, sweep: Sweep) -> None:
    """Go on, with so much more."""
    is_by_clock = sweep.budget.minutes is not None
    unit = "minutes" if is_by_clock else "trials"
    number = st.number_input(
        f"More {unit}", 1, 1000, 10, key=f"{PLACE}.more", width=140, label_visibility="visible"
    )
    if st.button("Go on", key=f"{PLACE}.resume", icon=":material/play_arrow:"):
        more = Budget(minutes=float(number)) if is_by_clock else Budget(trials=int(number))
        with frame.errors():
            sweeps.resume(workspace, sweep.id, more)
            sweeps.launch(workspace, sweep.id)
            st.rerun()


# --- what came of it ----------------------------------------------------------------------------


def _charts(sweep: Sweep) -> None:
    measured = sweep_charts.measured(sweep)
    if not measured:
        st.caption("Charts appear here once a trial has finished.")
        return
    charts.show(
        sweep_charts.best_over_trials(sweep), key=f"best.{sweep.id}",
        alt="Validation loss of every trial, and the best so far",
    )  # fmt: skip
    left, right = st.columns([2, 1])
    with left:
        st.markdown("###### Settings and what came of them")
        if len(measured) < LEAST_LINES:
            st.caption("Lines appear here from the second trial on.")
        else:
            charts.show(
                sweep_charts.parallel(sweep), key=f"parallel.{sweep.id}",
                alt="Parallel coordinates: a line for each trial through its settings to its loss",
            )  # fmt: skip
            st.caption("A line is a trial; the more orange, the better.")
    with right:
        st.markdown("###### Which settings matter")
        if sweep.importance:
            charts.show(
                sweep_charts.importance(sweep.importance), key=f"importance.{sweep.id}",
                alt="Each setting's share in what made trials good",
            )  # fmt: skip
            st.caption(
                "Estimated from these trials alone (PED-ANOVA), so the more there are, the surer."
            )
        elif len(sweep.spec.vary) < LEAST_LINES:
            st.caption("Only one setting is varied, so there is nothing to weigh.")
        else:
            st.caption("This can be told once five trials have run to their end.")


def _trials(sweep: Sweep) -> None:
    if not sweep.trials:
        return
    best = sweep.best
    table = [
        {
            "Trial": f"{trial.number + 1}{' ★' if best and trial.number == best.number else ''}",
            "State": TRIAL_STATES[trial.state],
            "Validation loss": trial.best_loss,
            **{humanize(name): _said(value) for name, value in trial.settings.items()},
            "Epochs": trial.epoch or None,
            "Time (s)": trial.seconds or None,
            "What happened": trial.message,
        }
        for trial in sweep.trials
    ]
    fractions = [vary.name for vary in sweep.spec.vary if not (vary.choices or vary.is_whole)]
    st.caption("Click a trial to open its run. ★ is the best so far.")
    rows.table(
        table, [trial.run for trial in sweep.trials], key=f"{PLACE}.trials.{sweep.id}", alt="Trials", on_open=_open_run,
        columns={
            **{humanize(n): st.column_config.NumberColumn(format="%.3g") for n in fractions},
            "Validation loss": st.column_config.NumberColumn(format="%.3f", help="Nats per token at the best epoch"),
            "Time (s)": st.column_config.NumberColumn(format="%.1f", help="Time its epochs took"),
        },
    )  # fmt: skip


def _said(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _open_run(run: str) -> None:
    session().run = run


def _asked(sweep: Sweep) -> None:
    spec = sweep.spec
    for vary in spec.vary:
        words = ", ".join(map(str, vary.choices)) or f"{vary.low:g} to {vary.high:g}{', on a log scale' if vary.is_log else ''}"  # fmt: skip
        st.markdown(f"**{plain(humanize(vary.name))}**: {plain(words)}")
    early = "hopeless trials end early" if spec.prunes else "no trial ends early"
    st.caption(f"Settings are chosen by {spec.sampler.upper() if spec.sampler == 'tpe' else 'chance'} with the seed {spec.seed}; {early}.")  # fmt: skip
    st.caption(f"Dataset fingerprint {sweep.dataset_fingerprint}")
    if sweep.asked_by:
        st.caption(f"Asked for by a {sweep.asked_by} {moment(sweep.created)}")
