"""拟追回, 陈述, 决定, 退回决定书, 复核: proposed by one person, decided by another, and the tenant is heard between."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Asker, asking
from core.data.models import Case, CaseEvent, CaseState, Recovery, RecoveryCause, Role
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid
from core.policy import Registry
from core.services import audit, clocks, moves, papers, ties
from core.services.assessments import card_of
from core.services.calendar import add_working_days
from core.services.needs import Act as Said
from core.services.notices import recoveries as notices
from core.services.recovery import amounts, crediting, enclosures, opening, rerun
from core.services.recovery.enclosures import Enclosed
from core.services.recovery.opening import DECIDERS, PROPOSERS, Act, S

PAYABLE = frozenset({CaseState.PAID, CaseState.CLOSED})
PAY_WITHIN = 15  # working days until the money is due, where nobody says another day: for demonstration
MOST_DAYS = 366


def open_by_hand(session: Session, registry: Registry, case: Case, cause: RecoveryCause) -> Recovery:
    """Somebody knows that an award does not hold as it was made: the amount is what the rules say all the same."""
    opening.person(session, PROPOSERS)
    clocks.hold(session, case)
    ties.refuse(session, case, audit.asker_of(session))
    if cause is RecoveryCause.REVOKED:
        raise Invalid("撤销的追回随撤销决定立卷，不能另行提出", field="cause")
    if case.state not in PAYABLE:
        raise Conflict("只有已拨付的申请件可以立追回卷；请刷新页面查看最新状态")
    award = rerun.award_of(session, case)
    found = rerun.find(session, registry, case, cause)
    fact = f"said:{opening.count_of(session, award.id, 'said') + 1}"
    return opening.open_file(session, case, found, cause, fact)


def propose(session: Session, registry: Registry, recovery: Recovery, reason: str, *, today: date) -> None:
    """Somebody has looked at a lead and takes it up: the tenant is told, and may state its case."""
    opening.hold(session, recovery, S.LEAD)
    recovery.proposed_by_id, recovery.proposed_at = opening.person(session, PROPOSERS), utcnow()
    _require_payable(recovery.case)
    said = opening.words(reason, field="reason", most=400)
    _set(recovery, rerun.find(session, registry, recovery.case, recovery.cause))
    if not recovery.owed_fen:
        raise Conflict("按核定时的规则和现在的事实，没有应追回的金额；请不予追回")
    recovery.state = S.PROPOSED
    recovery.heard_until = _hearing(session, registry, recovery.case, today)
    opening.note(session, recovery, Act.PROPOSED, said)
    notices.proposed(session, recovery)


def recompute(session: Session, registry: Registry, recovery: Recovery, *, today: date) -> None:
    """The facts have changed since: the file says what they give now. Where it is more, the tenant is heard again."""
    opening.hold(session, recovery, S.LEAD, S.PROPOSED)
    opening.person(session, PROPOSERS)
    was = recovery.owed_fen
    found = rerun.find(session, registry, recovery.case, recovery.cause)
    if not found.owed_fen:
        raise Conflict("按核定时的规则和现在的事实，没有应追回的金额；请不予追回")
    _set(recovery, found)
    if recovery.state is S.PROPOSED and recovery.owed_fen > was:
        recovery.heard_until = _hearing(session, registry, recovery.case, today)
        notices.proposed(session, recovery)
    opening.note(session, recovery, Act.RECOMPUTED)


def state(session: Session, recovery: Recovery, said: str, enclosed: Enclosed | None = None) -> None:
    """陈述申辩: what the tenant says before it is decided, with papers."""
    opening.hold(session, recovery, S.PROPOSED)
    opening.person(session, {Role.FOUNDER, Role.TENANT_MEMBER})
    said = opening.words(said, field="said")
    if any(act.kind is Act.STATED and act.said == said for act in recovery.acts):
        raise Conflict("这份陈述已经提交过，没有重复记录；补充陈述请写明新的内容")
    enclosures.attach(session, recovery, opening.note(session, recovery, Act.STATED, said), enclosed)
    notices.stated(session, recovery)


def decide(
    session: Session,
    registry: Registry,
    recovery: Recovery,
    opinion: str,
    *,
    pay_to: str,
    due_on: date | None,
    confirmed: bool,
    today: date,
) -> CaseEvent:
    """Another person decides on what was proposed: the case is in recovery, and the 退回决定书 goes out."""
    asker = opening.hold(session, recovery, S.PROPOSED)
    by = opening.person(session, DECIDERS)
    if by == recovery.proposed_by_id:
        raise Forbidden("提出追回和决定追回须由不同的人办理；请另一位有权决定的人办理")
    _require_heard(recovery, today)
    _require_payable(recovery.case)
    said = opening.words(opinion, field="opinion", most=400)
    if not confirmed:
        raise Invalid("这一步办理后不能撤销，请确认后再提交", field="confirmed")
    found = rerun.find(session, registry, recovery.case, recovery.cause)
    if (found.owed_fen, found.as_json()) != (recovery.owed_fen, recovery.lines):
        raise Conflict("提出之后事实有了变化，应追回的金额与卷内不同；请由提出人重新核算后再决定")
    recovery.state, recovery.decided_by_id, recovery.decided_at = S.DECIDED, asker.user_id, utcnow()
    recovery.appeal_until = opening.last_day_of_appeal(session, registry, recovery.case, today)
    opening.note(session, recovery, Act.DECIDED, said)
    with asking(session, Asker.system("recovery")):
        event = moves.move(session, registry, recovery.case, "recover", Said(opinion=said), today=today)
    _demand(session, recovery, event, pay_to=pay_to, due_on=due_on, today=today)
    return event


def demand(
    session: Session, recovery: Recovery, *, pay_to: str, due_on: date | None, confirmed: bool, today: date
) -> None:
    """Say by when and to which account, where the decision did not: of a revocation."""
    opening.hold(session, recovery, S.DECIDED)
    opening.person(session, DECIDERS)
    if recovery.due_on is not None:
        raise Conflict("退回决定书已经发出，请刷新页面查看")
    if not confirmed:
        raise Invalid("这一步办理后不能撤销，请确认后再提交", field="confirmed")
    acts = select(CaseEvent).where(CaseEvent.case_id == recovery.case_id, CaseEvent.move == "recover")
    event = session.scalars(acts.order_by(CaseEvent.id.desc()).limit(1)).one()
    _demand(session, recovery, event, pay_to=pay_to, due_on=due_on, today=today)


def give_up(session: Session, recovery: Recovery, why: str) -> None:
    """不予追回: of a lead by who looked at it; of what was proposed by whoever may decide."""
    opening.hold(session, recovery, S.LEAD, S.PROPOSED)
    opening.person(session, PROPOSERS | DECIDERS if recovery.state is S.LEAD else DECIDERS)
    told = recovery.state is S.PROPOSED
    opening.drop(session, recovery, opening.words(why, field="why", most=400))
    if told:
        notices.dropped(session, recovery)


def appeal(
    session: Session,
    recovery: Recovery,
    said: str,
    enclosed: Enclosed | None = None,
    *,
    confirmed: bool,
    today: date,
) -> None:
    """申请复核: once, by the founder, in time, with papers. What is due stays due meanwhile."""
    opening.hold(session, recovery, S.DECIDED)
    by = opening.person(session, {Role.FOUNDER})
    if recovery.appealed_at is not None:
        raise Conflict("对同一决定只能申请一次复核，本卷已申请过；仍不服的，可依决定书所载途径申请行政复议或提起诉讼")
    if recovery.appeal_until is None:
        raise Conflict("这项政策没有复核程序；不服决定的，可依决定书所载途径申请行政复议或提起诉讼")
    if today > recovery.appeal_until:
        raise Conflict(
            "申请复核的期限至%(day)s，已经超过；仍不服的，可依决定书所载途径申请行政复议或提起诉讼",
            day=str(recovery.appeal_until),
        )
    said = opening.words(said, field="said")
    if not confirmed:
        raise Invalid("这一步办理后不能撤销，请确认后再提交", field="confirmed")
    recovery.appealed_by_id, recovery.appealed_at = by, utcnow()
    enclosures.attach(session, recovery, opening.note(session, recovery, Act.APPEALED, said), enclosed)
    notices.appealed(session, recovery)


def judge(
    session: Session,
    registry: Registry,
    recovery: Recovery,
    opinion: str,
    *,
    upheld: bool,
    owed_fen: int | None,
    confirmed: bool,
    today: date,
) -> None:
    """The appeal is decided by somebody who neither proposed nor decided: it stays as it is, or less is owed (0:
    nothing). What is back already cannot be undone by it."""
    opening.hold(session, recovery, S.DECIDED)
    by = opening.person(session, DECIDERS)
    if recovery.appealed_at is None or recovery.judged_at is not None:
        raise Conflict("没有等待复核的申请，可能已有人办理；请刷新页面查看")
    if by in (recovery.proposed_by_id, recovery.decided_by_id):
        raise Forbidden("您提出或决定过这份追回，复核须由未参与的人员作出")
    said = opening.words(opinion, field="opinion", most=400)
    if not confirmed:
        raise Invalid("这一步办理后不能撤销，请确认后再提交", field="confirmed")
    recovery.judged_by_id, recovery.judged_at = by, utcnow()
    if upheld:
        _lower(session, recovery, owed_fen)
    opening.note(session, recovery, Act.UPHELD if upheld else Act.DISMISSED, said)
    notices.judged(session, recovery)
    if upheld and recovery.owed_fen == 0:
        opening.drop(session, recovery, "复核成立，不再追回")
        crediting.leave(session, registry, recovery, today)
    elif upheld:
        crediting.settle(session, registry, recovery, today=today)


def _lower(session: Session, recovery: Recovery, owed_fen: int | None) -> None:
    if owed_fen is None or not 0 <= owed_fen < recovery.owed_fen:
        raise Invalid("复核成立的，请填写改后的应追回金额，须低于原决定的金额", field="owed_fen")
    standing = crediting.standing(session, recovery)
    if owed_fen < standing:
        raise Conflict(
            "本卷已收回或正在抵扣%(fen)s元，改后的金额不能更低；多收的款项请另行退还，正在办理的抵扣请先移出批次",
            fen=f"{standing // 100:,}.{standing % 100:02d}",
        )
    lines = [amounts.Line.from_json(row) for row in recovery.lines]
    back = amounts.scaled({line.key: line.back_fen for line in lines}, owed_fen)
    recovery.lines = [
        amounts.Line(
            line.key, line.month, line.awarded_fen, line.awarded_fen - back[line.key], back[line.key], line.clause,
            line.why if back[line.key] else None,
        ).to_json()
        for line in lines
    ]  # fmt: skip
    recovery.owed_fen = owed_fen


def _demand(
    session: Session, recovery: Recovery, event: CaseEvent, *, pay_to: str, due_on: date | None, today: date
) -> None:
    account = " ".join(pay_to.split())
    if len(account) < 4:
        raise Invalid("请填写退回款项的收款账户（户名、开户行、账号）", field="pay_to")
    if len(account) > 200:
        raise Invalid("收款账户太长，最多200字，请精简", field="pay_to")
    due = due_on or default_due(session, recovery.case, today)
    if not 0 < (due - today).days <= MOST_DAYS:
        raise Invalid("退回期限应在今天之后、一年之内", field="due_on")
    recovery.pay_to, recovery.due_on = account, due
    papers.ask_repayment(
        session, recovery.case, event,
        amount_fen=recovery.owed_fen, due_on=due, pay_to=account, lines=recovery.lines,
    )  # fmt: skip
    opening.note(session, recovery, Act.DEMANDED)
    notices.demanded(session, recovery)


def default_due(session: Session, case: Case, today: date) -> date:
    return add_working_days(session, case.district_id, today, PAY_WITHIN)


def _set(recovery: Recovery, found: rerun.Found) -> None:
    recovery.paid_fen, recovery.owed_fen, recovery.lines = found.paid_fen, found.owed_fen, found.as_json()


def _hearing(session: Session, registry: Registry, case: Case, today: date) -> date:
    days = card_of(registry, case.policy_key).workflow.hearing_days
    return add_working_days(session, case.district_id, today, days)


def _require_heard(recovery: Recovery, today: date) -> None:
    """A statement is one to the amount that is proposed now: after it grew, the tenant is heard again."""
    asked = max(act.id for act in recovery.acts if act.kind in (Act.PROPOSED, Act.RECOMPUTED))
    if any(act.kind is Act.STATED and act.id > asked for act in recovery.acts):
        return
    if recovery.heard_until is not None and today <= recovery.heard_until:
        raise Conflict("陈述申辩期至%(day)s，企业尚未陈述；期满或收到陈述之后方可决定", day=str(recovery.heard_until))


def _require_payable(case: Case) -> None:
    if case.state not in PAYABLE:
        raise Conflict("申请件不在“已拨付”或“已办结”，暂不能追回；请刷新页面查看最新状态")
