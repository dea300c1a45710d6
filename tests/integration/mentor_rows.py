"""One row of each kind about mentors, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data import models as m
from tests import factories

NAMES = ("mentor", "tie", "pairing", "meeting")


def rows(session: Session, tenant: m.Tenant, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    operator = session.get_one(m.Operator, tenant.operator_id)
    mentor = factories.mentor(
        session, operator, name=f"{mark}导师", organisation=f"{mark}单位", skills=f"{mark}专长", areas=[f"{mark}领域"],
        notes=f"{mark}备注",
    )  # fmt: skip
    scope = {"operator_id": operator.id, "tenant_id": tenant.id}
    tie = m.MentorTie(
        mentor_id=mentor.id, kind=m.TieKind.OTHER, note=f"{mark}关系", to_on=date(2025, 1, 1), **scope
    )  # fmt: skip
    factories.need(session, tenant, text=f"{mark}需求")
    pairing = factories.pairing(session, mentor, tenant)
    meeting = m.MentoringSession(
        pairing_id=pairing.id, starts_at=datetime(2026, 3, 2, 9, tzinfo=SHANGHAI), minutes=60, topic=f"{mark}话题",
        form=m.SessionForm.ONLINE, summary=f"{mark}纪要", status=m.SessionStatus.HELD, **scope,
    )  # fmt: skip
    session.add_all([tie, meeting])
    session.flush()
    session.add(
        m.MentoringFeedback(
            session_id=meeting.id, side=m.Side.MENTOR, rating=3, words=f"{mark}评语", given_on=date(2026, 3, 2), **scope
        )
    )
    session.flush()
    return {"mentor": mentor, "tie": tie, "pairing": pairing, "meeting": meeting}


def _mentor(world: Any) -> dict[str, Any]:
    return {
        "name": "改名", "kind": "investor", "appointed_by": "incubator", "appointed_on": "2025-01-01", "areas": "软件",
        "skills": "融资", "languages": "zh", "stages": "incubator", "hours_per_month": "4", "capacity": "2",
    }  # fmt: skip


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "mentors.create": _mentor,
    "mentors.edit": _mentor,
    "mentors.end": lambda w: {"end-on": "2026-11-01", "end-reason": "离任"},
    "mentors.add_tie": lambda w: {"tie-tenant_id": w.tenant.id, "tie-kind": "kinship"},
    "mentors.pair": lambda w: {"pair-tenant_id": w.tenant.id, "pair-starts_on": "2026-11-01"},
    "mentoring.state": lambda w: {"need-text": "想请人看看定价"},
    "mentoring.pair": lambda w: {"pair-mentor_id": w.mentors["mentor"].id, "pair-starts_on": "2026-11-01"},
    "mentoring.end": lambda w: {"end-on": "2026-11-01", "end-reason": "换导师"},
    "mentoring.book": lambda w: {
        "book-on": "2026-12-01", "book-at": "09:00", "book-minutes": "60", "book-form": "online", "book-topic": "定价",
    },
    "mentoring.held": lambda w: {
        f"held-{w.mentors['meeting'].id}-minutes": "60", f"held-{w.mentors['meeting'].id}-summary": "谈了定价",
    },
    "mentoring.rate": lambda w: {f"said-{w.mentors['meeting'].id}-rating": "5"},
}  # fmt: skip
