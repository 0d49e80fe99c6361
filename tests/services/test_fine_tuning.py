"""Going on from a trained model: onto other music, onto a dataset that has grown, and what is forgotten by it."""

from dataclasses import replace
from zipfile import ZipFile

import pytest

from workbench.core.errors import InvalidSetting
from workbench.core.specs import (
    ComposeRequest,
    ModelSpec,
    TokenizerSpec,
    TrainingSettings,
    TrainingSpec,
)
from workbench.jobs.encoding import DATASET_FILE
from workbench.jobs.forgetting import REMEMBERED_FILE
from workbench.services import (
    activity,
    composing,
    datasets,
    families,
    fine_tuning,
    importing,
    library,
    models,
    tagging,
    training,
)
from workbench.services import evaluation as evaluation_service
from workbench.store import open_store
from workbench.training.adapting import ADAPTERS_FILE
from workbench.workspace import open_workspace

QUICK = TrainingSettings(epochs=1, batch_size=8, window=32, samples="never")
MOODS = ("mood",)
pytestmark = pytest.mark.long


def trained(workspace, asked):
    run = training.start(workspace, asked)
    activity.finish(workspace, training.job(workspace, run))
    record = training.get(workspace, run)
    assert record.state == "done", record.message
    return record


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A workspace with fiddle tunes, told merry or calm, of which the first are a dataset, and a model of it."""
    workspace = open_workspace(tmp_path_factory.mktemp("tuning"))
    for corpus, limit in (("ryans-mammoth", 60), ("airds-airs", 40)):
        activity.finish(workspace, importing.load_corpus(workspace, corpus, limit=limit))
    tunes = sorted(piece.id for piece in library.search(workspace, "collection:ryans-mammoth", limit=99)[0])  # fmt: skip
    tagging.tag(workspace, tunes[:20], {"mood": "merry"})
    tagging.tag(workspace, tunes[20:40], {"mood": "calm"})
    tagging.tag(workspace, tunes[40:], {"mood": "wild"})
    datasets.create(
        workspace, "tunes", query="-mood:wild collection:ryans-mammoth", split="60/20/20"
    )
    datasets.create(workspace, "airs", query="collection:airds-airs", split="60/20/20")
    asked = TrainingSpec(
        "tunes", TokenizerSpec("melody-steps"), ModelSpec("lstm", {"units": 16, "layers": 1}), QUICK,
        controls=MOODS,
    )  # fmt: skip
    return workspace, trained(workspace, asked)


def test_adapters_for_other_music_and_what_is_forgotten_by_them(begun):
    workspace, base = begun
    tuning = replace(QUICK, tune="lora", lora_rank=2, learning_rate=0.05)
    run = trained(workspace, fine_tuning.going_on(workspace, base.id, "airs", tuning))
    found = run.evaluation["forgetting"]
    assert found["complete"]
    assert (found["old"]["dataset"], found["new"]["dataset"]) == ("tunes@1", "airs@1")
    # Measured as the model itself was when it was trained: no tune of its test split is among the airs.
    assert found["old"]["before"]["pieces"] == base.evaluation["test"]["pieces"]
    for figure in ("nats_per_quarter", "accuracy"):
        assert found["old"]["before"][figure] == pytest.approx(base.evaluation["test"][figure])
        assert found["new"]["after"][figure] == pytest.approx(run.evaluation["test"][figure])
    assert found["new"]["after"]["nats_per_quarter"] < found["new"]["before"]["nats_per_quarter"]
    assert found["old"]["after"] != found["old"]["before"]
    assert run.evaluation["learned"] < run.parameters / 4
    assert (workspace.runs / run.id / ADAPTERS_FILE).exists()


def test_what_is_learned_anew_does_not_pass_for_remembered(begun):
    """Dealt otherwise, the new training split holds test pieces of the old one: these, and their kin, are not asked."""
    workspace, base = begun
    datasets.create(workspace, "dealt", query="collection:ryans-mammoth", split="60/20/20", seed=7)
    run = training.start(workspace, fine_tuning.going_on(workspace, base.id, "dealt", QUICK))
    old, new = datasets.get(workspace, "tunes"), datasets.get(workspace, "dealt")
    with ZipFile(workspace.runs / run / REMEMBERED_FILE) as kept:
        names = {name.rpartition("/")[::2] for name in kept.namelist()}
    with open_store(workspace) as store:
        kin = families.groups(store, sorted({*old.pieces, *new.pieces}))
    heard_before = {kin[p] for split in ("train", "valid") for p in old.members(split)}
    heard = heard_before | {kin[p] for split in ("train", "valid") for p in new.members(split)}
    wanted = {("old", p) for p in old.members("test") if kin[p] not in heard}
    wanted |= {("new", p) for p in new.members("test") if kin[p] not in heard_before}
    assert names == wanted
    assert any(kin[p] in heard for p in old.members("test"))  # so that something was at stake
    with ZipFile(workspace.runs / run / DATASET_FILE) as kept:
        tested = {name.partition("/")[2] for name in kept.namelist() if name.startswith("test/")}
    assert tested == {p for p in new.members("test") if kin[p] not in heard_before}
    activity.finish(workspace, training.job(workspace, run))
    evaluation = training.get(workspace, run).evaluation
    assert evaluation["test"]["pieces"] == len(tested)
    assert evaluation["known"] == len(new.members("test")) - len(tested) > 0
    assert evaluation_service.heard(workspace, base.id, "dealt", "test") == (
        len(new.members("test")),
        evaluation["known"],
        True,
    )


def test_a_dataset_that_has_grown_is_gone_on_with_and_brings_a_new_label(begun):
    workspace, base = begun
    assert fine_tuning.growth(workspace, "tunes@1") is None
    added = [piece.id for piece in library.search(workspace, "mood:wild", limit=99)[0]]
    datasets.change(workspace, "tunes@1", add=added)
    grown = fine_tuning.growth(workspace, "tunes@1")
    assert (grown.dataset, grown.pieces) == ("tunes@2", len(added))
    spec = fine_tuning.going_on(workspace, base.id, grown.dataset, QUICK)
    run = trained(workspace, spec)
    before, after = (models.get(workspace, name).card.tokenizer for name in (base.id, run.id))
    assert set(before.controls["mood"]) == {"merry", "calm"}
    assert after.controls["mood"] == (*before.controls["mood"], "wild")
    request = ComposeRequest(model=run.id, bars=2, controls={"mood": "wild"})
    job = activity.finish(workspace, composing.enqueue(workspace, request))
    assert composing.get(workspace, job.result["composition"]).plan.controls == (("mood", "wild"),)
    adapters = replace(QUICK, tune="lora")  # no rows for new labels: such pieces are told nothing
    spec = fine_tuning.going_on(workspace, base.id, grown.dataset, adapters)
    assert training.checked(workspace, spec).spec.tokenizer.controls == before.controls


def test_the_full_retraining_beside_it_is_the_same_but_for_its_beginning(begun):
    workspace, base = begun
    spec = fine_tuning.going_on(workspace, base.id, "tunes@1", replace(QUICK, tune="head"))
    anew = fine_tuning.from_the_beginning(spec)
    assert (anew.start_from, anew.training.tune) == (None, "all")
    assert (anew.model, anew.tokenizer, anew.controls) == (spec.model, spec.tokenizer, MOODS)
    training.checked(workspace, anew)


def test_a_part_cannot_be_tuned_of_nothing(begun):
    workspace, base = begun
    spec = replace(base.spec, training=replace(QUICK, tune="lora"))
    with pytest.raises(InvalidSetting, match="choose one to begin with"):
        training.checked(workspace, spec)
