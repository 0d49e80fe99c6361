"""Training a model that is told something of every piece, and telling it when composing."""

import json

import numpy as np
import pytest

from workbench.core.bar_numbers import counted_bars
from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.score import bars, clip
from workbench.core.specs import (
    ComposeRequest,
    ModelSpec,
    TokenizerSpec,
    TrainingSettings,
    TrainingSpec,
)
from workbench.services import (
    activity,
    composing,
    datasets,
    importing,
    library,
    models,
    tagging,
    tasks,
    training,
)

CONTROLS = ("density", "mood")


@pytest.fixture
def tagged(filled):
    """Sixty tunes, merry in 2/4 and calm else, as a dataset."""
    for query, mood in (("meter:2/4", "merry"), ("-meter:2/4", "calm")):
        ids = [piece.id for piece in library.search(filled, query, limit=99)[0]]
        tagging.tag(filled, ids, {"mood": mood})
    datasets.create(filled, "tagged")
    return filled


def spec(architecture="lstm", **changes):
    settings = {"order": 3} if architecture == "ngram" else {"units": 16, "layers": 1}
    return TrainingSpec(
        "tagged", TokenizerSpec("melody-steps"), ModelSpec(architecture, settings),
        TrainingSettings(epochs=1, window=32), **{"controls": CONTROLS, **changes},
    )  # fmt: skip


def trained(workspace, asked):
    run = training.start(workspace, asked)
    activity.finish(workspace, training.job(workspace, run))
    assert training.get(workspace, run).state == "done"
    return run


def test_what_can_be_told_is_what_the_training_split_knows(tagged):
    dataset = datasets.get(tagged, "tagged")
    known = training.controls_of(tagged, dataset)
    assert sum(known["mood"].values()) == len(dataset.members("train"))
    assert set(known["mood"]) == {"merry", "calm"}
    assert "genre" not in known  # nobody tagged it
    assert "collection" not in known  # all of one


@pytest.mark.parametrize(
    ("controls", "error", "words"),
    [
        (("genre",), InvalidSetting, "differ too little in their genre.*can be told here: .*mood"),
        (("weather",), UnknownName, "no control called 'weather'"),
    ],
)
def test_what_cannot_be_learned_is_refused_before_anything_is_laid_out(
    tagged, controls, error, words
):
    with pytest.raises(error, match=words):
        training.start(tagged, spec(controls=controls))
    assert training.runs(tagged) == []
    assert not list(tagged.runs.iterdir())


def a_tune_is_made_again_in_another_manner(tagged, run):
    model = models.get(tagged, run)
    assert tasks.TASKS["style"].can(model)
    (piece, *_) = library.search(tagged, "meter:2/4", limit=1)[0]
    tune = library.score(tagged, piece.id)
    request = ComposeRequest(run, controls={"mood": "calm"}, seed=2)
    asked = composing.in_another_manner(tagged, request, tune)
    assert not bars(tune)[0].is_full  # it has an upbeat
    assert (asked.bars, asked.meter) == (len(counted_bars(tune)) - 1, "2/4")
    done = activity.finish(tagged, composing.enqueue(tagged, asked))
    made = composing.score(tagged, done.result["composition"])
    opening = clip(tune, bars(tune)[1].start, bars(tune)[2].end).notes["pitch"].tolist()
    assert made.notes["pitch"].tolist()[: len(opening)] == opening
    assert made.notes["pitch"].tolist() != tune.notes["pitch"].tolist()
    with pytest.raises(InvalidSetting, match="whose manner"):
        composing.in_another_manner(tagged, ComposeRequest(run), tune)


@pytest.mark.long
def test_a_network_is_told_and_can_be_left_alone(tagged):
    run = trained(tagged, spec("lstm"))
    card = models.get(tagged, run).card
    assert set(card.tokenizer.controls["mood"]) == {"calm", "merry"}
    assert [field.name for field in card.vocabulary.context[-2:]] == [
        "control_density",
        "control_mood",
    ]
    kept = json.loads((tagged.runs / run / "labels.json").read_text())
    assert set(kept) == set(datasets.get(tagged, "tagged").pieces)
    for controls in ({}, {"mood": "merry"}, {"mood": "calm", "density": "dense"}):
        job = composing.enqueue(tagged, ComposeRequest(run, bars=2, controls=controls))
        made = activity.finish(tagged, job).result["composition"]
        assert composing.get(tagged, made).request.controls == controls
        assert dict(composing.get(tagged, made).plan.controls) == controls
    with pytest.raises(InvalidSetting, match="no mood 'sad'; choose one of"):
        composing.enqueue(tagged, ComposeRequest(run, controls={"mood": "sad"}))
    with pytest.raises(InvalidSetting, match="was not trained with the range"):
        training.start(tagged, spec("lstm", start_from=run, controls=("range",)))
    onward = trained(tagged, spec("lstm", start_from=run, controls=()))
    assert models.get(tagged, onward).card.tokenizer == card.tokenizer
    a_tune_is_made_again_in_another_manner(tagged, run)


def test_a_model_that_would_not_listen_is_not_told(tagged):
    with pytest.raises(InvalidSetting, match="cannot be told anything"):
        training.start(tagged, spec("ngram"))


def test_a_model_without_controls_refuses_them(tagged):
    with pytest.raises(InvalidSetting, match="trained without controls"):
        composing.enqueue(tagged, ComposeRequest("chorales", controls={"mood": "merry"}))


@pytest.mark.long
def test_a_model_told_to_be_denser_is(tagged):
    """Trained on tunes of many kinds, told moderate and very dense, the median of ten pieces each differs clearly."""
    activity.finish(tagged, importing.load_corpus(tagged, "ryans-mammoth", limit=600))
    datasets.create(tagged, "tagged")
    asked = TrainingSpec(
        "tagged", TokenizerSpec("melody-steps"), ModelSpec("lstm", {"units": 96, "layers": 1}),
        TrainingSettings(epochs=12), controls=("density",),
    )  # fmt: skip
    run = trained(tagged, asked)

    def notes(label):
        requests = [
            ComposeRequest(
                run, bars=8, seed=seed, meter="4/4", controls={"density": label} if label else {}
            )
            for seed in range(10)
        ]
        made = [activity.finish(tagged, composing.enqueue(tagged, request)) for request in requests]
        scores = [composing.score(tagged, job.result["composition"]) for job in made]
        return float(np.median([len(score.notes) for score in scores]))

    fewer, free, more = notes("moderate"), notes(""), notes("very dense")
    assert fewer * 1.3 < more
    assert fewer <= free <= more
