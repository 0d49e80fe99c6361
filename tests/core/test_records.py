"""Every record survives JSON, and what does not fit is refused."""

import json
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.augmentation import Augmentation
from workbench.core.dataset import DatasetVersion
from workbench.core.piece import Licence, Piece
from workbench.core.records import from_json, to_json
from workbench.core.runs import Checkpoint, Composition, EpochMetrics, Evaluation, TrainingRun
from workbench.core.score import Key, Meter
from workbench.core.specs import (
    ComposeRequest,
    ModelSpec,
    TokenizerSpec,
    TrainingSettings,
    TrainingSpec,
)
from workbench.core.vocabulary import ContextField, Plan, PlanBar, Vocabulary

SPEC = TrainingSpec(
    dataset="tunes@1",
    tokenizer=TokenizerSpec("melody-steps", {"steps_per_quarter": 4}),
    model=ModelSpec("lstm", {"units": 64}),
    training=TrainingSettings(epochs=3, mixed_precision=True),
    start_from="runs/a",
)
PLAN = Plan(Key(0, -1, "dorian"), (PlanBar(6, 8, 2, 10), PlanBar(6, 8, 12)), tempo=96.0)
REQUEST = ComposeRequest("melody", seed=7, top_p=0.9, key="D dorian", meter="6/8", tempo=96.0)
RECORDS = [
    SPEC,
    replace(SPEC, start_from=None),
    REQUEST,
    PLAN,
    Vocabulary(("<start>", "_", "60"), (ContextField("beat", 12),)),
    Piece("0" * 16, "Air", "", "own", "air.abc", "f" * 64, Licence("CC0", True), "a" * 64, tags={"a": "b"}),
    DatasetVersion("t", 1, ("a", "b"), ("train", "test"), "", (80, 10, 10), 0, None, "f", augmentation=Augmentation((-1, 1), tempos=(0.9,)), tags={"a": {"mood": "calm"}}),
    TrainingRun("r1", SPEC, "running", "2025-01-01T00:00:00Z", best_loss=0.5, versions={"keras": "3"}),
    EpochMetrics(1, 2.5, 2.6, 0.3, 1e-3, 15000.0, 3.0),
    Checkpoint("r1", "best", 1, 2.6, "runs/r1/best.keras"),
    Composition("c1", REQUEST, "f" * 64, (1, 2, 2), PLAN, "2025-01-01T00:00:00Z", 0.5),
    Evaluation("r1", "t@1", "test", 3, 0, 300, 80.0, 0.5, 2.0, 0.8),
]  # fmt: skip


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_round_trip(record):
    text = json.dumps(to_json(record))
    assert from_json(type(record), json.loads(text)) == record


@given(
    st.builds(
        ComposeRequest,
        st.text(),
        temperature=st.floats(0, 10),
        key=st.none() | st.text(),
        tempo=st.none() | st.floats(1, 500),
    )
)
def test_any_text_and_number_survives(request_):
    assert from_json(ComposeRequest, json.loads(json.dumps(to_json(request_)))) == request_


def test_whole_numbers_serve_as_floats():
    assert from_json(ComposeRequest, {"model": "m", "temperature": 1}).temperature == 1.0


@pytest.mark.parametrize(
    ("cls", "data", "words"),
    [
        (ComposeRequest, {"model": "m", "bras": 8}, "no field 'bras'"),
        (ComposeRequest, {"bars": 8}, "model"),
        (ComposeRequest, {"model": 3}, "expected str"),
        (ComposeRequest, {"model": "m", "bars": "8"}, "expected int"),
        (ComposeRequest, {"model": "m", "tempo": "fast"}, "expected float"),
        (ComposeRequest, [], "must be an object"),
        (PlanBar, None, "must be an object"),
        (Plan, {"key": {"onset": 0, "fifths": 0}, "bars": 4}, "found 4"),
        (Plan, {"key": {"onset": 0, "fifths": 9}, "bars": []}, "9 fifths"),
        (ModelSpec, {"architecture": "lstm", "settings": [1]}, r"found \[1\]"),
        (DatasetVersion, {"ratios": [80, 20]}, "argument 2 is longer|shorter"),
    ],
)
def test_what_does_not_fit_is_refused(cls, data, words):
    with pytest.raises(ValueError, match=words):
        from_json(cls, data)


def test_nested_tuples_of_records():
    @dataclass(frozen=True)
    class Line:
        meters: tuple[Meter, ...]

    line = Line((Meter(0, 3, 4), Meter(10, 6, 8)))
    assert to_json(line)["meters"][1] == {"onset": 10, "numerator": 6, "denominator": 8}
    assert from_json(Line, to_json(line)) == line


def test_a_plan_counts_its_steps():
    assert PLAN.steps == 14
    assert PLAN.meter == Meter(0, 6, 8)
