"""Making a move: check what it needs, do what it writes, record the act. One function for every move of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Asker, Reach, asking
from core.data.models import Award, Case, CaseEvent, CaseState, Letter
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid
from core.policy import Registry
from core.services import assessments, audit, cases, decisions, evidence, letters, offers, once, pools
from core.services.assessments import Assessed
from core.services.calendar import add_working_days
from core.services.needs import NEEDS, RULE_NEEDS, Act, Situation
from core.services.workflow import MOVES, Move, Need, Preset


def move(
    session: Session, registry: Registry, case: Case, code: str, act: Act, *, today: date, at: datetime | None = None
) -> CaseEvent:
    """Make the move `code`; raises a domain error, and then nothing has changed. Returns the recorded act.

    `at` is when it was done, for acts brought in from elsewhere; now, if not given.
    """
    rule = MOVES[code]
    asker = audit.asker_of(session)
    _may(asker, rule)
    if assessments.preset_of(registry, case.policy_key) not in rule.presets:
        raise Conflict("这项政策没有这一步，请刷新页面查看可办的步骤")
    cases.lock(session, case)
    if case.state not in rule.sources:
        raise Conflict("这一步不能在当前状态下进行，可能已有人办理；请刷新页面查看最新状态")
    assessed = assessments.assess(session, case, registry, today) if rule.needs & RULE_NEEDS else None
    if assessed and act.content_hash not in (None, assessed.content_hash):
        raise Conflict("您打开页面之后内容有了变化，请刷新后重新核对")
    for need in (n for n in Need if n in rule.needs):
        NEEDS[need](Situation(case, asker, act, assessed, today))
    source, case.state = case.state, rule.target
    event = CaseEvent(
        operator_id=case.operator_id,
        tenant_id=case.tenant_id,
        case_id=case.id,
        move=code,
        from_state=source,
        to_state=rule.target,
        at=at or utcnow(),
        actor_id=asker.user_id,
        role=next(iter(asker.roles & rule.roles), asker.label),
        department_id=asker.department_id,
        opinion=act.opinion.strip() or None,
        reasons=list(act.reasons) or None,
        content_hash=assessed.content_hash if assessed else case.content_hash,
    )
    session.add(event)
    _set_limit(session, registry, case, today)
    session.flush()
    if effect := _EFFECTS.get(code):
        effect(Made(session, registry, case, event, act, assessed, today))
    audit.record(
        session,
        f"case.{code}",
        case,
        detail={"from": source, "to": case.state, "reasons": list(act.reasons), "content": event.content_hash},
    )
    session.flush()
    return event


def _may(asker: Asker, rule: Move) -> None:
    if asker.reach is Reach.SYSTEM:
        return
    if asker.roles.isdisjoint(rule.roles):
        raise Forbidden("您的角色不能办理这一步")


def _set_limit(session: Session, registry: Registry, case: Case, today: date) -> None:
    limits = assessments.card_of(registry, case.policy_key).workflow.limits
    days = limits.get(case.state.value)
    case.due_on = add_working_days(session, case.district_id, today, days) if days else None


# ── effects ──────────────────────────────────────────────────────────────────────────────────────────────────────────
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


def _submit(it: Made) -> None:
    missing = cases.missing_documents(it.session, it.case, it.registry)
    if missing:
        card = assessments.card_of(it.registry, it.case.policy_key)
        names = "、".join(d.title.zh for d in card.documents if d.key in missing)
        raise Invalid("还缺少材料：%(names)s。请上传后再提交", field="documents", names=names)
    for field, value in (("payee_bank", it.case.payee_bank), ("payee_account", it.case.payee_account)):
        if not value and assessments.preset_of(it.registry, it.case.policy_key) is Preset.STANDARD:
            raise Invalid("请填写收款开户行和账号，资金只拨付到申请单位账户", field=field)
    # A corrected application keeps its first date: the applicant is not made late by our asking.
    applied_on = it.case.applied_on or it.today
    cases.freeze_into(it.session, it.case, assessments.freeze(it.session, it.case, applied_on), applied_on)
    it.case.submitted_at = utcnow()


def _accept(it: Made) -> None:
    """Acceptance sets the money aside, so that what is promised later can be paid."""
    assessed = it.rules()
    if assessed.decision.amount_fen:
        pools.reserve(it.session, pools.pool_of(it.session, it.case), it.case, assessed.decision.amount_fen)


def _return(it: Made) -> None:
    it.case.returned_once = True


def _refresh(it: Made) -> None:
    if it.case.applied_on is None:
        raise Conflict("申请件尚未提交")
    applied_on = it.case.applied_on
    cases.freeze_into(it.session, it.case, assessments.freeze(it.session, it.case, applied_on), applied_on)
    _accept(it)


def _first(it: Made) -> None:
    it.case.prepared_by_id, it.case.content_hash = it.event.actor_id, it.event.content_hash


def _second(it: Made) -> None:
    it.case.reviewed_by_id = it.event.actor_id


def _back(it: Made) -> None:
    it.case.prepared_by_id = it.case.reviewed_by_id = it.case.content_hash = None


def _publish(it: Made) -> None:
    days = assessments.card_of(it.registry, it.case.policy_key).workflow.publication_days
    it.case.published_on = it.today
    it.case.publication_ends_on = add_working_days(it.session, it.case.district_id, it.today, days)


def _approve(it: Made) -> None:
    """The decision is frozen, the money bound and the evidence spent in this one transaction, or none of it."""
    it.case.publication_result = it.case.publication_result or "无异议"
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
    _release(it)
    letters.request_issue(it.session, decision)


def _decline(it: Made) -> None:
    it.case.content_hash = it.event.content_hash
    _refuse(it)


def _release(it: Made) -> None:
    if pools.reserved_for(it.session, it.case):
        pools.release(it.session, pools.pool_of(it.session, it.case), it.case)


def _pay(it: Made) -> None:
    it.case.paid_by_id = it.event.actor_id
    award = it.session.scalars(select(Award).where(Award.case_id == it.case.id)).one()
    pools.pay(it.session, pools.pool_of(it.session, it.case), it.case, award.amount_fen)


_EFFECTS: dict[str, Effect] = {
    "submit": _submit,
    "withdraw": _release,
    "accept": _accept,
    "return": _return,
    "refresh": _refresh,
    "first_pass": _first,
    "first_refuse": _first,
    "second_pass": _second,
    "send_back": _back,
    "uphold_objection": _back,
    "publish": _publish,
    "approve": _approve,
    "refuse": _refuse,
    "pay": _pay,
    "admit": _accept,
    "hand_back": _return,
    "place": _place,
    "decline": _decline,
}


def letter_issued(session: Session, registry: Registry, letter: Letter, *, today: date) -> None:
    """Told by the issuing job when a letter is sealed: an award's case moves on; a refusal's stays refused."""
    case = session.scalars(select(Case).where(Case.id == letter.case_id)).one()
    if letter.award_id is not None and case.state is CaseState.APPROVED:
        with asking(session, Asker.system("job:issue_letter")):
            move(session, registry, case, "issue", Act(), today=today)
