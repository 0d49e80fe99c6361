"""Reading files in a bounded child process.

A file from a user may be made to take hours or all memory, or to crash a parser. So files are read in a child
with a limit on memory, and with a limit on the time of each file; a child that breaks a limit is ended and a
new one takes the next file. What the child found comes back as packed scores and JSON, never as a
pickle: a child that was taken over by a hostile file could send anything.
"""

import contextlib
import json
import multiprocessing
import os
from base64 import b64decode, b64encode
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

from workbench.core.errors import UnreadableFile, WorkbenchError
from workbench.core.packing import pack, unpack
from workbench.core.piece import Reading

FILE_SECONDS = 30.0
MEMORY_BYTES = 4 * 2**30  # of address space, which is far more than what is resident
START_SECONDS = 60.0


class BoundedReader:
    """Reads files and corpus members in a child process. Use it as a context, from one thread."""

    def __init__(self, file_seconds: float = FILE_SECONDS) -> None:
        self.file_seconds = file_seconds
        self._process: Any = None
        self._pipe: Connection | None = None

    def read_file(self, path: Path, name: str) -> list[Reading]:
        """The music of a file that a person knows as ``name``; ``UnreadableFile`` with the reason."""
        return self._ask({"path": str(path), "name": name}, name)

    def read_member(self, corpus: str, member: str) -> list[Reading]:
        """One piece of a collection; ``UnreadableFile`` with the reason."""
        return self._ask({"corpus": corpus, "name": member}, member)

    def __enter__(self) -> "BoundedReader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_child()

    def _ask(self, question: dict[str, str], name: str) -> list[Reading]:
        pipe = self._child()
        try:
            pipe.send_bytes(json.dumps(question).encode())
            if not pipe.poll(self.file_seconds):
                self._end_child()
                raise UnreadableFile(
                    f"{name} took longer than {self.file_seconds:.0f} seconds to read; "
                    "split it into smaller files."
                )
            answer = json.loads(pipe.recv_bytes())
        except (EOFError, OSError) as error:
            self._end_child()
            raise UnreadableFile(
                f"{name} broke its reader, most likely for its size; split it into smaller files."
            ) from error
        if "error" in answer:
            raise UnreadableFile(answer["error"])
        return [_reading(item) for item in answer["readings"]]

    def _child(self) -> Connection:
        if self._pipe is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()
            if not self._pipe.poll(START_SECONDS):
                self._end_child()
                raise WorkbenchError("The reader of files did not start; try again in a moment.")
            self._pipe.recv_bytes()
        return self._pipe

    def _end_child(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None


def _reading(item: dict[str, Any]) -> Reading:
    return Reading(
        unpack(b64decode(item["score"])),
        title=str(item["title"]),
        composer=str(item["composer"]),
        remarks=tuple(str(remark) for remark in item["remarks"]),
    )


# --- in the child -----------------------------------------------------------------------------


def _serve(pipe: Connection) -> None:
    """Answer questions until the pipe closes."""
    _limit_child()
    from workbench.corpora import CORPORA
    from workbench.formats import decode

    pipe.send_bytes(b"ready")
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            question = json.loads(pipe.recv_bytes())
            try:
                if "path" in question:
                    data = Path(question["path"]).read_bytes()
                    readings = decode(data, question["name"])
                else:
                    readings = [CORPORA.get(question["corpus"]).read(question["name"])]
                answer: dict[str, Any] = {"readings": [_item(reading) for reading in readings]}
            except WorkbenchError as error:
                answer = {"error": str(error)}
            except MemoryError:
                os._exit(1)  # the parent says that the file is too large
            except Exception as error:
                answer = {
                    "error": f"{question['name']} could not be read ({type(error).__name__}: {error}); "
                    "check it in a notation program and save it again."
                }
            pipe.send_bytes(json.dumps(answer).encode())


def _item(reading: Reading) -> dict[str, Any]:
    return {
        "score": b64encode(pack(reading.score)).decode(),
        "title": reading.title,
        "composer": reading.composer,
        "remarks": reading.remarks,
    }


def _limit_child() -> None:
    """Bound the child's memory where the system can (not on Windows), and step back behind pages."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if hasattr(os, "nice"):
        os.nice(5)
