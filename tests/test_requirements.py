"""What the code imports is what requirements.txt pins, so that a clean machine can run it."""

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest
from architecture_law import find_imports, read_sources

from workbench.workspace import REPOSITORY

OURS = {"workbench", "pages", "Home"}


def pinned() -> set[str]:
    """Names of the distributions in requirements.txt, in their normal form."""
    lines = (REPOSITORY / "requirements.txt").read_text().splitlines()
    return {normal(re.split(r"[=<>; \[]", line)[0]) for line in lines if line[:1].isalpha()}


def normal(name: str) -> str:
    """``PyYAML`` and ``pyyaml``, ``a_b`` and ``a-b`` are one name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported() -> dict[str, str]:
    """Every library the code imports, with one module that does."""
    return {
        item.library: module
        for module, source in read_sources(REPOSITORY).items()
        for item in find_imports(module, ast.parse(source))
        if item.library not in OURS | set(sys.stdlib_module_names) | {"__future__"}
    }


LIBRARIES = imported()


@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_library_is_pinned(library):
    known = {normal(name) for name in packages_distributions().get(library, [library])}
    assert known & pinned(), f"{LIBRARIES[library]} imports {library}; pin it in requirements.txt."


def test_versions_are_exact():
    lines = (REPOSITORY / "requirements.txt").read_text().splitlines()
    loose = [line for line in lines if line[:1].isalpha() and "==" not in line]
    assert not loose, f"write these with ==, as they move together on purpose: {loose}"
