"""Replaying many decisions at once, from their capsules alone, on all cores.

Each capsule is hashed first: one that is not the one that was decided is `altered`, whatever it says. Then it is
computed again (`core.policy.replay`), or, under another day's rules, for the first time (`core.policy.under`).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from core.policy import ParameterSet, Registry, Replay, replay, under

ALTERED = "altered"
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


def rerun(
    rows: Iterable[Kept], asked: Asked, *, registry: Registry, extra: Sequence[Path] = (), workers: int | None = None
) -> Iterator[Told]:
    """Replay decisions in the order they come; by this process alone where one worker is asked for. `extra`: folders of
    third parties' plugins, which the workers load like this process did."""
    workers = workers or os.cpu_count() or 1
    source = iter(rows)
    batches: Iterator[list[Kept]] = iter(lambda: [*islice(source, AT_ONCE)], [])
    if workers == 1:
        for batch in batches:
            yield from (one(row, asked, registry) for row in batch)
        return
    # Not forked: database connections must not be shared.
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_load, initargs=(tuple(extra),)) as pool:
        waiting: list[Future[list[Told]]] = []
        for batch in batches:
            waiting.append(pool.submit(_batch, batch, asked))
            if len(waiting) >= workers * AHEAD:
                yield from waiting.pop(0).result()
        for done in waiting:
            yield from done.result()


_registry: Registry | None = None


def _load(extra: tuple[Path, ...]) -> None:
    global _registry  # noqa: PLW0603 - one for each worker process
    _registry = Registry.load(strict=False, extra=extra)


def _batch(rows: list[Kept], asked: Asked) -> list[Told]:
    assert _registry is not None
    return [one(row, asked, _registry) for row in rows]


def one(row: Kept, asked: Asked, registry: Registry) -> Told:
    """Replay one decision."""
    known = (row.case, row.decision, row.policy, row.digest)
    if "sha256:" + hashlib.sha256(row.capsule).hexdigest() != row.digest:
        return Told(*known, ALTERED, differences=("the capsule is not the one that was decided: its hash differs",))
    capsule = json.loads(row.capsule)
    result = _compute(row, capsule, asked, registry)
    return Told(
        *known,
        result.status.value,
        recorded_fen=capsule.get("amount_fen"),
        amount_fen=result.amount_fen,
        difference_fen=result.difference_fen,
        first_check=result.first_check,
        differences=result.differences,
    )


def _compute(row: Kept, capsule: dict[str, object], asked: Asked, registry: Registry) -> Replay:
    if asked.on is None:
        return replay(capsule, registry)
    published = (asked.published or {}).get((row.district, row.policy))
    return under(capsule, registry, on=asked.on, params=published)
