"""Runs from one installation to another: the same curves and the same notes, and nothing harmful on the way."""

import json
import shutil
import zipfile
from dataclasses import replace

import h5py
import keras
import numpy as np
import onnx
import pytest
from sources.archives_made import spoiled_zip
from workspaces import copied

from workbench.core.errors import InvalidSetting, UnreadableFile, WorkbenchError
from workbench.core.model_card import read_card, write_card
from workbench.core.report import SilentReport
from workbench.core.run_bundle import RunBundle
from workbench.core.specs import (
    ComposeRequest,
    ModelSpec,
    TokenizerSpec,
    TrainingSettings,
    TrainingSpec,
)
from workbench.jobs.home import EVENTS
from workbench.services import (
    activity,
    comparing,
    composing,
    datasets,
    models,
    remembering,
    run_bundles,
    run_cards,
    training,
)
from workbench.store import open_store
from workbench.training.checking import check_model

SPEC = TrainingSpec(
    "tunes",
    TokenizerSpec("melody-steps"),
    ModelSpec("lstm", {"units": 16, "layers": 1}),
    TrainingSettings(epochs=2, window=64, batch_size=8),
)


@pytest.fixture(scope="module")
def there(loaded, tmp_path_factory):
    """The other installation: a dataset, a network, an n-gram; and the names of the two runs."""
    home = copied(loaded, tmp_path_factory.mktemp("there") / "home")
    datasets.create(home, "tunes", seed=1)
    runs = []
    for spec in (SPEC, replace(SPEC, model=ModelSpec("ngram"))):
        runs.append(training.start(home, spec))
        assert activity.finish(home, training.job(home, runs[-1])).state == "done"
    comparing.annotate(home, runs[:1], note="from afar", tag=["first"])
    return home, *runs


@pytest.fixture(scope="module")
def bundle(there, tmp_path_factory):
    return run_bundles.export(there[0], there[1], tmp_path_factory.mktemp("out") / "run.zip")


def take(workspace, path):
    job = run_bundles.take(workspace, path)
    done = activity.finish(workspace, job)
    return done, job


def notes(workspace, run):
    request = ComposeRequest(model=run, bars=4, seed=5)
    done = activity.finish(workspace, composing.enqueue(workspace, request))
    assert done.state == "done", done.details
    return composing.score(workspace, done.result["composition"]), done.result["composition"]


@pytest.mark.long
def test_a_network_comes_with_its_curves_composes_and_is_gone_on_from(there, bundle, filled):
    home, run, _ = there
    done, job = take(filled, bundle)
    assert done.state == "done", done.details
    assert run_bundles.taken(filled, job) == (run, True)
    ours, theirs = (training.get(each, run) for each in (filled, home))
    assert training.history(filled, run) == training.history(home, run)
    assert training.steps(filled, run) == training.steps(home, run) != []
    same = ("state", "best_loss", "evaluation", "versions", "machine", "parameters", "created", "cpu_seconds", "note", "tags")  # fmt: skip
    assert [getattr(ours, name) for name in same] == [getattr(theirs, name) for name in same]
    assert ours.is_brought
    assert not theirs.is_brought
    assert ours.spec.dataset == f"tunes@1 (elsewhere, {theirs.dataset_fingerprint[:6]})"
    card = run_cards.card(filled, run)
    assert (card.dataset, card.files) == (run_cards.card(home, run).dataset, run_cards.card(home, run).files)  # fmt: skip
    (score, made), (wanted, _) = notes(filled, run), notes(home, run)
    assert score == wanted
    lineage = composing.lineage(filled, made)
    assert (lineage.dataset, lineage.pieces) == (None, sum(card.dataset.pieces.values()))
    assert lineage.pieces > 50
    assert lineage.licences == card.dataset.licences != {}
    assert comparing.compare(filled, [run]).table("md")
    assert datasets.summaries(filled) == []

    # It is gone on from, on the music that is here; once more it is here already; nothing lies about.
    datasets.create(filled, "mine", query="meter:6/8")
    further = training.start(filled, replace(SPEC, dataset="mine", start_from=run))
    assert activity.finish(filled, training.job(filled, further)).state == "done"
    assert training.history(filled, further)[0].valid_loss < 3
    assert run_bundles.taken(filled, take(filled, bundle)[1]) == (run, False)
    assert training.count(filled) == 2
    assert not list(filled.cache.glob("run-*")) + list(filled.runs.parent.glob("incoming-*"))


@pytest.mark.long
def test_counts_come_too_and_find_the_dataset_that_is_here(there, tmp_path):
    home, _, ngram = there
    other = copied(home, tmp_path / "other")
    shutil.rmtree(other.runs / ngram)
    with open_store(other) as store:
        store.db.execute("DELETE FROM runs WHERE id = ?", [ngram])
    path = run_bundles.export(home, ngram, tmp_path / "counts.zip")
    done, job = take(other, path)
    assert run_bundles.taken(other, job) == (ngram, True), done.details
    assert training.get(other, ngram).spec.dataset == "tunes@1"
    assert notes(other, ngram)[0] == notes(home, ngram)[0]
    with open_store(other) as store:  # as if it had been stopped there
        store.db.execute("UPDATE jobs SET state = 'stopped' WHERE id = ?", [store.runs.job(ngram)])
    with pytest.raises(InvalidSetting, match="trained elsewhere"):
        training.resume(other, ngram)


def test_a_run_that_says_it_went_on_from_itself_is_gone_on_from(bundle, filled, tmp_path):
    """Who looks for what the model had heard before comes to an end."""
    datasets.create(filled, "tunes", seed=1)  # the same music, so there is something to follow
    with RunBundle(bundle) as read:
        run = read.record.run.id
    path = rewritten(bundle, tmp_path / "circle.zip", said("run", "spec", "start_from", value=run))
    with RunBundle(path) as read, open_store(filled) as store:
        store.jobs.add("take-run", "bulk", {}, title="none")
        EVENTS["brought"](store, store.jobs.claim("bulk", "test"), {"record": read.record, "card": read.card})  # fmt: skip
        version = store.datasets.get("tunes")
    told = remembering.lay_out(filled, run, version, tmp_path)
    assert (told["complete"], sorted(told["datasets"])) == (False, ["new", "old"])


# --- what a stranger might send --------------------------------------------------------------------


def rewritten(path, target, change):
    """A copy of a bundle whose members went through ``change(name, data)``; None leaves one out."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return target


def of(member, change):
    return lambda name, data: change(data) if name == member else data


def said(*path, value):
    """Something else in ``run.json``."""

    def change(data):
        document = json.loads(data)
        place = document
        for each in path[:-1]:
            place = place[each]
        place[path[-1]] = value
        return json.dumps(document)

    return of("run.json", change)


def carded(**values):
    return of("model.json", lambda data: json.dumps(json.loads(data) | values))


TAMPERED = {
    "another checksum": (carded(sha256="0" * 64), "not the file that its card speaks of"),
    "other weights than its size": (carded(parameters=7), "not as large as its card"),
    "another vocabulary": (carded(vocabulary={"tokens": ["a"], "context": []}), "version of its tokenizer"),
    "a file outside": (carded(file="../../evil.onnx"), "called otherwise"),
    "a companion outside": (carded(companions={"../x": "0"}), "called otherwise"),
    "a field from later": (carded(extra=1), "no field 'extra'"),
    "another network": (carded(model={"architecture": "gru", "settings": {}}), "another kind"),
    "a newer format": (said("format", value=2), "format 1"),
    "no number": (said("run", "best_loss", value=float("nan")), "no number"),
    "a number too large": (said("epochs", 0, "train_loss", value=10**40), "too large"),
    "an epoch twice": (said("epochs", 1, "epoch", value=1), "follow one another"),
    "figures that are none": (said("run", "evaluation", "test", "accuracy", value="<b>"), "accuracy|figure"),
    "gains that are none": (said("run", "evaluation", "forgetting", value={"complete": True, "old": {"dataset": "x"}}), "figure"),
    "a machine that is none": (said("run", "machine", value={"cores": "many"}), "machine"),
    "settings out of range": (said("run", "spec", "training", "batch_size", value=0), "batch_size"),
    "a time that is none": (said("run", "created", value="<script>"), "run.json cannot be read"),
    "no run": (of("run.json", lambda data: None), "run.json"),
    "a long description": (of("README.txt", lambda data: b" " * 2_000_000), "too large"),
}  # fmt: skip


@pytest.mark.parametrize("case", TAMPERED)
def test_a_bundle_that_was_tampered_with_leaves_no_trace(
    bundle, workspace, tmp_path, case, monkeypatch
):
    change, words = TAMPERED[case]
    # The checking is done in this process, which has TensorFlow already: seconds less for each.
    monkeypatch.setattr(
        "workbench.jobs.take_run.do_apart",
        lambda task, folder, report, **_: check_model(folder, report),
    )
    bad = rewritten(bundle, tmp_path / "bad.zip", change)
    refused(workspace, bad, words)


def refused(workspace, path, words):
    with pytest.raises(WorkbenchError, match=words):
        run_bundles.taken(workspace, take(workspace, path)[1])
    assert training.count(workspace) == 0
    kept = [
        *workspace.runs.iterdir(),
        *workspace.cache.glob("run-*"),
        *workspace.runs.parent.glob("incoming-*"),
    ]
    assert kept == []


@pytest.mark.parametrize("name", ["../../escaped.txt", "/etc/escaped", "extra.py", "sub/best.onnx"])
def test_a_member_of_another_name_is_refused(bundle, workspace, tmp_path, name):
    bad = shutil.copyfile(bundle, tmp_path / "bad.zip")
    with zipfile.ZipFile(bad, "a") as archive:
        archive.writestr(name, "x")
    refused(workspace, bad, "no part of a run")


def test_bombs_and_endless_tables_are_refused(bundle, workspace, tmp_path):
    bomb = rewritten(
        bundle, tmp_path / "bomb.zip", of("run.json", lambda data: data + b" " * 40_000_000)
    )
    assert bomb.stat().st_size < 1_000_000
    refused(workspace, bomb, "too large")
    lying = bytearray(bomb.read_bytes())
    at = lying.rindex(b"run.json") - 46  # its entry in the table of contents
    lying[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    bomb.write_bytes(lying)
    refused(workspace, bomb, "cannot be brought in")
    many = tmp_path / "many.zip"
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(1000):
            archive.writestr(f"{number}", "")
    refused(workspace, many, "larger than runs are")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip" * 50, b"\x00" * 1000])
def test_what_is_no_bundle_is_refused(workspace, data):
    with pytest.raises(UnreadableFile, match="brought in"):
        run_bundles.take_bytes(workspace, data)


@pytest.mark.parametrize("how", ["name", "version"])
def test_what_zipfile_cannot_read_is_refused(bundle, workspace, how):
    with pytest.raises(UnreadableFile, match="brought in"):
        run_bundles.take_bytes(workspace, spoiled_zip(bundle.read_bytes(), how))


def test_a_bundle_that_is_cut_short_is_refused(bundle, workspace):
    data = bundle.read_bytes()
    for length in (len(data) // 3, len(data) - 30):
        with pytest.raises(UnreadableFile, match=r"cut short|no zip"):
            run_bundles.take_bytes(workspace, data[:length])


# --- what a model's files might hold ---------------------------------------------------------------


@pytest.fixture
def model(there, tmp_path):
    """The folder of the network, of the test's own."""
    kept = models.get(there[0], there[1]).folder
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("model.json", "best.keras", "best.onnx"):
        shutil.copyfile(kept / name, folder / name)
    return folder


def test_the_model_itself_passes_and_its_weights_become_our_own(model):
    before = keras.saving.load_model(model / "best.keras").get_weights()
    assert check_model(model, SilentReport()) == {"parameters": read_card(model).parameters}
    after = keras.saving.load_model(model / "best.keras").get_weights()
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def with_lambda(folder, tmp_path):
    path = folder / "best.keras"
    network = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x * 2)])
    network.save(path)


def with_another_class(folder, tmp_path):
    def change(data):
        config = json.loads(data)
        layer = config["config"]["layers"][-1]
        layer |= {"module": "os", "class_name": "system", "registered_name": "os>system"}
        return json.dumps(config)

    altered(folder, tmp_path, of("config.json", change))


def with_a_class_of_another_module(folder, tmp_path):
    change = of(
        "config.json",
        lambda data: data.replace(b'"module": "keras.layers"', b'"module": "subprocess"', 1),
    )
    altered(folder, tmp_path, change)


def with_a_pickle(folder, tmp_path):
    (folder / "best.keras").write_bytes(b"\x80\x04\x95\x10\x00N.")


def with_a_pickle_within(folder, tmp_path):
    altered(folder, tmp_path, of("model.weights.h5", lambda data: b"\x80\x04\x95N."))


def with_another_file(folder, tmp_path):
    with zipfile.ZipFile(folder / "best.keras", "a") as archive:
        archive.writestr("assets/evil.py", "x")


def with_weights_elsewhere(folder, tmp_path):
    def change(data):
        path = tmp_path / "weights.h5"
        path.write_bytes(data)
        with h5py.File(path, "a") as file:
            first = next(iter(file["layers"]))
            del file[f"layers/{first}"]
            file[f"layers/{first}"] = h5py.ExternalLink("/etc/passwd", "/")
        return path.read_bytes()

    altered(folder, tmp_path, of("model.weights.h5", change))


def with_a_wide_array(folder, tmp_path):
    def change(data):
        path = tmp_path / "weights.h5"
        path.write_bytes(data)
        with h5py.File(path, "a") as file:
            file.create_dataset("more", shape=(10**7, 10**5), dtype="f4", chunks=(100, 100))
        return path.read_bytes()

    altered(folder, tmp_path, of("model.weights.h5", change))


def with_other_shapes(folder, tmp_path):
    card = read_card(folder)
    write_card(folder, replace(card, model=ModelSpec("lstm", {"units": 24, "layers": 1})))


def with_weights_that_are_none(folder, tmp_path):
    network = keras.saving.load_model(folder / "best.keras")
    network.set_weights([np.full_like(each, np.nan) for each in network.get_weights()])
    network.save(folder / "best.keras")


def with_other_weights(folder, tmp_path):
    network = keras.saving.load_model(folder / "best.keras")
    network.set_weights([each + 0.1 for each in network.get_weights()])
    network.save(folder / "best.keras")


def with_numbers_in_another_file(folder, tmp_path):
    graph = onnx.load(folder / "best.onnx")
    onnx.save(
        graph, folder / "best.onnx", save_as_external_data=True, size_threshold=0, location="passwd"
    )


def with_an_operator_of_its_own(folder, tmp_path):
    graph = onnx.load(folder / "best.onnx")
    graph.graph.node[0].domain = "evil.example"
    onnx.save(graph, folder / "best.onnx")


def with_a_loop(folder, tmp_path):
    graph = onnx.load(folder / "best.onnx")
    body = onnx.helper.make_graph([], "body", [], [])
    graph.graph.node.append(onnx.helper.make_node("Loop", ["", ""], ["out"], body=body))
    onnx.save(graph, folder / "best.onnx")


def with_a_branch(folder, kind, *nodes, numbers=()):
    graph = onnx.load(folder / "best.onnx")
    branch = onnx.helper.make_graph(nodes, "branch", [], [], numbers)
    within = onnx.helper.make_node(kind, ["is_so"], ["out"], then_branch=branch, else_branch=branch)
    graph.graph.node.append(within)
    (folder / "best.onnx").write_bytes(graph.SerializeToString())


def with_a_loop_in_a_branch(folder, tmp_path):
    body = onnx.helper.make_graph([], "body", [], [])
    with_a_branch(folder, "If", onnx.helper.make_node("Loop", ["", ""], ["out"], body=body))


def with_numbers_of_a_branch_in_another_file(folder, tmp_path):
    elsewhere = onnx.TensorProto(name="x", dims=[1], data_type=1, data_location="EXTERNAL")
    elsewhere.external_data.add(key="location", value="passwd")
    with_a_branch(folder, "If", numbers=[elsewhere])


def with_a_graph_within_a_sum(folder, tmp_path):
    with_a_branch(folder, "Add")


def with_no_graph(folder, tmp_path):
    (folder / "best.onnx").write_bytes(b"\x80\x04\x95 evil" * 9)


def altered(folder, tmp_path, change):
    kept = shutil.copyfile(folder / "best.keras", tmp_path / "kept.keras")
    rewritten(kept, folder / "best.keras", change)


HOSTILE = [
    (with_lambda, "names the class"),
    (with_another_class, "names the class 'system'"),
    (with_a_class_of_another_module, "of 'subprocess'"),
    (with_a_pickle, "best.keras is not taken in"),
    (with_a_pickle_within, "best.keras is not taken in"),
    (with_another_file, "no part of a Keras model"),
    (with_weights_elsewhere, "point at another place"),
    (with_a_wide_array, "numbers, and this network"),
    (with_other_shapes, "numbers, and this network"),
    (with_weights_that_are_none, "no numbers"),
    (with_other_weights, "something else than the weights"),
    (with_numbers_in_another_file, "lie in another file"),
    (with_an_operator_of_its_own, "of 'evil.example'"),
    (with_a_loop, "'Loop'"),
    (with_a_loop_in_a_branch, "'Loop'"),
    (with_numbers_of_a_branch_in_another_file, "lie in another file"),
    (with_a_graph_within_a_sum, "a graph stands within it"),
    (with_no_graph, "best.onnx is not taken in"),
]


@pytest.mark.parametrize(("change", "words"), HOSTILE, ids=[each[0].__name__ for each in HOSTILE])
def test_a_hostile_model_is_refused(model, tmp_path, change, words):
    change(model, tmp_path)
    with pytest.raises(UnreadableFile, match=words):
        check_model(model, SilentReport())


def test_counts_that_are_pickled_or_out_of_range_are_refused(there, tmp_path):
    kept = models.get(there[0], there[2]).folder
    for name in ("model.json", "ngram.npz"):
        shutil.copyfile(kept / name, tmp_path / name)
    assert check_model(tmp_path, SilentReport())["parameters"] > 0
    with np.load(tmp_path / "ngram.npz") as arrays:
        counts = dict(arrays)
    np.savez(tmp_path / "ngram.npz", **counts | {"tokens_1": counts["tokens_1"] + 1000})
    with pytest.raises(UnreadableFile, match="no counts of this vocabulary"):
        check_model(tmp_path, SilentReport())
    np.savez(tmp_path / "ngram.npz", **counts | {"keys_0": np.array([{}], object)})
    with pytest.raises(UnreadableFile, match="not an n-gram model"):
        check_model(tmp_path, SilentReport())
