"""What each move writes beside the act itself: one function for a move of the table, in its transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Asker, asking
from core.data.models import Award, Case, CaseEvent, CaseState
from core.data.types import utcnow
from core.errors import Conflict, Invalid
from core.policy import Registry
from core.services import (
    assessments,
    audit,
    cases,
    clocks,
    decisions,
    desks,
    evidence,
    letters,
    objections,
    offers,
    once,
    panels,
    payee_changes,
    payees,
    pools,
    publications,
)
from core.services.assessments import Assessed
from core.services.needs import Act
from core.services.recovery import opening
from core.services.workflow import Preset


@dataclass(frozen=True, slots=True)
class Made:
    """A move just made, with what the rules said before it (None where the move does not ask them)."""

    session: Session
    registry: Registry
    case: Case
    event: CaseEvent
    act: Act
    assessed: Assessed | None
    today: date

    def rules(self) -> Assessed:
        """What the rules say: as found before the move, else now."""
        return self.assessed or assessments.assess(self.session, self.case, self.registry, self.today)


Effect = Callable[[Made], None]


class Follow(NamedTuple):
    """A move that the system makes at once after another, `where` that is called for."""

    move: str
    where: Callable[[Made], bool]


def _submit(it: Made) -> None:
    missing = cases.missing_documents(it.session, it.case, it.registry)
    if missing:
        card = assessments.card_of(it.registry, it.case.policy_key)
        names = "、".join(d.title.zh for d in card.documents if d.key in missing)
        raise Invalid("还缺少材料：%(names)s。请上传后再提交", field="documents", names=names)
    if assessments.preset_of(it.registry, it.case.policy_key) is Preset.STANDARD:
        card = assessments.card_of(it.registry, it.case.policy_key)
        payees.require_complete(it.case, payees.account_of(it.case), card)
    # A corrected application keeps its first date: the applicant is not made late by our asking.
    applied_on = it.case.applied_on or it.today
    cases.freeze_into(it.session, it.case, assessments.freeze(it.session, it.case, applied_on), applied_on)
    cases.refuse_spent(it.session, it.registry, it.case, it.today)
    it.case.submitted_at = utcnow()


def _accept(it: Made) -> None:
    desks.open_tasks(it.session, it.registry, it.case)
    _reserve(it)


def _reserve(it: Made) -> None:
    """Acceptance sets the money aside, so that what is promised later can be paid; or it waits for it."""
    _set_aside(it, it.rules().decision.amount_fen)


def _set_aside(it: Made, amount_fen: int) -> None:
    if amount_fen or pools.holds(it.session, it.case):
        pools.reserve(it.session, pools.pool_of(it.session, it.case), it.case, amount_fen)


def _return(it: Made) -> None:
    it.case.returned_once = True


def _refresh(it: Made) -> None:
    panels.fall(it.session, it.case)  # what the experts scored rested on older facts
    if it.case.applied_on is None:
        raise Conflict("申请件尚未提交")
    applied_on = it.case.applied_on
    cases.freeze_into(it.session, it.case, assessments.freeze(it.session, it.case, applied_on), applied_on)
    _accept(it)


def _first(it: Made) -> None:
    it.case.prepared_by_id, it.case.content_hash = it.event.actor_id, it.event.content_hash


def _first_pass(it: Made) -> None:
    """From here on the amount is the one that is approved: what is set aside is made that."""
    _first(it)
    _set_aside(it, it.rules().decision.amount_fen)


def _second(it: Made) -> None:
    it.case.reviewed_by_id = it.event.actor_id


def _back(it: Made) -> None:
    it.case.prepared_by_id = it.case.reviewed_by_id = it.case.content_hash = None


def _uphold_objection(it: Made) -> None:
    """What the desks said was said before the objection."""
    objections.settle(it.session, it.case, upheld=True, answer=it.act.opinion.strip())
    publications.take_out(it.session, it.case, it.today)
    _back(it)
    panels.fall(it.session, it.case)
    desks.open_tasks(it.session, it.registry, it.case)


def _uphold_appeal(it: Made) -> None:
    """The decision falls, and the case is where acceptance had put it."""
    _back(it)
    panels.fall(it.session, it.case)
    it.case.approved_by_id = None
    _accept(it)
    letters.list_fallen(it.session, it.event)


def _publish(it: Made) -> None:
    card = assessments.card_of(it.registry, it.case.policy_key)
    amount = it.rules().decision.amount_fen
    publications.show(it.session, it.act.notice, it.case, card, amount_fen=amount, today=it.today)


def _announce(it: Made) -> None:
    """Of what was granted. The case waits for its payment from now on, and no longer for its notice."""
    card = assessments.card_of(it.registry, it.case.policy_key)
    amount = it.session.scalars(select(Award.amount_fen).where(Award.case_id == it.case.id)).one()
    publications.show(it.session, it.act.notice, it.case, card, amount_fen=amount, today=it.today)
    clocks.renew(it.session, it.registry, it.case, it.today)


def _object(it: Made) -> None:
    objections.register(it.session, it.case)


def _dismiss_objection(it: Made) -> None:
    objections.settle(it.session, it.case, upheld=False, answer=it.act.opinion.strip())
    it.case.publication_result = objections.DISMISSED


def _approve(it: Made) -> None:
    """The decision is frozen, the money bound and the evidence spent in this one transaction, or none of it."""
    workflow = assessments.card_of(it.registry, it.case.policy_key).workflow
    if it.case.published_on is None and workflow.announces:
        it.case.notice_days = workflow.publication_days  # as the letter says, whatever the policy says later
    else:
        it.case.publication_result = objections.result(it.session, it.case)
    _award(it)
    award = it.session.scalars(select(Award).where(Award.case_id == it.case.id)).one()
    pools.commit(it.session, pools.pool_of(it.session, it.case), it.case, award.amount_fen)


def _place(it: Made) -> None:
    """As an approval, but a place is given and no money, and what was reviewed is what the round was run on."""
    match = it.act.match
    if match is None:
        raise Invalid("名额由匹配轮次安排，请在轮次中采用结果")
    it.case.content_hash = it.event.content_hash
    source = offers.of(it.rules().loaded)
    source.give(it.session, it.case, match["offer"], it.today)
    _award(it, granted=source.granted(it.session, it.case))


def _award(it: Made, *, granted: list[tuple[str, str]] | None = None) -> None:
    it.case.approved_by_id = it.event.actor_id
    assessed = it.rules()
    decision = decisions.decide(it.session, it.registry, it.case, assessed, match=it.act.match)
    award = Award(
        operator_id=it.case.operator_id,
        tenant_id=it.case.tenant_id,
        case_id=it.case.id,
        decision_id=decision.id,
        policy_key=it.case.policy_key,
        amount_fen=decision.amount_fen,
        granted=granted,
    )
    it.session.add(award)
    it.session.flush()
    if stacking := assessed.loaded.card.stacking:
        uses = {use.line_id: use.amount_fen for use in assessed.decision.uses}
        lines = assessed.frozen.evidence
        evidence.spend(it.session, award, uses=uses, evidence=lines, group=stacking.group, rule=stacking.rule)
    once.claim(it.session, award, it.case, assessed.loaded)
    audit.record(
        it.session, "award.approve", award, detail={"amount_fen": award.amount_fen, "capsule": decision.capsule_digest}
    )
    letters.request_issue(it.session, decision)


def _refuse(it: Made) -> None:
    it.case.approved_by_id = it.event.actor_id
    decision = decisions.decide(it.session, it.registry, it.case, it.rules())
    payee_changes.moot(it.session, it.case)
    _release(it)
    letters.request_issue(it.session, decision)


def _decline(it: Made) -> None:
    it.case.content_hash = it.event.content_hash
    _refuse(it)


def _release(it: Made) -> None:
    _set_aside(it, 0)


def _withdraw(it: Made) -> None:
    with asking(
        it.session, Asker.system("workflow")
    ):  # notices and objections are the district's: no applicant sees them
        objections.moot(it.session, it.case, by=it.event.actor_id)
        if it.case.published_on is not None:
            publications.take_out(it.session, it.case, it.today)
    payee_changes.moot(it.session, it.case)
    _release(it)


def _pay(it: Made) -> None:
    """The payer of a case is who released its batch, not who read the bank's answer."""
    if it.act.released_by_id is None:
        raise Invalid("资金由拨付批次支付，请在“拨付”中办理")
    it.case.paid_by_id = it.act.released_by_id
    award = it.session.scalars(select(Award).where(Award.case_id == it.case.id)).one()
    pools.pay(it.session, pools.pool_of(it.session, it.case), it.case, award.amount_fen)


def _payment_returned(it: Made) -> None:
    if it.act.released_by_id is None:
        raise Invalid("退汇在拨付批次中登记，请在“拨付”中办理")
    it.case.paid_by_id = None
    award = it.session.scalars(select(Award).where(Award.case_id == it.case.id)).one()
    pools.take_back(it.session, pools.pool_of(it.session, it.case), it.case, award.amount_fen)


def _returned_while_revoking(it: Made) -> None:
    """Whether the award stands is not decided: its money waits, and is not paid again meanwhile."""
    _payment_returned(it)


def _returned_after_revocation(it: Made) -> None:
    """What was to be had back is back: from the bank, and free for others."""
    _payment_returned(it)
    opening.returned_by_bank(it.session, it.case)
    bound = pools.committed_for(it.session, it.case)
    pools.uncommit(it.session, pools.pool_of(it.session, it.case), it.case, bound)


def _recover(it: Made) -> None:
    """A decided file is there, or a revocation opens it: the hearing was held then."""
    opening.after_revocation(it.session, it.registry, it.case)


def _propose_revocation(it: Made) -> None:
    """Whatever was objected to the award leads to this, and it is not under notice any more: if it stands after all,
    it is announced anew."""
    case = it.case
    if case.notice_days is None:
        return
    objected = it.event.from_state is CaseState.OBJECTED or objections.open_to(it.session, case)
    objections.settle_all(it.session, case, "已提出撤销核定：" + it.act.opinion.strip())
    if case.publication_ends_on is not None and (objected or it.today <= case.publication_ends_on):
        publications.take_out(it.session, case, it.today)


def _revoke(it: Made) -> None:
    """The award falls: its evidence and what is had once are free again, and so is money that was not paid yet."""
    award = it.session.scalars(select(Award).where(Award.case_id == it.case.id)).one()
    award.revoked_at = it.event.at
    evidence.release(it.session, award)
    if bound := pools.committed_for(it.session, it.case):
        pools.uncommit(it.session, pools.pool_of(it.session, it.case), it.case, bound)
    detail = {"amount_fen": award.amount_fen, "freed_fen": bound, "paid_fen": pools.paid_for(it.session, it.case)}
    audit.record(it.session, "award.revoke", award, detail=detail)
    letters.list_fallen(it.session, it.event)


def _was_paid(it: Made) -> bool:
    return pools.paid_for(it.session, it.case) > 0


EFFECTS: dict[str, Effect] = {
    "submit": _submit,
    "withdraw": _withdraw,
    "accept": _accept,
    "return": _return,
    "refresh": _refresh,
    "first_pass": _first_pass,
    "first_refuse": _first,
    "second_pass": _second,
    "send_back": _back,
    "uphold_objection": _uphold_objection,
    "publish": _publish,
    "announce": _announce,
    "object": _object,
    "dismiss_objection": _dismiss_objection,
    "approve": _approve,
    "refuse": _refuse,
    "pay": _pay,
    "uphold_appeal": _uphold_appeal,
    "propose_revocation": _propose_revocation,
    "revoke": _revoke,
    "payment_returned": _payment_returned,
    "returned_while_revoking": _returned_while_revoking,
    "returned_after_revocation": _returned_after_revocation,
    "recover": _recover,
    "admit": _accept,
    "hand_back": _return,
    "place": _place,
    "decline": _decline,
}

# What was paid of a revoked award is to be had back.
FOLLOWS: dict[str, Follow] = {"revoke": Follow("recover", _was_paid)}
