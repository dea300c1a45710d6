"""The acts that led to a letter: who, when, in which post, with what opinion, and what they were bound to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from core.data.models import CaseEvent, Department, Letter, Role, User
from core.errors import N_
from core.extensions import db
from core.policy import Card
from core.services.workflow import MOVES
from core.web.menus import ROLE_NAMES
from core.web.views.case_words import TOLD, reason_word

# What is on the trail of a letter beside the acts on its case.
EVENTS = {
    "letter.number": N_("编号"),
    "letter.issue": N_("签章并发出"),
    "letter.fail": N_("制作失败"),
    "letter.void": N_("作废"),
    "letter.ask_replacement": N_("申请更换"),
    "letter.decide_replacement": N_("决定是否更换"),
}


def event_word(action: str) -> str:
    return _(EVENTS[action]) if action in EVENTS else action


def acts(letter: Letter, capsule: Mapping[str, Any], card: Card | None) -> list[dict[str, Any]]:
    """Every act on the case, oldest first. `sealed`: it is in the capsule, so it was before the decision; `bound`: the
    hash of the facts, papers, account and result that the act was for; `same`: that it is what was decided."""
    found = db.session.execute(
        select(CaseEvent, User.name, Department.name)
        .outerjoin(User, User.id == CaseEvent.actor_id)
        .outerjoin(Department, Department.id == CaseEvent.department_id)
        .where(CaseEvent.case_id == letter.case_id)
        .order_by(CaseEvent.id)
    ).all()
    sealed = {(act["step"], act["at"], act["staff"]) for act in capsule["acts"]}
    decided = _decided(found, letter)
    rows = []
    for event, person, department in found:
        staff = f"staff:{event.actor_id}" if event.actor_id else "system"
        at = event.at.isoformat(timespec="seconds")
        reasons = "；".join(reason_word(card, code) if card else code for code in event.reasons or [])
        rows.append(
            {
                "when": event.at,
                "title": _(MOVES[event.move].record),
                "who": " ".join(part for part in (department, person) if part),
                "role": _role(event.role) if event.actor_id else _("自动"),
                "text": " ".join(part for part in (reasons, event.opinion or "") if part),
                "tone": TOLD.get(event.move, "neutral"),
                "sealed": (event.move, at, staff) in sealed,
                "bound": (event.content_hash or "").removeprefix("sha256:")[:12],
                "same": event.content_hash is not None and event.content_hash == decided,
            }
        )
    return rows


def _decided(found: Any, letter: Letter) -> str | None:
    """What the decision of this letter was bound to: the newest act before it that says so."""
    at = letter.decision.decided_at
    hashes = [row[0].content_hash for row in found if row[0].content_hash and row[0].at <= at]
    return hashes[-1] if hashes else None


def _role(code: str) -> str:
    try:
        return str(ROLE_NAMES[Role(code)])
    except (KeyError, ValueError):
        return code
