"""What a panel of experts comes to: arithmetic on plain values, and the result that the rules and the content hash take
in. Apart from `core.services.panels`, because assessments stand on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Case, CasePanel
from core.policy import PANEL_PASS, PANEL_SCORE

HUNDREDTHS = 100
Points = Mapping[str, int]


def total(sheet: Mapping[str, Any], points: Points) -> Fraction:
    """What one expert gave, of 100 points: each criterion by its weight. Exact."""
    return sum((Fraction(it["weight"] * points[it["key"]], it["max"]) for it in sheet["criteria"]), Fraction(0))


def mean(sheet: Mapping[str, Any], given: Sequence[Points]) -> int:
    """The mean of all experts in hundredths of a point. It is rounded once, at the end, half up."""
    exact = sum((total(sheet, points) for points in given), Fraction(0)) * HUNDREDTHS / len(given)
    return int(exact + Fraction(1, 2))


def apart(sheet: Mapping[str, Any], given: Sequence[Points]) -> Fraction:
    """How many points lie between who gave most and who gave least."""
    totals = [total(sheet, points) for points in given]
    return max(totals) - min(totals)


def passes(panel: CasePanel) -> bool:
    """Whether the mean, as it is shown, is what the policy asked for when the panel was convened."""
    return panel.mean is not None and panel.mean >= panel.sheet["pass_score"] * HUNDREDTHS


def standing(session: Session, case: Case) -> CasePanel | None:
    """The panel of a case that nothing newer made stale, closed or not."""
    wanted = select(CasePanel).where(CasePanel.case_id == case.id, CasePanel.superseded_at.is_(None))
    return session.scalars(wanted).one_or_none()


def answers(panel: CasePanel | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as the rules read them: what the panel gave is among them once it is closed. What an applicant might
    have put in its place is not."""
    own = {name: value for name, value in given.items() if name not in (PANEL_SCORE, PANEL_PASS)}
    if panel is None or panel.mean is None:
        return own
    return own | {PANEL_SCORE: panel.mean, PANEL_PASS: panel.sheet["pass_score"] * HUNDREDTHS}
