"""Several bounded readers at once: one for each core.

A thread sits beside each child and waits for it; the work is the child's. Only a few files are under way at a time,
however many there are, so memory stays as it is.
"""

import contextlib
import os
import queue
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from workbench.core.errors import WorkbenchError
from workbench.jobs.reader import FILE_SECONDS, BoundedReader, Found, Question

UNDER_WAY = 3
"""Files handed out for each reader: one is read, the others wait at its door."""

PATIENCE_SECONDS = 0.5
"""So long a wait for answers lasts before the caller may look whether it should stop."""

Answer = list[Found] | WorkbenchError


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ReaderPool:
    """Hands questions to readers and gives answers in the order of the questions, so that of music that two files hold the first is
    kept whatever takes longer to read. Use it as a context.

    ``Token`` is whatever the caller knows a question by.
    """

    def __init__(self, readers: int | None = None) -> None:
        self.readers = max(1, readers or cores())
        self._questions: queue.SimpleQueue[tuple[int, Any, Question, float] | None] = (
            queue.SimpleQueue()
        )
        self._answers: queue.SimpleQueue[tuple[int, Any, Answer]] = queue.SimpleQueue()
        self._put, self._given = 0, 0
        self._early: dict[int, tuple[Any, Answer]] = {}
        self._open: list[BoundedReader] = []
        self._threads = [
            threading.Thread(target=self._work, daemon=True, name="reader")
            for _ in range(self.readers)
        ]

    @property
    def under_way(self) -> int:
        """How many answers are still to be given."""
        return self._put - self._given

    @property
    def is_full(self) -> bool:
        """Whether an answer should be taken before the next question is put."""
        return self.under_way >= UNDER_WAY * self.readers

    def put(self, token: Any, question: Question, seconds: float = FILE_SECONDS) -> None:
        """Hand out a question."""
        self._questions.put((self._put, token, question, seconds))
        self._put += 1

    def ready(self, *, wait: bool = False) -> Iterator[tuple[Any, Answer]]:
        """The next answers, as far as they are there already; with ``wait``, after a moment's patience for each that is not."""
        while self.under_way:
            if self._given in self._early:
                answer = self._early.pop(self._given)
                self._given += 1
                wait = False
                yield answer
                continue
            try:
                number, token, found = self._answers.get(wait, PATIENCE_SECONDS)
            except queue.Empty:
                return
            self._early[number] = token, found

    def _work(self) -> None:
        with BoundedReader() as reader:
            self._open.append(reader)
            while (item := self._questions.get()) is not None:
                number, token, question, seconds = item
                try:
                    answer: Answer = reader.study(question, seconds)
                except WorkbenchError as error:
                    answer = error
                except Exception as error:  # a thread that dies would leave its caller waiting
                    answer = WorkbenchError(
                        f"{question.name} could not be read ({type(error).__name__}); try it again."
                    )
                self._answers.put((number, token, answer))

    def __enter__(self) -> "ReaderPool":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.under_way:  # stopped before the end: nobody waits for these answers
            with contextlib.suppress(queue.Empty):
                while True:
                    self._questions.get_nowait()
            self._interrupt()
        for _ in self._threads:
            self._questions.put(None)
        for thread in self._threads:
            while thread.is_alive():
                thread.join(PATIENCE_SECONDS)
                if self.under_way:
                    self._interrupt()

    def _interrupt(self) -> None:
        for reader in self._open:
            reader.interrupt()
