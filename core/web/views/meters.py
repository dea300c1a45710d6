"""The list of meters, one meter with its readings, and the sheet of who walks from one to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from flask import g, render_template
from flask_babel import gettext as _

from core.data.metering import UNIT, figure, step
from core.data.models import Meter, MeterReading, Role
from core.data.queries import meters as reads
from core.data.queries import places
from core.data.queries.people import names
from core.errors import NotFound
from core.extensions import db
from core.web.forms.meters import ReadingForm, ReplaceForm, RetireForm, SheetForm, TariffForm
from core.web.listing import Column, Filter, Option
from core.web.views import meter_words as words
from core.web.views.lists import Table, address_of, as_is

JUMP = 3  # times the pace before, from which a reading is pointed out


def load(meter_id: int) -> Meter:
    found = reads.one(db.session, meter_id)
    if found is None:
        raise NotFound("没有这块表，或您无权查看")
    return found


def reading_of(meter: Meter, reading_id: int) -> MeterReading:
    found = next((it for it in meter.readings if it.id == reading_id), None)
    if found is None:
        raise NotFound("没有这个读数，或您无权查看")
    return found


def table() -> Table:
    known = places.sites(db.session)
    return Table(
        "meters",
        _("水电表"),
        reads.listing(g.today),
        (
            Column("number", _("表号"), kind="code", sortable=True, primary=True),
            Column("kind_word", _("类型"), repeats=True),
            Column("site", _("载体"), sortable=True),
            Column("unit", _("单元"), kind="code", sortable=True),
            Column("place", _("安装位置"), default=False),
            Column("multiplier", _("倍率"), kind="number", phone=False),
            Column("value", _("最近读数"), kind="number"),
            Column("read_on", _("抄表日期"), kind="date", sortable=True),
            Column("state", _("状态"), repeats=True),
            Column("from_on", _("启用日期"), kind="date", default=False),
            Column("until_on", _("停用日期"), kind="date", default=False),
        ),
        (
            Filter("kind", _("类型"), [Option(it.value, str(word)) for it, word in words.KINDS.items()]),
            Filter("serves", _("用途"), [Option(key, str(word)) for key, word in words.SERVES.items()]),
            Filter("state", _("状态"), [Option(key, str(word)) for key, word in words.STATES.items()]),
            Filter("site", _("载体"), [Option(str(site.id), site.name) for site in known]),
        ),
        sort="site",
        search=_("表号、载体、单元、安装位置"),
        row=_row,
        written=lambda r: r | {"state": str(words.STATES[r["state"]])},
        href=address_of("meters.show", "meter_id"),
        export="meters.export",
    )


def _row(row: Any) -> dict[str, Any]:
    return as_is(row) | {
        "kind_word": str(words.KINDS[row.kind]),
        "unit": row.unit or _("公摊"),
        "value": None if row.value is None else Decimal(figure(row.value)),
    }


def index(tariff: TariffForm | None = None) -> str:
    return render_template(
        "meters/index.html",
        page=table().page(),
        tariffs=reads.tariffs(db.session, g.asker.operator_id),
        tariff=tariff or TariffForm(formdata=None, data={"from_on": g.today.replace(day=1)}, prefix="tariff-"),
        manager=g.asker.may(Role.OPERATOR_MANAGER),
        words=words,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A reading with what the meter counted since the one before, and the bill that rests on it."""

    reading: MeterReading
    used: str
    bill: str | None
    first: bool
    last: bool


def page(meter: Meter, **refused: Any) -> str:
    """`refused`: a form that could not be done, by name; it is shown open, as it was filled in."""
    stretches = reads.billed_stretches(db.session, meter)
    shown = []
    for number, reading in enumerate(meter.readings):
        used = step(meter, meter.readings[number - 1], reading) * meter.multiplier if number else None
        bill = next((bill for first, last, bill in stretches if first <= reading.read_on <= last), None)
        last = reading.read_on == meter.until_on
        shown.append(Shown(reading, "" if used is None else figure(used), bill, number == 0, last))
    forms = {
        "reading": ReadingForm(formdata=None, data={"read_on": g.today}, prefix="reading-"),
        "retire": RetireForm(formdata=None, data={"on": g.today}, prefix="retire-"),
        "replace": ReplaceForm(
            formdata=None,
            data={"on": g.today, "multiplier": meter.multiplier, "digits": meter.digits, "new_value": 0},
            prefix="replace-",
        ),
    }
    return render_template(
        "meters/show.html",
        meter=meter,
        shown=list(reversed(shown)),
        forms=forms | refused,
        opened=next(iter(refused), None),
        people=names(db.session, {it.read_by_id for it in meter.readings if it.read_by_id}),
        words=words,
    )


@dataclass(frozen=True, slots=True)
class Dial:
    """A meter on the sheet: what it showed last, what is there for the day, and what that means in words."""

    meter: Meter
    form: SheetForm
    before: MeterReading | None
    now: MeterReading | None
    bill: str | None
    said: str
    odd: bool


def dial(meter: Meter, day: date, form: SheetForm | None = None) -> Dial:
    """`form`: what was refused, as it was typed."""
    earlier = [it for it in meter.readings if it.read_on < day]
    before = earlier[-1] if earlier else None
    now = next((it for it in meter.readings if it.read_on == day), None)
    bill = reads.bill_resting_on(db.session, meter, day) if now else None
    said, odd = _meaning(meter, earlier[-2] if len(earlier) > 1 else None, before, now)
    data = {"read_on": day, "value": now.value if now else None, "rolled": now.rolled if now else False}
    return Dial(meter, form or SheetForm(formdata=None, data=data), before, now, bill, said, odd)


def floors(dials: Iterable[Dial]) -> list[tuple[str, list[Dial]]]:
    """As one walks, with the name of each floor."""
    return [(place, list(those)) for place, those in groupby(dials, key=lambda it: _floor(it.meter))]


def _floor(meter: Meter) -> str:
    if meter.space is None:
        return str(_("公摊"))
    floor = meter.space.floor
    return " ".join(part for part in (floor.building, floor.name) if part) if floor else str(_("未分楼层"))


def _meaning(
    meter: Meter, earliest: MeterReading | None, before: MeterReading | None, now: MeterReading | None
) -> tuple[str, bool]:
    """What a reading says: how much since the last, how much a day, and whether that is odd."""
    if before is None or now is None:
        return "", False
    pace = _pace(meter, before, now)
    unit = words.UNITS[meter.kind]
    used = figure(step(meter, before, now) * meter.multiplier)
    said = _("用%(used)s%(unit)s，每天%(pace)s%(unit)s", used=used, unit=unit, pace=_rough(pace))
    usual = _pace(meter, earliest, before) if earliest else 0
    if usual and pace > usual * JUMP:
        return _("%(said)s；上次每天%(usual)s%(unit)s，请再看一眼", said=said, usual=_rough(usual), unit=unit), True
    if usual and not pace:
        return _("和上次一样；上次每天%(usual)s%(unit)s，请再看一眼", usual=_rough(usual), unit=unit), True
    return said, False


def _pace(meter: Meter, before: MeterReading, after: MeterReading) -> int:
    """Thousandths a day."""
    return step(meter, before, after) * meter.multiplier // (after.read_on - before.read_on).days


def _rough(thousandths: int) -> str:
    """To one decimal, half up."""
    return figure((thousandths * 2 + UNIT // 10) // (UNIT // 5) * (UNIT // 10))
