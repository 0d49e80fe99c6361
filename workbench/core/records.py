"""Frozen dataclasses to plain JSON values and back.

``to_json`` keeps field names; ``from_json`` rebuilds nested dataclasses and tuples from the type
hints and ignores nothing: an unknown field is an error, so that a record written by a newer version is
refused rather than half read, and so is a missing one that has no default.
"""

import dataclasses
import types
import typing
from typing import Any, TypeVar

Record = TypeVar("Record")


def to_json(value: Any) -> Any:
    """Plain dicts, lists, text, numbers. Tuples become lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def from_json(cls: type[Record], data: Any) -> Record:
    """The record that ``to_json`` wrote. ``ValueError`` where the data does not fit."""
    return _build(cls, data)


def _build(hint: Any, data: Any) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _build_record(hint, data)
    if origin in (typing.Union, types.UnionType):
        if data is None and type(None) in args:
            return None
        return _build(next(arg for arg in args if arg is not type(None)), data)
    if origin in (tuple, dict) and not isinstance(data, dict if origin is dict else (list, tuple)):
        raise ValueError(f"expected {hint}, found {data!r}")
    if origin is tuple:
        inner = [args[0]] * len(data) if len(args) == 2 and args[1] is Ellipsis else args
        return tuple(_build(arg, item) for arg, item in zip(inner, data, strict=True))
    if origin is dict:
        return {key: _build(args[1], item) for key, item in data.items()}
    if hint is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if hint is not Any and isinstance(hint, type) and not isinstance(data, hint):
        raise ValueError(f"expected {hint.__name__}, found {data!r}")
    return data


def _build_record(cls: type, data: Any) -> Any:
    if not isinstance(data, dict):
        raise ValueError(f"{cls.__name__} must be an object, found {data!r}")
    hints = typing.get_type_hints(cls)
    unknown = set(data) - set(hints)
    if unknown:
        raise ValueError(f"{cls.__name__} has no field {sorted(unknown)[0]!r}")
    try:
        return cls(**{name: _build(hints[name], item) for name, item in data.items()})
    except TypeError as error:
        raise ValueError(f"{cls.__name__}: {error}") from error
