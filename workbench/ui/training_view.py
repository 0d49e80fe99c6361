"""A training on a page: how far it is, its curves, and how well it did."""

from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from workbench.core.runs import (
    ENDED,
    FAILED,
    INTERRUPTED,
    STOPPED,
    EpochMetrics,
    TrainingRun,
)
from workbench.services import run_cards, training
from workbench.services.training import Watch
from workbench.tokenizers import unlearned
from workbench.ui import following, frame, going_on_view, run_files, training_curves
from workbench.ui.state import session
from workbench.ui.words import amount, duration, loss, plain
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES

Steps = list[dict[str, Any]]
Colour = Literal["gray", "blue", "orange", "green", "red"]

TICK_SECONDS = 1.5
_NOW = {
    "gradient_norm": "gradient {:.3g}",
    "cpu_cores": "{:.1f} cores at work",
    "memory_mb": "{:,.0f} MB held",
}
STATES: dict[str, tuple[str, Colour]] = {
    "waiting": ("waiting its turn", "gray"),
    "running": ("learning", "blue"),
    "stopping": ("stopping", "orange"),
    "interrupted": ("interrupted", "orange"),
    "done": ("done", "green"),
    "stopped": ("stopped", "orange"),
    "failed": ("failed", "red"),
}


def live(workspace: Workspace, run: str, *, place: str) -> None:
    """A run that renews itself while it goes on, and rests once it has ended."""
    is_active = training.get(workspace, run).state not in ENDED
    tick = TICK_SECONDS if is_active else None
    st.fragment(_live, run_every=tick)(workspace, run, place, is_active)


def _live(workspace: Workspace, run: str, place: str, was_active: bool) -> None:
    watch = training.watch(workspace, run)
    if was_active and watch.run.state in ENDED:
        st.rerun()
    _heading(watch)
    if was_active:
        following.show(watch.job)
    _figures(watch)
    _actions(workspace, watch.run, place)
    following.failure(watch.job)
    training_curves.show(watch)


def name_of(run: TrainingRun) -> str:
    """What a person calls a run: its architecture and dataset."""
    titles = {each.name: each.title for each in training.architectures()}
    architecture = run.spec.model.architecture
    return f"{titles.get(architecture, architecture)} on {run.spec.dataset}"


def _heading(watch: Watch) -> None:
    words, colour = STATES[watch.run.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(name_of(watch.run)), anchor=False, width="content")
        st.badge(words, color=colour)
        if watch.run.is_brought:
            st.badge("brought in", color="gray")
        st.caption(watch.run.id, width="content")


def _figures(watch: Watch) -> None:
    run = watch.run
    last = watch.epochs[-1] if watch.epochs else None
    speed = watch.steps[-1].get("tokens_per_second") if watch.steps else None
    speed = speed if speed is not None else (last.tokens_per_second if last else None)
    left = watch.seconds_left
    taken = sum(epoch.seconds for epoch in watch.epochs)
    with st.grid(4, min_column_width=150):
        if not ARCHITECTURES.get(run.spec.model.architecture).is_network:
            st.metric(
                "Way of learning",
                "Counting",
                border=True,
                help="It goes once through its training split",
            )
        else:
            st.metric("Epoch", f"{run.epoch} of {run.spec.training.epochs}", border=True)
        st.metric(
            "Best validation loss", loss(run.best_loss), border=True,
            help="Plain cross-entropy in nats per token on pieces the model does not learn from, whatever is optimised; "
            "less is better",
        )  # fmt: skip
        st.metric("Tokens a second", f"{speed:,.0f}" if speed else "–", border=True)
        if run.state in ENDED:
            st.metric("Time taken", duration(taken) if watch.epochs else "–", border=True)
        else:
            st.metric("Time left", duration(left) if left is not None else "…", border=True)
    if last:
        st.caption(_lately(last, watch.steps))


def _lately(last: EpochMetrics, steps: Steps) -> str:
    """What else was measured last, in a line."""
    now = {**{n: v for n, v in vars(last).items() if v is not None}, **(steps[-1] if steps else {})}
    words = [f"Epoch {last.epoch}: training loss {loss(last.train_loss)}"]
    if last.valid_loss is not None and last.valid_accuracy is not None:
        words.append(
            f"validation {loss(last.valid_loss)} (perplexity {last.valid_perplexity:.2f}, "
            f"{last.valid_accuracy:.1%} right at the first guess)"
        )
    for name, form in _NOW.items():
        if name in now:
            words.append(form.format(now[name]))
    return ", ".join(words) + "."


def _actions(workspace: Workspace, run: TrainingRun, place: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.state not in ENDED:
            st.button(
                "Stop", key=f"{place}.stop", icon=":material/stop:", on_click=training.stop,
                args=(workspace, run.id), disabled=run.state == "stopping",
                help="Stops within seconds; keeps the best weights so far",
            )  # fmt: skip
        can_compose = run.best_loss is not None
        if can_compose and st.button(
            "Compose with this",
            key=f"{place}.compose",
            type="primary",
            icon=":material/music_note:",
        ):
            session().model = run.id
            frame.go("compose", model=run.id)
        can_go_on = run.state in (INTERRUPTED, STOPPED, FAILED) and not run.is_brought
        if can_go_on and st.button(
            "Go on training", key=f"{place}.resume", icon=":material/play_arrow:"
        ):
            with frame.errors():
                training.resume(workspace, run.id)
                training.launch(workspace, run.id)
                st.rerun()
        if place != "runs":
            frame.link("runs", "More about this run", run=run.id)


# --- what is known afterwards -----------------------------------------------------------------


def details(workspace: Workspace, run: TrainingRun) -> None:
    """Held-out figures, settings, checkpoints, versions, and the model to take along."""
    _evaluation(run.evaluation)
    going_on_view.forgotten(run)
    going_on_view.new_data(workspace, run)
    with st.expander("Settings"):
        _settings(run)
    with st.expander("Checkpoints and software"):
        rows = training.checkpoints(workspace, run.id)
        for kept in rows:
            st.markdown(
                f"**{kept.kind}** after epoch {kept.epoch}, validation loss {loss(kept.valid_loss)}: `{kept.path}`"
            )
        if not rows:
            st.caption("No weights were kept yet.")
        if run.versions:
            versions = ", ".join(f"{name} {number}" for name, number in run.versions.items())
            st.caption(plain(versions))
        if run.machine:
            cores, system = run.machine["cores"], run.machine["system"]
            st.caption(plain(f"{run.machine['processor']}, {cores} cores, {system}"))
        st.caption(f"Dataset fingerprint {run.dataset_fingerprint}")
        if command := training.tensorboard(workspace, run.id):
            st.caption("Its curves in TensorBoard, in a terminal:")
            st.code(f"pip install tensorboard\n{command}", language="bash", wrap_lines=True)
        if run.is_brought:
            st.caption("Trained elsewhere, and brought in as a file")
        elif run.asked_by:
            st.caption(f"Asked for by a {run.asked_by}")
    run_files.give(workspace, run)
    with st.container(horizontal=True):
        for ending in run_cards.ENDINGS:
            st.download_button(
                f"Card ({ending})", partial(run_cards.written, workspace, run.id, ending),
                file_name=f"{run.id}{ending}", key=f"card{ending}", icon=":material/description:", on_click="ignore",
                help="All that the run depended on: dataset and fingerprint, settings, seeds, software, machine",
            )  # fmt: skip


_FIGURES = {
    "nats_per_quarter": "Nats per quarter note",
    "nats_per_token": "Nats per token",
    "accuracy": "Right at the first guess",
}


def _evaluation(evaluation: dict[str, Any]) -> None:
    """The model beside the n-gram baseline, on pieces that neither has heard."""
    st.markdown("##### On pieces it has never heard")
    known = evaluation.get("known", 0)
    if "test" not in evaluation:
        st.caption(
            "The model it went on from has heard all test pieces of this dataset, or may have; there is no figure."
            if known
            else "The figures appear when the training is done, if the dataset has test pieces."
        )
        return
    names = {"test": "This model", "baseline": "n-gram baseline"}
    table = pd.DataFrame(
        {
            title: {label: _figure(key, evaluation[name][key]) for key, label in _FIGURES.items()}
            for name, title in names.items()
            if name in evaluation
        }
    )
    st.table(table, border="horizontal")
    words = amount(evaluation["test"]["pieces"], "test piece")
    if evaluation.get("skipped"):
        left_out = amount(evaluation["skipped"], "piece")
        words += f"; {left_out} of the dataset could not be put into tokens"
    if known:
        words += f", without {known} that the model it went on from has heard or may have"
    estimate = evaluation["test"].get("estimate")
    words += f". This model's figures are a {plain(estimate)}" if estimate else ""
    st.caption(f"{words}. Nats measure surprise: less is better.")


def _figure(key: str, value: float) -> str:
    return f"{value:.1%}" if key == "accuracy" else f"{value:.3f}"


def _settings(run: TrainingRun) -> None:
    spec = run.spec
    is_network = ARCHITECTURES.get(spec.model.architecture).is_network
    groups = {
        "Model": spec.model.settings,
        "Tokenizer": {"name": spec.tokenizer.name, **unlearned(spec.tokenizer).settings},
        "Training": vars(spec.training) if is_network else {"seed": spec.training.seed},
    }
    rows = [
        {"Part": group, "Setting": name.replace("_", " "), "Value": str(value)}
        for group, values in groups.items()
        for name, value in values.items()
    ]
    if spec.start_from:
        rows.append({"Part": "Training", "Setting": "went on from", "Value": spec.start_from})
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", alt="Settings of the run")
