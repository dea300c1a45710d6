"""From readings to bills of utilities: what is refused, what waits, who pays what, and what stands once billed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.errors import Conflict, DomainError, Invalid
from core.policy import Month
from core.services import billing, metering
from core.services.invariants import money, rows
from tests import factories as f

NOVEMBER, TODAY = Month.parse("2026-11"), date(2026, 12, 5)
FIRST, LAST, DUE = date(2026, 10, 31), date(2026, 11, 30), date(2026, 12, 20)
POWER = m.MeterKind.ELECTRICITY


@dataclass
class House:
    """A site of three rooms of 30, 20 and 50 ㎡ (the last is vacant) and a meeting room of 40 ㎡."""

    session: Session
    site: m.Site
    rooms: list[m.Space]
    meters: dict[str, m.Meter] = field(default_factory=dict)

    def meter(self, number: str, begin: int, space: m.Space | None = None, **more: Any) -> m.Meter:
        said = {"kind": POWER, "from_on": FIRST, "value": begin * 1000, "today": TODAY, **more}
        self.meters[number] = metering.create(self.session, self.site, number=number, space=space, **said)
        return self.meters[number]

    def read(self, number: str, value: int, day: date = LAST, **more: Any) -> m.MeterReading:
        given = {"read_on": day, "value": value * 1000, "today": TODAY, **more}
        return metering.record(self.session, self.meters[number], **given)

    def plan(self) -> metering.Plan:
        return metering.plan(self.session, self.site, NOVEMBER)

    def make(self, **more: Any) -> list[m.Bill]:
        said = {"due_on": DUE, "today": TODAY, **more}
        return metering.make(self.session, self.site, NOVEMBER, **said)


@pytest.fixture
def house(session: Session) -> House:
    operator = f.operator(session, f.district(session))
    site = f.site(session, operator)
    rooms = [f.space(session, site, code=f"A-{n}", area_cm2=n * 10_000) for n in (30, 20, 50)]
    f.space(session, site, code="会议", area_cm2=400_000, kind=m.SpaceKind.MEETING_ROOM)
    whole = {"starts_on": date(2026, 1, 1), "ends_on": date(2027, 12, 31)}
    f.lease(session, f.tenant(session, operator, name="青禾公司"), [rooms[0]], number="甲", **whole)
    # B-20 changes hands within the month: ten days, then twenty.
    left = f.tenant(session, operator, name="先走公司")
    f.lease(session, left, [rooms[1]], number="乙", starts_on=date(2026, 1, 1), ends_on=date(2026, 11, 10))
    came = f.tenant(session, operator, name="后来公司")
    f.lease(session, came, [rooms[1]], number="丙", starts_on=date(2026, 11, 11), ends_on=None)
    metering.set_price(session, operator.id, kind=POWER, from_on=date(2026, 1, 1), price_e4=8_000)
    metering.set_price(session, operator.id, kind=POWER, from_on=LAST, price_e4=10_000)
    return House(session, site, rooms)


def lines(bills: list[m.Bill]) -> dict[str, list[tuple[int, str | None]]]:
    return {bill.lease.number: [(line.amount_fen, line.what) for line in bill.lines] for bill in bills if bill.lease}


def test_own_and_shared_meters_become_one_bill_of_each_lease(session: Session, house: House) -> None:
    """90 度 of a room over 10 and 20 days; 1000.01 yuan shared by 30, 20 × 10, 20 × 20 and the vacant 50 ㎡."""
    house.meter("D-1", 100, house.rooms[0])
    house.meter("D-2", 0, house.rooms[1])
    house.meter("D-3", 0, house.rooms[2])
    house.meter("G-1", 0)
    house.read("D-1", 150)
    house.read("D-2", 90)
    house.read("D-3", 7)
    metering.record(session, house.meters["G-1"], read_on=LAST, value=1_000_010, today=TODAY)
    found = house.plan()
    assert [(row.lease.number, row.own_fen, row.shared_fen) for row in found.rows] == [
        ("丙", 6_000, 13_333), ("乙", 3_000, 6_667), ("甲", 5_000, 30_000),
    ]  # fmt: skip
    assert (found.kept_own_fen, found.kept_shared_fen, found.lacks) == (700, 50_001, [])
    assert sum(row.shared_fen for row in found.rows) + found.kept_shared_fen == 100_001
    made = house.make(seen=found.seen)
    assert lines(made) == {
        "丙": [
            (6_000, "电表D-2：0→90，用90度×1元，按天数20/30"),
            (13_333, "公摊电表G-1：0→1000.01，用1000.01度×1元=1000.01元，按面积天数占13.33%"),
        ],
        "乙": [
            (3_000, "电表D-2：0→90，用90度×1元，按天数10/30"),
            (6_667, "公摊电表G-1：0→1000.01，用1000.01度×1元=1000.01元，按面积天数占6.67%"),
        ],
        "甲": [
            (5_000, "电表D-1：100→150，用50度×1元"),
            (30_000, "公摊电表G-1：0→1000.01，用1000.01度×1元=1000.01元，按面积天数占30.00%"),
        ],
    }
    bill = made[0]
    assert (bill.kind, bill.first, bill.last, bill.due_on) == (m.BillKind.UTILITIES, NOVEMBER.first, LAST, DUE)
    assert {line.fee for line in bill.lines} == {m.Fee.UTILITIES}
    session.commit()
    connection = session.connection()
    assert [*money.check(connection), *rows.check_belonging(connection)] == []


def test_again_makes_only_what_is_missing_and_a_void_bill_anew(session: Session, house: House) -> None:
    house.meter("D-1", 100, house.rooms[0])
    house.meter("D-2", 0, house.rooms[1])
    house.read("D-1", 150)
    assert [str(lack.day) for lack in house.plan().lacks] == ["2026-11-30"]
    assert [row.lease.number for row in house.plan().rows if row.lacks] == ["丙", "乙"]
    assert list(lines(house.make())) == ["甲"]
    assert house.make() == []
    house.read("D-2", 30)
    with pytest.raises(Conflict, match="刚刚有改动"):
        house.make(seen="0-0")
    assert sorted(lines(house.make())) == ["丙", "乙"]
    known = session.scalars(select(m.Bill).where(m.Bill.lease_id.is_not(None))).all()
    first = next(bill for bill in known if bill.lease and bill.lease.number == "甲")
    reading = house.meters["D-1"].readings[-1]
    with pytest.raises(Conflict, match=f"账单{first.number}用到了"):
        metering.change_reading(session, reading, value=160_000)
    assert metering.change_reading(session, reading, value=150_000, note="核对过")
    for refused in (
        lambda: metering.remove(session, reading),
        lambda: house.read("D-1", 120, date(2026, 11, 15)),
        lambda: metering.change(session, house.meters["D-1"], number="D-1", multiplier=2),
    ):
        with pytest.raises(Conflict, match=first.number):
            refused()
    billing.void(session, first, "读错")
    assert metering.change_reading(session, reading, value=160_000, note="核对过")
    assert lines(house.make()) == {"甲": [(6_000, "电表D-1：100→160，用60度×1元")]}


def test_without_a_price_and_with_a_jump(session: Session, house: House) -> None:
    house.meter("S-1", 0, house.rooms[0], kind=m.MeterKind.WATER, from_on=date(2026, 9, 30))
    house.read("S-1", 10, FIRST)
    house.read("S-1", 41)
    found = house.plan()
    assert [(lack.meter.number, lack.day) for lack in found.lacks] == [("S-1", None)]
    assert house.make() == []
    kinds = {"kind": m.MeterKind.WATER, "from_on": date(2026, 1, 1), "price_e4": 50_000}
    price = metering.set_price(session, house.site.operator_id, **kinds)
    assert [(jump.use.quantity, jump.before) for jump in house.plan().jumps] == [(31_000, 10_000)]
    assert [bill.total_fen for bill in house.make()] == [15_500]
    metering.remove_price(session, price)
    with pytest.raises(Conflict, match="已有单价"):
        metering.set_price(session, house.site.operator_id, kind=POWER, from_on=LAST, price_e4=1)


def test_a_meter_is_changed_for_another(session: Session, house: House) -> None:
    old = house.meter("D-1", 9_900, house.rooms[0], digits=4)
    day = date(2026, 11, 12)
    said: dict[str, Any] = {"on": day, "value": 50_000, "today": TODAY, "number": "D-9", "new_value": 3_000}
    with pytest.raises(Invalid, match="勾选“表盘归零”"):
        metering.replace(session, old, **said)
    new = metering.replace(session, old, rolled=True, multiplier=2, **said)
    house.meters["D-9"] = new
    assert (old.until_on, new.from_on, new.replaces, new.space) == (day, day, old, old.space)
    house.read("D-9", 53)
    assert [fen for fen, _what in lines(house.make())["甲"]] == [15_000, 10_000]
    with pytest.raises(Conflict, match="换成D-9"):
        metering.resume(session, old)
    with pytest.raises(Conflict, match="已经停用"):
        metering.retire(session, old, on=day, value=50_000, today=TODAY)
    metering.retire(session, new, on=date(2026, 12, 5), value=60_000, today=TODAY)
    metering.resume(session, new)
    assert new.until_on is None


def test_what_cannot_be_is_refused(session: Session, house: House) -> None:
    it = house.meter("D-1", 100, house.rooms[0], digits=4)
    house.read("D-1", 150)
    between = date(2026, 11, 15)
    for day, value, more, words in (
        (TODAY, 149, {}, "比2026-11-30的150小"),
        (TODAY, 200, {"rolled": True}, "没有归零"),
        (TODAY, 10_000, {}, "4位整数"),
        (date(2026, 12, 6), 200, {}, "不能晚于今天"),
        (date(2026, 10, 30), 90, {}, "从2026-10-31起使用"),
        (LAST, 150, {}, "已经抄过，读数150"),
        (between, 151, {}, "2026-11-30的读数是150"),
    ):
        with pytest.raises(DomainError) as refused:
            house.read("D-1", value, day, **more)
        assert words in str(refused.value)
    with pytest.raises(Conflict, match="底数"):
        metering.remove(session, it.readings[0])
    elsewhere = f.space(session, f.site(session, house.site.operator, name="别处"))
    for more, words in (
        ({"number": "D-1"}, "已经登记过"),
        ({"number": "D-2", "space": elsewhere}, "不在这处载体"),
        ({"number": "D-3", "multiplier": 0}, "倍率"),
        ({"number": "D-4", "digits": 10}, "位数"),
        ({"number": "D-5", "from_on": date(2026, 12, 6)}, "启用日期"),
    ):
        with pytest.raises(DomainError, match=words):
            house.meter(more.pop("number"), 0, **more)
    with pytest.raises(Invalid, match="还没有结束"):
        metering.make(session, house.site, NOVEMBER + 1, due_on=DUE, today=TODAY)
    with pytest.raises(Invalid, match="不能早于今天"):
        house.make(due_on=date(2026, 12, 1))


def test_a_lease_of_two_sites_has_one_bill(session: Session, house: House) -> None:
    other = f.site(session, house.site.operator, name="东楼")
    lease = session.scalars(select(m.Lease).where(m.Lease.number == "甲")).one()
    room = f.space(session, other, code="E-1", area_cm2=500_000)
    lease.spaces.append(m.LeaseSpace(operator_id=lease.operator_id, space=room))
    house.meter("D-1", 0, house.rooms[0])
    house.read("D-1", 10)
    here = House(session, other, [room])
    here.meter("E-1", 0, room)
    here.read("E-1", 5)
    assert lines(house.make()) == {"甲": [(1_000, "电表D-1：0→10，用10度×1元"), (500, "电表E-1：0→5，用5度×1元")]}
    assert here.make() == []
    assert [row.bill is not None for row in here.plan().rows] == [True]
