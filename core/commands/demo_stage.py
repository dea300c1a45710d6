"""Who plays on the demonstration district: applications step by step, by the same services as the site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.commands.demo_district import HOST, PASSWORD, description
from core.data.asker import Asker, asking
from core.data.models import Case, DeskState, Membership, Role, SitePaper, StoredFile, Tenant, TenantKind, User
from core.policy import Outcome
from core.services import accounts, assessments, cases, desks, files, moves, payees, site_papers
from core.services.needs import Act
from core.services.rights import Scope

# Working days after the application: when each step is done (the calendar of November 2026).
DAYS = {"submit": 0, "accept": 1, "return": 1, "not_admit": 1, "first_pass": 2, "first_refuse": 2, "second_pass": 3,
        "refuse": 3, "publish": 3, "object": 3, "approve": 9, "pay": 10, "close": 11, "appeal": 10,
        "dismiss_appeal": 12, "propose_revocation": 11, "statement": 12, "revoke": 13, "withdraw": 1,
        "admit": 1, "hand_back": 1, "turn_away": 1, "decline": 2, "finish": 9}  # fmt: skip
WHO = {
    "accept": "window", "return": "window", "not_admit": "window",
    "first_pass": "first", "first_refuse": "first",
    "second_pass": "second", "refuse": "second", "publish": "second",
    "approve": "approver",
    "dismiss_appeal": "approver", "propose_revocation": "second", "revoke": "approver",
    "object": "window", "close": "window",
}  # fmt: skip
OWN = ("submit", "withdraw", "appeal", "statement")  # the applicant's own acts
SAID = {
    "return": Act(
        opinion="申请表未加盖公章，营业执照照片不清晰，请一并补正。", reasons=("missing_document", "unclear_document")
    ),
    "not_admit": Act(opinion="该事项不在本窗口受理范围。", reasons=("not_competent",), confirmed=True),
    "hand_back": Act(
        opinion="辅导需求只写了一句话，请写明目前卡在哪里、希望导师帮什么。", reasons=("missing_document",)
    ),
    "turn_away": Act(
        opinion="所需的是诉讼代理，不在创业导师服务的范围内，请联系律师事务所。",
        reasons=("not_competent",),
        confirmed=True,
    ),
    "decline": Act(opinion="贵司目前已有结对的导师，本轮不再安排。", confirmed=True),
    "object": Act(opinion="收到实名异议，转复审核查。"),
    "first_refuse": Act(opinion="经逐条核对，不符合补贴条件。"),
    "appeal": Act(
        opinion="通知书认定的情况与事实不符：我司已于本月补充提交证明，请重新核对后作出决定。", confirmed=True
    ),
    "dismiss_appeal": Act(opinion="经复核，原认定事实清楚，补充材料不足以改变结论。", confirmed=True),
    "propose_revocation": Act(
        opinion="核查社保系统发现，申请期间一名参保人员的缴费系事后补缴，与申请材料不符。",
        reasons=("false_statement",),
    ),
    "statement": Act(opinion="该员工一直在岗，补缴系因社保账户开立较晚，附考勤记录和工资流水，请予核实。"),
    "revoke": Act(opinion="经听取陈述并核实，事实清楚，予以撤销。", confirmed=True),
}


@dataclass(frozen=True)
class Scheme:
    """A policy, what is answered to its questions, and the papers it asks for."""

    key: str
    answers: Mapping[str, Any]
    bundle: Mapping[str, bytes]


class Stage:
    """Who plays."""

    def __init__(self, session: Session, app: Flask) -> None:
        self.session, self.registry = session, app.extensions["registry"]
        self.store: Path = app.extensions["settings"].files
        self.applicants: dict[int, User] = {}
        plan = description()["application"]
        self.applied_on = date.fromisoformat(plan["applied_on"])
        self.period = (str(plan["from"]), str(plan["to"]))
        self.logins = iter(("founder", *([""] * 27)))
        staff = session.scalars(select(User).where(User.email.like(f"%@{HOST}")))
        self.staff = {user.email.partition("@")[0]: user for user in staff}

    def confirm_papers(self) -> None:
        """The window has looked at what the operators hold for their sites."""
        with asking(self.session, asker_of(self.staff["window"], None)):
            for paper in self.session.scalars(select(SitePaper)):
                site_papers.confirm(self.session, paper)

    def sort(self, scheme: Scheme) -> tuple[list[Tenant], list[Tenant], list[Tenant]]:
        """The companies by what the rules say of them on the day of application."""
        found: dict[Outcome, list[Tenant]] = {outcome: [] for outcome in Outcome}
        companies = select(Tenant).where(Tenant.kind == TenantKind.COMPANY).order_by(Tenant.id)
        for tenant in self.session.scalars(companies):
            found[self._outcome(scheme, tenant)].append(tenant)
        return found[Outcome.ELIGIBLE], found[Outcome.INELIGIBLE], found[Outcome.NEEDS_INFORMATION]

    def _outcome(self, scheme: Scheme, tenant: Tenant) -> Outcome:
        savepoint = self.session.begin_nested()
        case = cases.start(self.session, self.registry, tenant, policy_key=scheme.key, period_from=self.period[0],
                           period_to=self.period[1])  # fmt: skip
        outcome = assessments.assess(self.session, case, self.registry, self.applied_on).decision.outcome
        savepoint.rollback()
        return outcome

    def walk(self, scheme: Scheme, tenant: Tenant, road: tuple[str, ...], *, who: str = "") -> Case:
        """One application along `road`; an empty one stays a draft. `who` makes the steps that are not the applicant's
        instead of the district's staff."""
        user = self._applicant(tenant, drafting=not road)
        with asking(self.session, asker_of(user, Role.FOUNDER)):
            case = cases.start(self.session, self.registry, tenant, policy_key=scheme.key, period_from=self.period[0],
                               period_to=self.period[1])  # fmt: skip
            account = account_of(tenant)
            cases.save(
                self.session, case, version=None,
                values={"payee_bank": "示例银行示例支行", "payee_bank_code": "102290000018", "payee_account": account,
                        "answers": scheme.answers},
            )  # fmt: skip
            for kind, body in list(scheme.bundle.items())[: None if road else 3]:
                file: StoredFile = files.accept(self.session, self.store, tenant, files.check(f"{kind}.pdf", body))
                cases.attach(self.session, case, kind=kind, file=file, registry=self.registry)
        for code in road:
            self.act(case, code, user, who=who)
        return case

    def act(self, case: Case, code: str, applicant: User | None = None, *, who: str = "") -> None:
        """One step, by the applicant or by whoever of the staff does it; `who` names another."""
        user = applicant if code in OWN and applicant is not None else self.staff[who or WHO[code]]
        day = after(self.applied_on, DAYS[code])
        role = Role.FOUNDER if code in OWN else None
        said = SAID.get(code, Act(confirmed=True))
        hour = datetime.combine(day, time(9, 10 + case.id % 45), SHANGHAI) + timedelta(hours=len(code) % 7)
        with asking(self.session, asker_of(user, role)):
            if code == "first_pass":
                self._ask_desks(case)
            moves.move(self.session, self.registry, case, code, said, today=day, at=hour.astimezone(UTC))
            if code == "first_pass":
                licence = next((d.id for d in case.documents if d.kind == "business_licence"), case.documents[0].id)
                payees.check(self.session, case, document_id=licence, note="户名与营业执照一致，账号与盖章申请表一致")

    def _ask_desks(self, case: Case) -> None:
        """The desks have looked, and found nothing wrong."""
        for it in desks.answers(self.session, self.registry, case):
            if it.state is DeskState.OPEN:
                desks.answer(self.session, self.registry, case, it.key, DeskState.PASSED, "")

    def _applicant(self, tenant: Tenant, *, drafting: bool) -> User:
        """The tenant's founder as a user. Two of them can sign in; the others have no password."""
        if tenant.id in self.applicants:
            return self.applicants[tenant.id]
        login = (
            "applicant" if drafting and "applicant" not in self.staff else next(self.logins, "") if not drafting else ""
        )
        name = tenant.founders[0].name if tenant.founders else "创始人"
        user = accounts.make_user(
            self.session,
            email=f"{login or f'tenant-{tenant.id}'}@{HOST}",
            name=name,
            password=PASSWORD if login else None,
            demonstration=True,
        )
        if login:
            self.staff[login] = user
        scope = Scope(district_id=tenant.operator.district_id, operator_id=tenant.operator_id, tenant_id=tenant.id)
        accounts.grant(self.session, user, Role.FOUNDER, scope, starts_on=date(2026, 1, 1))
        self.applicants[tenant.id] = user
        return user


SHARED_ACCOUNTS = {13: 12}  # this tenant is paid to that one's account: a lead for the auditors


def account_of(tenant: Tenant) -> str:
    """The account number that a tenant applies with."""
    return f"62220200{SHARED_ACCOUNTS.get(tenant.id, tenant.id):08d}"


def asker_of(user: User, role: Role | None) -> Asker:
    wanted: Iterator[Membership] = (m for m in user.memberships if role is None or m.role is role)
    return Asker.member(next(wanted))


def after(day: date, working_days: int) -> date:
    """Weekdays on; November 2026 has no holidays."""
    while working_days > 0:
        day += timedelta(days=1)
        working_days -= day.weekday() < 5
    return day
