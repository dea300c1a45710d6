"""Which level a bill reaches. Pure.

Levels come one after the other: a bill that is first told of when it is 40 days late gets a reminder, and the next
level not before the days between the two have gone by once more. Nobody's first letter is the last one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from core.data.models import DunningLevel

LEVELS = tuple(DunningLevel)
Days = tuple[int, int, int]  # after the due day, for each level


def next_level(days: Days, due_on: date, sent: Mapping[DunningLevel, date], today: date) -> DunningLevel | None:
    """The level that is to be sent now of a bill, given the days on which others were; None where it is not time."""
    for place, level in enumerate(LEVELS):
        if level in sent:
            continue
        begins = due_on + timedelta(days=days[place])
        if place and (before := sent.get(LEVELS[place - 1])) is not None:
            begins = max(begins, before + timedelta(days=days[place] - days[place - 1]))
        return level if begins <= today else None
    return None
