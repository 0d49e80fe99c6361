"""Named parts that register themselves.

A part is one file in a package such as ``workbench.zoo``; a decorator in that file puts it into the
package's registry. Nobody edits a shared list: the registry imports every module of its package the
first time it is asked for anything.
"""

import difflib
import importlib
import pkgutil
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

from workbench.core.errors import UnknownName

Part = TypeVar("Part")


class Registry(Generic[Part]):
    """The parts of one kind, by name.

    Parameters
    ----------
    kind
        What a person calls such a part, for messages: ``"architecture"``.
    package
        The package whose modules hold the parts: ``"workbench.zoo"``.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package
        self._parts: dict[str, Part] = {}
        self._discovered = False
        # One session of the web server must not see the parts half imported by another.
        self._lock = threading.RLock()
        self._discovering = False

    def register(self, name: str, part: Part) -> Part:
        """Add a part. Two parts of one name are a programming error."""
        if name in self._parts:
            raise ValueError(f"two parts of kind {self.kind!r} are called {name!r}")
        self._parts[name] = part
        return part

    def get(self, name: str) -> Part:
        """The part of that name; ``UnknownName`` lists what there is."""
        self._discover()
        if name in self._parts:
            return self._parts[name]
        near = difflib.get_close_matches(name, self._parts, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(self.names())}."
        raise UnknownName(f"There is no {self.kind} called {name!r}. {hint}")

    def names(self) -> list[str]:
        """Every name, sorted."""
        self._discover()
        return sorted(self._parts)

    def __iter__(self) -> Iterator[Part]:
        self._discover()
        return iter([self._parts[name] for name in self.names()])

    def _discover(self) -> None:
        if self._discovered:
            return
        with self._lock:
            if self._discovered or self._discovering:  # the latter: asked by a part being imported
                return
            self._discovering = True
            try:
                package = importlib.import_module(self.package)
                for module in pkgutil.iter_modules(package.__path__):
                    importlib.import_module(f"{self.package}.{module.name}")
                self._discovered = True
            finally:
                self._discovering = False
