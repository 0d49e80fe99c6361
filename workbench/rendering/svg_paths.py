"""The ``d`` of an SVG path as lines and cubic curves in absolute coordinates, for whoever draws it elsewhere."""

import re
from collections.abc import Iterator

Step = tuple[str, tuple[float, ...]]
"""``M`` and ``L`` with x, y; ``C`` with three points; ``Z`` with nothing."""

_TOKEN = re.compile(r"[A-Za-z]|-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_COUNTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "Z": 0}


def steps(d: str) -> Iterator[Step]:
    """The steps of a path. ``ValueError`` for arcs and what else an engraving does not hold."""
    x = y = start_x = start_y = 0.0
    hint: tuple[float, float] | None = None  # the last control point, for ``S``
    for command, numbers in _commands(d):
        name = command.upper()
        ox, oy = (x, y) if command.islower() else (0.0, 0.0)
        if name == "Z":
            x, y, hint = start_x, start_y, None
            yield "Z", ()
            continue
        if name in "HV":
            x, y = (numbers[0] + ox, y) if name == "H" else (x, numbers[0] + oy)
            hint = None
            yield "L", (x, y)
            continue
        points = [(a + ox, b + oy) for a, b in zip(numbers[::2], numbers[1::2], strict=True)]
        if name == "S":
            points.insert(0, (2 * x - hint[0], 2 * y - hint[1]) if hint else (x, y))
        elif name == "Q":
            control, end = points
            points = [_toward((x, y), control), _toward(end, control), end]
        hint = points[-2] if len(points) == 3 and name != "Q" else None
        x, y = points[-1]
        if name == "M":
            start_x, start_y = x, y
        yield ("C" if len(points) == 3 else name), tuple(each for point in points for each in point)


def _toward(point: tuple[float, float], control: tuple[float, float]) -> tuple[float, float]:
    """Two thirds of the way: what makes a cubic curve of a quadratic one."""
    return tuple(a + 2 / 3 * (b - a) for a, b in zip(point, control, strict=True))  # type: ignore[return-value]


def _commands(d: str) -> Iterator[tuple[str, list[float]]]:
    """Each command with its numbers, repeated where it has several sets of them."""
    tokens = _TOKEN.findall(d)
    place, command = 0, ""
    while place < len(tokens):
        if tokens[place].isalpha():
            command = tokens[place]
            place += 1
        count = _COUNTS.get(command.upper())
        if count is None or (count == 0 and place < len(tokens) and not tokens[place].isalpha()):
            raise ValueError(f"a path with {command!r}")
        yield command, [float(token) for token in tokens[place : place + count]]
        place += count
        command = {"M": "L", "m": "l"}.get(command, command)  # further points of a move are lines
