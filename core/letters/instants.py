"""Days and minutes in the sentences about a letter: those of Shanghai, as on its pages."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

_SHANGHAI = timezone(timedelta(hours=8))


def day(at: datetime) -> str:
    """The day of an instant there."""
    return f"{_there(at):%Y-%m-%d}"


def minute(at: datetime) -> str:
    """Day and minute of an instant there."""
    return f"{_there(at):%Y-%m-%d %H:%M}"


def _there(at: datetime) -> datetime:
    try:
        return at.astimezone(_SHANGHAI)
    except OverflowError:
        return at  # the end of the year 9999, by which certificates say that they never run out
