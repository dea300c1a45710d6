"""Events from draft to held: seats, waiting, moving up, attendance, and what a site's checklist makes of them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data import models as m
from core.data.asker import asking
from core.data.queries import events as reads
from core.errors import Conflict, Forbidden, Invalid
from core.services import events, recognition
from tests import factories as f
from tests.integration.rooms.conftest import NOW, TODAY, House

LATER = NOW + timedelta(days=5)


def test_a_draft_is_the_operator_s_and_goes_its_way(house: House, session: Session) -> None:
    facts = events.Facts(house.site, m.EventKind.ROADSHOW, "路演", LATER, LATER + timedelta(hours=2), 3)
    event = events.add(session, facts)
    founder = house.as_user(house.founder(house.tenants[0]))
    with asking(session, founder):
        assert reads.one(session, event.id) is None
    events.publish(session, event, now=NOW)
    with asking(session, founder):
        assert reads.one(session, event.id) is event
    with pytest.raises(Conflict, match="还没有开始"):
        events.hold(session, event, now=NOW)
    events.hold(session, event, now=LATER)
    with pytest.raises(Conflict):
        events.call_off(session, event, reason="x")
    other = events.add(session, facts)
    with pytest.raises(Conflict, match="时间已经过了"):
        events.publish(session, other, now=LATER)
    with pytest.raises(Invalid, match="原因"):
        events.call_off(session, other, reason=" ")
    events.call_off(session, other, reason="讲者生病")
    assert (other.state, other.cancelled_reason) == (m.EventState.CANCELLED, "讲者生病")


def test_full_waiting_and_moved_up_when_somebody_withdraws(house: House, session: Session) -> None:
    event = f.event(session, house.site, capacity=4)
    one, two, three = house.tenants
    with asking(session, house.as_user(house.founder(one))):
        first = events.register(session, event, one, 3, now=NOW)
        with pytest.raises(Conflict, match="已经报过名"):
            events.register(session, event, one, 1, now=NOW)
        with pytest.raises(Forbidden):
            events.register(session, event, two, 1, now=NOW)
        with pytest.raises(Invalid, match="一共4个名额"):
            events.register(session, event, one, 5, now=NOW)
    second = events.register(session, event, two, 4, now=NOW)
    third = events.register(session, event, three, 1, now=NOW)
    assert [it.seated_at is not None for it in (first, second, third)] == [True, False, True]
    with asking(session, house.as_user(house.founder(one))):
        assert events.seated(session, event) == 4, "a tenant may know the sum"
        assert [it.id for it in reads.registrations(session, event.id)] == [first.id], "and not who"
        assert events.withdraw(session, event, first, now=NOW) == 0, "four do not fit beside one"
    assert events.withdraw(session, event, third, now=NOW) == 1
    session.refresh(second)
    assert second.seated_at is not None
    again = events.register(session, event, one, 2, now=NOW)
    assert again.seated_at is None
    with pytest.raises(Invalid, match="已有4人"):
        events.edit(session, event, _facts(house, event, 3), now=NOW)
    events.edit(session, event, _facts(house, event, 6), now=NOW)
    session.refresh(again)
    assert again.seated_at is not None, "more seats, and who waited has one"
    with pytest.raises(Conflict, match="不能再退出"):
        events.withdraw(session, event, again, now=event.starts_at)
    with pytest.raises(Conflict, match="不能再报名"):
        events.register(session, event, three, 1, now=event.ends_at)


def _facts(house: House, event: m.Event, capacity: int) -> events.Facts:
    return events.Facts(house.site, event.kind, event.title, event.starts_at, event.ends_at, capacity)


def _held(house: House, when: datetime, people: int | None = None, guests: int | None = None) -> m.Event:
    event = f.event(house.session, house.site, starts_at=when, state=m.EventState.HELD)
    if people is not None:
        row = m.EventRegistration(
            operator_id=house.operator.id, tenant_id=house.tenants[0].id, event_id=event.id, people=5, seated_at=when
        )
        house.session.add(row)
        house.session.flush()
        events.attend(house.session, event, {row.id: people}, guests=guests)
    return event


def test_events_held_within_twelve_months_feed_the_checklist(house: House, session: Session) -> None:
    """A year up to and with today: the same day a year before is over, the day after it is not."""
    site = house.site
    site.kind, site.yearly_event_count = m.SiteKind.MAKER_SPACE, 24

    def observed() -> tuple[object, bool | None]:
        (found,) = recognition.checklists(session, site, TODAY)
        return next(
            (i.check.observed, i.check.passed) for row in found.rows for i in row.items if i.check.code == "events_year"
        )

    f.event(session, site, state=m.EventState.PUBLISHED)
    assert events.held_at(session, site, TODAY) is None
    assert observed() == (24, True), "what was typed counts while no event is on record"
    _held(house, datetime(2025, 11, 25, 23, 30, tzinfo=SHANGHAI))
    assert (events.held_at(session, site, TODAY), observed()) == (events.Held(0, 0), (0, False))
    _held(house, datetime(2025, 11, 26, 0, 0, tzinfo=SHANGHAI), people=3, guests=8)
    _held(house, datetime(2026, 11, 25, 20, 0, tzinfo=SHANGHAI), people=4)
    _held(house, datetime(2026, 11, 26, 0, 0, tzinfo=SHANGHAI))
    assert events.held_at(session, site, TODAY) == events.Held(2, 15)
    for day in range(1, 9):
        _held(house, datetime(2026, 3, day, 14, tzinfo=SHANGHAI))
    assert observed() == (10, True)
    elsewhere = f.site(session, house.operator, name="西楼")
    assert events.held_at(session, elsewhere, TODAY) is None


def test_attendance_is_of_this_event_and_can_be_marked_again(house: House, session: Session) -> None:
    event = f.event(session, house.site)
    row = events.register(session, event, house.tenants[0], 2, now=NOW)
    with pytest.raises(Conflict, match="已举办后"):
        events.attend(session, event, {row.id: 2}, guests=None)
    events.hold(session, event, now=event.starts_at)
    events.attend(session, event, {row.id: 2}, guests=5)
    events.attend(session, event, {row.id: 1}, guests=None)
    assert (row.attended, event.guests) == (1, None)
    other = f.event(session, house.site, state=m.EventState.HELD)
    with pytest.raises(Conflict, match="名单有变化"):
        events.attend(session, other, {row.id: 1}, guests=None)
    with pytest.raises(Invalid):
        events.attend(session, event, {row.id: -1}, guests=None)
    assert len(session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "event.attend")).all()) == 2
