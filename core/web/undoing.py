"""Offering to take an act back: the notice after it carries the button (templates/components/shell.html)."""

from __future__ import annotations

from flask import flash

from core.data.models import UndoStep

CATEGORY = "undo:"  # followed by the step's id


def offer(message: str, step: UndoStep) -> None:
    """Show `message` on the next page, with a button that undoes `step`."""
    flash(message, f"{CATEGORY}{step.id}")
