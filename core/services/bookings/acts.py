"""Booking a room, moving a booking, calling it off and taking that back.

Of two at one moment the second waits for the operator's lock and then sees the first, so that it is told in a sentence;
that a room is never booked twice the database holds besides (`core.data.booked`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core import SHANGHAI
from core.data.asker import Reach
from core.data.models import Booking, Space, SpaceKind, SpaceStatus, Stage, Tenant
from core.data.queries.across import across
from core.data.queries.locks import lock_operator
from core.errors import Conflict, Forbidden, Invalid
from core.policy import Month
from core.services import audit
from core.services.bookings.hours import Hours, hours_of, instant
from core.services.bookings.quota import allowance
from core.services.typed import within


@dataclass(frozen=True, slots=True)
class Slot:
    """A room on a day, from one minute of it up to another (Shanghai). One day, so never across midnight."""

    room: Space
    day: date
    starts: int
    ends: int

    @property
    def starts_at(self) -> datetime:
        return instant(self.day, self.starts)

    @property
    def ends_at(self) -> datetime:
        return instant(self.day, self.ends)

    @property
    def minutes(self) -> int:
        return self.ends - self.starts


def book(
    session: Session, slot: Slot, *, tenant: Tenant | None, title: str, now: datetime, over_reason: str | None = None
) -> Booking:
    """A booking for `tenant`, or for the operator itself. More than the tenant's free hours needs `over_reason`, and
    is the operator's to allow. Raises `Invalid`, or `Conflict` where somebody has the room or the hours are used up."""
    _refuse_stranger(session, tenant)
    if not title.strip():
        raise Invalid("请写明用途，如“周会”", field="title")
    _lock(session, slot.room)
    _check_slot(slot, hours_of(session, [slot.room])[slot.room.id], now)
    refuse_taken(session, slot.room, slot.starts_at, slot.ends_at)
    booking = Booking(
        operator_id=slot.room.operator_id,
        tenant_id=tenant.id if tenant else None,
        space_id=slot.room.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        title=within(title, 120, field="title"),
        over_reason=_over(session, tenant, slot, over_reason),
        booked_by_id=audit.asker_of(session).user_id,
    )
    session.add(booking)
    audit.record(session, "booking.book", booking, detail=_detail(booking))
    session.flush()
    return booking


def move(
    session: Session, booking: Booking, slot: Slot, *, title: str, now: datetime, over_reason: str | None = None
) -> None:
    """Another room, time or title for a booking that has not begun."""
    if not title.strip():
        raise Invalid("请写明用途，如“周会”", field="title")
    _lock(session, slot.room)
    _refuse_begun(session, booking, now)
    if slot.room.operator_id != booking.operator_id:
        raise Invalid("没有这间会议室，请重新选择", field="space_id")
    _check_slot(slot, hours_of(session, [slot.room])[slot.room.id], now)
    refuse_taken(session, slot.room, slot.starts_at, slot.ends_at, but=booking)
    reason = _over(session, booking.tenant, slot, over_reason or booking.over_reason, but=booking)
    booking.space_id, booking.starts_at, booking.ends_at = slot.room.id, slot.starts_at, slot.ends_at
    booking.title, booking.over_reason = within(title, 120, field="title"), reason
    audit.record(session, "booking.move", booking, detail=_detail(booking))
    session.flush()


def cancel(session: Session, booking: Booking, *, now: datetime) -> None:
    """Call off a booking that has not begun: its room and its free hours are there again."""
    _lock(session, booking.space)
    _refuse_begun(session, booking, now)
    booking.cancelled_at, booking.cancelled_by_id = now, audit.asker_of(session).user_id
    audit.record(session, "booking.cancel", booking)
    session.flush()


def restore(session: Session, booking: Booking, *, now: datetime) -> None:
    """Take a cancellation back, while the room is still free, the hours suffice and it has not begun."""
    _lock(session, booking.space)
    session.refresh(booking)
    if booking.cancelled_at is None:
        raise Conflict("这个预订没有取消，不用恢复")
    if booking.starts_at <= now:
        raise Conflict("预订的时间已经过了，不能恢复；请另订一个时间")
    refuse_taken(session, booking.space, booking.starts_at, booking.ends_at)
    local = booking.starts_at.astimezone(SHANGHAI)
    starts = local.hour * 60 + local.minute
    slot = Slot(booking.space, local.date(), starts, starts + booking.minutes)
    booking.over_reason = _over(session, booking.tenant, slot, booking.over_reason, but=booking)
    booking.cancelled_at = booking.cancelled_by_id = None
    audit.record(session, "booking.restore", booking)
    session.flush()


def refuse_taken(
    session: Session, room: Space, starts_at: datetime, ends_at: datetime, *, but: Booking | None = None
) -> None:
    """Raises `Conflict` where another booking has the room. The operator's people are told whose; a tenant's people
    only until when."""
    query = (
        select(Booking)
        .where(
            Booking.space_id == room.id,
            Booking.cancelled_at.is_(None),
            Booking.starts_at < ends_at,
            Booking.ends_at > starts_at,
        )
        .options(joinedload(Booking.tenant))
        .order_by(Booking.starts_at)
        .limit(1)
    )
    if but is not None:
        query = query.where(Booking.id != but.id)
    with across(session, "room.taken") as wide:  # a tenant's session does not see the bookings of others
        taken = wide.scalars(query).first()
        if taken is None:
            return
        said = {"room": room.code, "time": _span(taken.starts_at, taken.ends_at)}
        who = taken.tenant.name if taken.tenant else None
        title = taken.title
    if audit.asker_of(session).reach is Reach.TENANT:
        raise Conflict("%(room)s在%(time)s已被占用，请换一个时间或会议室", field="at", **said)
    if who is None:
        raise Conflict(
            "%(room)s在%(time)s已由本机构预订（%(title)s），请换一个时间或会议室", field="at", title=title, **said
        )
    raise Conflict(
        "%(room)s在%(time)s已由“%(who)s”预订（%(title)s），请换一个时间或会议室",
        field="at",
        who=who,
        title=title,
        **said,
    )


def _lock(session: Session, room: Space) -> None:
    """Of two who book at one operator at once, the second waits: rooms and free hours are both looked at after."""
    lock_operator(session, room.operator_id)


def _refuse_stranger(session: Session, tenant: Tenant | None) -> None:
    asker = audit.asker_of(session)
    if asker.reach is Reach.TENANT and (tenant is None or tenant.id != asker.tenant_id):
        raise Forbidden("只能为自己的企业预订")
    if tenant is not None and (tenant.stage is Stage.EXITED or tenant.merged_into_id is not None):
        raise Conflict("“%(name)s”已经退出，不能再预订会议室", field="tenant_id", name=tenant.name)


def _check_slot(slot: Slot, hours: Hours, now: datetime) -> None:
    if slot.room.kind is not SpaceKind.MEETING_ROOM:
        raise Invalid("没有这间会议室，请重新选择", field="space_id")
    if slot.room.status is SpaceStatus.MAINTENANCE:
        raise Conflict("%(room)s正在维修，暂不能预订；请换一间", field="space_id", room=slot.room.code)
    if slot.ends <= slot.starts:
        raise Invalid("结束时间应晚于开始时间；跨过零点的请分两天预订", field="until")
    if slot.starts < hours.opens or slot.ends > hours.closes:
        raise Invalid(
            "%(room)s的开放时间是%(opens)s到%(closes)s，请改在这之间",
            field="at",
            room=slot.room.code,
            opens=clock(hours.opens),
            closes=clock(hours.closes),
        )
    if (slot.starts - hours.opens) % hours.slot or (slot.ends - hours.opens) % hours.slot:
        raise Invalid(
            "时间请按%(slot)s分钟一格选择，如%(first)s", field="at", slot=hours.slot, first=clock(hours.opens)
        )
    if slot.starts_at < now:
        raise Invalid("这个时间已经过了，请选以后的时间", field="at")
    last = now.astimezone(SHANGHAI).date() + timedelta(days=hours.days_ahead)
    if slot.day > last:
        raise Invalid(
            "最多提前%(days)s天预订，现在可以订到%(last)s", field="day", days=hours.days_ahead, last=last.isoformat()
        )


def _over(
    session: Session, tenant: Tenant | None, slot: Slot, reason: str | None, *, but: Booking | None = None
) -> str | None:
    """The reason to keep where the booking goes over the tenant's free hours; None where it does not."""
    if tenant is None:
        return None
    there = allowance(session, tenant, Month.of(slot.day), but=but)
    if there.left is None or slot.minutes <= there.left:
        return None
    said = {"month": str(there.month), "left": _hours(there.left), "wanted": _hours(slot.minutes)}
    if audit.asker_of(session).reach is Reach.TENANT:
        raise Conflict(
            "%(month)s的免费时长还剩%(left)s小时，这次要%(wanted)s小时；请缩短时间，或联系运营机构代为预订",
            field="until",
            **said,
        )
    if not (reason or "").strip():
        raise Conflict(
            "%(month)s的免费时长还剩%(left)s小时，这次要%(wanted)s小时；确需超出请写明原因", field="over_reason", **said
        )
    return within(reason, 200, field="over_reason")


def _refuse_begun(session: Session, booking: Booking, now: datetime) -> None:
    session.refresh(booking)
    if booking.cancelled_at is not None:
        raise Conflict("这个预订已经取消，请刷新页面查看")
    if booking.starts_at <= now:
        raise Conflict("预订的时间已经开始，不能再改动或取消")


def _detail(booking: Booking) -> dict[str, object]:
    return {
        "space": booking.space_id,
        "from": booking.starts_at.astimezone(UTC).isoformat(),
        "to": booking.ends_at.astimezone(UTC).isoformat(),
        "over": booking.over_reason is not None,
    }


def clock(minutes: int) -> str:
    """A minute of the day as people write it."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _span(starts_at: datetime, ends_at: datetime) -> str:
    first, last = starts_at.astimezone(SHANGHAI), ends_at.astimezone(SHANGHAI)
    return f"{first:%Y-%m-%d %H:%M}–{last:%H:%M}"


def _hours(minutes: int) -> str:
    return f"{minutes / 60:g}"
