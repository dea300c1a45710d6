"""A whole district in a few rows: what the workflow, the access matrix and the browser tests play in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path

import pikepdf
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker, asking
from core.policy import Month, Registry
from core.services import cases, desks, files, moves, payees
from core.services.needs import Act
from tests import factories

APPLIED = date(2026, 11, 2)
ACCEPTED = date(2026, 11, 3)
REVIEWED = date(2026, 11, 5)
PUBLISHED = date(2026, 11, 9)
APPROVED = date(2026, 11, 20)
PERIOD = ("2025-11", "2026-10")
RENT_FEN = 450_000

STAFF = {
    "window": m.Role.WINDOW,
    "first": m.Role.FIRST_REVIEWER,
    "second": m.Role.SECOND_REVIEWER,
    "approver": m.Role.APPROVER,
    "payer": m.Role.PAYER,
    "auditor": m.Role.AUDITOR,
    "admin": m.Role.DISTRICT_ADMIN,
}


def months(first: str = PERIOD[0], count: int = 12) -> list[str]:
    start = Month.parse(first)
    return [str(start + n) for n in range(count)]


def paper(pages: int = 1) -> bytes:
    """The smallest PDF there is, as a paper to upload."""
    out = BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=(595, 842))
        pdf.save(out, static_id=True)
    return out.getvalue()


@dataclass
class Scene:
    """One district with its staff and one operator; tenants are added by `tenant()`."""

    session: Session
    registry: Registry
    files: Path
    name: str = "虹桥示范区"
    region: str | None = None
    policy: str = "rent_subsidy"
    district: m.District = field(init=False)
    operator: m.Operator = field(init=False)
    staff: dict[str, m.User] = field(init=False)
    manager: m.User = field(init=False)

    def __post_init__(self) -> None:
        session = self.session
        self.district = factories.district(session, name=self.name, region=self.region)
        department = factories.department(session, self.district)
        session.add(
            m.Issuer(
                district_id=self.district.id, name="示例区人才服务中心", name_en="Talent Service", mark="示人才",
                authority=True, department_id=department.id,
            )
        )  # fmt: skip
        factories.pool(session, self.district, self.policy)
        self.staff = {
            name: factories.user(session, role, district=self.district, department=department, name=f"{name}员")
            for name, role in STAFF.items()
        }
        self.operator = factories.operator(session, self.district)
        self.manager = factories.user(session, m.Role.OPERATOR_MANAGER, operator=self.operator)
        session.flush()

    def as_user(self, user: m.User) -> Asker:
        """The asker of a user's first membership."""
        self.session.refresh(user, ["memberships"])
        return Asker.member(user.memberships[0])

    def tenant(
        self, name: str | None = None, *, heads: int = 1, operator: m.Operator | None = None, **values: object
    ) -> m.Tenant:
        """A tenant that is eligible for a year's rent subsidy, with `heads` insured local people."""
        session, operator = self.session, operator or self.operator
        place = session.query(m.Site).filter_by(operator_id=operator.id).first() or factories.site(session, operator)
        tenant = factories.tenant(session, operator, name=name, **values)
        founder = factories.founder(session, tenant)
        space = factories.space(session, place, code=f"R{tenant.id}")
        lease = factories.lease(session, tenant, [space], monthly_rent_fen=RENT_FEN)
        numbers = [founder.id_number] + [factories.id_number() for _ in range(heads - 1)]
        people = [factories.person(session, tenant, name="参保人", number=n) for n in numbers]
        for month in months():
            factories.rent(session, lease, month)
            for person in people:
                factories.employment(session, person, month)
        return tenant

    def founder_of(self, tenant: m.Tenant) -> m.User:
        return factories.user(self.session, m.Role.FOUNDER, tenant=tenant)

    def empty_draft(self, tenant: m.Tenant, user: m.User, period: tuple[str, str] = PERIOD) -> m.Case:
        """A draft as it is just after "start"."""
        first, last = period
        with asking(self.session, self.as_user(user)):
            return cases.start(
                self.session, self.registry, tenant, policy_key=self.policy, period_from=first, period_to=last
            )

    def draft(self, tenant: m.Tenant, user: m.User, period: tuple[str, str] = PERIOD) -> m.Case:
        """A draft with every required paper and the payee filled in."""
        case = self.empty_draft(tenant, user, period)
        loaded = self.registry.get(self.policy)
        answers = {name: True for name in ("truthful", "only_once") if name in loaded.card.answers}
        filled = {
            "payee_bank": "示例银行",
            "payee_bank_code": "102290000018",
            "payee_account": "6222000012345678",
            "answers": answers,
        }
        with asking(self.session, self.as_user(user)):
            cases.save(self.session, case, version=None, values=filled)
            kept = files.accept(self.session, self.files, tenant, files.check("材料.pdf", paper()))
            for document in loaded.card.documents:
                if document.required:
                    cases.attach(self.session, case, kind=document.key, file=kept, registry=self.registry)
        return case

    def act(self, who: m.User, case: m.Case, code: str, today: date, **said: object) -> m.CaseEvent:
        """One move by one person on one day. Before the first review passes, the desks have found nothing wrong and
        the account was compared."""
        if code == "first_pass" and case.state is m.CaseState.ACCEPTED:
            self.ask_desks(case)
            if self.registry.card(case.policy_key).workflow.preset == "standard" and not payees.is_checked(case):
                self.check_payee(case)
        with asking(self.session, self.as_user(who)):
            return moves.move(self.session, self.registry, case, code, Act(**said), today=today)  # type: ignore[arg-type]

    def ask_desks(self, case: m.Case) -> None:
        """Every desk that has not answered yet finds nothing wrong."""
        with asking(self.session, self.as_user(self.staff["first"])):
            for it in desks.answers(self.session, self.registry, case):
                if it.state is m.DeskState.OPEN:
                    desks.answer(self.session, self.registry, case, it.key, m.DeskState.PASSED, "")

    def until(self, state: m.CaseState, tenant: m.Tenant | None = None) -> m.Case:
        """A case brought along the main road to `state` (submitted … approved)."""
        tenant = tenant or self.tenant()
        user = self.founder_of(tenant)
        case = self.draft(tenant, user)
        road = [
            (user, "submit", APPLIED), (self.staff["window"], "accept", ACCEPTED),
            (self.staff["first"], "first_pass", REVIEWED), (self.staff["second"], "second_pass", REVIEWED),
            (self.staff["second"], "publish", PUBLISHED), (self.staff["approver"], "approve", APPROVED),
        ]  # fmt: skip
        for who, code, day in road:
            if case.state is state:
                break
            self.act(who, case, code, day, confirmed=True)
        return case

    def check_payee(self, case: m.Case, note: str = "与开户许可证一致") -> m.PayeeCheck:
        """The first reviewer compares the account with a paper of the case."""
        with asking(self.session, self.as_user(self.staff["first"])):
            document = self.session.scalars(select(m.CaseDocument).where(m.CaseDocument.case_id == case.id)).first()
            return payees.check(self.session, case, document_id=document and document.id, note=note)
