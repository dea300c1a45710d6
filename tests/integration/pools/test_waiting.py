"""Cases that their pool cannot cover: accepted all the same, in line, and funded in turn when money comes free."""

from __future__ import annotations

from datetime import datetime, time

import pytest
from sqlalchemy import func, select, update

import core
from core.data import models as m
from core.data.asker import Asker, asking
from core.errors import Conflict
from core.services import notices, pools
from core.services.pools import Place
from tests import scenes
from tests.integration.pools.conftest import AMOUNT, DECEMBER, Treasury

K = m.PoolChangeKind


def place(treasury: Treasury, case: m.Case) -> tuple[int, int] | None:
    found: Place | None = pools.place_of(treasury.session, case)
    return (found.number, found.missing_fen) if found else None


def test_the_line_is_served_in_order_whenever_money_comes_free(treasury: Treasury) -> None:
    scene, state = treasury.scene, m.CaseState
    treasury.change(K.LOWER, 100_000_000 - AMOUNT)
    first = scene.until(state.ACCEPTED)
    large = scene.until(state.ACCEPTED, scene.tenant(heads=2))  # 450.00 a month in rent: less than two caps
    small, last = scene.until(state.ACCEPTED), scene.until(state.ACCEPTED)
    wanted = 600_000 if place(treasury, large) == (1, 600_000) else place(treasury, large)[1]  # type: ignore[index]
    assert wanted > AMOUNT
    assert place(treasury, first) is None
    assert place(treasury, small) == (2, wanted + AMOUNT)
    assert treasury.sound()

    # A waiting case is reviewed like any other, and not approved; what is said names its place and what is missing.
    for who, code, day in (
        ("first", "first_pass", scenes.REVIEWED), ("second", "second_pass", scenes.REVIEWED),
        ("second", "publish", scenes.PUBLISHED),
    ):  # fmt: skip
        scene.act(scene.staff[who], small, code, day, confirmed=True)
    with pytest.raises(Conflict, match=r"排第2位.*缺"):
        scene.act(scene.staff["approver"], small, "approve", scenes.APPROVED, confirmed=True)

    # The first one's money is not enough for the head of the line, and would do for the second: nobody overtakes.
    scene.act(scene.founder_of(first.tenant), first, "withdraw", scenes.REVIEWED, confirmed=True)
    assert treasury.pool().left_fen == AMOUNT
    assert place(treasury, small) == (2, wanted)
    # Who leaves the line lets the next ones up.
    scene.act(scene.founder_of(large.tenant), large, "withdraw", scenes.REVIEWED, confirmed=True)
    assert (place(treasury, small), place(treasury, last)) == (None, (1, AMOUNT))
    assert treasury.session.query(m.PoolEntry).filter_by(amount_fen=0).count() == 0  # it had nothing to give back
    scene.act(scene.staff["approver"], small, "approve", scenes.APPROVED, confirmed=True)
    assert treasury.sound()

    # A revoked award and a budget that is raised are money that comes free too.
    with asking(treasury.session, treasury.asker("approver")):
        pool = pools.pool_of(treasury.session, small)
        pools.uncommit(treasury.session, pool, small, AMOUNT)
    assert place(treasury, last) is None
    more = scene.until(state.ACCEPTED)
    assert place(treasury, more) == (1, AMOUNT)
    treasury.change(K.RAISE, AMOUNT - 1)
    assert place(treasury, more) == (1, 1)
    treasury.change(K.RAISE, 1)
    assert place(treasury, more) is None
    said = treasury.session.query(m.AuditEvent).filter(m.AuditEvent.action == "pool.fund").all()
    assert [event.detail["case"] for event in said] == [small.id, last.id, more.id]
    assert {(event.actor, event.operator_id) for event in said} == {("pools", None)}


def test_who_waited_is_told_when_the_money_is_there(treasury: Treasury, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told that it is their turn before; then the applicant is, and who approves, once."""
    scene, session = treasury.scene, treasury.session
    noon = datetime.combine(scenes.APPROVED, time(12), core.SHANGHAI)
    monkeypatch.setattr(core, "today", lambda: noon)
    treasury.change(K.LOWER, 100_000_000 - AMOUNT)
    first, waiting = scene.until(m.CaseState.ACCEPTED), scene.until(m.CaseState.ACCEPTED)
    for who, code in (("first", "first_pass"), ("second", "second_pass"), ("second", "publish")):
        scene.act(scene.staff[who], waiting, code, scenes.PUBLISHED, confirmed=True)
    founder = scene.founder_of(first.tenant)
    session.execute(update(m.Membership).values(starts_on=scenes.APPLIED))
    with asking(session, Asker.system("tests")):
        assert notices.of_day(session, scene.registry, scenes.APPROVED) == 0
        assert notices.of_deadline(session, scene.registry, waiting, notices.Limit.LATE) == 0
    before = session.scalar(select(func.max(m.Notice.id))) or 0
    scene.act(founder, first, "withdraw", scenes.APPROVED, confirmed=True)
    query = select(m.Notice.user_id, m.Notice.kind, m.Notice.subject_id).where(m.Notice.id > before)
    told = {tuple(row) for row in session.execute(query)} - {(first.created_by_id, "case_moved", first.id)}
    assert told == {
        (waiting.created_by_id, "case_funded", waiting.id), (scene.staff["approver"].id, "case_fundable", waiting.id),
    }  # fmt: skip
    with asking(session, Asker.system("tests")):
        assert notices.of_day(session, scene.registry, scenes.APPROVED) == 0


def test_what_is_left_and_who_waits_go_to_the_next_year(treasury: Treasury) -> None:
    scene = treasury.scene
    treasury.change(K.LOWER, 100_000_000 - 2 * AMOUNT + 1)  # one is covered, the second is not, by one fen
    kept = scene.until(m.CaseState.ACCEPTED)
    waiting = scene.until(m.CaseState.ACCEPTED)
    submitted = scene.until(m.CaseState.SUBMITTED)
    treasury.confirm(treasury.set_up(2027, 1))
    treasury.change(K.CARRY_OVER, AMOUNT - 1)
    old, new = treasury.pool(), treasury.pool(2027)
    assert (old.total_fen, old.left_fen, old.reserved_fen) == (AMOUNT, 0, AMOUNT)
    assert (new.total_fen, new.left_fen, new.reserved_fen) == (AMOUNT, 0, AMOUNT)
    assert place(treasury, waiting) is None
    with asking(treasury.session, treasury.asker("window")):
        found = [pools.pool_of(treasury.session, case).year for case in (kept, waiting, submitted)]
    assert found == [2026, 2027, 2027]  # accepted from now on: of the next year
    scene.act(scene.staff["window"], submitted, "accept", DECEMBER)
    assert place(treasury, submitted) == (1, AMOUNT)
    # What comes free of the old year later is carried by another decision.
    scene.act(scene.founder_of(kept.tenant), kept, "withdraw", DECEMBER, confirmed=True)
    with pytest.raises(Conflict, match="已经结转"):
        treasury.propose(K.RAISE, 1)
    treasury.change(K.CARRY_OVER, AMOUNT)
    assert place(treasury, submitted) is None
    assert treasury.sound()


def test_a_reservation_follows_the_amount(treasury: Treasury) -> None:
    """More than before, and more than is left: the case goes into the line by its acceptance, before who came later."""
    scene = treasury.scene
    treasury.change(K.LOWER, 100_000_000 - AMOUNT)
    first, second = scene.until(m.CaseState.ACCEPTED), scene.until(m.CaseState.ACCEPTED)
    with asking(treasury.session, treasury.asker("first")):
        pool = pools.pool_of(treasury.session, first)
        pools.reserve(treasury.session, pool, first, AMOUNT + 5)
        assert (place(treasury, first), place(treasury, second)) == ((1, 5), (2, AMOUNT + 5))
        assert treasury.pool().left_fen == AMOUNT
        pools.reserve(treasury.session, pool, first, AMOUNT - 5)
        assert (place(treasury, first), treasury.pool().left_fen) == (None, 5)
        pools.reserve(treasury.session, pool, first, 0)
        assert (place(treasury, second), treasury.pool().left_fen) == (None, 0)
    assert treasury.sound()
