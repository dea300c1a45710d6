"""For how long a list from outside may be kept: dated parameters (keeping.yaml)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from core.policy import ParameterSet, parse_parameters
from core.policy.yamlfile import read_yaml


@dataclass(frozen=True, slots=True)
class Keeping:
    """The last day that is proposed for a list brought in today, and the last that may be chosen."""

    proposed: date
    latest: date
    source: str
    demonstration: bool


@cache
def _parameters() -> ParameterSet:
    return parse_parameters(read_yaml(Path(__file__).with_name("keeping.yaml"))["parameters"])


def on(today: date) -> Keeping:
    """What holds for a list that is brought in on a day."""
    params = _parameters().on(today)
    proposed, latest = (today + timedelta(days=params[name]) for name in ("keep_days", "keep_days_most"))
    value = _parameters().table(today)["keep_days_most"]
    return Keeping(proposed, latest, value.source, value.demonstration)
