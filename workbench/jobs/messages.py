"""Messages between a reader and its child: JSON and raw bytes, nothing that could be code.

A message is a line of JSON and the bytes it speaks of, one after another; ``sizes`` in the line says where each ends.
On the pipe its length goes before it, in eight bytes.
"""

import json
from collections.abc import Sequence
from typing import IO, Any

MAX_BYTES = 2**28


def send(pipe: IO[bytes], data: bytes) -> None:
    """Put a message on a pipe; ``OSError`` where nobody listens any more."""
    pipe.write(len(data).to_bytes(8, "little"))
    pipe.write(data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    """The next message on a pipe; ``EOFError`` where the other side has ended."""
    head = pipe.read(8)
    size = int.from_bytes(head, "little")
    if len(head) < 8 or size > MAX_BYTES:
        raise EOFError
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


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
