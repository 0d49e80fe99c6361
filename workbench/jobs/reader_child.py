"""The bounded child: reads files that nobody vouches for, and computes what is known of their music.

Its memory is bounded, and so is what it writes, into a folder that goes when it ends; it can leave no core dump, open few
files and reach no network. The limits are the system's where it has them; the network is closed by an audit hook, which stops Python code
and not a hijacked parser.
"""

import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

from workbench import formats
from workbench.core.errors import WorkbenchError
from workbench.core.packing import pack
from workbench.core.piece import Reading
from workbench.core.recording import Recording, pack_recording
from workbench.core.records import to_json
from workbench.core.score import tune_fingerprint
from workbench.corpora import CORPORA
from workbench.jobs.checked import checked
from workbench.jobs.messages import message, opened, receive, send
from workbench.metrics.facts import facts, recording_facts
from workbench.metrics.similarity import sketch

MEMORY_BYTES = 4 * 2**30  # of address space, which is far more than what is resident
FILE_BYTES = 2 * 2**30  # two hours of sound that ffmpeg unpacks
OPEN_FILES = 256
_NETWORK = ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo")

Answer = tuple[dict[str, Any], list[bytes]]


def serve() -> None:
    """Answer questions on standard input until it ends. Nothing but answers goes to standard output."""
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    limit()
    _load()
    send(answers, b"ready")
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            question, parts = opened(receive(questions))
            _set_alarm(question["seconds"])
            send(answers, message(*_answer(question, parts[0])))
            _set_alarm(0)


def _load() -> None:
    """Import what every file needs before the clock of the first one runs."""
    formats.readable_suffixes()
    CORPORA.names()


def _set_alarm(seconds: float) -> None:
    """End by itself where the parent is no longer there to do it."""
    if hasattr(signal, "alarm"):
        signal.alarm(int(seconds * 2) + 1 if seconds else 0)


def _answer(question: dict[str, Any], data: bytes) -> Answer:
    try:
        return _study(question, data)
    except WorkbenchError as error:
        return {"error": str(error)}, []
    except MemoryError:
        os._exit(1)  # the parent says that the file is too large
    except Exception as error:
        words = f"{type(error).__name__}: {error}"[:200]
        return {
            "error": f"{question['name']} could not be read ({words}); "
            "check it in a notation program and save it again."
        }, []


def _study(question: dict[str, Any], data: bytes) -> Answer:
    name, corpus = question["name"], question["corpus"]
    if corpus and not data and not question["path"]:
        return _scores([CORPORA.get(corpus).read(name)])
    if question["path"]:
        data = Path(question["path"]).read_bytes()
    if question["check"]:
        return {"checked": to_json(checked(data, name))}, []
    if question["sung"]:
        return {"sung": formats.decode_sung(data, name)}, []
    if corpus:
        return _scores(CORPORA.get(corpus).read_file(data, name))
    if formats.is_audio(data, name):
        return _recording(formats.decode_recording(data, name))
    return _scores(formats.decode(data, name))


def _scores(readings: list[Reading]) -> Answer:
    found: list[dict[str, Any]] = []
    parts: list[bytes] = []
    for reading in readings:
        found.append(
            {
                "kind": "score",
                "title": reading.title,
                "composer": reading.composer,
                "remarks": reading.remarks,
                "statement": reading.statement,
                "facts": facts(reading.score),
                "tune": tune_fingerprint(reading.score),
                "music": len(parts),
                "sketch": len(parts) + 1,
            }
        )
        parts += [pack(reading.score), sketch(reading.score)]
    return {"found": found}, parts


def _recording(recording: Recording) -> Answer:
    found = {
        "kind": "recording",
        "title": "",
        "composer": "",
        "remarks": (),
        "statement": "",
        "facts": recording_facts(recording),
        "tune": "",
        "music": 0,
        "sketch": 1,
    }
    return {"found": [found]}, [pack_recording(recording), b""]


def limit(memory_bytes: int = MEMORY_BYTES) -> None:
    """Bound the child where the system can (not on Windows), and step back behind pages."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    sys.addaudithook(_no_network)
    sys.dont_write_bytecode = True
    if hasattr(os, "nice"):
        os.nice(5)


def _no_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _NETWORK:
        raise PermissionError("a file that is being read may not reach the network")


if __name__ == "__main__":
    serve()
