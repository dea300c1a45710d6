"""Hours, days ahead, who is told what, cancelling and taking it back, free hours at their limits."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import ForeignRow, asking
from core.data.queries import rooms
from core.errors import Conflict, DomainError, Forbidden, Invalid
from core.policy import Month
from core.services import bookings
from core.services.bookings import Hours, Slot
from core.services.bookings.hours import instant
from tests import factories as f
from tests.integration.rooms.conftest import NOW, TODAY, TOMORROW, House


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"starts": 7 * 60}, "开放时间是08:00到20:00"),
        ({"ends": 20 * 60 + 30}, "开放时间是08:00到20:00"),
        ({"starts": 10 * 60 + 10}, "按30分钟一格"),
        ({"ends": 10 * 60}, "晚于开始时间"),
        ({"day": TODAY, "starts": 9 * 60}, "已经过了"),
        ({"day": TODAY + timedelta(days=61)}, "现在可以订到2027-01-24"),
    ],
)
def test_what_cannot_be_booked_says_why(house: House, wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        house.book(**wrong)
    assert house.session.scalars(select(m.Booking)).all() == []


def test_the_limits_themselves_can_be_booked(house: House) -> None:
    house.book(8 * 60, 20 * 60)
    house.book(day=TODAY + timedelta(days=60))
    house.book(9 * 60 + 30, 10 * 60, day=TODAY)
    bookings.set_hours(house.session, house.rooms[1], Hours(0, 24 * 60, 60, 7))
    last = house.book(23 * 60, 24 * 60, room=1)
    assert last.ends_at == instant(date(2026, 11, 27), 0)
    with pytest.raises(Invalid, match="60分钟一格"):
        house.book(9 * 60, 9 * 60 + 30, room=1)
    with pytest.raises(Invalid, match="整数倍"):
        bookings.set_hours(house.session, house.rooms[1], Hours(8 * 60 + 30, 20 * 60, 60, 7))


def test_a_room_that_is_no_meeting_room_or_under_repair(house: House) -> None:
    desk = f.space(house.session, house.site, code="D1", kind=m.SpaceKind.DESK)
    with pytest.raises(Invalid, match="没有这间会议室"):
        bookings.book(house.session, Slot(desk, TOMORROW, 600, 660), tenant=None, title="x", now=NOW)
    house.rooms[0].status = m.SpaceStatus.MAINTENANCE
    with pytest.raises(Conflict, match="正在维修"):
        house.book()


def test_one_begins_when_another_ends_and_who_has_it_is_told_to_the_operator_alone(house: House) -> None:
    house.book(title="融资保密会")
    house.book(11 * 60, 12 * 60)
    house.book(9 * 60, 10 * 60, tenant=None)
    with asking(house.session, house.as_user(house.manager)), pytest.raises(Conflict) as told:
        house.book(10 * 60 + 30, 11 * 60 + 30, tenant=house.tenants[1])
    assert str(told.value).startswith("M1在2026-11-26 10:00–11:00已由“青禾公司”预订（融资保密会）")
    with asking(house.session, house.as_user(house.founder(house.tenants[1]))), pytest.raises(Conflict) as told:
        house.book(10 * 60 + 30, 11 * 60 + 30, tenant=house.tenants[1])
    assert str(told.value) == "M1在2026-11-26 10:00–11:00已被占用，请换一个时间或会议室"


def test_a_tenant_sees_its_own_and_of_others_the_time_alone(house: House, session: Session) -> None:
    mine, other = house.book(), house.book(13 * 60, 14 * 60, tenant=house.tenants[1], title="融资保密会")
    own = house.book(15 * 60, 16 * 60, tenant=None, title="内部会")
    asker = house.as_user(house.founder(house.tenants[0]))
    with asking(session, asker):
        seen = rooms.taken(session, asker, house.rooms, instant(TOMORROW, 0), instant(TOMORROW, 1440))
        assert [(it.booking_id, it.title, it.who) for it in seen] == [
            (mine.id, "周会", "青禾公司"), (None, None, None), (None, None, None),
        ]  # fmt: skip
        assert session.scalars(select(m.Booking.id)).all() == [mine.id]
        assert rooms.one(session, other.id) is None
        with pytest.raises(Forbidden):
            house.book(17 * 60, 18 * 60, tenant=house.tenants[1])
        with pytest.raises(Forbidden):
            house.book(17 * 60, 18 * 60, tenant=None)
        own.title = "改掉"
        with pytest.raises(ForeignRow):
            session.flush()
        session.expire(own)


def test_cancelled_is_free_again_and_comes_back_while_it_is(house: House, session: Session) -> None:
    booking = house.book()
    bookings.cancel(session, booking, now=NOW)
    with pytest.raises(Conflict, match="已经取消"):
        bookings.cancel(session, booking, now=NOW)
    bookings.restore(session, booking, now=NOW)
    assert booking.cancelled_at is None
    bookings.cancel(session, booking, now=NOW)
    other = house.book(10 * 60 + 30, 11 * 60 + 30, tenant=house.tenants[1])
    with pytest.raises(Conflict, match="云帆公司"):
        bookings.restore(session, booking, now=NOW)
    bookings.cancel(session, other, now=NOW)
    bookings.restore(session, booking, now=NOW)
    begun = instant(TOMORROW, 10 * 60)
    for act in (bookings.cancel, bookings.restore):
        with pytest.raises(DomainError):
            act(session, booking, now=begun)
    actions = session.scalars(select(m.AuditEvent.action).where(m.AuditEvent.subject_id == booking.id))
    assert [*actions][:3] == ["booking.book", "booking.cancel", "booking.restore"]


def test_the_database_refuses_a_second_booking_whoever_writes(house: House, session: Session) -> None:
    """Planted: the service's look is left out. Inserting, moving, another room, taking a cancellation back."""
    first, second = house.book(), house.book(13 * 60, 14 * 60)
    elsewhere, gone = house.book(room=1), house.book(15 * 60, 16 * 60)
    bookings.cancel(session, gone, now=NOW)
    house.book(15 * 60 + 30, 16 * 60)
    session.commit()
    row = {
        "operator_id": house.operator.id, "space_id": first.space_id, "title": "x",
        "starts_at": instant(TOMORROW, 10 * 60 + 59), "ends_at": instant(TOMORROW, 12 * 60),
    }  # fmt: skip
    for values in ({}, {"starts_at": instant(TOMORROW, 9 * 60)}, {"ends_at": instant(TOMORROW, 11 * 60)}):
        session.add(m.Booking(**row | values))
        _refused(session)
    for change, booking in (
        ({"starts_at": instant(TOMORROW, 10 * 60 + 30)}, second),
        ({"space_id": first.space_id}, elsewhere),
        ({"cancelled_at": None, "cancelled_by_id": None}, gone),
    ):
        there = session.get_one(m.Booking, booking.id)
        for name, value in change.items():
            setattr(there, name, value)
        _refused(session)
    session.add(m.Booking(**row | {"starts_at": instant(TOMORROW, 11 * 60)}))  # begins when the other ends
    session.flush()
    session.execute(text("UPDATE bookings SET title = 'y'"))


def _refused(session: Session) -> None:
    with pytest.raises(IntegrityError, match="another booking has this room"):
        session.flush()
    session.rollback()


# ── free hours ───────────────────────────────────────────────────────────────────────────────────────────────────────
def minutes(house: House, month: str = "2026-11", tenant: int = 0) -> tuple[int | None, int, int | None]:
    there = bookings.allowance(house.session, house.tenants[tenant], Month.parse(month))
    return there.free, there.used, there.left


def test_free_hours_go_by_what_is_leased_in_the_month(house: House, session: Session) -> None:
    assert minutes(house) == (None, 0, None), "no rule, no limit"
    bookings.set_rule(session, house.operator.id, 1, 10)
    assert minutes(house) == (0, 0, 0), "nothing leased, nothing free"
    unit = f.space(session, house.site, code="A1", area_cm2=480_000)
    lease = f.lease(session, house.tenants[0], [unit], starts_on=date(2026, 6, 15), ends_on=date(2026, 12, 1))
    assert minutes(house)[0] == 270, "48 m² are 4.8 hours, in half hours 4.5"
    assert minutes(house, "2026-06")[0] == 270, "a month that the lease covers in part counts whole"
    assert (minutes(house, "2026-05")[0], minutes(house, "2026-12")[0], minutes(house, "2027-01")[0]) == (0, 270, 0)
    f.lease(session, house.tenants[0], [unit], starts_on=date(2026, 12, 2), ends_on=None)
    assert minutes(house, "2026-12")[0] == 270, "renewed within the month: the unit counts once"
    assert minutes(house, "2030-01")[0] == 270
    f.lease(session, house.tenants[0], [house.rooms[1]], starts_on=date(2026, 6, 15), ends_on=None)
    assert minutes(house)[0] == 270, "a meeting room of one's own gives no hours"
    lease.status = m.LeaseStatus.DRAFT
    session.flush()
    assert minutes(house)[0] == 0, "a draft gives nothing"
    for hours, per_sqm in ((None, 10), (1, None), (1, 0), (-1, 10), (745, 10)):
        with pytest.raises(Invalid):
            bookings.set_rule(session, house.operator.id, hours, per_sqm)
    bookings.set_rule(session, house.operator.id, None, None)
    assert minutes(house)[0] is None


def test_up_to_the_limit_and_not_over_it_across_months(house: House, session: Session) -> None:
    bookings.set_rule(session, house.operator.id, 1, 10)
    f.lease(session, house.tenants[0], [f.space(session, house.site, code="A1", area_cm2=200_000)], ends_on=None)
    founder, manager = house.as_user(house.founder(house.tenants[0])), house.as_user(house.manager)
    with asking(session, founder):
        booking = house.book(10 * 60, 11 * 60 + 30)
        assert minutes(house) == (120, 90, 30)
        with pytest.raises(Conflict, match=r"还剩0\.5小时，这次要1小时") as over:
            house.book(13 * 60, 14 * 60, over_reason="很重要")
        assert over.value.field == "until", "a reason is not the tenant's to give"
        house.book(13 * 60, 13 * 60 + 30)
        assert minutes(house) == (120, 120, 0)
        house.book(13 * 60, 15 * 60, day=date(2026, 12, 1))
        assert minutes(house, "2026-12") == (120, 120, 0), "another month, another two hours"
        bookings.move(session, booking, house.slot(8 * 60, 9 * 60 + 30), title="周会", now=NOW)
        with pytest.raises(Conflict, match=r"还剩1\.5小时，这次要2小时"):
            bookings.move(session, booking, house.slot(8 * 60, 10 * 60), title="周会", now=NOW)
        session.refresh(booking)
        bookings.cancel(session, booking, now=NOW)
        assert minutes(house) == (120, 30, 90)
    with asking(session, manager):
        with pytest.raises(Conflict, match="请写明原因") as asked:
            house.book(15 * 60, 17 * 60)
        assert asked.value.field == "over_reason"
        more = house.book(15 * 60, 17 * 60, over_reason="路演排练，已与企业说好")
        assert more.over_reason == "路演排练，已与企业说好"
        assert minutes(house) == (120, 150, 0)
        assert house.book(18 * 60, 20 * 60, tenant=None).over_reason is None, "the operator's own is not counted"
    with asking(session, founder), pytest.raises(Conflict, match="还剩0小时"):
        bookings.restore(session, booking, now=NOW)


def test_the_last_half_hour_of_a_month_is_of_that_month(house: House, session: Session) -> None:
    """The month is Shanghai's: 2026-12-01 00:00 there is still November in UTC."""
    bookings.set_rule(session, house.operator.id, 10, 10)
    f.lease(session, house.tenants[0], [f.space(session, house.site, code="A1", area_cm2=100_000)], ends_on=None)
    bookings.set_hours(session, house.rooms[0], Hours(0, 24 * 60, 30, 60))
    house.book(23 * 60 + 30, 24 * 60, day=date(2026, 11, 30))
    house.book(0, 60, day=date(2026, 12, 1))
    assert (minutes(house)[1], minutes(house, "2026-12")[1]) == (30, 60)
