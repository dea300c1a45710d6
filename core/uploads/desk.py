"""This side: a process that opens files, kept warm, asked one thing at once, replaced when it dies, hangs or grows."""

from __future__ import annotations

import threading
import time
from typing import Any

from core.confined import forks, frames
from core.confined.frames import Busy, Died, Unanswered, dump, short
from core.confined.process import Process
from core.uploads.kinds import Refused

MEMORY = 512 << 20  # bytes of address space
START_SECONDS = 20
LARGEST_ANSWER = 48 << 20  # a picture of 4,000 by 4,000 pixels that no packing makes smaller
OLD_CPU_SECONDS = 300
GROWN = 256 << 20  # bytes: what it once needed for one file it would keep


class Desk:
    """One process for many threads. A fork of this process starts its own."""

    def __init__(self, module: str, *, seconds: float, memory: int = MEMORY) -> None:
        self.module, self.seconds, self.memory = module, seconds, memory
        self._process: Process | None = None
        self._walls: tuple[str, ...] = ()
        self._turn = threading.Lock()
        forks.tell(self)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.alive else None

    @property
    def walls(self) -> tuple[str, ...]:
        """Which walls stand around it. Starts it; raises `Unanswered`."""
        with self._turn:
            self._started(time.monotonic() + START_SECONDS)
            return self._walls

    def ask(self, question: str, body: bytes, **values: Any) -> tuple[dict[str, Any], bytes]:
        """The answer and the bytes that come with it. Raises `Refused` with what is wrong with the file, `Died` where
        it took the process down or too long, `Busy` where one's turn did not come, `Unanswered` where it failed."""
        if not self._turn.acquire(timeout=2 * self.seconds):
            raise Busy("others' files are being opened")
        try:
            return self._asked(question, body, values)
        except Died:
            self._end()
            raise
        finally:
            self._turn.release()

    def close(self) -> None:
        with self._turn:
            self._end()

    def _asked(self, question: str, body: bytes, values: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        process = self._started(time.monotonic() + START_SECONDS)
        deadline = time.monotonic() + self.seconds
        head = dump({"ask": question, "seconds": int(self.seconds) + 1, **values})
        turn = process.send(b"%b\n%b" % (head, body), deadline)
        said, _, payload = process.receive(turn, deadline).partition(b"\n")
        answer = frames.answer(said)
        if process.resident > GROWN or process.cpu_seconds > OLD_CPU_SECONDS:
            self._end()
        if "refused" in answer:
            raise Refused(str(answer["refused"]), **answer["values"])
        if "failed" in answer:
            raise Unanswered(short(answer["failed"]))
        return answer, payload

    def _started(self, deadline: float) -> Process:
        if self._process is not None and self._process.alive:
            return self._process
        self._end()
        self._process = process = Process(self.module, largest=LARGEST_ANSWER)
        try:
            turn = process.send({"memory": self.memory}, deadline)
            self._walls = tuple(frames.answer(process.receive(turn, deadline))["walls"])
        except Died as error:
            self._end()
            raise Unanswered(f"the process that opens files cannot be started: {error}") from error
        return process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
        self._process = None

    def __del__(self) -> None:
        self._end()

    def after_fork(self) -> None:
        """In the child: the process belongs to the parent."""
        if self._process is not None:
            self._process.forget()
        self._process, self._turn = None, threading.Lock()


WORKER = "core.uploads.worker"
CHECKING = Desk(WORKER, seconds=10)
"""Of this process: what people send."""
DRAWING = Desk(WORKER, seconds=10)
"""Of this process: pages that people look at; they do not wait for what is sent."""
BINDING = Desk(WORKER, seconds=60)
"""Of this process: whole papers that a job binds with others; nobody waits at a page for it."""
