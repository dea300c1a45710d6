"""A year of the working calendar as twelve months: what is published, and the district's exceptions on top."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import g
from flask_babel import gettext as _

from core.data.models import CalendarDay
from core.services import calendar
from core.services.holidays import Shift
from core.web.views import clock_card
from core.web.views.case_page import standing_word


def year_page(year: int, own: Iterable[CalendarDay]) -> list[dict[str, Any]]:
    """The months of a year in weeks from Monday; days of neighbouring months are left out."""
    exceptions = {row.day: row for row in own}
    weeks = months.Calendar(firstweekday=0)
    return [
        {
            "month": date(year, month, 1),
            "working": sum(
                calendar.is_working_day(day, {d: r.working for d, r in exceptions.items()})
                for day in weeks.itermonthdates(year, month)
                if day.month == month
            ),
            "weeks": [
                [_day(day, exceptions.get(day)) if day.month == month else None for day in week]
                for week in weeks.monthdatescalendar(year, month)
            ],
        }
        for month in range(1, 13)
    ]


def _day(day: date, own: CalendarDay | None) -> dict[str, Any]:
    """One day: worked or not, a sign where that is not what the day of the week says, and why."""
    working = own.working if own is not None else calendar.is_working_day(day)
    usual = day.weekday() < 5
    name = own.note if own is not None else calendar.holiday_name(day)
    sign = "" if working == usual and own is None else _("班") if working else _("休")
    return {
        "number": day.day,
        "css": " ".join(
            filter(
                None, ("is-off" if not working else "", "is-own" if own else "", "is-today" if day == g.today else "")
            )
        ),
        "sign": sign if own is not None or working != usual else "",
        "title": name or (_("调休上班") if working and not usual else ""),
    }


def shift_rows(moved: Iterable[Shift]) -> list[dict[str, Any]]:
    return [
        {
            "id": it.case.id,
            "number": it.case.number,
            "tenant": it.case.tenant.name,
            "state": standing_word(it.case),
            "before": it.before,
            "after": it.after,
            "counted": clock_card.unpublished(it.before, it.after),
        }
        for it in moved
    ]
