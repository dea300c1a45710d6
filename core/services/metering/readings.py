"""抄表. A dial only goes forward: a lower figure is refused unless it went past its last and began again at 0.

What an open bill rests on stands; take the bill back first. Each act takes the operator's lock, as making bills does.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from core.data.metering import dial, figure
from core.data.models import Meter, MeterReading
from core.data.queries import meters as reads
from core.data.queries.locks import lock_operator
from core.errors import Conflict, Invalid
from core.services import audit


def record(
    session: Session,
    meter: Meter,
    *,
    read_on: date,
    value: int,
    today: date,
    rolled: bool = False,
    note: str | None = None,
) -> MeterReading:
    """Note what a meter shows. Raises `Invalid` for what cannot be, `Conflict` where that day was read already."""
    lock_operator(session, meter.operator_id)
    known = reads.reading_on(session, meter, read_on)
    if known is not None:
        raise Conflict("这天已经抄过，读数%(value)s；要改请改那一条", field="read_on", value=figure(known.value))
    if read_on > today:
        raise Invalid("抄表日期不能晚于今天", field="read_on")
    if read_on < meter.from_on:
        raise Invalid("这块表从%(day)s起使用，之前没有读数", field="read_on", day=meter.from_on.isoformat())
    if meter.until_on is not None and read_on > meter.until_on:
        raise Invalid("这块表%(day)s已停用，之后没有读数", field="read_on", day=meter.until_on.isoformat())
    _refuse_billed(session, meter, read_on)
    _check(session, meter, read_on, value, rolled)
    made = MeterReading(
        operator_id=meter.operator_id,
        meter=meter,
        read_on=read_on,
        value=value,
        rolled=rolled,
        note=(note or "").strip() or None,
        read_by_id=audit.asker_of(session).user_id,
    )
    session.add(made)
    session.flush()
    audit.record(session, "reading.record", made, detail={"meter": meter.id, "value": value})
    return made


def change(
    session: Session, reading: MeterReading, *, value: int, rolled: bool = False, note: str | None = None
) -> bool:
    """Put a reading right; says whether anything differs. Words alone may change at any time."""
    lock_operator(session, reading.operator_id)
    meter = reading.meter
    note = (note or "").strip() or None
    before = (reading.value, reading.rolled)
    if before == (value, rolled) and reading.note == note:
        return False
    if before != (value, rolled):
        _refuse_billed(session, meter, reading.read_on)
        _check(session, meter, reading.read_on, value, rolled)
    reading.value, reading.rolled, reading.note = value, rolled, note
    session.flush()
    audit.record(session, "reading.change", reading, detail={"meter": meter.id, "before": before[0], "value": value})
    return True


def put(
    session: Session, meter: Meter, *, read_on: date, value: int, today: date, rolled: bool = False
) -> MeterReading:
    """The reading of a day, whether it was there before or not: for who walks from meter to meter."""
    lock_operator(session, meter.operator_id)
    known = reads.reading_on(session, meter, read_on)
    if known is None:
        return record(session, meter, read_on=read_on, value=value, today=today, rolled=rolled)
    change(session, known, value=value, rolled=rolled, note=known.note)
    return known


def remove(session: Session, reading: MeterReading) -> None:
    """Taken out where it was a mistake; the first of a meter stays, because the meter counts from it."""
    lock_operator(session, reading.operator_id)
    meter = reading.meter
    _refuse_billed(session, meter, reading.read_on)
    before, after = reads.neighbours(session, meter, reading.read_on)
    if before is None:
        raise Conflict("第一个读数是这块表的底数，不能删除；写错了请修改")
    if meter.until_on == reading.read_on:
        raise Conflict("这是停用时的读数，不能删除；写错了请修改")
    if after is not None:
        _compare(before, after.value, after.rolled)
    audit.record(session, "reading.remove", reading, detail={"meter": meter.id, "value": reading.value})
    meter.readings.remove(reading)
    session.flush()


def _refuse_billed(session: Session, meter: Meter, day: date) -> None:
    bill = reads.bill_resting_on(session, meter, day)
    if bill is not None:
        raise Conflict("账单%(bill)s用到了这天的读数，不能改动；确有错误请先作废账单", bill=bill)


def _check(session: Session, meter: Meter, day: date, value: int, rolled: bool) -> None:
    if not 0 <= value < dial(meter.digits):
        raise Invalid(
            "读数应在0到%(most)s之间：这块表有%(digits)s位整数",
            field="value",
            most=figure(dial(meter.digits) - 1),
            digits=meter.digits,
        )
    before, after = reads.neighbours(session, meter, day)
    if before is None and rolled:
        raise Invalid("第一个读数之前没有读数，不会归零", field="rolled")
    if before is not None:
        _compare(before, value, rolled)
    if after is not None and (value > after.value) != after.rolled:
        raise Invalid(
            "%(day)s的读数是%(after)s，这天的读数与它不符，请核对",
            field="value",
            day=after.read_on.isoformat(),
            after=figure(after.value),
        )


def _compare(before: MeterReading, value: int, rolled: bool) -> None:
    said = {"day": before.read_on.isoformat(), "before": figure(before.value), "value": figure(value)}
    if value < before.value and not rolled:
        raise Invalid(
            "读数%(value)s比%(day)s的%(before)s小；请核对，表盘转过一圈的请勾选“表盘归零”", field="value", **said
        )
    if value >= before.value and rolled:
        raise Invalid("读数%(value)s不比%(day)s的%(before)s小，没有归零，请取消勾选", field="rolled", **said)
