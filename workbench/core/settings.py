"""Settings: dataclasses whose fields carry a range and a help text.

One such class per part draws the form on the page, gives the command line its options, and
validates both::

    @dataclass(frozen=True)
    class Settings:
        units: int = setting(256, low=16, high=2048, help="Width of each recurrent layer")
"""

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.core.errors import InvalidSetting

Among = tuple[Any, ...] | range
"""Values of another field."""


@dataclass(frozen=True)
class Setting:
    """One field of a Settings class, as a form or a command line needs it."""

    name: str
    type: type
    default: Any
    low: float | None
    high: float | None
    choices: tuple[Any, ...] | None
    help: str
    advanced: bool
    hidden: bool = False
    group: str = ""
    when: Mapping[str, Among] = dataclasses.field(default_factory=dict)

    def applies(self, values: Mapping[str, Any]) -> bool:
        """Whether it means something beside these values of the other fields."""
        return all(values.get(name) in among for name, among in self.when.items())


def setting(
    default: Any,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[Any, ...] | None = None,
    help: str = "",
    advanced: bool = False,
    hidden: bool = False,
    group: str = "",
    when: Mapping[str, Among] | None = None,
) -> Any:
    """A dataclass field with the range (both ends included) and the words that describe it.

    A ``hidden`` one belongs to the part as any other does, but is learned from music: nobody is asked for it. A field with
    ``when`` means something only where the fields named there, written before it, have one of these values. ``group`` is a
    heading that advanced fields share.
    """
    metadata: dict[str, Any] = {"low": low, "high": high, "choices": choices, "help": help}
    metadata |= {"advanced": advanced, "hidden": hidden, "group": group, "when": when or {}}
    return dataclasses.field(default=default, metadata=metadata)


def describe(cls: type, *, hidden: bool = False) -> list[Setting]:
    """The fields of a Settings class that a person sets, in the order they were written; or the hidden ones."""
    hints = typing.get_type_hints(cls)
    return [
        Setting(name=field.name, type=hints[field.name], default=field.default, **field.metadata)
        for field in dataclasses.fields(cls)
        if field.metadata and field.metadata["hidden"] == hidden
    ]


def names_of(cls: type) -> set[str]:
    """The names of the fields that a person sets."""
    return {field.name for field in describe(cls)}


def validated(cls: type, values: Mapping[str, Any]) -> Any:
    """An instance of a Settings class from untrusted values, which may be text.

    Raises
    ------
    InvalidSetting
        For an unknown name, a value of the wrong type, one out of range, or one that means nothing beside the others.
    """
    shown = describe(cls)
    fields = {field.name: field for field in [*shown, *describe(cls, hidden=True)]}
    for name in values:
        if name not in fields:
            known = ", ".join(field.name for field in shown) or "none"
            raise InvalidSetting(f"There is no setting {name!r} here. There are: {known}.")
    made = cls(**{name: checked_value(fields[name], value) for name, value in values.items()})
    for name in values:
        _check_applies(fields[name], made)
    return made


def applicable(cls: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of some values that mean something beside the others and the defaults."""
    fields = {field.name: field for field in describe(cls)}
    everything = {name: field.default for name, field in fields.items()} | dict(values)
    return {n: v for n, v in values.items() if n not in fields or fields[n].applies(everything)}


def _check_applies(field: Setting, made: Any) -> None:
    """Refuse a value, other than the default, that would change nothing."""
    values = vars(made)
    if values[field.name] == field.default or field.applies(values):
        return
    name, among = next((n, some) for n, some in field.when.items() if values[n] not in some)
    if isinstance(among, range):
        others = f"{among.start} or more"
    else:
        others = " or ".join(str(choice) for choice in among)
    raise InvalidSetting(
        f"{field.name} changes nothing where {name} is {values[name]}; leave it out, or choose {others} for {name}."
    )


def checked_value(field: Setting, value: Any) -> Any:
    """A value, which may be text, as the setting has it; ``InvalidSetting`` where it allows no such."""
    value = _converted(field, value)
    if field.choices is not None and value not in field.choices:
        options = ", ".join(str(choice) for choice in field.choices)
        raise InvalidSetting(f"{field.name} is {value!r}; choose one of {options}.")
    if field.low is not None and not value >= field.low:
        raise InvalidSetting(f"{field.name} is {value}; the smallest allowed is {field.low}.")
    if field.high is not None and not value <= field.high:
        raise InvalidSetting(f"{field.name} is {value}; the largest allowed is {field.high}.")
    return value


def _converted(field: Setting, value: Any) -> Any:
    try:
        if field.type is bool and isinstance(value, str):
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[
                value.lower()
            ]
        if field.type is int and not isinstance(value, bool) and float(value) == int(float(value)):
            return int(float(value))
        if field.type is float and not isinstance(value, bool):
            return float(value)
        if isinstance(value, field.type) and isinstance(value, bool) == (field.type is bool):
            return value
    except (KeyError, TypeError, ValueError, OverflowError):
        pass
    kinds = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    raise InvalidSetting(f"{field.name} must be {kinds.get(field.type)}, not {value!r}.")
