"""What is told of the log: its signed head, which auditors are to hold where nobody else can change it."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from core import SHANGHAI
from core.config import Every
from core.data.models import LogCheckpoint, Role
from core.services.notices.telling import Telling, To, tell

AUDITORS = frozenset({Role.AUDITOR, Role.AUDIT_ADMIN})


def of_checkpoint(session: Session, head: LogCheckpoint, every: Every, today: date) -> int:
    """The head, with its note, to all auditors: once a day, week or month, on the first day on which this is asked."""
    year, week, _day = today.isocalendar()
    period = {Every.DAY: f"{today}", Every.WEEK: f"{year}-W{week:02d}", Every.MONTH: f"{today:%Y-%m}"}.get(every)
    if period is None:
        return 0
    params = {
        "size": head.size,
        "at": head.signed_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        "note": head.note,
    }
    return tell(session, Telling("checkpoint", To(AUDITORS), head.id, f"checkpoint:{period}", params))
