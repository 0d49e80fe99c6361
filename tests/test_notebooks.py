"""The notebooks run from top to bottom, on real music and in kernels of their own; the run one of them trains comes home."""

import json
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSpec
from workbench.services import activity, datasets, importing, portable, run_bundles, training
from workbench.workspace import REPOSITORY, Workspace, open_workspace

NOTEBOOKS = sorted((REPOSITORY / "docs" / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Workspace:
    """A workspace with forty tunes, a dataset and a trained n-gram."""
    workspace = open_workspace(tmp_path_factory.mktemp("home"))
    activity.finish(workspace, importing.load_corpus(workspace, "ryans-mammoth", limit=40))
    datasets.create(workspace, "tunes", split="70/15/15")
    spec = TrainingSpec("tunes", TokenizerSpec("melody-steps"), ModelSpec("ngram"))
    activity.finish(workspace, training.job(workspace, training.start(workspace, spec)))
    return workspace


def executed(name: str, folder: Path, **parameters) -> str:
    """Run a notebook in a folder with other parameters; all that it printed and showed, as text."""
    notebook = nbformat.read(REPOSITORY / "docs" / "notebooks" / f"{name}.ipynb", as_version=4)
    (cell,) = [each for each in notebook.cells if "parameters" in each.metadata.get("tags", ())]
    cell.source += "".join(f"\n{key} = {value!r}" for key, value in parameters.items())
    client = NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(folder)}})
    client.execute(env=os.environ | {"PYTHONPATH": str(REPOSITORY)})
    outputs = [each for cell in notebook.cells for each in cell.get("outputs", ())]
    assert not [each for each in outputs if each.output_type == "error"]
    return json.dumps(outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_kept_without_outputs_and_with_one_cell_of_parameters(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert [cell.metadata.get("tags") for cell in code].count(["parameters"]) == 1
    for cell in code:
        compile(cell.source, str(path), "exec")


@pytest.mark.long
def test_a_run_is_trained_elsewhere_and_comes_home(home, tmp_path):
    portable.export(home, "tunes", tmp_path / "dataset.zip")
    settings = {"epochs": 2, "units": 16, "layers": 1, "batch_size": 8, "window": 64}
    said = executed("train_elsewhere", tmp_path, SIZE="tiny", SETTINGS=settings)
    assert "run.zip" in said
    assert "image/png" in said  # the curves
    elsewhere = open_workspace(tmp_path / "workbench-home")
    (there,) = training.runs(elsewhere)
    job = run_bundles.take(home, tmp_path / "run.zip")
    activity.finish(home, job)
    assert run_bundles.taken(home, job) == (there.id, True)
    assert training.history(home, there.id) == training.history(elsewhere, there.id)
    assert training.steps(home, there.id) == training.steps(elsewhere, there.id)
    here = training.get(home, there.id)
    assert (here.state, here.epoch, here.is_brought) == ("done", 2, True)
    assert here.spec.dataset == "tunes@1"  # the same music is here
    assert here.evaluation == there.evaluation


@pytest.mark.long
def test_a_dataset_is_explored(home, tmp_path):
    said = executed("explore_dataset", tmp_path, WORKSPACE=str(home.home))
    for words in ("tunes@1", "No pair leaks", "image/svg+xml", "audio/wav", "melody-steps can say"):
        assert words in said


@pytest.mark.long
def test_results_are_shown(home, tmp_path):
    said = executed("show_results", tmp_path, WORKSPACE=str(home.home), BARS=4)
    for words in ("ngram-", "image/svg+xml", "audio/wav", "Held-out music"):
        assert words in said
