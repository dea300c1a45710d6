"""What an address asks for in its query string."""

from __future__ import annotations

from datetime import date

from flask import g, request


def day(name: str) -> date | None:
    """A day; None where it asks for none, or for what is no day."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def past_day(name: str) -> date:
    """A day up to today; today where it asks for none."""
    today: date = g.today
    return min(day(name) or today, today)
