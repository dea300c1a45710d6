"""Deleting lists from outside on their day."""

from __future__ import annotations

from flask import Flask

import core
from core.jobs.issuing import unit
from core.services.outside import lists

NAME = "job:drop_outside_lists"


def drop(app: Flask) -> int:
    """Delete the rows of lists whose last day is over, and lists that nobody confirmed; how many rows went."""
    with unit(app, name=NAME) as session:
        return lists.drop_due(session, core.today().date())
