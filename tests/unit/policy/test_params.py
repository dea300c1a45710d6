"""Dated, sourced values: what is refused at load, what stands on a day, and what was read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.policy import ParameterError, parse_parameters


def value(start: str, what: Any, **more: Any) -> dict[str, Any]:
    return {"from": start, "value": what, "source": "文件〔2018〕1号 第二条", "status": "verified",
            "checked_on": "2026-11-24", **more}  # fmt: skip


def section(*values: dict[str, Any], unit: str = "fen", name: str = "cap_fen") -> dict[str, Any]:
    return {name: {"unit": unit, "title": {"zh": "上限", "en": "Cap"}, "values": list(values)}}


CAP = section(value("2018-12-01", 300_000), value("2023-01-01", 280_000, status="demonstration"))


def test_a_value_stands_until_a_newer_one() -> None:
    parameters = parse_parameters(CAP)
    for day, cap in ((date(2018, 12, 1), 300_000), (date(2022, 12, 31), 300_000), (date(2023, 1, 1), 280_000)):
        assert parameters.on(day)["cap_fen"] == cap
    assert parameters.on(date(2018, 12, 1)).at("cap_fen", date(2050, 1, 1)) == 280_000


def test_before_its_first_day_and_after_its_end_a_parameter_raises_naming_itself_and_the_day() -> None:
    parameters = parse_parameters(section(value("2018-12-01", 1), value("2024-01-01", None)))
    with pytest.raises(ParameterError, match=r"cap_fen has no value yet on 2018-11-30"):
        parameters.on(date(2018, 11, 30))["cap_fen"]
    assert parameters.on(date(2023, 12, 31))["cap_fen"] == 1
    with pytest.raises(ParameterError, match=r"cap_fen ended on 2024-01-01, so it has no value on 2025-06-01"):
        parameters.on(date(2025, 6, 1))["cap_fen"]
    with pytest.raises(ParameterError, match=r"cpa_fen is not in policy\.yaml"):
        parameters.on(date(2025, 6, 1))["cpa_fen"]


def test_what_is_read_is_recorded_once_with_date_and_source() -> None:
    params = parse_parameters(CAP | section(value("2018-12-01", 7), name="other")).on(date(2023, 5, 1))
    assert params.read == ()
    params["cap_fen"], params["cap_fen"], params.at("cap_fen", date(2020, 1, 1))  # type: ignore[unused-ignore]
    assert [(read.name, read.value, read.start, read.status) for read in params.read] == [
        ("cap_fen", 300_000, date(2018, 12, 1), "verified"),
        ("cap_fen", 280_000, date(2023, 1, 1), "demonstration"),
    ]
    assert [read.demonstration for read in params.read] == [False, True]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (section(value("2018-12-01", 3000.0)), "decimal 3000.0"),
        (section(value("2018-12-01", True)), "value true"),
        (section(value("2018-12-01", -1)), "value -1"),
        (section(value("2018-12-01", 10**14)), "whole number from 0"),
        (section(value("2018-12-01", "3000")), "value '3000'"),
        (section(value("2018-12-01", 0.16), unit="rate"), "decimal 0.16; write a rate as text"),
        (section(value("2018-12-01", "NaN"), unit="rate"), "value 'NaN'"),
        (section(value("2018-12-01", "16%"), unit="rate"), "value '16%'"),
        (section(value("2018-12-01", 310109), unit="code"), "text in quotation marks"),
        (section(value("2018-12-01", 1, source="")), "no source"),
        (section(value("2018-12-01", 1, source=None)), "no source"),
        (section({k: v for k, v in value("2018-12-01", 1).items() if k != "source"}), "checked_on, from, source"),
        (section(value("2018-12-01", 1, status="official")), "status 'official'"),
        (section(value("2018-12-01", 1, checked_on=None)), "checked_on"),
        (section(value("2018-12-01", 1, note="x")), "not made of"),
        (section(value("2018-12", 1)), "a date such as"),
        (section(value("2018-12-01", 1), value("2018-12-01", 2)), "two values from 2018-12-01"),
        (section(), "needs a list of values"),
        (section(value("2018-12-01", 1), unit="yuan"), "needs a unit"),
        (section(value("2018-12-01", 1), unit=["fen"]), "needs a unit"),
        ({"cap_fen": {"unit": "fen", "title": {"zh": "上限"}, "values": [value("2018-12-01", 1)]}}, "both languages"),
        ({"cap_fen": [1]}, "must be a mapping"),
        ({"cap_fen": {**CAP["cap_fen"], "vlaues": []}}, "unknown field vlaues"),
        ([], "must be a mapping"),
    ],
)
def test_a_badly_written_parameter_fails_at_load_with_a_sentence(bad: Any, says: str) -> None:
    with pytest.raises(ParameterError) as error:
        parse_parameters(bad)
    assert says in str(error.value)
    assert str(error.value).startswith("parameter ")


def test_rates_are_exact() -> None:
    assert parse_parameters(section(value("2018-12-01", "0.16"), unit="rate")).on(date(2020, 1, 1))[
        "cap_fen"
    ] == Decimal("0.16")


# ── a district's published values ──


def published(*values: dict[str, Any], name: str = "cap_fen") -> Any:
    return parse_parameters({name: {"values": list(values)}}, defaults=parse_parameters(CAP))


def test_a_districts_values_take_over_from_their_first_day() -> None:
    both = parse_parameters(CAP).overridden_by(published(value("2020-01-01", 400_000)))
    for day, cap, origin in (
        (date(2019, 12, 31), 300_000, "policy"),
        (date(2020, 1, 1), 400_000, "district"),
        (date(2023, 1, 1), 400_000, "district"),  # the default's newer value does not come back
    ):
        params = both.on(day)
        assert params["cap_fen"] == cap
        assert params.read[0].origin == origin


def test_a_district_can_end_a_value() -> None:
    both = parse_parameters(CAP).overridden_by(published(value("2024-01-01", None)))
    with pytest.raises(ParameterError, match="ended on 2024-01-01"):
        both.on(date(2024, 1, 1))["cap_fen"]


def test_the_file_may_have_its_heading_or_not() -> None:
    body = {"cap_fen": {"values": [value("2020-01-01", 4)]}}
    defaults = parse_parameters(CAP)
    with_heading = parse_parameters({"district": "示例区", "parameters": body}, defaults=defaults)
    assert with_heading.values == parse_parameters(body, defaults=defaults).values


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"cpa_fen": {"values": [value("2020-01-01", 4)]}}, "cpa_fen is not one of this policy's: cap_fen"),
        ({"cap_fen": {"unit": "months", "values": [value("2020-01-01", 4)]}}, "is counted in fen, not in months"),
        ({"cap_fen": {"values": [value("2020-01-01", 4.0)]}}, "decimal"),
        ({"cap_fen": {"values": [value("2020-01-01", 4, source=" ")]}}, "no source"),
    ],
)
def test_a_wrong_file_is_refused(body: Any, says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        parse_parameters(body, defaults=parse_parameters(CAP))
