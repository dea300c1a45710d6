"""The 租控表 as it is drawn: one line for each unit, one bar for each lease, gaps where nobody is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from core.data.queries.rent_calendar import Calendar, Stretch, UnitRow
from core.policy import Month
from core.web.formats import percent
from core.web.listing import Column
from core.web.templating import language
from core.web.views.plan import fitted

LANE, BAR = 42, 28  # pixels of a line of bars, and of a bar in it
LETTER = 13
SPANS = {12: 70, 24: 64, 36: 52}  # months that can be shown, and the pixels of each (places.css knows them too)


@dataclass(frozen=True, slots=True)
class Bar:
    """One lease in one unit: x, y, width in pixels, the name as far as it fits, and all of it in words."""

    stretch: Stretch
    x: float
    y: int
    width: float
    name: str
    label: str
    opens: bool  # it began before the months shown
    closes: bool  # it goes on after them


@dataclass(frozen=True, slots=True)
class Row:
    unit: UnitRow
    bars: list[Bar]
    height: int


def cell_of(calendar: Calendar) -> int:
    return SPANS[len(calendar.months)]


def rows(calendar: Calendar) -> list[Row]:
    return [_row(unit, calendar) for unit in calendar.rows]


def _row(unit: UnitRow, calendar: Calendar) -> Row:
    bars: list[Bar] = []
    lanes: list[date] = []  # the last day taken in each
    for stretch in unit.stretches:
        lane = next((n for n, until in enumerate(lanes) if until < stretch.first), len(lanes))
        lanes[lane : lane + 1] = [stretch.last]
        left, right = _position(stretch.first, calendar, 0), _position(stretch.last, calendar, 1)
        width = max(6.0, right - left)
        lease = stretch.lease
        until = lease.ends_on.isoformat() if lease.ends_on else _("未约定到期日")
        bars.append(
            Bar(
                stretch, round(left, 1), lane * LANE + (LANE - BAR) // 2, round(width, 1),
                fitted(lease.tenant.name, width - 14, LETTER),
                _("%(tenant)s，协议%(number)s，%(first)s至%(last)s", tenant=lease.tenant.name, number=lease.number,
                  first=lease.starts_on.isoformat(), last=until),
                lease.starts_on < calendar.months[0].first,
                lease.ends_on is None or lease.ends_on > calendar.months[-1].last,
            )
        )  # fmt: skip
    return Row(unit, bars, max(1, len(lanes)) * LANE)


def _position(day: date, calendar: Calendar, after: int) -> float:
    """Where a day begins (`after` 0) or ends (1) on the scale of months, in pixels."""
    month = Month.of(day)
    days = (month.last - month.first).days + 1
    return (int(month) - int(calendar.months[0]) + (day.day - 1 + after) / days) * cell_of(calendar)


def years(calendar: Calendar) -> list[tuple[int, int]]:
    """(year, how many of the months shown are in it)."""
    found: dict[int, int] = {}
    for month in calendar.months:
        found[month.first.year] = found.get(month.first.year, 0) + 1
    return list(found.items())


def columns(calendar: Calendar) -> tuple[Column, ...]:
    """Of the file: units by months."""
    return (
        Column("code", _("编号")), Column("floor", _("楼层")), Column("kind", _("类型")),
        Column("area_cm2", _("面积（㎡）"), kind="area"),
        *(Column(str(month), str(month)) for month in calendar.months),
    )  # fmt: skip


def sheet(calendar: Calendar, kinds: Any) -> list[dict[str, Any]]:
    """The rows of the file: the tenants of each month, and how full it is at the foot."""
    written: list[dict[str, Any]] = []
    for unit in calendar.rows:
        space = unit.space
        row: dict[str, Any] = {
            "code": space.code,
            "floor": " ".join(p for p in (space.floor.building, space.floor.name) if p) if space.floor else "",
            "kind": str(kinds[space.kind]),
            "area_cm2": space.area_cm2,
        }
        for month in calendar.months:
            names = dict.fromkeys(stretch.lease.tenant.name for stretch in unit.in_month(month))
            row[str(month)] = ("、" if language() == "zh" else ", ").join(names)
        written.append(row)
    foot: dict[str, Any] = {"code": _("出租率（按面积）"), "floor": "", "kind": "", "area_cm2": None}
    foot |= {str(month): percent(calendar.occupancy(month)) for month in calendar.months}
    return [*written, foot]
