"""When a meeting room may be booked: opening hours, the length of a slot, how many days ahead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import RoomRule, Space
from core.errors import Invalid
from core.services import audit

SLOTS = (15, 30, 60)
LONGEST_AHEAD = 366


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes of the day in Shanghai; what a room has of which nobody said otherwise."""

    opens: int = 8 * 60
    closes: int = 20 * 60
    slot: int = 30
    days_ahead: int = 60


def hours_of(session: Session, rooms: Iterable[Space]) -> dict[int, Hours]:
    """The hours of each room, by its id."""
    ids = [room.id for room in rooms]
    rules = session.scalars(select(RoomRule).where(RoomRule.space_id.in_(ids)))
    said = {rule.space_id: Hours(rule.opens, rule.closes, rule.slot, rule.days_ahead) for rule in rules}
    return {room: said.get(room, Hours()) for room in ids}


def set_hours(session: Session, room: Space, hours: Hours) -> None:
    """Say when a room may be booked from now on. Bookings that were made stay."""
    if not 0 <= hours.opens < hours.closes <= 24 * 60:
        raise Invalid("关闭时间应晚于开放时间", field="closes")
    if hours.slot not in SLOTS:
        raise Invalid("每格时长请选15、30或60分钟", field="slot")
    if (hours.opens % hours.slot, hours.closes % hours.slot) != (0, 0):
        raise Invalid("开放和关闭时间应是每格时长（%(slot)s分钟）的整数倍", field="opens", slot=hours.slot)
    if not 1 <= hours.days_ahead <= LONGEST_AHEAD:
        raise Invalid("可提前预订的天数请填1到366", field="days_ahead")
    rule = session.scalars(select(RoomRule).where(RoomRule.space_id == room.id)).one_or_none()
    if rule is None:
        rule = RoomRule(operator_id=room.operator_id, space_id=room.id)
        session.add(rule)
    rule.opens, rule.closes, rule.slot, rule.days_ahead = hours.opens, hours.closes, hours.slot, hours.days_ahead
    session.flush()
    audit.record(session, "room.hours", rule, detail={"space": room.id, "opens": rule.opens, "closes": rule.closes})
    session.flush()


def instant(day: date, minutes: int) -> datetime:
    """A minute of a day in Shanghai; 1440 is the midnight that ends it."""
    return (datetime.combine(day, time(), SHANGHAI) + timedelta(minutes=minutes)).astimezone(UTC)


def minute_of(moment: datetime, day: date) -> int:
    """The other way round."""
    return int((moment - instant(day, 0)).total_seconds()) // 60
