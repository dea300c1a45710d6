"""Awards with their evidence and letters, written straight into the tables: rules of suspicion read what is there,
however it came there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker, asking
from core.services.dossiers import keys
from core.services.leads import EVER, Found, Period, finding
from core.services.leads.book import rules
from tests import factories

TODAY = date(2026, 11, 30)
APPROVED = datetime(2026, 11, 20, 2, tzinfo=UTC)
MONTHS = ("2026-04", "2026-05", "2026-06")
RENT_FEN = 450_000
_n = count(1)


@dataclass
class House:
    """A district with one operator and its people, and what the rules see in it."""

    session: Session
    district: m.District = field(init=False)
    operator: m.Operator = field(init=False)
    issuer: m.Issuer = field(init=False)
    site: m.Site = field(init=False)

    def __post_init__(self) -> None:
        self.district = factories.district(self.session, region="310109")
        self.operator = factories.operator(self.session, self.district)
        self.site = factories.site(self.session, self.operator)
        self.issuer = m.Issuer(
            district_id=self.district.id, name="人才中心", name_en="Centre", mark="示", authority=True
        )
        self.session.add(self.issuer)
        self.first, self.approver, self.auditor, self.admin = (
            factories.user(self.session, role, district=self.district)
            for role in (m.Role.FIRST_REVIEWER, m.Role.APPROVER, m.Role.AUDITOR, m.Role.DISTRICT_ADMIN)
        )
        self.session.flush()

    def tenant(self, operator: m.Operator | None = None, **values: Any) -> m.Tenant:
        said = {"registered_region": self.district.region, "contact_phone": f"139{next(_n):08d}"}
        return factories.tenant(self.session, operator or self.operator, **said | values)

    def award(
        self,
        tenant: m.Tenant,
        *,
        uses: Sequence[tuple[m.EvidenceLine, int]] = (),
        fen: int = 100_000,
        policy: str = "rent_subsidy",
        group: str = "rent",
        rule: m.StackingRule = m.StackingRule.EXCLUSIVE,
        account: str | None = None,
        rule_from: date | None = date(2025, 1, 1),
        letter: bool = True,
        approver: m.User | None = None,
        reviewer: m.User | None = None,
    ) -> m.Award:
        """A standing award on these lines, as the workflow would leave it, with its letter."""
        session, n = self.session, next(_n)
        of = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
        reviewer, approver = reviewer or self.first, approver or self.approver
        case = m.Case(
            district_id=self.district.id, number=f"K{n}", policy_key=policy, state=m.CaseState.ISSUED,
            period_from=MONTHS[0], period_to=MONTHS[-1], applied_on=date(2026, 11, 2), payee_name=tenant.name, **of,
        )  # fmt: skip
        case.payee_account = account or f"6222{n:012d}"
        session.add(case)
        session.flush()
        capsule = json.dumps({"reference_on": "2026-11-02"}).encode()
        decision = m.Decision(
            case_id=case.id, outcome="eligible", amount_fen=fen, rule_from=rule_from, demonstration=False,
            capsule=capsule, capsule_digest=f"sha256:{n:064d}", **of,
        )  # fmt: skip
        session.add(decision)
        session.flush()
        award = m.Award(
            case_id=case.id, decision_id=decision.id, policy_key=policy, amount_fen=fen, approved_at=APPROVED, **of
        )
        session.add(award)
        session.flush()
        for state, who in ((m.CaseState.FIRST_REVIEW, reviewer), (m.CaseState.APPROVED, approver)):
            session.add(
                m.CaseEvent(
                    case_id=case.id, move="first_pass" if who is reviewer else "approve", to_state=state, at=APPROVED,
                    actor_id=who.id, role="staff", **of,
                )
            )  # fmt: skip
        for line, used in uses:
            session.add(
                m.EvidenceUse(
                    line_id=line.id, award_id=award.id, policy_key=policy, stacking_group=group, rule=rule,
                    amount_fen=used, **of,
                )
            )  # fmt: skip
        if letter:
            self.letter(award)
        session.flush()
        return award

    def letter(self, award: m.Award, seq: int | None = None, **values: Any) -> m.Letter:
        n = next(_n)
        last = self.session.query(m.Letter).filter_by(issuer_id=self.issuer.id).count()
        given = {"status": m.LetterStatus.ISSUED, "file_sha256": f"{n:064d}", "amount_fen": award.amount_fen}
        row = m.Letter(
            operator_id=award.operator_id, tenant_id=award.tenant_id, district_id=self.district.id,
            case_id=award.case_id, decision_id=award.decision_id, award_id=award.id, kind=m.LetterKind.AWARD,
            issuer_id=self.issuer.id, year=2026, seq=seq or last + 1, number=f"示〔2026〕{n}号",
            check_code=f"C{n}", issued_on=date(2026, 11, 21), capsule_digest=f"sha256:{n:064d}", **given | values,
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        return row

    def rent_line(
        self, tenant: m.Tenant, month: str, fen: int = RENT_FEN, place: str = "A-101", *, book: bool = True
    ) -> m.EvidenceLine:
        """A rent month, with its receipt in the book."""
        if book:
            self.receipt(tenant, month, fen)
        return self._line(
            tenant, m.EvidenceKind.RENT_MONTH, keys.rent_month(tenant.uscc or "", month, place), month, fen
        )

    def receipt(self, tenant: m.Tenant, month: str, fen: int = RENT_FEN, **values: Any) -> m.RentPayment:
        lease = self.lease(tenant)
        return factories.rent(self.session, lease, month, fen, **{"voucher": f"V{next(_n)}"} | values)

    def lease(self, tenant: m.Tenant, **values: Any) -> m.Lease:
        """The tenant's one lease."""
        found = self.session.query(m.Lease).filter_by(tenant_id=tenant.id).one_or_none()
        if found is None:
            unit = factories.space(self.session, self.site, code=f"R{next(_n)}", area_cm2=500_000)
            found = factories.lease(self.session, tenant, [unit], monthly_rent_fen=RENT_FEN, **values)
        return found

    def rented(self, tenant: m.Tenant, **values: Any) -> m.Award:
        """An award on all months of the tenant's rent."""
        return self.award(tenant, uses=[(self.rent_line(tenant, month), 30_000) for month in MONTHS], **values)

    def insured_line(self, person: m.InsuredPerson, month: str) -> m.EvidenceLine:
        tenant = self.session.get_one(m.Tenant, person.tenant_id)
        factories.employment(self.session, person, month)
        key = keys.insured_month(person.id_number_once, month)
        return self._line(tenant, m.EvidenceKind.INSURED_MONTH, key, month, None)

    def insured(self, person: m.InsuredPerson, months: Sequence[str] = MONTHS, **values: Any) -> m.Award:
        tenant = self.session.get_one(m.Tenant, person.tenant_id)
        lines = [(self.insured_line(person, month), 10_000) for month in months]
        return self.award(tenant, uses=lines, policy="employment_subsidy", group="social_insurance", **values)

    def _line(self, tenant: m.Tenant, kind: m.EvidenceKind, key: str, month: str, fen: int | None) -> m.EvidenceLine:
        row = m.EvidenceLine(
            operator_id=tenant.operator_id, tenant_id=tenant.id, kind=kind, natural_key=key, month=month,
            amount_fen=fen, source="tests:1", grade=m.Grade.OPERATOR,
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        return row

    def sees(self, code: str) -> list[Found]:
        """What one rule sees today."""
        self.session.flush()
        return finding.look(self.session, self.district, Period(EVER, TODAY), [rules()[code]])[code]

    def run(self, code: str) -> dict[str, int]:
        """One rule, found and kept."""
        (done,) = finding.run(self.session, self.district, today=TODAY, codes=[code])
        return dict(done.counts)

    def leads(self, code: str) -> list[m.Lead]:
        return self.session.query(m.Lead).filter_by(district_id=self.district.id, rule=code).order_by(m.Lead.id).all()

    def as_(self, user: m.User) -> Any:
        self.session.refresh(user, ["memberships"])
        return asking(self.session, Asker.member(user.memberships[0]))


@pytest.fixture
def house(session: Session) -> House:
    return House(session)
