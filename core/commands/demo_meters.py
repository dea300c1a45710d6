"""Meters of the demonstration: one site of the large house, read at two ends of a month, and that month's bills."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Floor, Meter, MeterKind, Operator, Site, SiteKind, Space, SpaceKind
from core.policy import Month
from core.services import metering

MOST = 24  # units with a meter of their own
PRICES = ((MeterKind.ELECTRICITY, 8_200), (MeterKind.WATER, 52_000))
SHARED = (
    (MeterKind.ELECTRICITY, "GD-01", "一楼配电间", 40, 30_512, 46),
    (MeterKind.WATER, "GS-01", "一楼水泵房", 1, 8_204, 63),
)


def write(session: Session, operator: Operator, today: date) -> None:
    """The session must be asked in by someone of the house."""
    month = Month.of(today) + -1
    begin, middle, end = (month + -2).last, (month + -1).last, month.last
    for kind, price in PRICES:
        metering.set_price(session, operator.id, kind=kind, from_on=date(today.year, 1, 1), price_e4=price)
    of_kind = select(Site).where(Site.operator_id == operator.id, Site.kind == SiteKind.ACCELERATOR)
    site = session.scalars(of_kind.order_by(Site.id)).first()
    if site is None:
        return
    units = session.scalars(
        select(Space)
        .outerjoin(Floor, Floor.id == Space.floor_id)
        .where(Space.site_id == site.id, Space.kind.in_((SpaceKind.ROOM, SpaceKind.LAB)))
        .order_by(Floor.level, Space.code)
        .limit(MOST)
    ).all()
    meters: list[tuple[Meter, int, int]] = []
    for kind, number, place, multiplier, shown, use in SHARED:
        made = metering.create(
            session, site, kind=kind, number=number, place=place, multiplier=multiplier, from_on=begin,
            value=shown * 1000, today=today,
        )  # fmt: skip
        meters.append((made, shown, use))
    for nth, unit in enumerate(units):
        shown, use = 1_180 + 731 * nth % 4_000, 96 + 37 * nth % 190
        made = metering.create(
            session, site, kind=MeterKind.ELECTRICITY, number=f"D-{unit.code}", space=unit, from_on=begin,
            value=shown * 1000, today=today,
        )  # fmt: skip
        meters.append((made, shown, use))
        if unit.kind is SpaceKind.LAB:
            wet = metering.create(
                session, site, kind=MeterKind.WATER, number=f"S-{unit.code}", space=unit, from_on=begin,
                value=(40 + nth) * 1000, today=today,
            )  # fmt: skip
            meters.append((wet, 40 + nth, 9))
    for nth, (meter, shown, use) in enumerate(meters):
        _read(session, meter, middle, shown + use, today)
        if nth == 5:
            continue  # forgotten: what it holds up is told
        jump = 4 if nth == 7 else 1
        _read(session, meter, end - timedelta(days=nth % 2), shown + use + (use * 21 // 20) * jump, today)
    metering.make(session, site, month, due_on=today + timedelta(days=10), today=today)


def _read(session: Session, meter: Meter, day: date, value: int, today: date) -> None:
    metering.record(session, meter, read_on=day, value=value * 1000, today=today)
