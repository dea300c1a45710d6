"""Opening and closing a file, and what every act on one begins with. Nothing here moves a case."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import core
from core import SHANGHAI
from core.data.asker import Asker
from core.data.models import (
    Case,
    CaseEvent,
    CreditState,
    Recovery,
    RecoveryAct,
    RecoveryActKind,
    RecoveryCause,
    RecoveryState,
    Role,
)
from core.data.queries import recoveries as reads
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.policy import Registry
from core.services import audit, clocks, revocations, ties
from core.services.assessments import card_of
from core.services.calendar import add_working_days
from core.services.recovery import rerun
from core.services.typed import within

S, Act = RecoveryState, RecoveryActKind
PROPOSERS = frozenset({Role.FIRST_REVIEWER, Role.SECOND_REVIEWER})
DECIDERS = frozenset({Role.SECOND_REVIEWER, Role.APPROVER})
CASHIERS = frozenset({Role.PAYER})


def load(session: Session, recovery_id: int) -> Recovery:
    """The file, if the asker may see it; raises `NotFound`. A lead is the district's own until it is proposed."""
    found = reads.one(session, recovery_id)
    if found is None or (found.proposed_by_id is None and audit.asker_of(session).tenant_id is not None):
        raise NotFound("没有这份追回卷，或您无权查看")
    return found


def hold(session: Session, recovery: Recovery, *states: RecoveryState) -> Asker:
    """Hold file and case until the transaction ends, as they now are; raises `Conflict` where the file is in another
    state, `Tied` where the asker has a tie to the tenant."""
    clocks.hold(session, recovery.case)
    session.refresh(recovery)
    asker = audit.asker_of(session)
    ties.refuse(session, recovery.case, asker)
    if recovery.state not in states:
        raise Conflict("这份追回卷的状态已经改变，可能已有人办理；请刷新页面查看")
    return asker


def person(session: Session, roles: Collection[Role]) -> int:
    """Who acts: a person in one of `roles`."""
    asker = audit.asker_of(session)
    if asker.user_id is None or not asker.may(*roles):
        raise Forbidden("您的角色不能办理追回的这一步")
    return asker.user_id


def words(said: str, *, field: str, most: int = 1000) -> str:
    """What somebody says, of more than a character."""
    said = within(said, most, field=field)
    if len(said) < 2:
        raise Invalid("请写明内容，当事人和审计人员都会看到它", field=field)
    return said


def note(session: Session, recovery: Recovery, kind: RecoveryActKind, said: str | None = None) -> RecoveryAct:
    """Write an act down, in the file and on the trail."""
    session.flush()
    act = RecoveryAct(
        operator_id=recovery.operator_id,
        tenant_id=recovery.tenant_id,
        recovery_id=recovery.id,
        kind=kind,
        actor_id=audit.asker_of(session).user_id,
        said=said or None,
        owed_fen=recovery.owed_fen,
    )
    session.add(act)
    detail = {"case": recovery.case_id, "state": recovery.state, "owed_fen": recovery.owed_fen}
    audit.record(session, f"recovery.{kind}", recovery, detail=detail)
    session.flush()
    session.expire(recovery, ["acts"])
    return act


def open_file(session: Session, case: Case, found: rerun.Found, cause: RecoveryCause, fact: str) -> Recovery:
    """A new file, as a lead. Raises `Conflict` where nothing is owed, where one is open, or where this fact has opened
    one before."""
    if found.owed_fen <= 0:
        raise Conflict("按核定时的规则和现在的事实，没有应追回的金额")
    if (other := reads.open_of(session, case.id)) is not None:
        raise Conflict("本件已有追回卷%(number)s正在办理，请先办完它", number=other.number)
    award = rerun.award_of(session, case)
    recovery = Recovery(
        operator_id=case.operator_id,
        tenant_id=case.tenant_id,
        district_id=case.district_id,
        number=uuid4().hex,
        case_id=case.id,
        award_id=award.id,
        cause=cause,
        fact=fact,
        paid_fen=found.paid_fen,
        owed_fen=found.owed_fen,
        lines=found.as_json(),
    )
    try:
        with session.begin_nested():
            session.add(recovery)
            session.flush()
    except IntegrityError:
        raise Conflict("这一事实已经为本件立过追回卷，不重复立卷") from None
    recovery.number = f"ZH{core.today():%Y}-{recovery.id:05d}"
    note(session, recovery, Act.OPENED)
    return recovery


def drop(session: Session, recovery: Recovery, why: str) -> None:
    """Nothing is to be had back by this file: what waits in it goes."""
    for credit in recovery.credits:
        if credit.state is CreditState.RECORDED:
            raise Conflict("本卷还有等待确认的收款或抵扣，请先确认或撤回")
    recovery.state, recovery.closed_at = S.DROPPED, utcnow()
    note(session, recovery, Act.DROPPED, why)


def after_revocation(session: Session, registry: Registry, case: Case) -> None:
    """The file of a revocation is decided with it: who proposed and who decided the one proposed and decided the other.
    A file that was under way goes into it. Where a case comes here by a decided file there is nothing to do."""
    if rerun.award_of(session, case).revoked_at is None:
        return
    under_way = reads.open_of(session, case.id)
    if under_way is not None and under_way.state is S.DECIDED:
        return
    if under_way is not None:
        drop(session, under_way, "核定已撤销，并入撤销的追回")
    acts = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.move == "revoke")
    revoked = session.scalars(acts.order_by(CaseEvent.id.desc()).limit(1)).one()
    proposed = revocations.proposal_of(session, case)
    found = rerun.find(session, registry, case, RecoveryCause.REVOKED)
    recovery = open_file(session, case, found, RecoveryCause.REVOKED, f"case_events:{revoked.id}")
    recovery.proposed_by_id, recovery.proposed_at = (proposed.actor_id, proposed.at) if proposed else (None, None)
    recovery.decided_by_id, recovery.decided_at, recovery.state = revoked.actor_id, revoked.at, S.DECIDED
    recovery.appeal_until = last_day_of_appeal(session, registry, case, utcnow().astimezone(SHANGHAI).date())
    note(session, recovery, Act.DECIDED, revoked.opinion)


def last_day_of_appeal(session: Session, registry: Registry, case: Case, day: date) -> date | None:
    """None where the policy knows no appeal."""
    days = card_of(registry, case.policy_key).workflow.appeal_days
    return add_working_days(session, case.district_id, day, days) if days else None


def returned_by_bank(session: Session, case: Case) -> None:
    """The bank gave the money back: what was to be had back of the tenant is not owed any more. Raises `Conflict` where
    the tenant has paid some of it meanwhile: then somebody has to find out what happened."""
    if reads.has_credits(session, case.id):
        raise Conflict("本件已有追回的收款或抵扣，与退汇重复；请先核对并撤回未确认的收款，再登记退汇")
    recovery = reads.open_of(session, case.id)
    if recovery is not None:
        drop(session, recovery, "款项已由银行退回")


def count_of(session: Session, award_id: int, prefix: str) -> int:
    """How many files of an award facts of this kind have opened."""
    wanted = select(func.count()).where(Recovery.award_id == award_id, Recovery.fact.like(f"{prefix}:%"))
    return session.scalar(wanted) or 0
