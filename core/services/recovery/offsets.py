"""抵扣: what a tenant owes is kept back from another payment to it, the oldest file first.

The payment keeps its amount, `offset_fen` of it does not go to the bank. Something always goes, be it one fen: the
bank's answer is what books the payment, and there is none to a payment of nothing. When it is paid the whole is booked
as paid in its pool, and what was kept back as had back in the pools that had paid it; when it is not, the offset goes.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import (
    Case,
    CaseState,
    CreditKind,
    CreditState,
    Disbursement,
    Recovery,
    RecoveryCredit,
    RecoveryState,
)
from core.data.queries import recoveries as reads
from core.errors import Conflict, Invalid
from core.policy import Registry
from core.services import audit, cases, clocks, moves, pools
from core.services.needs import Act as Said
from core.services.recovery import crediting, opening
from core.services.recovery.opening import Act

S = CreditState


def owed_by(session: Session, row: Disbursement) -> int:
    """Fen that the payee of a payment owes by decision, and that nothing is promised for yet but by this payment."""
    return sum(crediting.rest(session, it) for it in reads.owing(session, [row.tenant_id])) + row.offset_fen


def most(session: Session, row: Disbursement) -> int:
    """The most that can be kept back of a payment."""
    return min(row.amount_fen - 1, owed_by(session, row))


def keep_back(session: Session, row: Disbursement, amount_fen: int) -> None:
    """Keep back so much of a payment of a draft, in place of what was kept back of it before; 0: nothing. The caller
    holds the batch."""
    by = audit.asker_of(session).user_id
    if by is None:
        raise Conflict("抵扣须由具体的人办理")
    files = reads.owing(session, [row.tenant_id])
    for case_id in sorted({it.case_id for it in files}):
        cases.lock(session, next(it.case for it in files if it.case_id == case_id))
    let_go(session, row)
    files = reads.owing(session, [row.tenant_id])
    if amount_fen < 0:
        raise Invalid("金额应大于0，请核对", field="amount_fen")
    if amount_fen > (limit := most(session, row)):
        raise Conflict(
            "这笔付款最多可以抵扣%(fen)s元：不能超过尚欠的金额，也要至少付出0.01元，银行结果才能登记",
            fen=f"{limit // 100:,}.{limit % 100:02d}",
            field="amount_fen",
        )
    left = amount_fen
    for file in files:
        part = min(left, crediting.rest(session, file))
        if part:
            left -= part
            session.add(
                RecoveryCredit(
                    operator_id=file.operator_id, tenant_id=file.tenant_id, recovery_id=file.id,
                    kind=CreditKind.OFFSET, amount_fen=part, disbursement_id=row.id, recorded_by_id=by,
                )
            )  # fmt: skip
            session.flush()
            session.expire(file, ["credits"])
    row.offset_fen = amount_fen
    audit.record(session, "recovery.offset", row, detail={"case": row.case_id, "offset_fen": amount_fen})
    session.flush()


def let_go(session: Session, row: Disbursement) -> None:
    """Nothing is kept back of a payment of a draft any more: it is owed as before."""
    for credit in _of(session, row, S.RECORDED):
        audit.record(session, "recovery.offset_void", credit.recovery, detail={"credit": credit.id})
        session.delete(credit)
        session.flush()
        session.expire(credit.recovery, ["credits"])
    row.offset_fen = 0
    session.flush()


def cases_of(session: Session, rows: Collection[Disbursement]) -> dict[int, Case]:
    """The cases that have something back by these payments, by id: to be held before any pool is."""
    ids = [row.id for row in rows]
    wanted = select(Case).join(Recovery, Recovery.case_id == Case.id).join(Recovery.credits)
    found = session.scalars(wanted.where(RecoveryCredit.disbursement_id.in_(ids)))
    return {case.id: case for case in found}  # one may come twice, and PostgreSQL cannot tell two rows with JSON alike


def fail(session: Session, row: Disbursement, why: str) -> None:
    """The bank did not pay it, or its batch was given up: what was to be kept back is owed as before. The payment says
    still what that was, for so it was released."""
    for credit in _of(session, row, S.RECORDED):
        credit.state, credit.reason = S.VOID, why
        audit.record(session, "recovery.offset_void", credit.recovery, detail={"credit": credit.id})
    session.flush()


def require_standing(session: Session, row: Disbursement) -> None:
    """Raises `Conflict` where what is kept back is not what the files say any more."""
    found = _of(session, row, S.RECORDED)
    decided = all(it.recovery.state is RecoveryState.DECIDED for it in found)
    if sum(it.amount_fen for it in found) != row.offset_fen or not decided:
        raise Conflict("申请件%(number)s的抵扣与追回卷不一致；请退回草稿，重新填写抵扣金额", number=row.case.number)


def book(session: Session, registry: Registry, row: Disbursement, *, today: date) -> None:
    """The payment was made: what was kept back of it is had back. Recorded by one of those who prepared and released
    the batch, confirmed by the other."""
    batch = row.batch
    for credit in _of(session, row, S.RECORDED):
        file = credit.recovery
        clocks.hold(session, file.case)
        by = batch.released_by_id if batch.released_by_id != credit.recorded_by_id else batch.prepared_by_id
        if by is None:
            raise Conflict("批次没有两个人准备和发放，不能登记抵扣")
        credit.received_on, credit.voucher = row.booked_on, row.voucher
        crediting.book(session, credit, by)
        crediting.settle(session, registry, file, today=today)


def undo(session: Session, registry: Registry, row: Disbursement, *, today: date) -> None:
    """The payment came back: what was kept back of it is owed again, and the pools that had it back have paid it
    again. Raises `Conflict` where one of them has given it to others."""
    for credit in _of(session, row, S.CONFIRMED):
        file = credit.recovery
        clocks.hold(session, file.case)
        session.refresh(file)
        if file.state is RecoveryState.DROPPED:
            raise Conflict("追回卷%(number)s已经不予追回，抵扣不能撤回；请联系平台管理人员核对", number=file.number)
        entry = pools.unrecover(session, file.case, credit.amount_fen)
        credit.back_entry_id, credit.state, credit.reason = entry, S.VOID, "付款已退汇"
        session.flush()
        if file.state is RecoveryState.SETTLED:
            _reopen(session, registry, file, today)
        audit.record(session, "recovery.offset_void", file, detail={"credit": credit.id, "entry": entry})
    session.flush()


def _reopen(session: Session, registry: Registry, file: Recovery, today: date) -> None:
    if reads.open_of(session, file.case_id) is not None:
        raise Conflict("申请件%(number)s另有追回卷正在办理，请先办完它，再登记退汇", number=file.case.number)
    file.state, file.closed_at = RecoveryState.DECIDED, None
    opening.note(session, file, Act.REOPENED)
    if file.case.state is not CaseState.RECOVERY:
        with crediting.as_system(session):
            moves.move(session, registry, file.case, "recover", Said(), today=today)


def _of(session: Session, row: Disbursement, state: CreditState) -> list[RecoveryCredit]:
    wanted = select(RecoveryCredit).where(RecoveryCredit.disbursement_id == row.id, RecoveryCredit.state == state)
    return list(session.scalars(wanted.order_by(RecoveryCredit.id).execution_options(populate_existing=True)))
