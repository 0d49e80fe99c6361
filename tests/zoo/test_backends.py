"""One network, two Keras backends: the same logits, loss and gradients, at once and step by step. Runs where JAX is installed."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from backend_child import STEPS

from workbench.zoo import ARCHITECTURES

CHILD = Path(__file__).with_name("backend_child.py")
REPOSITORY = CHILD.parents[2]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None, reason="JAX is not installed (pip install jax)"
)


def computed(backend: str, *arguments: object) -> None:
    environment = os.environ | {"KERAS_BACKEND": backend}
    environment["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY), *sys.path])
    command = [sys.executable, str(CHILD), *map(str, arguments)]
    subprocess.run(command, env=environment, check=True, cwd=REPOSITORY, timeout=120)


@pytest.mark.parametrize("name", [each.name for each in ARCHITECTURES if each.is_network])
def test_tensorflow_and_jax_agree(name, tmp_path):
    for backend in ("tensorflow", "jax"):
        computed(backend, name, tmp_path / "weights.npz", tmp_path / f"{backend}.npz")
    with np.load(tmp_path / "tensorflow.npz") as one, np.load(tmp_path / "jax.npz") as other:
        assert sorted(one.files) == sorted(other.files)
        assert len(one.files) > 4
        for part in one.files:
            scale = max(np.abs(one[part]).max(), 1e-3)
            np.testing.assert_allclose(one[part], other[part], atol=1e-4 * scale, err_msg=part)
            assert np.abs(one[part]).max() > 0, part
        for position in range(STEPS if ARCHITECTURES.get(name).build_step else 0):
            np.testing.assert_allclose(
                other[f"step {position}"], other["logits"][:, position], atol=1e-4
            )
