"""What auditors found in the demonstration: a finding in every state, an overdue one, and what is asked of the
desks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import case, select
from sqlalchemy.orm import Session

import core
from core.commands.demo_district import most_asked_for
from core.commands.demo_papers import paper
from core.commands.demo_stage import Stage, asker_of
from core.commands.setting_up import asking_as
from core.data.asker import asking
from core.data.models import (
    Award,
    Case,
    CaseState,
    Department,
    Finding,
    FindingSeverity,
    FindingState,
    Letter,
    LetterStatus,
    Membership,
    ProposalKind,
    Role,
    User,
)
from core.services import files
from core.services.findings import acting, proposing, writing
from core.services.findings.enclosures import Enclosed
from core.services.recovery.deciding import PAYABLE

S = FindingState
RULES = "房租补贴演示规则"
HEADS = f"{RULES}第七条：金额按本单位参保的本市户籍从业人员计算。"
PAID = f"{RULES}第八条：补贴以申请单位在本区实际支付的房租为限。"
PAYER = f"{RULES}第九条：房租由申请单位支付，由他人代付的须说明原因。"
PREMISES = f"{RULES}第十条：独立、合法的场地，租期覆盖有房租的各月。"
CAP = f"{RULES}第十二条：补贴不超过实际支付的租金。"
KEPT = "示例区办理规程（演示）：办理材料和核对过程须随申请件留存。"
FOUND: tuple[tuple[FindingState, str, str, str, FindingSeverity, int | None], ...] = (
    (S.DRAFT, "同一发票号码出现在两个月的凭据中", "两个月的租金凭据引用同一发票号码，待核对原件。", PAID,
     FindingSeverity.MODERATE, 240_000),
    (S.ISSUED, "租金收款缺少银行回单", "抽查收款台账，三笔房租只登记了收据，没有银行回单。", PAID,
     FindingSeverity.MODERATE, 180_000),
    (S.RESPONDED, "参保人数与社保系统不一致", "申请期间有一个月的参保人数比社保系统多1人。", HEADS,
     FindingSeverity.SERIOUS, 120_000),
    (S.NOT_ACCEPTED, "入驻协议的面积与平面图不符", "协议面积比平面图上的单元多12平方米。", PREMISES,
     FindingSeverity.MINOR, None),
    (S.ESCALATED, "租金单价高于备案价", "核定所用的单价比备案价每平方米每天高0.3元。", CAP,
     FindingSeverity.SERIOUS, 360_000),
    (S.CORRECTING, "公示材料未留存", "公示截图没有存入申请件。", KEPT, FindingSeverity.MINOR, None),
    (S.CORRECTED, "凭据月份登记有误", "申请期间一个月的租金登记在次月，核定金额不受影响。", PAID,
     FindingSeverity.MINOR, 0),
    (S.REOPENED, "台账与申请材料的承租人不一致", "台账的承租人是关联企业，不是申请单位。", PAYER,
     FindingSeverity.SERIOUS, 300_000),
    (S.CLOSED, "初审意见未写明核对过程", "初审意见只写“通过”，没有写明核对了哪些材料。", KEPT,
     FindingSeverity.MINOR, None),
    (S.WITHDRAWN, "重复享受租金补贴", "疑似与外区补贴重复；经核对，外区未发放。", PAID,
     FindingSeverity.MODERATE, 150_000),
)  # fmt: skip
LONG_AGO = timedelta(days=21)  # before any letter of the demonstration: one was served then, and nobody has answered
# Roads from being served to each state: who, and what they do and say.
ANSWER = ("them", "respond", "情况属实，已安排核对，附说明。")
ROADS: dict[FindingState, tuple[tuple[str, str, str], ...]] = {
    S.RESPONDED: (ANSWER,),
    S.NOT_ACCEPTED: (ANSWER, ("auditor", "dismiss", "答复没有说明差异的原因，请提供测绘图和台账。")),
    S.CORRECTING: (ANSWER, ("auditor", "order", "请补齐留存材料，并检查同期的其他申请件。")),
}
ROADS[S.ESCALATED] = (*ROADS[S.NOT_ACCEPTED], ("auditor", "escalate", "双方对备案价的适用时间理解不一致，请区级决定。"))
ROADS[S.CORRECTED] = (*ROADS[S.CORRECTING], ("them", "report", "已更正台账，附更正前后的对照表。"))
ROADS[S.REOPENED] = (*ROADS[S.CORRECTED], ("auditor-2", "reopen", "对照表缺少承租人变更的依据，请补充。"))
ROADS[S.CLOSED] = (*ROADS[S.CORRECTED], ("auditor-2", "close", "已逐项核对对照表和原件，整改到位。"))
ROADS[S.WITHDRAWN] = (ANSWER, ("auditor", "withdraw", "经向外区核实，没有重复发放，予以撤回。"))
WITH_DAYS = {"dismiss": 10, "order": 30, "reopen": 15}


def play(app: Flask, *, say: Callable[[str], None]) -> None:
    with asking_as(app, "seed", write=True) as session:
        stage, today = Stage(session, app), core.today().date()
        made = [_one(stage, letter, found, today) for letter, found in zip(_letters(session), FOUND, strict=False)]
        _propose(stage, made, today)
        say("findings   " + ", ".join(f"{it.number} {it.state}" for it in made))


def _letters(session: Session) -> list[Letter]:
    """Letters of awards that stand, of cases that are at an end or wait for their payment."""
    wanted = (
        select(Letter)
        .join(Case, Case.id == Letter.case_id)
        .join(Award, Award.id == Letter.award_id)
        .where(Letter.status == LetterStatus.ISSUED, Award.revoked_at.is_(None), Award.amount_fen > 0)
        .where(Case.state.in_((*PAYABLE, CaseState.ISSUED)), Case.policy_key == most_asked_for())
    )
    paid_first = case((Case.state.in_(PAYABLE), 0), else_=1)
    return list(session.scalars(wanted.order_by(paid_first, Letter.id.desc()).limit(len(FOUND))))


def _one(stage: Stage, letter: Letter, found: Any, today: date) -> Finding:
    state, title, fact, criterion, severity, amount = found
    session = stage.session
    centre = session.scalars(select(Department).where(Department.code == "centre")).one()
    # What the desks did is the department's to answer, what operators keep is theirs.
    to = (
        {"to_department_id": centre.id} if state in (S.CORRECTING, S.CLOSED) else {"to_operator_id": letter.operator_id}
    )
    early = state is S.ISSUED
    served = today - LONG_AGO if early else today
    at = datetime.combine(served, time(10), core.SHANGHAI).astimezone(UTC) if early else None
    text = {
        "title": title, "fact": fact if early else f"{letter.number}：{fact}", "criterion": criterion,
        "severity": severity, "cause": "登记时没有核对原件。", "effect": "核定金额可能不准确。", "amount_fen": amount,
        "recommendation": "逐笔核对原件，更正台账，并说明防止再发生的办法。",
    }  # fmt: skip
    with asking(session, asker_of(stage.staff["auditor"], None)):
        about = writing.origin(session, letter_id=None if early else letter.id)
        finding = writing.begin(session, about, text | to, at=at)
        if state is not S.DRAFT:
            writing.issue(session, finding, days=10, confirmed=True, today=served, at=at)
    for who, what, said in ROADS.get(state, ()):
        _step(stage, finding, who, what, said, today)
    return finding


def _step(stage: Stage, finding: Finding, who: str, what: str, said: str, today: date) -> None:
    session, more = stage.session, dict[str, Any]()
    if what in WITH_DAYS:
        more["days"] = WITH_DAYS[what]
    if what == "respond":
        more["agreed"] = True
    if what == "close":
        more["confirmed"] = True
    if what in ("respond", "report"):
        kept = files.check("说明.pdf", paper("情况说明" if what == "respond" else "更正对照表"))
        more["enclosed"] = Enclosed(stage.store, [kept])
    user, role = _them(stage, finding) if who == "them" else (stage.staff[who], None)
    with asking(session, asker_of(user, role)):
        getattr(acting, what)(session, finding, said, today=today, **more)


def _them(stage: Stage, finding: Finding) -> tuple[User, Role | None]:
    """Somebody of whom it was served on."""
    if finding.to_department_id is not None:
        return stage.staff["first"], None
    of = select(User).join(Membership, Membership.user_id == User.id)
    managers = of.where(Membership.operator_id == finding.to_operator_id, Membership.role == Role.OPERATOR_MANAGER)
    return stage.session.scalars(managers.order_by(User.id)).first() or stage.staff["first"], Role.OPERATOR_MANAGER


def _propose(stage: Stage, made: list[Finding], today: date) -> None:
    """Of one a recovery is asked for and declined, of another a revocation, which waits for the desk."""
    session = stage.session
    by_state = {it.state: it for it in made}
    with asking(session, asker_of(stage.staff["auditor"], None)):
        said = "凭据的承租人不是申请单位，建议撤销核定。"
        if S.REOPENED in by_state:
            proposing.propose(session, by_state[S.REOPENED], ProposalKind.REVOKE, said, today=today)
        asked_of = by_state.get(S.RESPONDED)
        if asked_of is None or asked_of.case is None or asked_of.case.state not in PAYABLE:
            return
        said = "参保人数少1人，建议核对是否须追回。"
        asked = proposing.propose(session, asked_of, ProposalKind.RECOVER, said, today=today)
    with asking(session, asker_of(stage.staff["first"], None)):
        proposing.decline(session, asked, "按核定时的规则重新核算，这个月不影响金额，没有应追回的。")
