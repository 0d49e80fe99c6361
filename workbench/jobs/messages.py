"""Messages between a reader and its child: JSON and raw bytes, nothing that could be code.

A message is a line of JSON and the bytes it speaks of, one after another; ``sizes`` in the line says where each ends.
"""

import json
from collections.abc import Sequence
from typing import Any


def message(line: dict[str, Any], parts: Sequence[bytes] = ()) -> bytes:
    """A line of JSON and some bytes as one message."""
    head = json.dumps(line | {"sizes": [len(part) for part in parts]}).encode()
    return b"".join([head, b"\n", *parts])


def opened(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """What :func:`message` joined; ``ValueError`` where it is no message."""
    head, _, rest = data.partition(b"\n")
    line = json.loads(head)
    parts, place = [], 0
    for size in line["sizes"]:
        parts.append(rest[place : place + size])
        place += size
    return line, parts
