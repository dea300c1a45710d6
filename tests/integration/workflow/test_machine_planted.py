"""Faults planted in the services, one at a time: the machine of test_machine.py finds each in fewer runs than `make
test` plays of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase
from sqlalchemy.exc import SQLAlchemyError

from core.data.models import PoolWait
from core.services import assessments, clocks, evidence, publications
from core.services.disbursement import batches
from core.services.effects import deciding
from core.services.needs import NEEDS, Situation
from core.services.pools import booking, waiting
from core.services.workflow import Need
from tests.integration.workflow.machine.playing import STEPS, play, staged
from tests.integration.workflow.machine.world import World
from tests.support.databases import Databases
from tests.support.profile import NIGHTLY

RUNS, SEED = 200, 20251103  # as `make test` plays
Plant = Callable[[pytest.MonkeyPatch], None]


def _no_second_person(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(NEEDS, Need.OTHER_PERSON, _passes)


def _whatever_changed(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(NEEDS, Need.UNCHANGED, _passes)


def _passes(_it: Situation) -> None:
    """Nothing is asked."""


def _money_kept_on_withdrawal(patch: pytest.MonkeyPatch) -> None:
    release = deciding._release
    patch.setattr(deciding, "_release", lambda it: None if it.event.move == "withdraw" else release(it))


def _notice_goes_on_after_withdrawal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(publications, "take_out", lambda _session, _case, _today: None)


def _spent_twice(patch: pytest.MonkeyPatch) -> None:
    """The rules see months that another award has."""
    patch.setattr(assessments, "spent_by_others", lambda *_of: {})


def _evidence_kept_by_a_revoked_award(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(evidence, "release", lambda _session, _award: 0)


def _paused_days_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(clocks, "paused_days", lambda _spans, _own: 0)


def _notice_a_day_short(patch: pytest.MonkeyPatch) -> None:
    add = publications.add_working_days

    def shorter(session: Any, district: int, start: date, days: int) -> date:
        return add(session, district, start, days - 1)

    patch.setattr(publications, "add_working_days", shorter)


def _committed_twice(patch: pytest.MonkeyPatch) -> None:
    must = booking._must

    def twice(session: Any, pool: Any, case: Any, move: Any, fen: int) -> None:
        must(session, pool, case, move, fen)
        if move is booking.PoolMove.COMMIT and pool.left_fen >= fen:
            waiting.shift(session, pool, case.id, booking.PoolMove.RESERVE, fen)
            must(session, pool, case, move, fen)

    patch.setattr(booking, "_must", twice)


def _paid_by_two_batches(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(batches.reads, "live_of", lambda _session, _award: None)


def _last_in_line_first(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(waiting, "IN_TURN", (PoolWait.since.desc(), PoolWait.case_id.desc()))


def _small_ones_pass(patch: pytest.MonkeyPatch) -> None:
    """Who comes later takes what is left, past those who wait."""
    patch.setattr(waiting, "anyone", lambda _session, _pool: False)


PLANTED: dict[str, Plant] = {
    "one person does two steps": _no_second_person,
    "the public notice is a day short": _notice_a_day_short,
    "a withdrawn case keeps its money": _money_kept_on_withdrawal,
    "days that are paused count": _paused_days_count,
    "what changed after its review is approved": _whatever_changed,
    "months are spent twice": _spent_twice,
    "a revoked award keeps its months": _evidence_kept_by_a_revoked_award,
    "an award is bound twice": _committed_twice,
    "a payment is put into two batches": _paid_by_two_batches,
    "the last in line is served first": _last_in_line_first,
    "small ones pass those who wait": _small_ones_pass,
    "the notice of a withdrawn case goes on": _notice_goes_on_after_withdrawal,
}
ALWAYS = 6  # of them in `make test`; all of them at night


@pytest.fixture(scope="module")
def worlds(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[World]]:
    folder: Path = tmp_path_factory.mktemp("planted")
    with databases.sqlite(folder) as url, staged(url, folder) as built:
        yield built


@pytest.mark.slow
@pytest.mark.parametrize("fault", [*PLANTED] if NIGHTLY else [*PLANTED][:ALWAYS])
def test_what_is_planted_is_found(fault: str, worlds: list[World], monkeypatch: pytest.MonkeyPatch) -> None:
    PLANTED[fault](monkeypatch)
    with pytest.raises((AssertionError, SQLAlchemyError)):  # the model, an invariant, or the database's own rules
        play(worlds, RUNS, STEPS, SEED, phases=[Phase.generate], database=None, report_multiple_bugs=False)
