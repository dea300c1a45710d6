from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.web import formats as t


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (0, "0.00 元", "CNY 0.00"),
        (5, "0.05 元", "CNY 0.05"),
        (123456, "1,234.56 元", "CNY 1,234.56"),
        (-43333, "-433.33 元", "CNY -433.33"),
        (-5, "-0.05 元", "CNY -0.05"),
        (10**13, "100,000,000,000.00 元", "CNY 100,000,000,000.00"),
        (None, "—", "—"),
    ],
)
def test_money_is_exact_to_the_fen(fen: int | None, zh: str, en: str) -> None:
    assert t.money(fen) == zh
    assert t.money(fen, "en") == en


@pytest.mark.parametrize("wrong", [1.0, True])
@pytest.mark.parametrize("show", [t.money, t.money_wan, t.money_figure, t.area, t.percent])
def test_a_float_is_refused_rather_than_shown(show: Any, wrong: object) -> None:
    with pytest.raises(TypeError, match="exact"):
        show(wrong)


def test_wan_rounds_half_up() -> None:
    assert t.money_wan(123_456_789) == "123.46 万元"
    assert t.money_wan(5_000) == "0.01 万元"  # 50 yuan: exactly half of the last place
    assert t.money_wan(4_999) == "0.00 万元"
    assert t.money_wan(123_456_789, "en") == "CNY 1.23 m"
    assert t.money_figure(123456) == "1,234.56"


def test_dates_months_and_instants() -> None:
    assert t.day(date(2026, 3, 10)) == "2026年3月10日"
    assert t.day("2026-03-10", "en") == "10 Mar 2026"
    assert t.month("2026-03") == "2026年3月"
    assert t.month(date(2026, 12, 31), "en") == "Dec 2026"
    # five in the afternoon in UTC is already tomorrow in Shanghai
    assert t.moment(datetime(2026, 3, 10, 17, 5, tzinfo=UTC)) == "2026年3月11日 01:05"
    assert {t.day(None), t.month(None), t.moment(None), t.day("")} == {"—"}


def test_an_instant_is_no_date_and_a_naive_one_no_instant() -> None:
    with pytest.raises(TypeError, match="moment"):
        t.day(datetime(2026, 3, 10, 17, tzinfo=UTC))
    with pytest.raises(TypeError, match="aware"):
        t.moment(datetime(2026, 3, 10, 17))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("cm2", "shown"),
    [(480_000, "48 ㎡"), (485_000, "48.5 ㎡"), (1, "0.0001 ㎡"), (12_345_670_000, "1,234,567 ㎡"), (None, "—")],
)
def test_area(cm2: int | None, shown: str) -> None:
    assert t.area(cm2) == shown


def test_percent_and_number() -> None:
    assert t.percent(Decimal("0.125")) == "12.5%"
    assert t.percent(Decimal("0.9995")) == "100%"
    assert t.percent(Decimal("0.1"), places=0) == "10%"
    assert t.percent(Decimal(1), places=0) == "100%"
    assert t.percent(Decimal(0)) == "0%"
    assert t.number(1234567) == "1,234,567"
    assert t.number(None) == t.percent(None) == "—"


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("110101199003077758", "id", "110101********7758"),
        ("13812345678", "phone", "138****5678"),
        ("6222021001112223334", "account", "6222***********3334"),
        ("王小明", "name", "王**"),
        ("1101", "id", "****"),  # too short for its rule: nothing of it is shown
        ("", "id", "—"),
        (None, "phone", "—"),
    ],
)
def test_masked(value: str | None, kind: str, shown: str) -> None:
    assert t.masked(value, kind) == shown


def test_file_size() -> None:
    assert [t.file_size(n) for n in (0, 1023, 1024, 1_482_320, None)] == ["0 B", "1023 B", "1.0 KB", "1.4 MB", "—"]
