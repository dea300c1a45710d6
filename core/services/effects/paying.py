"""What the moves after an award write: its payment, its return, its revocation and what is to be had back."""

from __future__ import annotations

from sqlalchemy import select

from core.data.models import Award, CaseState
from core.errors import Invalid
from core.services import audit, evidence, letters, objections, pools, publications
from core.services.effects.made import Made
from core.services.recovery import opening


def pay(it: Made) -> None:
    """The payer of a case is who released its batch, not who read the bank's answer."""
    if it.act.released_by_id is None:
        raise Invalid("资金由拨付批次支付，请在“拨付”中办理")
    it.case.paid_by_id = it.act.released_by_id
    award = it.session.scalars(select(Award).where(Award.case_id == it.case.id)).one()
    pools.pay(it.session, pools.pool_of(it.session, it.case), it.case, award.amount_fen)


def payment_returned(it: Made) -> None:
    if it.act.released_by_id is None:
        raise Invalid("退汇在拨付批次中登记，请在“拨付”中办理")
    it.case.paid_by_id = None
    award = it.session.scalars(select(Award).where(Award.case_id == it.case.id)).one()
    pools.take_back(it.session, pools.pool_of(it.session, it.case), it.case, award.amount_fen)


def returned_while_revoking(it: Made) -> None:
    """Whether the award stands is not decided: its money waits, and is not paid again meanwhile."""
    payment_returned(it)


def returned_after_revocation(it: Made) -> None:
    """What was to be had back is back: from the bank, and free for others."""
    payment_returned(it)
    opening.returned_by_bank(it.session, it.case)
    bound = pools.committed_for(it.session, it.case)
    pools.uncommit(it.session, pools.pool_of(it.session, it.case), it.case, bound)


def recover(it: Made) -> None:
    """A decided file is there, or a revocation opens it: the hearing was held then."""
    opening.after_revocation(it.session, it.registry, it.case)


def propose_revocation(it: Made) -> None:
    """Whatever was objected to the award leads to this, and it is not under notice any more: if it stands after all,
    it is announced anew."""
    case = it.case
    if case.notice_days is None:
        return
    objected = it.event.from_state is CaseState.OBJECTED or objections.open_to(it.session, case)
    objections.settle_all(it.session, case, "已提出撤销核定：" + it.act.opinion.strip())
    if case.publication_ends_on is not None and (objected or it.today <= case.publication_ends_on):
        publications.take_out(it.session, case, it.today)


def revoke(it: Made) -> None:
    """The award falls: its evidence and what is had once are free again, and so is money that was not paid yet."""
    award = it.session.scalars(select(Award).where(Award.case_id == it.case.id)).one()
    award.revoked_at = it.event.at
    evidence.release(it.session, award)
    if bound := pools.committed_for(it.session, it.case):
        pools.uncommit(it.session, pools.pool_of(it.session, it.case), it.case, bound)
    detail = {"amount_fen": award.amount_fen, "freed_fen": bound, "paid_fen": pools.paid_for(it.session, it.case)}
    audit.record(it.session, "award.revoke", award, detail=detail)
    letters.list_fallen(it.session, it.event)


def was_paid(it: Made) -> bool:
    return pools.paid_for(it.session, it.case) > 0
