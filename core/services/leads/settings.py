"""What rules compare with: values from a day on, each with its source (parameters.yaml)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from core.policy import Month, ParameterSet, ParameterValue, parse_parameters
from core.policy.yamlfile import read_yaml


@cache
def values() -> ParameterSet:
    return parse_parameters(read_yaml(Path(__file__).with_name("parameters.yaml")))


def value(name: str, on: date) -> ParameterValue:
    """The value that stands on a day, with its source. Raises `KeyError` where there is none yet."""
    return values().table(on)[name]


def months(name: str, on: date) -> int:
    found = value(name, on).value
    assert isinstance(found, int)
    return found


def rate(name: str, on: date) -> Decimal:
    found = value(name, on).value
    assert isinstance(found, Decimal)
    return found


def retires_in(born: date, *, man: bool) -> Month:
    """The month in which somebody reaches the retirement age: the old one, and for who would have reached it after the
    reform began one month more for each `months_for_one_later` months of birth begun since, up to the most."""
    who = "men" if man else "women"
    old = Month.of(born) + _number(f"{who}_retire_at")
    passed = old - Month.of(_first(f"{who}_later_months").start)
    if passed < 0:
        return old
    return old + min(_number(f"{who}_later_months"), passed // _number("months_for_one_later") + 1)


def _number(name: str) -> int:
    found = _first(name).value
    assert isinstance(found, int)
    return found


@cache
def _first(name: str) -> ParameterValue:
    return next(it for it in values().values if it.name == name)
