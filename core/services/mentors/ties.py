"""Ties between a mentor and a tenant: while one lasts, the two cannot be paired."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Mentor, MentorTie, Pairing, Tenant, TieKind
from core.data.queries.locks import lock_operator
from core.errors import Conflict, Invalid
from core.services import audit
from core.services.typed import within


def add_tie(
    session: Session,
    mentor: Mentor,
    tenant: Tenant,
    kind: TieKind,
    *,
    note: str | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
) -> MentorTie:
    """Raises `Conflict` where the two are paired: that must end first, for a reason that is written down."""
    lock_operator(session, mentor.operator_id)
    if tenant.operator_id != mentor.operator_id:
        raise Invalid("没有这家企业，请重新选择", field="tenant_id")
    if from_on and to_on and to_on < from_on:
        raise Invalid("结束日期不能早于开始日期", field="to_on")
    if kind is TieKind.OTHER and not (note or "").strip():
        raise Invalid("请写明是什么关系", field="note")
    paired = select(Pairing.id).where(
        Pairing.mentor_id == mentor.id, Pairing.tenant_id == tenant.id, Pairing.ends_on.is_(None)
    )
    if to_on is not None:
        paired = paired.where(Pairing.starts_on <= to_on)
    if session.scalar(paired) is not None:
        raise Conflict("这位导师正与“%(name)s”结对；请先结束结对，再登记关系", field="tenant_id", name=tenant.name)
    tie = MentorTie(
        operator_id=mentor.operator_id,
        mentor_id=mentor.id,
        tenant_id=tenant.id,
        kind=kind,
        note=within(note, 200, field="note") or None,
        from_on=from_on,
        to_on=to_on,
    )
    session.add(tie)
    audit.record(session, "mentor_tie.add", tie, detail={"mentor": mentor.id, "tenant": tenant.id, "kind": kind.value})
    session.flush()
    return tie


def end_tie(session: Session, tie: MentorTie, on: date) -> None:
    """The tie lasted up to and including `on`."""
    if tie.to_on is not None:
        raise Conflict("这条关系已经登记了结束日期，请刷新页面查看")
    if tie.from_on is not None and on < tie.from_on:
        raise Invalid("结束日期不能早于开始日期", field="on")
    tie.to_on = on
    audit.record(session, "mentor_tie.end", tie, detail={"on": on.isoformat()})
    session.flush()


def remove_tie(session: Session, tie: MentorTie) -> None:
    """It was entered by mistake."""
    audit.record(session, "mentor_tie.remove", tie, detail={"mentor": tie.mentor_id, "tenant": tie.tenant_id})
    session.delete(tie)
    session.flush()
