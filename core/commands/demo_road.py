"""Beside the main road, on the demonstration district: appeals, revocations, and desks that look at their part."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from core.commands.demo_district import HOST, PASSWORD
from core.commands.demo_stage import Stage, asker_of
from core.data.asker import asking
from core.data.models import Case, CaseState, DeskState, Membership, Role, User
from core.services import accounts, desks
from core.services.rights import Scope

# Once letters are out and money is paid. Of a policy that has few cases: by the state they are in.
LATER = {
    CaseState.ISSUED: (("propose_revocation", "statement"), ("propose_revocation", "statement", "revoke")),
    CaseState.PAID: (("close",),),
}


def play(stage: Stage, policy: str) -> None:
    """One refusal is under appeal, one appeal was dismissed, and one refusal can be appealed. One award is about to be
    revoked, one was before it was paid, and one afterwards; one case is closed. At two cases desks have answered."""
    appealed, dismissed, refused, *_rest = _cases(stage, policy, CaseState.REFUSED)
    for case in (appealed, dismissed):
        stage.act(case, "appeal", _founder(stage, case))
    stage.act(dismissed, "dismiss_appeal")
    _account(stage, refused, "appellant", "林复")
    _account(stage, _cases(stage, policy, CaseState.RETURNED)[0], "correcting", "许正")

    *_others, unpaid, hearing = _cases(stage, policy, CaseState.ISSUED)
    paid = _cases(stage, policy, CaseState.PAID)[-1]
    for case in (hearing, unpaid, paid):
        stage.act(case, "propose_revocation")
        stage.act(case, "statement", _founder(stage, case))
    for case in (unpaid, paid):
        stage.act(case, "revoke")
    stage.act(_cases(stage, policy, CaseState.PAID)[-1], "close")
    _account(stage, hearing, "heard", "高申")

    first, second, *_rest = _cases(stage, policy, CaseState.ACCEPTED)
    with asking(stage.session, asker_of(stage.staff["first"], None)):
        for case in (first, second):
            desks.answer(stage.session, stage.registry, case, "insurance", DeskState.PASSED, "")
        note = "现场查看时仅一人办公，与参保人数不符，请补充说明。"
        desks.answer(stage.session, stage.registry, first, "premises", DeskState.OBJECTED, note)


def play_few(stage: Stage, policy: str) -> None:
    """What becomes of some cases of a policy that has few, the last in each state first: `LATER`."""
    for state, roads in LATER.items():
        for case, road in zip(reversed(_cases(stage, policy, state)), roads, strict=False):
            for code in road:
                stage.act(case, code, _founder(stage, case))


def finish(stage: Stage, policy: str, manager: str) -> None:
    """One of those who were given a place has had what it wanted."""
    stage.act(_cases(stage, policy, CaseState.ISSUED)[0], "finish", who=manager)


def _cases(stage: Stage, policy: str, state: CaseState) -> list[Case]:
    found = select(Case).where(Case.state == state, Case.policy_key == policy).order_by(Case.id)
    return list(stage.session.scalars(found))


def _founder(stage: Stage, case: Case) -> User:
    """The one who applied."""
    own = select(User).join(Membership, Membership.user_id == User.id).where(Membership.tenant_id == case.tenant_id)
    return stage.session.scalars(own.order_by(User.id).limit(1)).one()


def _account(stage: Stage, case: Case, login: str, name: str) -> None:
    """Another founder of the case's tenant, who can sign in."""
    user = accounts.make_user(stage.session, email=f"{login}@{HOST}", name=name, password=PASSWORD, demonstration=True)
    scope = Scope(case.district_id, None, case.operator_id, case.tenant_id)
    accounts.grant(stage.session, user, Role.FOUNDER, scope, starts_on=date(2026, 1, 1))
