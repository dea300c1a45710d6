"""What a meter counted, what it costs, and whose it is: parts sum to the whole, and months meet without a gap."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data import metering
from core.data import models as m
from core.data.metering import Missing, Use
from core.policy import Month
from core.services.metering.lines import explain, yuan

NOVEMBER = Month.parse("2026-11")


def meter(*readings: tuple[date, int] | tuple[date, int, bool], **values: object) -> m.Meter:
    """In service since 2025, with these readings in whole units."""
    said: dict[str, object] = {"number": "D-1", "multiplier": 1, "digits": 4, "space_id": 1}
    said |= {"kind": m.MeterKind.ELECTRICITY, "from_on": date(2025, 1, 1)}
    made = m.Meter(**said | values)
    for number, (day, value, *rolled) in enumerate(readings, start=1):
        made.readings.append(m.MeterReading(id=number, read_on=day, value=value * 1000, rolled=bool(rolled)))
    return made


def used(it: m.Meter, month: Month = NOVEMBER, billed: set[int] | None = None) -> int:
    use = metering.use_of(it, month, billed or set())
    assert isinstance(use, Use)
    return use.quantity // 1000


def test_the_reading_nearest_to_each_end_counts() -> None:
    it = meter((date(2026, 10, 28), 95), (date(2026, 11, 1), 100), (date(2026, 11, 15), 140), (date(2026, 12, 3), 180))
    assert used(it) == 80
    assert used(meter((date(2026, 10, 31), 100), (date(2026, 11, 30), 180), multiplier=40)) == 3200
    for off in (date(2026, 11, 26), date(2026, 12, 4)):
        found = metering.use_of(meter((date(2026, 10, 31), 100), (off, 180)), NOVEMBER)
        assert isinstance(found, Missing)
        assert found.day == date(2026, 11, 30)
    assert metering.use_of(meter(from_on=date(2026, 12, 1)), NOVEMBER) is None


def test_what_was_billed_to_the_end_of_a_month_begins_the_next() -> None:
    """The 29th was billed; the reading of the 30th, entered later, is nearer and would leave a day out."""
    it = meter((date(2026, 10, 31), 0), (date(2026, 11, 29), 100), (date(2026, 11, 30), 110), (date(2026, 12, 31), 200))
    assert (used(it), used(it, NOVEMBER + 1)) == (110, 90)
    assert (used(it, billed={1, 2}), used(it, NOVEMBER + 1, {1, 2})) == (100, 100)


def test_a_dial_that_begins_again() -> None:
    it = meter((date(2026, 10, 31), 9_990), (date(2026, 11, 15), 5, True), (date(2026, 11, 30), 25))
    assert used(it) == 35


def test_a_meter_changed_within_the_month() -> None:
    old = meter((date(2026, 10, 31), 100), (date(2026, 11, 12), 150), until_on=date(2026, 11, 12))
    new = meter((date(2026, 11, 12), 3), (date(2026, 11, 30), 53), from_on=date(2026, 11, 12))
    assert (used(old), used(new)) == (50, 50)
    assert metering.served(new, NOVEMBER) == (date(2026, 11, 12), date(2026, 11, 30))


@given(st.data())
def test_months_meet_wherever_the_readings_lie(data: st.DataObject) -> None:
    """Readings up to three days off the month's last day: the uses of four months sum to what the dial moved."""
    ends = [(NOVEMBER + n).last for n in range(-1, 4)]
    days = sorted({end + timedelta(days=data.draw(st.integers(-3, 3))) for end in ends for _twice in range(2)})
    values = sorted(data.draw(st.lists(st.integers(0, 9_999), min_size=len(days), max_size=len(days))))
    it = meter(*zip(days, values, strict=True))
    first, last = metering.at(it.readings, ends[0]), metering.at(it.readings, ends[-1])
    assert first is not None
    assert last is not None
    assert sum(used(it, NOVEMBER + n) for n in range(4)) == (last.value - first.value) // 1000


@given(
    st.integers(0, 10**9),
    st.dictionaries(st.integers(1, 99), st.integers(1, 5_000_000 * 31), max_size=12),
    st.integers(0, 10**10),
)
def test_parts_sum_to_the_whole(fen: int, weights: dict[int, int], vacant: int) -> None:
    """For any areas and days; nobody is off by a fen from their exact part."""
    parts, kept = metering.shares(fen, weights, vacant)
    assert sum(parts.values()) + kept == fen
    whole = sum(weights.values()) + vacant
    for key, weight in weights.items():
        assert abs(parts[key] * whole - fen * weight) < whole


@pytest.mark.parametrize(
    ("quantity", "price", "fen"), [(184_700, 8_200, 15_145), (1, 8_200, 0), (1_000, 5, 0), (1_000, 50, 1)]
)
def test_the_cost_is_rounded_once_half_up(quantity: int, price: int, fen: int) -> None:
    assert metering.cost_fen(quantity, price) == fen


def test_the_price_of_the_last_day_counts() -> None:
    old, new = (m.Tariff(from_on=day, price_e4=e4) for day, e4 in ((date(2026, 1, 1), 1), (date(2026, 11, 30), 2)))
    assert metering.price_on([new, old], NOVEMBER.last) is new
    assert metering.price_on([new, old], date(2026, 11, 29)) is old
    assert metering.price_on([new, old], date(2025, 12, 31)) is None


def test_a_line_explains_itself() -> None:
    own = meter((date(2026, 10, 31), 100), (date(2026, 11, 30), 180), multiplier=40)
    use = metering.use_of(own, NOVEMBER)
    assert isinstance(use, Use)
    assert explain(use, 8_200, 262_400, 30, 30) == "电表D-1：100→180×倍率40，用3200度×0.82元"
    assert explain(use, 8_200, 262_400, 12, 30) == "电表D-1：100→180×倍率40，用3200度×0.82元，按天数12/30"
    own.space_id = None
    assert explain(use, 8_200, 262_400, 1, 3) == (
        "公摊电表D-1：100→180×倍率40，用3200度×0.82元=2624.00元，按面积天数占33.33%"
    )
    own.number, own.digits = "D" * 20, 9
    own.readings[1].value = 999_999_999_999
    longest = metering.use_of(own, NOVEMBER)
    assert isinstance(longest, Use)
    assert len(explain(longest, 9_999_999, 10**15, 1, 3)) <= 80
    assert [yuan(e4) for e4 in (10_000, 8_200, 36_001, 5)] == ["1", "0.82", "3.6001", "0.0005"]
