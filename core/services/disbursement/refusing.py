"""Why a case cannot be paid now: asked when it is put into a batch, and of each row before it is released."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.data.models import Award, Case, CaseState, Disbursement
from core.data.queries import payouts as reads
from core.errors import Conflict, DomainError
from core.services import objections, payee_changes, payees, publications


def refusal(session: Session, case: Case, row: Disbursement | None = None) -> DomainError | None:
    """Why a case cannot be put into a batch now, or why its `row` there cannot be released; None where it can."""
    award = session.scalars(select(Award).where(Award.case_id == case.id)).one_or_none()
    if award is not None and award.revoked_at is not None:
        return Conflict("申请件%(number)s的核定已撤销，不能拨付；请把它移出批次", number=case.number)
    if case.state is CaseState.OBJECTED and award is not None:
        return Conflict("申请件%(number)s的公示收到异议，正在核查，不能拨付；请把它移出批次", number=case.number)
    if case.state is not CaseState.ISSUED or award is None or not award.amount_fen:
        return Conflict("申请件%(number)s不在“已发文，待拨付”，不能拨付", number=case.number)
    if row is None and (other := reads.live_of(session, award)) is not None:
        return Conflict(
            "申请件%(number)s已在批次%(batch)s中，不能重复拨付", number=case.number, batch=other.batch.number
        )
    if awaited := publications.awaited(case, core.today().date()):
        return awaited
    if count := objections.waiting(session, case):
        return Conflict(
            "申请件%(number)s公示期间收到%(n)s份异议尚未处理，不能拨付；请先登记异议核查，或答复不予核查",
            number=case.number,
            n=count,
        )
    if payee_changes.open_of(session, case) is not None:
        return Conflict("申请件%(number)s的收款账户正在办理变更，变更批准之后才能拨付", number=case.number)
    if row is not None and row.fingerprint != payees.fingerprint_of(case):
        return Conflict(
            "申请件%(number)s的收款账户在加入批次之后有变更；请移出后重新加入，再准备和发放", number=case.number
        )
    if not payees.is_filled(payees.account_of(case)):
        return Conflict(
            "申请件%(number)s的收款账户缺少户名、开户行、联行号或账号，银行无法付款；请申请单位先申请变更收款账户",
            number=case.number,
        )
    if not payees.is_checked(case):
        return Conflict(
            "申请件%(number)s的收款账户没有核对，或退回之后没有重新核对；请先由初审人员核对", number=case.number
        )
    if row is not None and row.amount_fen != award.amount_fen:
        return Conflict("申请件%(number)s的核定金额与批次中的不一致；请移出后重新加入", number=case.number)
    return None
