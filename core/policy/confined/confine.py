"""A plugin of a third party on this side: its pair of processes, and who may speak to them.

Two processes with different seeds for the order of sets get every case, each computes it twice, and all must say the
same: so a rule that depends on chance, order, or what it did before gives no answer. One thread at a time speaks to a
pair; who waits, waits no longer than the limit. A process that dies, hangs or talks nonsense is ended and replaced at
the next question; a plugin that does so three times in a row rests for a while, so that it cannot slow the site down.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from core.confined import forks, frames
from core.confined.frames import Busy, Died, Unanswered, dump, short
from core.confined.process import Process
from core.policy.confined.wire import LARGEST_FRAME
from core.policy.params import ParameterError

SEEDS = ("0", "1")
WORKER = "core.policy.confined.worker"
REST_AFTER, REST_SECONDS = 3, 30
OLD_CPU_SECONDS = 300
"""A process is replaced when it has used so much, long before the system's limit ends it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """For one question: `seconds` to assess, `sharing_seconds` to share out, `start_seconds` to import; and `memory` in
    bytes of address space."""

    seconds: float = 5
    sharing_seconds: float = 60
    start_seconds: float = 20
    memory: int = 1 << 30


class Source(NamedTuple):
    """Where a plugin's code is: a folder with a plugin.py, or a `module` of a distribution found on `path`."""

    name: str
    folder: Path
    module: str | None = None
    path: Path | None = None


class Standing(NamedTuple):
    """How a plugin's processes do in this process, for people: `resting` is for how many seconds more."""

    pids: tuple[int, ...]
    answered: int
    failed: int
    ended: int
    resting: float
    last_failure: str
    walls: tuple[str, ...]


class Confined:
    """The processes of one plugin. Safe to use from many threads; a fork of this process starts its own."""

    def __init__(self, source: Source, limits: Limits, unchanged: Callable[[], bool] = lambda: True) -> None:
        self.source, self.limits = source, limits
        self._unchanged = unchanged
        self._pair: list[Process] = []
        self._turn = threading.Lock()
        self._description: dict[str, Any] = {}
        self._answered = self._failed = self._ended = self._in_a_row = 0
        self._rests_until: float = 0
        self._last_failure = ""
        forks.tell(self)

    def describe(self) -> dict[str, Any]:
        """What the plugin says of itself. Unanswered when it cannot be imported, or is no policy."""
        with self._turn:
            self._started()
            return self._description

    @property
    def standing(self) -> Standing:
        pids = tuple(process.pid for process in self._pair if process.alive)
        rest = max(self._rests_until - time.monotonic(), 0)
        walls = tuple(self._description.get("walls", ()))
        return Standing(pids, self._answered, self._failed, self._ended, rest, self._last_failure, walls)

    def wake(self) -> None:
        """End a rest, and start the next case with new processes."""
        self.close()
        self._in_a_row, self._rests_until = 0, 0

    def close(self) -> None:
        """End its processes, once what they are asked is answered or given up."""
        with self._turn:
            self._end()

    def ask(self, question: Mapping[str, Any], seconds: float) -> Any:
        """The answer, the same from all. Unanswered with the reason, ParameterError where a value is missing."""
        if (rest := self._rests_until - time.monotonic()) > 0:
            row = f"after {REST_AFTER} failures in a row it rests for {int(rest) + 1} seconds more"
            raise Busy(f"{row}; the last: {self._last_failure}")
        ended = self._ended
        if not self._turn.acquire(timeout=seconds):
            raise Busy("its processes were busy with other cases")
        try:
            if self._ended > ended:  # who waited for a case that hung has waited long enough
                raise Busy("its processes failed at another case at the same time")
            answer = self._asked(dump({**question, "seconds": int(seconds) + 1}), seconds)
        except Died as error:
            self._end()
            self._ended += 1
            self._in_a_row += 1
            if self._in_a_row >= REST_AFTER:
                self._in_a_row, self._rests_until = 0, time.monotonic() + REST_SECONDS
            self._note(error)
            raise
        except (Unanswered, ParameterError) as error:
            if not isinstance(error, Busy):
                self._note(error)
            raise
        finally:
            self._turn.release()
        self._answered += 1
        return answer

    def tell(self, hook: str, value: Mapping[str, Any]) -> None:
        """Tell the plugin something and wait for nothing; what it does then is looked at by nobody but the count."""
        if hook in self._description.get("hooks", ()):
            question = {"ask": "tell", "hook": hook, "value": dict(value)}
            threading.Thread(target=self._told, args=(question,), name=f"tell-{self.source.name}", daemon=True).start()

    def _told(self, question: Mapping[str, Any]) -> None:
        try:
            self.ask(question, self.limits.seconds)
        except (Unanswered, ParameterError):
            return

    def _note(self, error: Exception) -> None:
        self._failed += 1
        self._last_failure = short(error)

    def _asked(self, message: bytes, seconds: float) -> Any:
        try:
            pair = self._started()
        except Died:
            raise
        except Unanswered as error:
            raise Died(str(error)) from error
        deadline = time.monotonic() + seconds
        turns = [process.send(message, deadline) for process in pair]
        try:
            answers = [process.receive(turn, deadline) for process, turn in zip(pair, turns, strict=True)]
        except Died as error:
            if time.monotonic() >= deadline:
                raise Died(f"its rule did not answer within {seconds:g} seconds") from error
            raise
        self._in_a_row = 0
        read = [frames.answer(answer) for answer in answers]
        for value in read:
            if "failed" in value:
                if "parameter" in value:
                    raise ParameterError(short(value["parameter"]), short(value["failed"]))
                raise Unanswered(short(value["failed"]))
        if len({*answers}) > 1:
            raise Unanswered("its rule gives two answers to one case: does it depend on the order of a set?")
        return read[0].get("answer")

    def _started(self) -> list[Process]:
        """The pair, with what is missing in it started. Raises Unanswered; then there is none."""
        if self._pair and all(p.alive and p.cpu_seconds < OLD_CPU_SECONDS for p in self._pair):
            return self._pair
        self._end()
        if not self._unchanged():
            raise Unanswered("its files have changed since it was read in; read it in again (docs/operations.md)")
        deadline = time.monotonic() + self.limits.start_seconds
        limits, source = self.limits, self.source
        config = {
            "name": source.name,
            "folder": str(source.folder),
            "module": source.module,
            "path": None if source.path is None else str(source.path),
            "memory": limits.memory,
            "start_seconds": int(limits.start_seconds) + 1,
        }
        try:
            for seed in SEEDS:
                self._pair.append(Process(WORKER, largest=LARGEST_FRAME, hash_seed=seed))
            turns = [process.send(config, deadline) for process in self._pair]
            both = [
                frames.answer(process.receive(turn, deadline)) for process, turn in zip(self._pair, turns, strict=True)
            ]
            for description in both:
                if "refused" in description:
                    raise Unanswered(short(description["refused"]))
            if both[0] != both[1] or (self._description and self._description != both[0]):
                raise Unanswered("it says two different things of itself")
        except Died as error:
            self._end()
            raise Died(f"it cannot be imported: {error}") from error
        except BaseException:
            self._end()
            raise
        self._description = both[0]
        return self._pair

    def _end(self) -> None:
        for process in self._pair:
            process.kill()
        self._pair = []

    def __del__(self) -> None:
        self._end()

    def after_fork(self) -> None:
        """In the child: the processes belong to the parent."""
        for process in self._pair:
            process.forget()
        self._pair, self._turn = [], threading.Lock()
