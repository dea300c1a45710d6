"""结对: bringing a mentor and a tenant together, and ending that."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import (
    Case,
    Mentor,
    MentoringSession,
    Pairing,
    PairingSource,
    SessionStatus,
    Stage,
    Tenant,
    UndoStep,
)
from core.data.queries.locks import lock_operator
from core.errors import Conflict, Invalid
from core.services import audit, mentoring_needs, mentors, notices
from core.services.typed import within


def pair(
    session: Session,
    mentor: Mentor,
    tenant: Tenant,
    *,
    starts_on: date,
    case: Case | None = None,
    source: PairingSource = PairingSource.BY_HAND,
) -> Pairing:
    """The two are paired from `starts_on` until it is ended. `case`: the application that it answers.

    Raises `Conflict`, naming mentor and tenant, where the tenant has a mentor, the mentor has no room or is not there
    on that day, or a tie forbids it.
    """
    lock_operator(session, mentor.operator_id)
    session.refresh(mentor)
    session.refresh(tenant)
    who = {"mentor": mentor.name, "tenant": tenant.name}
    if tenant.operator_id != mentor.operator_id or tenant.merged_into_id is not None:
        raise Invalid("没有这家企业，请重新选择", field="tenant_id")
    if tenant.stage is Stage.EXITED:
        raise Conflict("“%(tenant)s”已经退出，不能结对", field="tenant_id", **who)
    if not mentors.is_there(mentor, starts_on):
        raise Conflict("导师%(mentor)s这时不接受新的结对（已暂停或聘任已结束）", field="mentor_id", **who)
    if starts_on < mentor.appointed_on:
        raise Invalid("结对不能早于聘任之日（%(day)s）", field="starts_on", day=mentor.appointed_on.isoformat())
    if mentors.tied(session, [mentor.id], [tenant.id], on=starts_on):
        raise Conflict("导师%(mentor)s与“%(tenant)s”有辅导以外的关系，不能结对", field="mentor_id", **who)
    if there := running_of(session, tenant):
        raise Conflict(
            "“%(tenant)s”已与导师%(other)s结对；要换导师，请先结束现有的结对",
            field="tenant_id",
            other=there.mentor.name,
            **who,
        )
    if mentors.room_left(session, mentor, starts_on) < 1:
        raise Conflict(
            "导师%(mentor)s已有%(n)s家结对企业，没有名额了；请另选导师，或先调整最多结对数",
            field="mentor_id",
            n=mentor.capacity,
            **who,
        )
    pairing = Pairing(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        mentor_id=mentor.id,
        case_id=case.id if case is not None else None,
        starts_on=starts_on,
        source=source,
    )
    session.add(pairing)
    audit.record(session, "pairing.begin", pairing, detail={"mentor": mentor.id, "tenant": tenant.id})
    session.flush()
    notices.of_pairing(session, pairing)
    return pairing


def end(session: Session, pairing: Pairing, *, on: date, reason: str, today: date | None = None) -> None:
    """It ended with the day `on`, not after `today` if that is said; one that had not begun ends with its first day.
    Meetings still booked are called off."""
    lock_operator(session, pairing.operator_id)
    session.refresh(pairing)
    if pairing.ends_on is not None:
        raise Conflict("这个结对已经结束，请刷新页面查看")
    if today is not None and on > today:
        raise Invalid("还没有到的日子不能登记；日期不能晚于今天", field="on")
    if not reason.strip():
        raise Invalid("请写明结束的原因，企业和以后的匹配都要看", field="reason")
    pairing.ends_on, pairing.ended_reason = max(on, pairing.starts_on), within(reason, 200, field="reason")
    booked = select(MentoringSession).where(
        MentoringSession.pairing_id == pairing.id, MentoringSession.status == SessionStatus.BOOKED
    )
    for meeting in session.scalars(booked):
        meeting.status = SessionStatus.CANCELLED
    audit.record(session, "pairing.end", pairing, detail={"on": pairing.ends_on.isoformat()})
    session.flush()
    notices.of_pairing(session, pairing)


def dismiss(session: Session, mentor: Mentor, *, on: date, today: date, reason: str, title: str) -> UndoStep:
    """The mentor's appointment ends, and the pairings that run end with it, for `reason`. Undoing restores the
    appointment, not the pairings: their tenants may have other mentors by then."""
    lock_operator(session, mentor.operator_id)
    there = select(Pairing).where(Pairing.mentor_id == mentor.id, Pairing.ends_on.is_(None)).order_by(Pairing.id)
    for pairing in session.scalars(there).all():
        end(session, pairing, on=on, reason=reason)
    return mentors.end(session, mentor, on=on, today=today, title=title)


def tenant_left(session: Session, tenant: Tenant, on: date) -> None:
    """A tenant that is gone gives its mentor's place back, and asks for nothing more."""
    if pairing := running_of(session, tenant):
        end(session, pairing, on=on, reason="企业已退出")
    if need := mentoring_needs.open_of(session, tenant):
        mentoring_needs.withdraw(session, need, today=on)


def running_of(session: Session, tenant: Tenant) -> Pairing | None:
    """The tenant's pairing that runs, if there is one."""
    return session.scalars(
        select(Pairing).where(Pairing.tenant_id == tenant.id, Pairing.ends_on.is_(None))
    ).one_or_none()
