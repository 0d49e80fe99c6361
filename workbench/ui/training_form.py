"""The form that asks for a training. Its settings are drawn from what the chosen parts declare."""

import json
from typing import Any

import streamlit as st

from workbench.controls import CONTROLS
from workbench.core.errors import InvalidSetting
from workbench.core.settings import validated
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec, Values
from workbench.services import datasets, models, tagging, training
from workbench.services.training import Fit
from workbench.tokenizers import TokenizerKind
from workbench.ui import chosen, trial_view
from workbench.ui.dataset_view import heard_as
from workbench.ui.forms import settings_form
from workbench.ui.network_diagram import network_diagram
from workbench.ui.rate_curve import rate_curve
from workbench.ui.state import session
from workbench.ui.words import amount, plain
from workbench.workspace import Workspace
from workbench.zoo import PRESETS, Architecture

PLACE = "train"
USUAL_TOKENIZER, USUAL_ARCHITECTURE = "melody-steps", "lstm"


def training_form(workspace: Workspace) -> None:
    """Dataset, tokenizer, architecture, their settings, and the button that starts."""
    ids = datasets.ids(workspace)
    current = chosen.dataset(workspace)
    dataset_box, tokenizer_box, architecture_box = st.columns(3)
    with dataset_box:
        dataset = st.selectbox("Dataset", ids, index=ids.index(current or ids[0]))
        session().dataset = dataset
    with tokenizer_box:
        tokenizer = _part("Music as", "tokenizer", training.tokenizers(), USUAL_TOKENIZER)
    with architecture_box:
        architecture = _part(
            "Model",
            "architecture",
            training.architectures(TokenizerSpec(tokenizer.name)),
            USUAL_ARCHITECTURE,
        )
    fit = st.container()
    _heard(workspace, dataset, tokenizer)
    size = _size()
    of_model, of_training = training.preset(architecture, tokenizer, size)
    form = f"train/{architecture.name}/{size}"
    diagram = st.container()
    with st.expander("Settings", icon=":material/tune:"):
        controls = _controls(workspace, dataset) if architecture.takes_controls else ()
        st.markdown("###### Model")
        model_values = settings_form(architecture.settings, key=form, values=of_model, columns=4)
        training_values = {}
        if architecture.is_network:
            st.markdown("###### Training")
            training_values = settings_form(
                TrainingSettings, key=f"{form}/{tokenizer.name}", values=of_training, columns=4,
                omit=("window",) if architecture.is_autoencoder else (),  # it reads segments of bars
            )  # fmt: skip
            rate_curve(training_values, key=f"{form}.rate")
        st.markdown("###### How the music is put to the model")
        tokenizer_values = settings_form(tokenizer.settings, key=f"train/{tokenizer.name}")
        start_from = _start_from(workspace, architecture.name)
    with fit:
        _fit(workspace, dataset, TokenizerSpec(tokenizer.name, tokenizer_values))
    with diagram:
        _diagram(architecture, model_values)
    spec = TrainingSpec(
        dataset=dataset,
        tokenizer=TokenizerSpec(tokenizer.name, tokenizer_values),
        model=ModelSpec(architecture.name, model_values),
        training=validated(TrainingSettings, training_values),
        start_from=start_from,
        controls=controls,
    )
    _begin(workspace, spec, size, is_network=architecture.is_network)


def _begin(workspace: Workspace, spec: TrainingSpec, size: str, *, is_network: bool) -> None:
    """The button that starts, beside the one that first asks how long it will take and whether it will fit."""
    found = trial_view.known(workspace, spec)
    if found:
        trial_view.show(found, size)
    with st.container(horizontal=True):
        starts = st.button(
            "Start training", type="primary", icon=":material/play_arrow:",
            disabled=bool(found and found.lacks),
        )  # fmt: skip
        tries = is_network and st.button(
            "Estimate time and memory", icon=":material/timer:",
            help="Trains for a few seconds on a sample, and reckons",
        )  # fmt: skip
    if tries:
        trial_view.begin(workspace, spec)
    trial_view.follow(workspace)
    if starts:
        with st.spinner("Laying out the music …"):
            run = training.start(workspace, spec)
            training.launch(workspace, run)
        session().run = run
        st.rerun()


def _controls(workspace: Workspace, dataset: str) -> tuple[str, ...]:
    """What the model is to be told of every piece: among the controls that this dataset knows enough of."""
    version = datasets.get(workspace, dataset)
    changes = str([(each.id, each.is_undone) for each in tagging.history(workspace, limit=20)])
    known = _can_be_told(version.fingerprint, changes, workspace, version.id)
    if not known:
        return ()
    picked = st.pills(
        "Tell the model",
        list(known),
        selection_mode="multi",
        key=session().widget(PLACE, "controls", []),
        format_func=lambda name: CONTROLS.get(name).title,
        persist_state="session",
        help="Of every piece, so that you can choose it when composing. Left open, it composes as before.",
    )
    for name in picked:
        labels = ", ".join(f"{label} ({count:,})" for label, count in known[name].items())
        st.caption(f"{CONTROLS.get(name).title}: {labels}.")
    return tuple(picked)


@st.cache_data(max_entries=50, show_spinner="Looking at the pieces …")
def _can_be_told(
    fingerprint: str, changes: str, _workspace: Workspace, _dataset: str
) -> dict[str, dict[str, int]]:
    """Once for each dataset version, and again when tags have changed."""
    return training.controls_of(_workspace, datasets.get(_workspace, _dataset))


def _fit(workspace: Workspace, dataset: str, tokenizer: TokenizerSpec) -> None:
    """How much of the dataset can be said this way, and why not the rest."""
    version = datasets.get(workspace, dataset)
    words = json.dumps([tokenizer.name, tokenizer.settings], sort_keys=True)
    try:
        fit = _looked_at(version.fingerprint, words, workspace, version.id, tokenizer)
    except InvalidSetting as error:
        st.warning(str(error), icon=":material/tune:")
        return
    sample = f" looked at of {fit.of:,}" if fit.pieces < fit.of else ""
    if fit.said == fit.pieces:
        st.caption(f"All {amount(fit.pieces, 'piece')}{sample} can be written this way.")
        return
    if not fit.said:
        st.warning(
            f"None of it can be written this way. {plain(next(iter(fit.reasons)))}",
            icon=":material/rule:",
        )
        return
    sentence = f"{fit.said:,} of {amount(fit.pieces, 'piece')}{sample} can be written this way"
    with st.expander(f"{sentence}; the others will be left out", icon=":material/rule:"):
        for reason, count in fit.reasons.items():
            st.markdown(f"{amount(count, 'piece')}: {plain(reason)}")


@st.cache_data(max_entries=200, show_spinner="Looking at the pieces …")
def _looked_at(
    fingerprint: str, words: str, _workspace: Workspace, _dataset: str, _tokenizer: TokenizerSpec
) -> Fit:
    """Once for each dataset version and each way of putting it, both told by the first two."""
    return training.fit_of(_workspace, _dataset, _tokenizer)


def _diagram(architecture: Architecture, values: Values) -> None:
    """The network that these settings make, or why they make none."""
    try:
        settings = validated(architecture.settings, values)
    except InvalidSetting as error:  # one that only shows where several settings meet
        st.warning(str(error), icon=":material/tune:")
    else:
        network_diagram(architecture.diagram(settings))


def _size() -> str:
    """Which preset the settings begin with."""
    size: Any = st.segmented_control(
        "Size",
        list(PRESETS),
        key=session().widget(PLACE, "size", "small"),
        format_func=str.title,
        required=True,
        persist_state="session",
        help=". ".join(f"{size.title()}: {words.lower()}" for size, words in PRESETS.items()) + ".",
    )
    return size


def _heard(workspace: Workspace, dataset: str, tokenizer: TokenizerKind) -> None:
    """Which of the dataset's augmentations this tokenizer can hear, in plain words."""
    asked = datasets.get(workspace, dataset).augmentation
    if not asked:
        return
    heard = [kind for kind in asked.kinds if kind in tokenizer.hears]
    deaf = [kind for kind in asked.kinds if kind not in tokenizer.hears]
    words = f"The dataset is also to be heard {heard_as(asked)}."
    if heard:
        words += f" This way of putting music hears {' and '.join(heard)}: training has more to learn from."
    if deaf:
        words += f" It cannot tell {' and '.join(deaf)} apart (it writes the same symbols), so that is left out."
    st.info(words, icon=":material/hearing:")


def _part(label: str, name: str, parts: list, usual: str):
    """A tokenizer or an architecture, with what it is in words."""
    by_name = {part.name: part for part in parts}
    start = usual if usual in by_name else next(iter(by_name))
    if session().value(PLACE, name, start) not in by_name:  # it does not suit any more
        session().fill(PLACE, {name: start})
    chosen_name = st.selectbox(
        label,
        list(by_name),
        key=session().widget(PLACE, name, start),
        format_func=lambda each: by_name[each].title,
        persist_state="session",
    )
    part = by_name[chosen_name]
    st.caption(plain(part.description))
    return part


def _start_from(workspace: Workspace, architecture: str) -> str | None:
    """Weights to begin with, among models of the same kind."""
    same = [m for m in models.available(workspace) if m.card.model.architecture == architecture]
    titles = {model.name: model.title for model in same}
    return st.selectbox(
        "Begin with the weights of",
        [None, *titles],
        key=session().widget(PLACE, f"start_from.{architecture}", None),
        format_func=lambda name: titles.get(name, "nothing: learn from the beginning"),
        persist_state="session",
        help="A trained model with the same settings, which then goes on learning from this dataset",
    )
