"""What auditors do with a lead: take it on, say whether it is true and why, take that back. Nothing here changes a case
or stops one."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Case, Lead, LeadAct, LeadActKind, LeadState, Role
from core.data.queries import leads as reads
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.services import audit, ties
from core.services.leads.reading import present
from core.services.typed import within

JUDGES = (Role.AUDITOR,)
READERS = (*JUDGES, Role.DISTRICT_ADMIN)
REASON = 1000  # characters
S = LeadState
OPEN = (S.OPEN, S.LOOKING)
VERDICTS = {S.CONFIRMED: LeadActKind.CONFIRMED, S.FALSE: LeadActKind.FALSE}


def load(session: Session, lead_id: int) -> Lead:
    """The lead, for who may read it. Raises `NotFound`, `Tied`."""
    lead = reads.one(session, lead_id)
    asker = audit.asker_of(session)
    if lead is None or not asker.may(*READERS):
        raise NotFound("没有这条疑点")
    refuse_tied(session, lead)
    return lead


def refuse_tied(session: Session, lead: Lead) -> None:
    """Nobody with a tie to any of the companies that a lead is about, be it by a letter, a case or its facts alone,
    reads it or handles it. A waiver is for one case: it opens a lead of which all cases are waived. Raises `Tied`."""
    asker = audit.asker_of(session)
    of_letters = (letter.case_id for letter in lead.letters)
    wanted = present(lead.case_id, *of_letters, *_named(lead, "case"))
    with_case = set()
    for case in session.scalars(select(Case).where(Case.id.in_(wanted)).order_by(Case.id)):
        ties.refuse(session, case, asker)
        with_case.add(case.tenant_id)
    for tenant in present(lead.tenant_id, *_named(lead, "tenant")):
        if tenant not in with_case:
            ties.refuse_tenant(session, tenant, asker)


def _named(lead: Lead, what: str) -> list[int]:
    """The ids of one kind among the facts."""
    return [*lead.facts.get(f"{what}_ids", ()), *present(lead.facts.get(f"{what}_id"))]


def take(session: Session, lead: Lead) -> None:
    """接手. Whoever has it may be relieved: the other is told on the page who has it now."""
    lead, me = _locked(session, lead)
    if lead.state not in OPEN:
        raise Conflict("这条疑点已有结论或不再成立，不能接手；需要时请先重新打开")
    if lead.taken_by_id == me:
        raise Conflict("这条疑点已由您接手")
    lead.state, lead.taken_by_id = S.LOOKING, me
    _write(session, lead, LeadActKind.TAKEN, "lead.take")


def leave(session: Session, lead: Lead) -> None:
    """Give back what one has taken on."""
    lead, me = _locked(session, lead)
    if lead.state is not S.LOOKING or lead.taken_by_id != me:
        raise Conflict("这条疑点不是由您接手的")
    lead.state, lead.taken_by_id = S.OPEN, None
    _write(session, lead, LeadActKind.LEFT, "lead.leave")


def judge(session: Session, lead: Lead, verdict: LeadState, reason: str) -> None:
    """属实 or 排除, with a reason. Raises `Invalid` without one."""
    if verdict not in VERDICTS:
        raise Invalid("请选择属实或排除", field="verdict")
    said = within(reason, REASON, field="reason")
    if not said:
        raise Invalid("请写明查了什么、依据是什么", field="reason")
    lead, me = _locked(session, lead)
    if lead.state not in OPEN:
        raise Conflict("这条疑点已有结论或不再成立；要改判，请先重新打开")
    lead.state, lead.reason = verdict, said
    lead.judged_by_id, lead.judged_at = me, utcnow()
    lead.taken_by_id = lead.taken_by_id or me
    _write(session, lead, VERDICTS[verdict], f"lead.{verdict.value}", said)


def reopen(session: Session, lead: Lead, reason: str) -> None:
    """Take a judgement back. What was said stays on record."""
    said = within(reason, REASON, field="reason")
    if not said:
        raise Invalid("请写明为什么重新打开", field="reason")
    lead, me = _locked(session, lead)
    if lead.state not in VERDICTS:
        raise Conflict("这条疑点还没有结论")
    lead.state, lead.taken_by_id = S.LOOKING, me
    lead.judged_by_id, lead.judged_at, lead.reason = None, None, ""
    _write(session, lead, LeadActKind.REOPENED, "lead.reopen", said)


def _locked(session: Session, lead: Lead) -> tuple[Lead, int]:
    asker = audit.asker_of(session)
    if not asker.may(*JUDGES) or asker.user_id is None:
        raise Forbidden("疑点由审计人员处理")
    wanted = select(Lead).where(Lead.id == lead.id).with_for_update().execution_options(populate_existing=True)
    return session.scalars(wanted).one(), asker.user_id


def _write(session: Session, lead: Lead, kind: LeadActKind, action: str, said: str = "") -> None:
    by = audit.asker_of(session).user_id
    session.add(LeadAct(district_id=lead.district_id, lead_id=lead.id, kind=kind, actor_id=by, said=said))
    session.flush()
    audit.record(session, action, lead, detail={"rule": lead.rule})
