"""What the routes of jobs are called by, for the worlds of the access matrix. A world's approval has put a job in."""

from __future__ import annotations

from typing import Any


def key(world: Any) -> str:
    """The job that makes the letter of the world's case."""
    return f"issue_letter:{world.case.decisions[-1].id}"


SCHEDULED = "clear_up"
