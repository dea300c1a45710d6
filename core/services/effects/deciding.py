"""What the moves up to the decision write: the application, the desks, the notice, the award."""

from __future__ import annotations

from sqlalchemy import select

from core.data.asker import Asker, asking
from core.data.models import Award
from core.data.types import utcnow
from core.errors import Conflict, Invalid
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
from core.services.effects.made import Made
from core.services.workflow import Preset


def submit(it: Made) -> None:
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


def accept(it: Made) -> None:
    desks.open_tasks(it.session, it.registry, it.case)
    _reserve(it)


def _reserve(it: Made) -> None:
    """Acceptance sets the money aside, so that what is promised later can be paid; or it waits for it."""
    _set_aside(it, it.rules().decision.amount_fen)


def _set_aside(it: Made, amount_fen: int) -> None:
    if amount_fen or pools.holds(it.session, it.case):
        pools.reserve(it.session, pools.pool_of(it.session, it.case), it.case, amount_fen)


def mark_returned(it: Made) -> None:
    it.case.returned_once = True


def refresh(it: Made) -> None:
    panels.fall(it.session, it.case)  # what the experts scored rested on older facts
    if it.case.applied_on is None:
        raise Conflict("申请件尚未提交")
    applied_on = it.case.applied_on
    cases.freeze_into(it.session, it.case, assessments.freeze(it.session, it.case, applied_on), applied_on)
    accept(it)


def first(it: Made) -> None:
    it.case.prepared_by_id, it.case.content_hash = it.event.actor_id, it.event.content_hash


def first_pass(it: Made) -> None:
    """From here on the amount is the one that is approved: what is set aside is made that."""
    first(it)
    _set_aside(it, it.rules().decision.amount_fen)


def second(it: Made) -> None:
    it.case.reviewed_by_id = it.event.actor_id


def back(it: Made) -> None:
    it.case.prepared_by_id = it.case.reviewed_by_id = it.case.content_hash = None


def uphold_objection(it: Made) -> None:
    """What the desks said was said before the objection."""
    objections.settle(it.session, it.case, upheld=True, answer=it.act.opinion.strip())
    publications.take_out(it.session, it.case, it.today)
    back(it)
    panels.fall(it.session, it.case)
    desks.open_tasks(it.session, it.registry, it.case)


def uphold_appeal(it: Made) -> None:
    """The decision falls, and the case is where acceptance had put it."""
    back(it)
    panels.fall(it.session, it.case)
    it.case.approved_by_id = None
    accept(it)
    letters.list_fallen(it.session, it.event)


def publish(it: Made) -> None:
    card = assessments.card_of(it.registry, it.case.policy_key)
    amount = it.rules().decision.amount_fen
    publications.show(it.session, it.act.notice, it.case, card, amount_fen=amount, today=it.today)


def announce(it: Made) -> None:
    """Of what was granted. The case waits for its payment from now on, and no longer for its notice."""
    card = assessments.card_of(it.registry, it.case.policy_key)
    amount = it.session.scalars(select(Award.amount_fen).where(Award.case_id == it.case.id)).one()
    publications.show(it.session, it.act.notice, it.case, card, amount_fen=amount, today=it.today)
    clocks.renew(it.session, it.registry, it.case, it.today)


def register_objection(it: Made) -> None:
    objections.register(it.session, it.case)


def dismiss_objection(it: Made) -> None:
    objections.settle(it.session, it.case, upheld=False, answer=it.act.opinion.strip())
    it.case.publication_result = objections.DISMISSED


def approve(it: Made) -> None:
    """The decision is frozen, the money bound and the evidence spent in this one transaction, or none of it."""
    workflow = assessments.card_of(it.registry, it.case.policy_key).workflow
    if it.case.published_on is None and workflow.announces:
        it.case.notice_days = workflow.publication_days  # as the letter says, whatever the policy says later
    else:
        it.case.publication_result = objections.result(it.session, it.case)
    _award(it)
    award = it.session.scalars(select(Award).where(Award.case_id == it.case.id)).one()
    pools.commit(it.session, pools.pool_of(it.session, it.case), it.case, award.amount_fen)


def place(it: Made) -> None:
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


def refuse(it: Made) -> None:
    it.case.approved_by_id = it.event.actor_id
    decision = decisions.decide(it.session, it.registry, it.case, it.rules())
    payee_changes.moot(it.session, it.case)
    _release(it)
    letters.request_issue(it.session, decision)


def decline(it: Made) -> None:
    it.case.content_hash = it.event.content_hash
    refuse(it)


def _release(it: Made) -> None:
    _set_aside(it, 0)


def withdraw(it: Made) -> None:
    with asking(
        it.session, Asker.system("workflow")
    ):  # notices and objections are the district's: no applicant sees them
        objections.moot(it.session, it.case, by=it.event.actor_id)
        if it.case.published_on is not None:
            publications.take_out(it.session, it.case, it.today)
    payee_changes.moot(it.session, it.case)
    _release(it)
