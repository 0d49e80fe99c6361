"""The commands ``datasets`` and ``families``, as a script calls them."""

import json

import pytest

from workbench.cli import main
from workbench.services import activity, importing, library
from workbench.workspace import open_workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    workspace = open_workspace(tmp_path_factory.mktemp("cli"))
    activity.finish(workspace, importing.load_corpus(workspace, "ryans-mammoth", limit=40))
    return workspace


@pytest.fixture
def run(workspace, capsys):
    """Run a command; its JSON, or the sentence with which it was refused."""

    def call(*words, home=workspace.home, status=0):
        assert main([*map(str, words), "--workspace", str(home), "--json"]) == status
        captured = capsys.readouterr()
        return captured.err if status else json.loads(captured.out)

    return call


def test_from_creation_to_another_workspace(run, workspace, tmp_path):
    made = run(
        "datasets", "create", "all", "--split", "60/20/20", "--stratify", "meter", "--seed", 3,
        "--augment", "keys=all", "tempo=0.9,1.1", "--window-bars", 16, "--note", "a test",
    )  # fmt: skip
    assert (made["id"], made["stratify"], made["window_bars"]) == ("all@1", "meter", 16)
    assert len(made["augmentation"]["keys"]) == 24
    assert made["shareable"] is True
    gone, moved = made["pieces"][0], made["pieces"][1]
    changed = run(
        "datasets", "change", "all", "--without", gone, "--move", f"{moved}=test", "--note", "less"
    )
    assert changed["parent"] == "all@1"
    diff = run("datasets", "diff", "all@1", "all@2")
    assert diff["removed"] == [gone]
    assert run("datasets", "leaks", "all")["leaks"] == []
    assert [row["parent"] for row in run("datasets", "list")] == ["all@1", None]

    run("datasets", "export", "all", "--out", tmp_path / "all.zip")
    taken = run("datasets", "import", tmp_path / "all.zip", home=tmp_path / "other")
    assert taken["fingerprint"] == changed["fingerprint"] != made["fingerprint"]
    trained = run("train", "--dataset", "all", "--architecture", "ngram", home=tmp_path / "other")
    assert "state" not in trained or trained["state"] == "done"


def test_only_picked_pieces(run, workspace):
    ids = [piece.id for piece in library.search(workspace)[0]][:4]
    made = run("datasets", "create", "few", "--add", *ids)
    assert made["pieces"] == sorted(ids)
    assert "no augmentation" in run("datasets", "create", "few", "--augment", "x", status=1)
    assert "There is no piece" in run("datasets", "create", "few", "--add", "f" * 16, status=1)


def test_a_split_from_elsewhere(run, workspace, tmp_path):
    rows = [(p.source, "train") for p in library.search(workspace)[0]]
    path = tmp_path / "split.csv"
    path.write_text("source,split\n" + "\n".join(",".join(row) for row in rows))
    assert run("datasets", "leaks", "--splits", path)["pieces"] == len(rows)
    said = run("datasets", "leaks", "--splits", tmp_path / "no.csv", status=1)
    assert "cannot be read (No such file or directory)" in said and "UTF-8" not in said


def test_families_by_hand(run, workspace):
    one, other = [piece.id for piece in library.search(workspace)[0]][:2]
    joined = run("families", "join", one, other)
    assert {one, other} <= {piece["id"] for piece in joined["family"]}
    assert run("families", "list")["count"] >= 1
    assert other in {piece["id"] for piece in run("families", "show", one)["family"]}
    parted = run("families", "part", one, other)
    assert other not in {piece["id"] for piece in parted["family"]}
    assert "two different pieces" in run("families", "part", one, status=1)
