"""Planted faults in the evidence ledger: each is shown to be seen by the check that guards against it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker, asking
from core.data.queries import evidence as queries
from core.policy import Stacking
from core.services import evidence
from core.services.dossiers import freezing, keys
from tests import factories as f
from tests.integration.evidence.races import active_uses, race, second_claims
from tests.integration.evidence.world import World, award, build, freeze, opened, spend, system

MARCH = "R-L1-2025-03"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with opened(database_url) as made:
        yield made


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with system(engine) as made:
        yield made


@pytest.fixture
def world(session: Session) -> World:
    return build(session)


# ── the database's own refusal ───────────────────────────────────────────────────────────────────────────────────────
def test_without_the_index_a_month_is_granted_again(engine: Engine, session: Session, world: World) -> None:
    """So the race in tests/integration/evidence stands on the index, and would be red without it."""
    session.execute(text("DROP INDEX uq_evidence_uses_exclusive"))
    session.commit()
    results = second_claims(engine, session, world, claims=4)
    assert results.count("granted") == 4
    assert len({use.award_id for use in active_uses(session)}) == 4


# ── the lock under a cap ─────────────────────────────────────────────────────────────────────────────────────────────
def _both_look_before_either_writes(
    engine: Engine, session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> int:
    """Two claims of 60 % of a line; what was granted, in fen."""
    frozen = freeze(session, world.new)
    # The line is there already: writing it anew would make the second claim wait for the first.
    spend(session, award(session, world.new), frozen, {MARCH: 1}, group="another")
    session.commit()
    looked = threading.Barrier(2)
    look = evidence._refuse_what_no_index_can

    def look_and_wait(*arguments: Any) -> None:
        look(*arguments)
        with suppress(threading.BrokenBarrierError):  # the other one is not let in: as it should be
            looked.wait(timeout=1.5)

    monkeypatch.setattr(evidence, "_refuse_what_no_index_can", look_and_wait)

    def claim(number: int, own: Session) -> None:
        spend(own, award(own, world.new), frozen, {MARCH: 60_000}, rule=m.StackingRule.CAPPED)

    race(engine, world, 2, claim)
    return sum(use.amount_fen for use in active_uses(session))


def test_the_lock_keeps_two_claims_within_the_cap(
    engine: Engine, session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _both_look_before_either_writes(engine, session, world, monkeypatch) == 60_000


def test_without_the_lock_they_are_not(
    engine: Engine, session: Session, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("on SQLite the transaction is the lock: BEGIN IMMEDIATE (core/data/engine.py)")

    def unlocked(wide: Session, natural_keys: Mapping[str, object]) -> dict[str, m.EvidenceLine]:
        lines = wide.scalars(select(m.EvidenceLine).where(m.EvidenceLine.natural_key.in_(natural_keys)))
        return {line.natural_key: line for line in lines}

    monkeypatch.setattr(queries, "lock_lines", unlocked)
    assert _both_look_before_either_writes(engine, session, world, monkeypatch) == 120_000


# ── one key in the whole district ────────────────────────────────────────────────────────────────────────────────────
def _granted_for_one_room(session: Session, world: World) -> list[str]:
    """July of operator B's room, recorded by both operators, claimed by both tenancies."""
    site = f.site(session, world.a, name="托管楼", address="上海市虹桥示范区东湖路８８号")
    lease = f.lease(session, world.old, [f.space(session, site, code="b301")], starts_on=date(2025, 7, 1))
    f.rent(session, lease, "2025-07", 200_000)
    granted = []
    for tenant in (world.new, world.old):
        frozen = freeze(session, tenant)
        taken = evidence.spent(session, frozen.evidence, Stacking("rent", "exclusive"))
        july = [line for line, source in frozen.evidence.items() if source.month == "2025-07" and line[0] == "R"]
        if free := [line for line in july if line not in taken]:
            spend(session, award(session, tenant), frozen, dict.fromkeys(free, 100))
            granted += free
    return granted


def test_one_room_at_two_operators_is_granted_once(session: Session, world: World) -> None:
    assert len(_granted_for_one_room(session, world)) == 1


@pytest.mark.parametrize("part", ["_street", "_plain"])
def test_with_addresses_as_written_it_is_granted_twice(
    session: Session, world: World, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    as_written: dict[str, Callable[..., str]] = {"_street": lambda address, district: address, "_plain": lambda t: t}
    monkeypatch.setattr(keys, part, as_written[part])
    assert len(_granted_for_one_room(session, world)) == 2


# ── nothing foreign stays behind ─────────────────────────────────────────────────────────────────────────────────────
def _foreign_rows_after_freezing(engine: Engine, world: World) -> list[object]:
    with Session(engine, info={"asker": world.applicant()}) as mine:
        kept = freeze(mine, mine.get_one(m.Tenant, world.new.id))
        assert kept.case["dossier"]["rent"]
        return [row for row in mine.identity_map.values() if getattr(row, "tenant_id", world.new.id) != world.new.id]


def test_freezing_in_the_callers_own_session_leaves_foreign_rows(
    engine: Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _foreign_rows_after_freezing(engine, world) == []
    kept: list[object] = []

    @contextmanager
    def careless(session: Session, name: str) -> Iterator[Session]:
        with asking(session, Asker.system(name)):
            yield session
        kept.extend(session.identity_map.values())  # the map is weak: hold on, as a page would

    monkeypatch.setattr(freezing, "across", careless)
    assert _foreign_rows_after_freezing(engine, world) != []
