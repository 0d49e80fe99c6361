"""Whose settings stand in a form, changed or not: what is composed next from it came out of that composition."""

from workbench.ui.state import session

_NOTE = "changed"


def note(place: str, composition: str, origin: str = "changed") -> None:
    """What is composed next from the form of a place comes out of a composition: its settings were put there, or its music."""
    session().notes(place)[_NOTE] = [composition, origin]


def out_of(place: str) -> tuple[str, str]:
    """The composition that the next one comes out of, and how; both empty where it is of nobody. Asked once, it is answered once."""
    parent, origin = session().notes(place).pop(_NOTE, ("", ""))
    return parent, origin
