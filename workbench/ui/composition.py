"""A composition on a page: asking for one, seeing and hearing it, making it again, knowing where it came from.

``place`` names the part of the app that asks (a page), so that each waits for its own jobs.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import streamlit as st

from workbench.controls import CONTROLS
from workbench.core.creativity import USUAL
from workbench.core.editing import NO_EDITS
from workbench.core.errors import WorkbenchError
from workbench.core.runs import Composition
from workbench.core.specs import ComposeRequest
from workbench.metrics.goals import GOALS
from workbench.services import composing, exporting, models
from workbench.services.composing import Lineage
from workbench.ui import (
    beginning,
    composition_versions,
    edit_view,
    following,
    form_origin,
    frame,
    latent_form,
    live_settings,
    originality_view,
    result,
    sampling_form,
    steer_form,
)
from workbench.ui.composition_feedback import feedback_strip
from workbench.ui.explanation_view import Why
from workbench.ui.state import session
from workbench.ui.words import amount, duration, moment, plain
from workbench.workspace import Workspace

MOST_BARS = 64  # that the form asks for


def compose(
    workspace: Workspace, place: str, request: ComposeRequest, *, title: str = "", parent: str = "", origin: str = ""
) -> None:  # fmt: skip
    """Ask for a composition; ``settle`` takes it in when it is there. Of settings that were changed, the parent is remembered."""
    if not parent:
        parent, origin = form_origin.out_of(place)
    with frame.errors():
        job = composing.compose(workspace, request, title=title, parent=parent, origin=origin)
        following.begin(workspace, place, job)


def settle(workspace: Workspace, place: str) -> None:
    """Show how far the composition is that a place waits for; choose it once it is there."""
    job = following.follow(workspace, place)
    if job is None:
        return
    following.failure(job)
    if "composition" in job.result:
        session().composition = job.result["composition"]
        session().notes(place)["composed"] = job.result["composition"]


def view(workspace: Workspace, made: Composition, *, place: str) -> None:
    """A composition with everything that can be done with it."""
    title = made.title or "Untitled"
    st.subheader(plain(title), anchor=False)
    st.caption(plain(_words(made)))
    score = composing.score(workspace, made.id)
    credits = exporting.credits(workspace, made)
    edit_view.told(workspace, made, score)
    why = Why(made.tokens, lambda: composing.explanation(workspace, made.id))
    result.music(
        workspace, score, name=made.id, title=title, credits=credits,
        why=why if made.edits == NO_EDITS else None,  # what was edited, the model did not draw
    )  # fmt: skip
    _nearness(made)
    live_settings.show(made)
    feedback_strip(workspace, made, score)
    _actions(workspace, made, place)
    _made_again(workspace, made, place)
    edit_view.edit(workspace, made, score, place=place)
    originality_view.show(workspace, made, score)
    with st.expander("Everything needed to make it again"):
        _reproduction(made)
    lineage = st.expander("Where it comes from", on_change="rerun", key=f"lineage.{made.id}")
    if lineage.open:
        with lineage:
            _lineage(composing.lineage(workspace, made.id))
    composition_versions.versions_of(workspace, made)


def _nearness(made: Composition) -> None:
    """How near the composition came to its goals, and the others that were drawn."""
    if not made.candidates:
        return
    best, goals = made.candidates[0], made.request.goals
    figures = [
        f"{GOALS[name].title.lower()} {_figure(best.figures[name])}, asked {asked:.3g}"
        for name, asked in goals.items()
    ]
    of = (
        f"The nearest of {len(made.candidates)} drawn" if len(made.candidates) > 1 else "It came to"
    )
    with st.expander(f"{of}: {'; '.join(figures)}"):
        st.table(
            [
                {"Seed": str(each.seed), "Distance": f"{each.distance:.3g}"}
                | {
                    f"{GOALS[name].title}, {GOALS[name].measure.unit}": _figure(each.figures[name])
                    for name in goals
                }
                for each in made.candidates
            ]
        )
        st.caption(
            "Distance is the mean of the squared differences, each counted in spreads of human music: 0 is on target, 1 is one spread off."
        )


def _figure(value: float | None) -> str:
    return "none" if value is None else f"{value:.3g}"


def _words(made: Composition) -> str:
    plan, request = made.plan, made.request
    return (
        f"{amount(len(plan.bars), 'bar')} of {plan.meter} in {plan.key}, {plan.tempo:.0f} quarters a minute "
        f"· seed {request.seed}, {_how(request)} "
        f"· composed in {duration(made.seconds)}, {moment(made.created)}"
    )


def _how(request: ComposeRequest) -> str:
    return "played live" if request.live else f"temperature {request.temperature:g}"


# --- once more --------------------------------------------------------------------------------


def _actions(workspace: Workspace, made: Composition, place: str) -> None:
    with st.container(horizontal=True):
        another = st.button(
            "Another", key=f"{place}.another", icon=":material/casino:",
            help="The same settings with the next seed" + ("" if made.edits == NO_EDITS else ", without what was edited by hand"),
        )  # fmt: skip
        again = st.button(
            "Make again", key=f"{place}.again", icon=":material/replay:",
            help="The same settings and the same seed: the notes must be the same",
        )  # fmt: skip
        change = st.button(
            "Change the settings", key=f"{place}.change", icon=":material/tune:",
            help="Puts these settings into the form on the Compose page",
            on_click=_change, args=(workspace, made),
        )  # fmt: skip
    if another:
        request = replace(made.request, seed=made.request.seed + 1)
        # One more beside this one, where this one was another itself: they differ by their seeds alone.
        parent = made.parent if made.origin == "another" else made.id
        compose(workspace, place, request, parent=parent, origin="another")
        st.toast("Another one is being composed; it will stand at the top of the page.", icon=":material/casino:")  # fmt: skip
        st.rerun()
    if again:
        with frame.errors():
            following.begin(workspace, place, composing.again(workspace, made.id), "again")
    if change and place != "compose":
        frame.go("compose")
    elif change:
        st.toast("Its settings are in the form at the top of the page.", icon=":material/tune:")


def _made_again(workspace: Workspace, made: Composition, place: str) -> None:
    job = following.follow(workspace, place, "again")
    if job is None:
        return
    following.failure(job)
    copy = job.result.get("composition")
    if copy and composing.settle_again(workspace, made.id, copy):
        notes = amount(len(composing.score(workspace, made.id).notes), "note")
        st.success(f"Made again: the same {notes}, one by one.", icon=":material/check:")
    elif copy:
        st.error("Made again, and the notes differ; both are kept among the compositions.")


def _change(workspace: Workspace, made: Composition) -> None:
    remember(workspace, made.request)
    form_origin.note("compose", made.id)


def remember(workspace: Workspace, request: ComposeRequest) -> None:
    """Put the settings of a request into the form of the page Compose. For a callback: before it is drawn."""
    session().model = request.model
    names = ("bars", "seed", "tempo", "primer")
    values: dict[str, Any] = {name: getattr(request, name) for name in names}
    values["bars"] = min(request.bars, MOST_BARS)
    values |= {f"{name}.{request.model}": getattr(request, name) for name in ("key", "meter")}
    values |= {
        f"control.{name}.{request.model}": request.controls.get(name) for name in CONTROLS.names()
    }
    session().fill("compose", values)
    beginning.remembered(request)
    latent_form.remembered(request)
    usual = USUAL
    with suppress(WorkbenchError):  # the model may be gone
        model = models.get(workspace, request.model)
        usual = model.card.creativity
        steer_form.remembered(model, request)
    sampling_form.remembered(request, usual)


# --- where it comes from ----------------------------------------------------------------------


def _reproduction(made: Composition) -> None:
    st.markdown(
        "The same model with the same settings composes the same notes, on any machine with the same "
        "versions of the software. **Make again** does it and compares."
    )
    st.json(composing.reproduction(made), expanded=2)


def _lineage(lineage: Lineage) -> None:
    made = lineage.composition
    if lineage.model is None:
        st.markdown(f"**Model** {plain(made.request.model)}, which is no longer here.")
    else:
        same = "" if lineage.is_same_model else " It has been trained further since."
        kind = "comes with the workbench" if lineage.model.is_bundled else "was trained here"
        if lineage.run is not None and lineage.run.is_brought:
            kind = "was trained elsewhere"
        st.markdown(f"**Model** {plain(lineage.model.title)} {kind}.{same}")
    st.caption(f"Its file has the SHA-256 {made.model_fingerprint}.")
    if lineage.run is not None:
        frame.link("runs", f"Run {lineage.run.id}", run=lineage.run.id)
    if lineage.dataset is not None:
        pieces = amount(lineage.pieces, "piece")
        frame.link("datasets", f"Dataset {lineage.dataset}, {pieces}", dataset=lineage.dataset)
        st.caption(f"Its fingerprint is {lineage.dataset_fingerprint}.")
    if lineage.licences:
        licences = [f"{plain(name)} ({amount(n, 'piece')})" for name, n in lineage.licences.items()]
        st.markdown(f"**Licences** {', '.join(licences)}")
    elif lineage.model is not None and lineage.model.is_bundled:
        st.markdown(plain(lineage.model.card.description))
