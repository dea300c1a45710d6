"""退汇: a payment that the bank had made comes back. One payer reports it, another confirms it; then the money is
committed again and the case waits for another batch."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from core.data.asker import Asker, asking
from core.data.models import CaseState, Disbursement, PayoutState, PoolMove
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid
from core.policy import Registry
from core.services import audit, clocks, moves, ties
from core.services.disbursement.batches import person
from core.services.disbursement.results import last_entry
from core.services.needs import Act
from core.services.recovery import offsets, opening
from core.services.typed import within

# Where a case is no longer paid when its money comes back.
MOVES_BACK = {
    CaseState.REVOKING: "returned_while_revoking",
    CaseState.RECOVERY: "returned_after_revocation",
    CaseState.REVOKED: "returned_after_revocation",
}


def report(
    session: Session, row: Disbursement, *, returned_on: date, reason: str, reference: str | None, today: date
) -> None:
    """Note that the money came back; nothing is booked until another person confirms it."""
    _hold(session, row)
    if row.return_reported_by_id is not None:
        raise Conflict("这笔退汇已有人登记，请另一位拨付人员确认")
    if len(reason.strip()) < 2:
        raise Invalid("请写明银行退回的原因，申请单位会看到", field="reason")
    if row.booked_on is None or not row.booked_on <= returned_on <= today:
        raise Invalid("退汇日期应在付款日期之后、今天或之前", field="returned_on")
    row.returned_on, row.failure = returned_on, within(reason, 200, field="reason")
    row.return_reference, row.return_reported_by_id = within(reference, 60, field="reference") or None, person(session)
    audit.record(session, "payout.return_report", row, detail=_detail(row))
    session.flush()


def take_back(session: Session, row: Disbursement) -> None:
    """The report was a mistake: the payment stands."""
    _hold(session, row)
    _require_reported(row)
    row.returned_on = row.failure = row.return_reference = row.return_reported_by_id = None
    audit.record(session, "payout.return_drop", row, detail={"reference": row.reference})
    session.flush()


def confirm(session: Session, registry: Registry, row: Disbursement, *, today: date) -> None:
    """The second person has seen it too: pool and case go back."""
    _hold(session, row)
    _require_reported(row)
    by = person(session)
    if by == row.return_reported_by_id:
        raise Forbidden("登记退汇和确认退汇须由不同的人办理，请另一位拨付人员确认")
    act = Act(confirmed=True, released_by_id=row.batch.released_by_id, opinion=row.failure or "")
    _take_out_of_recovery(session, registry, row, today)
    code = MOVES_BACK.get(row.case.state, "payment_returned")
    moves.move(session, registry, row.case, code, act, today=today)
    row.return_entry_id = last_entry(session, row, PoolMove.RETURN)
    offsets.undo(session, registry, row, today=today)
    row.state, row.return_confirmed_by_id, row.result_at = PayoutState.RETURNED, by, utcnow()
    audit.record(session, "payout.return", row, detail=_detail(row))
    session.flush()


def _take_out_of_recovery(session: Session, registry: Registry, row: Disbursement, today: date) -> None:
    """Of an award that stands: what was to be had back is back, and the case is paid until the move says otherwise.
    Where the award fell, the move itself does so."""
    if row.award.revoked_at is None or row.case.state is CaseState.REVOKED:
        opening.returned_by_bank(session, row.case)
        if row.case.state is CaseState.RECOVERY:
            with asking(session, Asker.system("recovery")):
                moves.move(session, registry, row.case, "recovered", Act(), today=today)


def _hold(session: Session, row: Disbursement) -> None:
    held = {row.case_id: row.case} | offsets.cases_of(session, [row])
    for _id, case in sorted(held.items()):  # the calendar first, then cases, then pools, as everybody does
        clocks.hold(session, case)
    ties.refuse(session, row.case, audit.asker_of(session))
    session.refresh(row)
    if row.state is not PayoutState.PAID:
        raise Conflict("只有已付的款项可以登记退汇；请刷新页面查看最新状态")


def _require_reported(row: Disbursement) -> None:
    if row.return_reported_by_id is None:
        raise Conflict("还没有人登记退汇，可能已撤回；请刷新页面查看")


def _detail(row: Disbursement) -> dict[str, str | int]:
    return {"reference": row.reference, "amount_fen": row.net_fen, "returned_on": str(row.returned_on)}
