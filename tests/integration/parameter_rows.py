"""A district's parameters, for the worlds that must not see each other."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.data import models as m
from tests.scenes import Scene
from tests.support.parameters import draft, published, row

DAY = "2099-01-01"
BODIES: dict[str, Any] = {
    "parameters.start": lambda w: {"name": "full_year_months"},
    "parameter_drafts.save": lambda w: {"rows-0-name": "full_year_months", "note": "改过"},
    "parameter_drafts.give_back": lambda w: {"reason": "退回"},
    "parameter_drafts.publish": lambda w: {"confirmed": "yes"},
}


def rows(scene: Scene, mark: str) -> m.ParameterDraft:
    """A published value, and a draft with the mark in all that could be shown."""
    value = row("cap_per_head_year_fen", "3100", DAY)
    published(scene, value, today=date(2026, 11, 2))
    made = draft(scene, value | {"value": "3200", "source": f"{mark}办公会"})
    made.note = f"{mark}征求意见"
    return made
