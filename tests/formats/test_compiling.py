"""librosa's functions are compiled by one process at a time, whoever needs them first."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from workbench.workspace import REPOSITORY

READ = (
    "import sys; from pathlib import Path; from workbench import formats;"
    "print(formats.decode_recording(Path(sys.argv[1]).read_bytes(), 'clicks.wav').tempo)"
)


def importing_functions() -> list[tuple[str, ast.FunctionDef]]:
    """Functions of the workbench that import librosa, each with its file."""
    found = []
    for path in sorted(Path(REPOSITORY, "workbench").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef) or node.name == "import_librosa":
                continue
            names = {
                each.module or "" for each in ast.walk(node) if isinstance(each, ast.ImportFrom)
            }
            if any(name.split(".")[0] == "librosa" for name in names):
                found.append((f"{path.name}:{node.name}", node))
    return found


def test_whoever_imports_librosa_does_so_under_the_lock() -> None:
    found = importing_functions()
    assert len(found) >= 3
    for place, function in found:
        first = next(each for each in function.body if isinstance(each, ast.Expr | ast.ImportFrom)
                     and not isinstance(getattr(each, "value", None), ast.Constant))  # fmt: skip
        assert ast.unparse(first) == "import_librosa()", place


@pytest.mark.long
def test_processes_that_compile_at_once_do_not_break_each_other(tmp_path: Path) -> None:
    """Before there was a lock, all of them died of a segmentation fault, then and ever after."""
    clicks = np.zeros(22050 * 6, dtype=np.float32)
    clicks[:: 22050 // 2] = 1
    soundfile.write(tmp_path / "clicks.wav", clicks, 22050)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    reading = [sys.executable, "-c", READ, str(tmp_path / "clicks.wav")]

    def begin() -> subprocess.Popen:
        return subprocess.Popen(reading, env=environment, stdout=subprocess.PIPE, cwd=REPOSITORY)

    for processes in ([begin() for _ in range(4)], [begin()]):
        for process in processes:
            told, _ = process.communicate(timeout=300)
            assert process.returncode == 0
            assert float(told) == pytest.approx(120, abs=1)
