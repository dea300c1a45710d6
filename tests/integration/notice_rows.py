"""A notice of the founder's and its mail that failed, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m
from core.data.types import utcnow

NAMES = ("notice",)


def rows(session: Session, founder: m.User, case: m.Case, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    said = {"case": f"{mark}{case.number}", "policy": {"zh": f"{mark}补贴", "en": mark}, "move": "accept"}
    notice = m.Notice(
        user_id=founder.id, membership_id=founder.memberships[0].id, kind="case_moved", group=m.NoticeGroup.PROGRESS,
        subject_type="case", subject_id=case.id, about=f"{mark}{case.number}", params=said | {"standing": "accepted"},
        key=f"matrix:{case.id}",
    )  # fmt: skip
    session.add(notice)
    session.flush()
    mail = m.NoticeDelivery(notice_id=notice.id, user_id=founder.id, state=m.DeliveryState.FAILED, error="550")
    session.add(mail)
    session.flush()
    return {"notice": notice, "mail": mail}


BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "notices.mark": lambda w: {"ids": w.notices["notice"].id},
    "notices.unread": lambda w: {"ids": w.notices["notice"].id},
    "notices.unmark": lambda w: {"at": utcnow().isoformat()},
    "notices.choose": lambda w: {"turn": "daily", "locale": "en"},
    "notices.retry": lambda w: {"ids": w.notices["mail"].id},
}
