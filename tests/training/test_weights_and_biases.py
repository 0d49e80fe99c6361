"""Weights & Biases for real, offline: what it wrote down is what was told; and nothing where nobody asked for it."""

import json

import pytest
import wandb
from wandb.proto import wandb_internal_pb2

from workbench.core.report import SilentReport
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSpec
from workbench.training.following import followed
from workbench.training.weights_and_biases import is_wanted

SPEC = TrainingSpec("d@1", TokenizerSpec("melody-steps"), ModelSpec("lstm", {"units": 16}))
STEPS = [{"step": 10 * n, "epoch": n / 4, "loss": 2.0 - n / 10} for n in range(1, 5)]
EPOCH = {"epoch": 1, "train_loss": 1.5, "valid_loss": 1.25, "memory_mb": None}


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """Nobody is logged in."""
    for name in ("WANDB_MODE", "WANDB_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    yield monkeypatch
    wandb.teardown()  # it keeps what it read of the environment


BLOCK, HEAD = 32768, 7  # bytes, as LevelDB's log has them
WHOLE, FIRST, LAST = 1, 2, 4


def written(path):
    """Records of one of its own files: a head, then LevelDB's log of protocol buffers."""
    data, at, record = path.read_bytes(), HEAD, b""
    while at + HEAD <= len(data):
        if BLOCK - at % BLOCK < HEAD:  # the rest of a block is filled up
            at += BLOCK - at % BLOCK
            continue
        size, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        if not kind:
            return
        part = data[at + HEAD : at + HEAD + size]
        record = part if kind in (WHOLE, FIRST) else record + part
        at += HEAD + size
        if kind in (WHOLE, LAST):
            yield wandb_internal_pb2.Record.FromString(record)


def test_it_is_told_only_where_somebody_asked_for_it(alone, tmp_path):
    assert not is_wanted()
    alone.setenv("WANDB_MODE", "offline")
    assert is_wanted()
    alone.setenv("WANDB_MODE", "disabled")
    alone.setenv("WANDB_API_KEY", "x" * 40)
    assert not is_wanted()
    alone.delenv("WANDB_MODE")
    assert is_wanted()
    alone.delenv("WANDB_API_KEY")
    login = tmp_path / ".netrc"
    login.write_text("machine api.wandb.ai\n login user\n password key\n")
    login.chmod(0o600)
    assert is_wanted()


def test_offline_it_writes_the_curves_the_name_and_the_settings(alone, tmp_path):
    alone.setenv("WANDB_MODE", "offline")
    folder = tmp_path / "lstm-abc123"
    folder.mkdir()
    with followed(SilentReport(), folder, SPEC) as told:
        for data in STEPS:
            told.event("step", data)
        told.event("epoch", EPOCH)
    wandb.teardown()  # its own process writes, and may still do so when a run has ended
    (path,) = folder.glob("wandb/offline-run-*/*.wandb")
    records = list(written(path))
    (run,) = [each.run for each in records if each.HasField("run")]
    assert (run.run_id, run.display_name, run.project) == ("lstm-abc123", "lstm-abc123", "music-workbench")  # fmt: skip
    config = {each.key: json.loads(each.value_json) for each in run.config.update}
    assert config["model"] == {"architecture": "lstm", "settings": {"units": 16}}
    history = [each.history for each in records if each.HasField("history")]
    said = [{i.key or "/".join(i.nested_key): json.loads(i.value_json) for i in h.item} for h in history]  # fmt: skip
    losses = {line["_step"]: line["step/loss"] for line in said if "step/loss" in line}
    assert losses == {data["step"]: data["loss"] for data in STEPS}
    (epoch,) = [line for line in said if "epoch/valid_loss" in line]
    assert (epoch["epoch/train_loss"], epoch["epoch/valid_loss"]) == (1.5, 1.25)
    assert "epoch/memory_mb" not in epoch


def test_without_a_network_the_training_goes_on_with_a_line_in_the_log(alone, tmp_path, caplog):
    alone.setenv("WANDB_API_KEY", "x" * 40)
    alone.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    alone.setattr("workbench.training.weights_and_biases._START_SECONDS", 2.0)
    folder = tmp_path / "lstm-abc124"
    folder.mkdir()
    with followed(SilentReport(), folder, SPEC) as told:
        told.event("step", STEPS[0])
    assert caplog.text.count("Weights & Biases is not told of this run") == 1
    assert (folder / "tensorboard").is_dir()
