"""What a person has chosen: kept on every page, and written into the address.

``session()`` returns the one :class:`Session`. Nothing else in the code names a session key.

Eight *choices* (dataset, model, run, composition, piece, sweep, bench, test) are ids. They stand in the address as
``?dataset=…&run=…``, so that a link opens what it names, F5 keeps it, and the browser's Back returns to it. Where
address and memory differ, the address is right; where the address is silent, as after a switch of
pages, the choice is written into it again. An id out of an address is a stranger's text: look it up before
believing it. With nothing chosen a page falls back on the newest dataset or run there is.

Everything else lives as long as the browser tab: values of widgets, under keys that
:meth:`Session.widget` gives out, and plain notes of a page in :meth:`Session.notes`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

CHOICES = ("dataset", "model", "run", "composition", "piece", "sweep", "bench", "test")
LONGEST_ID = 200  # characters; longer ones in an address are nobody's id

MEMORY = "workbench"  # the only session key besides those of widgets


class _Choice:
    """An id, or None, that lives in the session and in the address."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, session: "Session", owner: type) -> str | None:
        return session._memory["choices"].get(self.name)

    def __set__(self, session: "Session", value: str | None) -> None:
        choices = session._memory["choices"]
        if value:
            choices[self.name] = value
            if st.query_params.get(self.name) != value:
                st.query_params[self.name] = value
        else:
            choices.pop(self.name, None)
            st.query_params.pop(self.name, None)


class Session:
    """One person's choices in one browser tab. Ids and plain values only, no domain objects."""

    dataset = _Choice()
    model = _Choice()
    run = _Choice()
    composition = _Choice()
    piece = _Choice()
    sweep = _Choice()
    bench = _Choice()
    test = _Choice()

    def __init__(self) -> None:
        empty: dict[str, Any] = {"choices": {}, "pieces": [], "notes": {}}
        self._memory: dict[str, Any] = st.session_state.setdefault(MEMORY, empty)

    @property
    def pieces(self) -> list[str]:
        """Ids of the pieces that are marked in the library."""
        return list(self._memory["pieces"])

    @pieces.setter
    def pieces(self, ids: Iterable[str]) -> None:
        self._memory["pieces"] = list(dict.fromkeys(ids))

    def notes(self, page: str) -> dict[str, Any]:
        """What a page wants to remember besides its widgets, such as the job it waits for."""
        return self._memory["notes"].setdefault(page, {})

    def widget(self, page: str, name: str, start: Any) -> str:
        """The key of a page's widget, whose value is ``start`` until a person or :meth:`fill` changes it.

        Give the widget no value of its own, and let Streamlit keep it over a switch of pages::

            st.slider("Bars", 1, 64, key=session().widget("compose", "bars", 8), persist_state="session")
        """
        key = _widget_key(page, name)
        st.session_state.setdefault(key, start)
        return key

    def show(self, page: str, name: str, value: Any) -> str:
        """The key of a page's widget that is to show ``value`` in this run, whatever it showed before."""
        self.fill(page, {name: value})
        return _widget_key(page, name)

    def value(self, page: str, name: str, start: Any) -> Any:
        """The value of a page's widget before it is drawn; ``start`` where it never was."""
        return st.session_state.get(_widget_key(page, name), start)

    def fill(self, page: str, values: Mapping[str, Any]) -> None:
        """Put values into a page's widgets: in a callback, or before the widgets are drawn."""
        for name, value in values.items():
            st.session_state[_widget_key(page, name)] = value


def session() -> Session:
    """The session of the browser tab this script runs for, in step with its address."""
    current = Session()
    for name in CHOICES:
        linked = st.query_params.get(name)
        if linked and len(linked) <= LONGEST_ID and linked.isprintable():
            setattr(current, name, linked)
        else:
            setattr(current, name, getattr(current, name))
    return current


def _widget_key(page: str, name: str) -> str:
    return f"{page}.{name}"
