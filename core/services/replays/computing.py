"""Replaying many decisions at once, from their capsules alone, on all cores.

Each capsule is hashed first: one that is not the one that was decided, or not the one of its letter, is `altered`,
whatever it says. Then it is computed again (`core.policy.replay`), or, under another day's rules, for the first time
(`core.policy.under`).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from core.policy import ParameterSet, Registry, Replay, ReplayStatus, replay, under

ALTERED = "altered"
ALTERED_HASH = "the capsule is not the one that was decided: its hash differs"
ALTERED_LETTER = "the capsule is not the one that its letter was made of"
AT_ONCE = 200  # capsules that go to a worker together
AHEAD = 3  # batches that wait for each worker, so that none waits for the database


class Kept(NamedTuple):
    """A decision as it is kept."""

    case: str
    decision: int
    district: int
    policy: str
    digest: str
    capsule: bytes
    letter_digest: str | None = None  # what its letter says, where there is one
    letter: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one. `status` is one of `core.policy.ReplayStatus`, or `altered`; amounts are in fen, None where
    nothing could be computed."""

    case: str
    decision: int
    policy: str
    capsule: str
    status: str
    recorded_fen: int | None = None
    amount_fen: int | None = None
    difference_fen: int | None = None
    first_check: str | None = None
    differences: tuple[str, ...] = ()
    first_line: str | None = None
    expected: Mapping[str, Any] | None = None
    got: Mapping[str, Any] | None = None
    letter: int | None = None

    @property
    def flipped(self) -> bool:
        """Whether it is not as it was."""
        return self.status != "same"


@dataclass(frozen=True, slots=True)
class Asked:
    """How to replay: from the capsule alone, or by the rules of the day `on`, with the values that each district has
    published of a policy, by (district, policy)."""

    on: date | None = None
    published: Mapping[tuple[int, str], ParameterSet] | None = None


class Crew:
    """The processes that replay: started when they are first needed, which takes about as long as replaying a few
    hundred decisions, and kept until they are dismissed. `extra`: folders of third parties' plugins, which they load
    like this process did; `nice`: by how much they stand back behind others."""

    def __init__(
        self, registry: Registry, *, extra: Sequence[Path] = (), workers: int | None = None, nice: int = 0
    ) -> None:
        self.registry = registry
        self.workers = workers or os.cpu_count() or 1
        self._given = (tuple(extra), nice)
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *error: object) -> None:
        self.dismiss()

    def dismiss(self) -> None:
        """Let the processes go."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def rerun(self, rows: Iterable[Kept], asked: Asked) -> Iterator[Told]:
        """Replay decisions in the order they come; by this process alone where one worker was asked for, or where all
        of them make one batch."""
        source = iter(rows)
        batches: Iterator[list[Kept]] = iter(lambda: [*islice(source, AT_ONCE)], [])
        first = next(batches, [])
        if self.workers == 1 or (self._pool is None and len(first) < AT_ONCE):
            for batch in chain([first], batches):
                yield from (one(row, asked, self.registry) for row in batch)
            return
        if self._pool is None:  # not forked: database connections must not be shared
            self._pool = ProcessPoolExecutor(
                self.workers, get_context("spawn"), initializer=_load, initargs=self._given
            )
        waiting: deque[Future[list[Told]]] = deque()
        for batch in chain([first], batches):
            waiting.append(self._pool.submit(_batch, batch, asked))
            if len(waiting) >= self.workers * AHEAD:
                yield from waiting.popleft().result()
        for done in waiting:
            yield from done.result()


def rerun(
    rows: Iterable[Kept], asked: Asked, *, registry: Registry, extra: Sequence[Path] = (), workers: int | None = None
) -> Iterator[Told]:
    """Replay decisions once, with a crew of their own."""
    with Crew(registry, extra=extra, workers=workers) as crew:
        yield from crew.rerun(rows, asked)


_registry: Registry | None = None


def _load(extra: tuple[Path, ...], nice: int) -> None:
    global _registry  # noqa: PLW0603 - one for each worker process
    os.nice(nice)
    _registry = Registry.load(strict=False, extra=extra)


def _batch(rows: list[Kept], asked: Asked) -> list[Told]:
    assert _registry is not None
    return [one(row, asked, _registry) for row in rows]


def one(row: Kept, asked: Asked, registry: Registry) -> Told:
    """Replay one decision."""
    known = Told(row.case, row.decision, row.policy, row.digest, ALTERED, letter=row.letter)
    found = "sha256:" + hashlib.sha256(row.capsule).hexdigest()
    if found != row.digest:
        return replace(known, differences=(ALTERED_HASH,))
    if row.letter_digest not in (None, found):
        return replace(known, differences=(ALTERED_LETTER,))
    try:
        capsule = json.loads(row.capsule)
    except ValueError as error:
        unread = f"the capsule cannot be read: {error!r}"
        return replace(known, status=str(ReplayStatus.UNAVAILABLE), differences=(unread,))
    result = _compute(row, capsule, asked, registry)
    return Told(
        row.case,
        row.decision,
        row.policy,
        row.digest,
        result.status.value,
        recorded_fen=_amount(capsule),
        amount_fen=result.amount_fen,
        difference_fen=result.difference_fen,
        first_check=result.first_check,
        differences=result.differences,
        first_line=result.first_line,
        expected=result.expected,
        got=result.got,
        letter=row.letter,
    )


def _amount(capsule: object) -> int | None:
    found = capsule.get("amount_fen") if isinstance(capsule, dict) else None
    return found if type(found) is int else None


def _compute(row: Kept, capsule: dict[str, object], asked: Asked, registry: Registry) -> Replay:
    if asked.on is None:
        return replay(capsule, registry)
    published = (asked.published or {}).get((row.district, row.policy))
    return under(capsule, registry, on=asked.on, params=published)
