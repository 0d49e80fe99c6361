"""The form that asks for a training. Its settings are drawn from what the chosen parts declare."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.controls import CONTROLS
from workbench.core.augmentation import ALL_KEYS, TRANSPOSITION
from workbench.core.dataset import DatasetVersion
from workbench.core.errors import InvalidSetting
from workbench.core.settings import names_of, validated
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec, Values
from workbench.core.training_settings import TUNING_FIELDS
from workbench.services import datasets, fine_tuning, models, tagging, training
from workbench.services.training import Fit
from workbench.tokenizers import TOKENIZERS, TokenizerKind, unlearned
from workbench.ui import chosen, sweep_form, trial_view
from workbench.ui.dataset_builder import ALL
from workbench.ui.dataset_view import heard_as
from workbench.ui.forms import settings_form
from workbench.ui.network_diagram import network_diagram
from workbench.ui.rate_curve import rate_curve
from workbench.ui.state import session
from workbench.ui.words import amount, plain
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES, PRESETS, Architecture

PLACE = "train"
USUAL_TOKENIZER, USUAL_ARCHITECTURE, USUAL_SIZE = "melody-steps", "lstm", "small"


def training_form(workspace: Workspace) -> None:
    """Dataset, what to begin with, tokenizer, architecture, their settings, and the button that starts."""
    ids = datasets.ids(workspace)
    current = chosen.dataset(workspace)
    dataset_box, begin_box, tokenizer_box, architecture_box = st.columns(4)
    with dataset_box:
        dataset = st.selectbox("Dataset", ids, index=ids.index(current or ids[0]))
        session().dataset = dataset
    with begin_box:
        begun = _begin_with(workspace)
    if begun:
        _go_on(workspace, dataset, begun, tokenizer_box, architecture_box)
        return
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
    version = datasets.get(workspace, dataset)
    _heard(version, tokenizer)
    size = _size()
    of_model, of_training = training.preset(architecture, tokenizer, size)
    form = f"train/{architecture.name}/{size}"
    diagram = st.container()
    with st.expander("Settings", icon=":material/tune:"):
        controls = _controls(workspace, version) if architecture.takes_controls else ()
        st.markdown("###### Model")
        model_values = settings_form(architecture.settings, key=form, values=of_model, columns=4)
        training_values = {}
        if architecture.is_network:
            training_values = _training_settings(
                architecture, of_training, form=f"{form}/{tokenizer.name}", omit=TUNING_FIELDS
            )
        st.markdown("###### How the music is put to the model")
        tokenizer_values = settings_form(tokenizer.settings, key=f"train/{tokenizer.name}")
    with fit:
        _fit(workspace, version, TokenizerSpec(tokenizer.name, tokenizer_values))
    with diagram:
        _diagram(architecture, model_values)
    spec = TrainingSpec(
        dataset=dataset,
        tokenizer=TokenizerSpec(tokenizer.name, tokenizer_values),
        model=ModelSpec(architecture.name, model_values),
        training=validated(TrainingSettings, training_values),
        controls=controls,
    )
    _begin(workspace, [spec], size, is_network=architecture.is_network)


def _go_on(
    workspace: Workspace,
    dataset: str,
    begun: str,
    tokenizer_box: DeltaGenerator,
    architecture_box: DeltaGenerator,
) -> None:
    """The rest of the form where a trained model goes on learning: it is what it is, so only the training is asked for."""
    card = models.get(workspace, begun).card
    architecture = ARCHITECTURES.get(card.model.architecture)
    tokenizer = TOKENIZERS.get(card.tokenizer.name)
    for box, label, part in (
        (tokenizer_box, "Music as", tokenizer),
        (architecture_box, "Model", architecture),
    ):
        box.text_input(label, part.title, disabled=True, help=f"As {begun} has it")
    version = datasets.get(workspace, dataset)
    _fit(workspace, version, replace(card.tokenizer, controls={}))
    size = _size()
    _, of_training = training.preset(architecture, tokenizer, size)
    st.markdown("###### What goes on learning")
    form = f"train/{architecture.name}/{size}/tuning"
    tuning = settings_form(
        TrainingSettings, key=form, columns=4, omit=names_of(TrainingSettings) - set(TUNING_FIELDS)
    )
    with st.expander("Settings", icon=":material/tune:"):
        values = _training_settings(architecture, of_training, form=form, omit=TUNING_FIELDS)
    also_anew = st.toggle(
        "Also train one from the beginning, to compare", key=session().widget(PLACE, "anew", False),
        persist_state="session",
        help="The same model on the same dataset, without what was learned before; Runs shows both side by side",
    )  # fmt: skip
    spec = fine_tuning.going_on(
        workspace, begun, dataset, validated(TrainingSettings, {**tuning, **values})
    )
    specs = [spec, fine_tuning.from_the_beginning(spec)] if also_anew else [spec]
    _begin(workspace, specs, size, is_network=True)


def _training_settings(
    architecture: Architecture, values: Values, *, form: str, omit: Sequence[str]
) -> Values:
    """How a network is trained, with the curve of its learning rate."""
    st.markdown("###### Training")
    segments = ("window",) if architecture.is_autoencoder else ()  # it reads segments of bars
    found = settings_form(
        TrainingSettings, key=form, values=values, columns=4, omit=(*omit, *segments)
    )
    rate_curve(found, key=f"{form}.rate")
    return found


def remember(spec: TrainingSpec) -> None:
    """Put the settings of a training into the form of the page Train. For a callback: before it is drawn."""
    architecture, tokenizer = spec.model.architecture, spec.tokenizer.name
    form = f"train/{architecture}/{USUAL_SIZE}"
    of_training = f"{form}/tuning" if spec.start_from else f"{form}/{tokenizer}"
    session().run, session().dataset = None, spec.dataset
    session().fill(
        PLACE,
        {
            "tokenizer": tokenizer, "architecture": architecture, "size": USUAL_SIZE, "controls": list(spec.controls),
            "begin_with": spec.start_from,
        },
    )  # fmt: skip
    session().fill(form, spec.model.settings)
    session().fill(of_training, vars(spec.training))
    session().fill(f"train/{tokenizer}", unlearned(spec.tokenizer).settings)


def _begin(
    workspace: Workspace, specs: Sequence[TrainingSpec], size: str, *, is_network: bool
) -> None:
    """The button that starts, beside the one that first asks how long the first will take and whether it will fit."""
    spec = specs[0]
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
            help="Trains for a few seconds on a sample, then estimates",
        )  # fmt: skip
    sweep_form.sweep_form(workspace, spec)
    if tries:
        trial_view.begin(workspace, spec)
    trial_view.follow(workspace)
    if starts:
        with st.spinner("Laying out the music …"):
            started = [training.start(workspace, each) for each in specs]
            training.launch(workspace, started[0])
        session().run = started[0]
        st.rerun()


def _controls(workspace: Workspace, version: DatasetVersion) -> tuple[str, ...]:
    """What the model is to be told of every piece: among the controls that this dataset knows enough of."""
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
        help="Told for every piece, so that you can choose it when composing. Left open, it composes freely.",
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


def _fit(workspace: Workspace, version: DatasetVersion, tokenizer: TokenizerSpec) -> None:
    """How much of the dataset can be said this way, and why not the rest."""
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
    others = "the other" if fit.pieces - fit.said == 1 else "the others"
    with st.expander(f"{sentence}; {others} will be left out", icon=":material/rule:"):
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
        key=session().widget(PLACE, "size", USUAL_SIZE),
        format_func=str.title,
        required=True,
        persist_state="session",
        help=". ".join(f"{size.title()}: {words.lower()}" for size, words in PRESETS.items()) + ".",
    )
    return size


def _heard(version: DatasetVersion, tokenizer: TokenizerKind) -> None:
    """Which of the dataset's augmentations this tokenizer can hear, in plain words."""
    asked = version.augmentation
    if TRANSPOSITION in tokenizer.hears and asked.keys != ALL_KEYS:
        st.info(
            "From music written this way a model knows only keys that it has heard. To compose in every key, make a dataset that is "
            f"also heard in other keys, *{ALL}*.",
            icon=":material/hearing:",
        )
    if not asked:
        return
    heard = [kind for kind in asked.kinds if kind in tokenizer.hears]
    deaf = [kind for kind in asked.kinds if kind not in tokenizer.hears]
    words = f"The dataset is also heard {heard_as(asked)}."
    if heard:
        words += f" This tokenizer hears {' and '.join(heard)}: training has more to learn from."
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


def _begin_with(workspace: Workspace) -> str | None:
    """The trained network that is to go on learning; None to learn from the beginning."""
    titles = {each.name: each.title for each in fine_tuning.beginnings(workspace)}
    if session().value(PLACE, "begin_with", None) not in titles:
        session().fill(PLACE, {"begin_with": None})
    return st.selectbox(
        "Begin with",
        list(titles),
        key=session().widget(PLACE, "begin_with", None),
        format_func=titles.__getitem__,
        placeholder="Nothing",
        persist_state="session",
        help="Nothing: a new model learns from the beginning. A trained model: it goes on learning from this dataset",
    )
