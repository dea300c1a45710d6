"""The letters of a sample and 回避: whoever has a tie to an applicant leaves that letter to another auditor."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import AuditSample, AuditSampleItem, Case, Letter
from core.errors import Conflict
from core.services import audit, ties


def kept_from(session: Session, sample: AuditSample) -> dict[int, str]:
    """Of which letters of the sample the asker has to keep away, by the id of the item: their numbers. Another auditor
    checks them."""
    asker = audit.asker_of(session)
    query = (
        select(AuditSampleItem.id, Letter.number, Case)
        .join(Letter, Letter.id == AuditSampleItem.letter_id)
        .join(Case, Case.id == Letter.case_id)
        .where(AuditSampleItem.sample_id == sample.id)
        .order_by(AuditSampleItem.place)
    )
    rows = session.execute(query).all()
    if asker.user_id is None or not ties.any_of(
        session, asker.user_id, {case.tenant_id for _id, _number, case in rows}
    ):
        return {}
    return {item_id: number for item_id, number, case in rows if ties.keeping(session, case, asker)}


def readable(session: Session, sample: AuditSample) -> list[Letter]:
    """The letters of the sample, for who may read them all. Raises `Conflict` where some of them aren't the asker's."""
    if tied := kept_from(session, sample):
        raise Conflict(
            "样本中有%(count)s件的申请单位与您有须回避的关系，不能取得整份证据包；请由另一位审计人员取得",
            count=len(tied),
        )
    return [item.letter for item in sample.items]
