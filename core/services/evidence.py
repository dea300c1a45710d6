"""The evidence ledger: a rent month or an insured month is spent once (docs/evidence.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from core.data.models import Award, StackingRule
from core.policy import Use
from core.services.dossiers import Source


def spent(
    session: Session, district_id: int, evidence: Mapping[str, Source], group: str, *, apart_from: Award | None = None
) -> dict[str, str]:
    """Which of the lines `evidence` names have nothing left in stacking group `group`, and the number of the letter
    (or of the case, while it has no letter) that has them: `{"R-L1-2025-03": "虹人社〔2026〕12号"}`."""
    raise NotImplementedError


def spend(
    session: Session,
    award: Award,
    *,
    uses: Iterable[Use],
    evidence: Mapping[str, Source],
    group: str,
    rule: StackingRule,
) -> None:
    """Write what `award` spends. Raises `Conflict` naming the other award, the month and the line where a line is
    taken; the caller's transaction must then be rolled back."""
    raise NotImplementedError


def release(session: Session, award: Award) -> int:
    """Free what `award` spent; returns how many lines. Called in the transaction that revokes it."""
    raise NotImplementedError
