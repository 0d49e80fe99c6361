"""Parts are found by discovery, once, whoever asks first."""

import sys
import threading

import pytest

from workbench.core.errors import UnknownName
from workbench.core.registry import Registry

INIT = "from workbench.core.registry import Registry\nREGISTRY = Registry('tuning', '{name}')\n"
PART = "import time\nfrom {name} import REGISTRY\ntime.sleep({pause})\nREGISTRY.register('{part}', {part!r})\n"


@pytest.fixture
def make_package(tmp_path, monkeypatch):
    """A function that writes a package with one module per part and returns its registry."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(name: str, *parts: str, pause: float = 0.0) -> Registry[str]:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").write_text(INIT.format(name=name))
        for part in parts:
            (folder / f"{part}.py").write_text(PART.format(name=name, part=part, pause=pause))
        return __import__(name).REGISTRY

    yield make
    for name in [name for name in sys.modules if name.startswith("tunings_")]:
        del sys.modules[name]


def test_parts_register_themselves(make_package):
    registry = make_package("tunings_two", "werckmeister", "equal")
    assert registry.names() == ["equal", "werckmeister"]
    assert list(registry) == ["equal", "werckmeister"]
    assert registry.get("equal") == "equal"


def test_an_unknown_name_is_met_with_a_suggestion(make_package):
    registry = make_package("tunings_near", "werckmeister", "equal")
    with pytest.raises(UnknownName, match=r"no tuning called 'eqal'. Did you mean 'equal'\?"):
        registry.get("eqal")
    with pytest.raises(UnknownName, match="There are: equal, werckmeister"):
        registry.get("zzz")


def test_two_parts_of_one_name_are_refused():
    registry: Registry[int] = Registry("tuning", "workbench.core")
    registry.register("equal", 1)
    with pytest.raises(ValueError, match="two parts"):
        registry.register("equal", 2)


def test_a_second_thread_waits_until_all_parts_are_there(make_package):
    registry = make_package("tunings_slow", "equal", "just", "meantone", pause=0.1)
    first = threading.Thread(target=registry.names)
    first.start()
    assert registry.names() == ["equal", "just", "meantone"]
    first.join()


def test_a_part_that_cannot_be_imported_is_reported_every_time(make_package, tmp_path):
    registry = make_package("tunings_broken", "equal")
    (tmp_path / "tunings_broken" / "wolf.py").write_text("import no_such_library")
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="no_such_library"):
            registry.names()
