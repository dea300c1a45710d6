"""Money that comes back: recorded by one payer, confirmed by another, booked on the pool that had paid it. When all of
it is back the file is settled, and the case leaves recovery."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date

from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.asker import Asker, asking
from core.data.models import (
    CaseState,
    CreditKind,
    CreditState,
    Recovery,
    RecoveryCredit,
    RecoveryState,
)
from core.data.queries import recoveries as reads
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.policy import Registry
from core.services import audit, moves, pools
from core.services.needs import Act as Said
from core.services.notices import recoveries as notices
from core.services.recovery import opening
from core.services.recovery.opening import CASHIERS, Act
from core.services.typed import within

S = CreditState


def standing(session: Session, recovery: Recovery) -> int:
    """Fen that are back, or recorded to be."""
    return reads.credited(session, recovery, S.RECORDED, S.CONFIRMED)


def back(session: Session, recovery: Recovery) -> int:
    """Fen that are back."""
    return reads.credited(session, recovery, S.CONFIRMED)


def rest(session: Session, recovery: Recovery) -> int:
    """Fen that nobody has paid or promised yet."""
    return recovery.owed_fen - standing(session, recovery)


def record(
    session: Session, recovery: Recovery, *, amount_fen: int, received_on: date, voucher: str, today: date
) -> RecoveryCredit:
    """A payer has seen money come in; nothing is booked until another has seen it too."""
    opening.hold(session, recovery, RecoveryState.DECIDED)
    by = opening.person(session, CASHIERS)
    voucher = within(voucher, 60, field="voucher")
    if not voucher:
        raise Invalid("请填写凭证号或银行流水号", field="voucher")
    decided_on = recovery.decided_at.astimezone(SHANGHAI).date() if recovery.decided_at else received_on
    if not decided_on <= received_on <= today:
        raise Invalid("到账日期应在决定之后、今天或之前", field="received_on")
    if any(it.voucher == voucher and it.state is not S.VOID for it in recovery.credits):
        raise Conflict("这个凭证号的收款已经登记过，没有重复登记", field="voucher")
    _require_within(session, recovery, amount_fen)
    credit = RecoveryCredit(
        operator_id=recovery.operator_id,
        tenant_id=recovery.tenant_id,
        recovery_id=recovery.id,
        kind=CreditKind.RECEIPT,
        amount_fen=amount_fen,
        received_on=received_on,
        voucher=voucher,
        recorded_by_id=by,
    )
    session.add(credit)
    audit.record(session, "recovery.receipt", recovery, detail={"amount_fen": amount_fen, "voucher": voucher})
    session.flush()
    session.expire(recovery, ["credits"])
    return credit


def confirm(session: Session, registry: Registry, credit: RecoveryCredit, *, today: date) -> None:
    """The second payer has seen it too: the pool has it back."""
    _hold(session, credit)
    by = opening.person(session, CASHIERS)
    if by == credit.recorded_by_id:
        raise Forbidden("登记收款和确认收款须由不同的人办理，请另一位拨付人员确认")
    book(session, credit, by)
    settle(session, registry, credit.recovery, today=today)


def withdraw(session: Session, credit: RecoveryCredit, reason: str) -> None:
    """It was a mistake: nothing was booked."""
    _hold(session, credit)
    opening.person(session, CASHIERS)
    credit.state, credit.reason = S.VOID, opening.words(reason, field="reason", most=200)
    audit.record(session, "recovery.receipt_void", credit.recovery, detail={"credit": credit.id})
    session.flush()


def load(session: Session, recovery: Recovery, credit_id: int) -> RecoveryCredit:
    found = next((credit for credit in recovery.credits if credit.id == credit_id), None)
    if found is None:
        raise NotFound("没有这笔收款，或您无权查看")
    return found


def book(session: Session, credit: RecoveryCredit, by: int) -> None:
    """The money is back in the pool that had paid it. The case is held."""
    recovery = credit.recovery
    entry = pools.recover(session, recovery.case, credit.amount_fen)
    credit.entry_id, credit.state = entry, S.CONFIRMED
    credit.confirmed_by_id, credit.confirmed_at = by, utcnow()
    detail = {"credit": credit.id, "kind": credit.kind, "amount_fen": credit.amount_fen, "entry": credit.entry_id}
    audit.record(session, "recovery.credit", recovery, detail=detail)
    session.flush()


def settle(session: Session, registry: Registry, recovery: Recovery, *, today: date) -> None:
    """Where all of it is back, the file is done."""
    if back(session, recovery) != recovery.owed_fen:
        return
    recovery.state, recovery.closed_at = RecoveryState.SETTLED, utcnow()
    opening.note(session, recovery, Act.SETTLED)
    leave(session, registry, recovery, today)
    notices.settled(session, recovery)


def leave(session: Session, registry: Registry, recovery: Recovery, today: date) -> None:
    """The case goes back to where it came from."""
    if recovery.case.state is CaseState.RECOVERY:
        with as_system(session):
            moves.move(session, registry, recovery.case, "recovered", Said(), today=today)


def as_system(session: Session) -> AbstractContextManager[Session]:
    """For moves that follow from an act, and are nobody's."""
    return asking(session, Asker.system("recovery"))


def _hold(session: Session, credit: RecoveryCredit) -> None:
    opening.hold(session, credit.recovery, RecoveryState.DECIDED)
    session.refresh(credit)
    if credit.state is not S.RECORDED or credit.kind is not CreditKind.RECEIPT:
        raise Conflict("这笔收款已有人办理，请刷新页面查看")


def _require_within(session: Session, recovery: Recovery, amount_fen: int) -> None:
    left = rest(session, recovery)
    if amount_fen <= 0:
        raise Invalid("金额应大于0，请核对", field="amount_fen")
    if amount_fen > left:
        raise Conflict(
            "应追回的金额还差%(left)s元（含已登记待确认的），收款不能超过它；多付的款项请另行退还",
            left=f"{left // 100:,}.{left % 100:02d}",
            field="amount_fen",
        )
