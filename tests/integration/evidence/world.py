"""A small district: one company that moved from operator A to operator B, and what it takes to grant it something."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from core.data import engine as rules
from core.data import models as m
from core.data.asker import Asker, Reach
from core.data.crypto import Keyring
from core.services import dossiers, evidence
from tests import factories as f

FROM, TO, APPLIED = "2025-03", "2026-02", date(2026, 3, 10)
GROUP = "rent"
_numbers = itertools.count(1)


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """An engine under the product's rules, with keys in place."""
    Keyring({1: b"k" * 32}).use()
    engine = create_engine(url, pool_size=20)
    rules.configure(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def system(engine: Engine) -> Session:
    return Session(engine, expire_on_commit=False, info={"asker": Asker.system("tests")})


@dataclass
class World:
    """`old` is the company's tenancy at operator `a` (to June 2025), `new` the one at `b`, which applies."""

    district: m.District
    a: m.Operator
    b: m.Operator
    old: m.Tenant
    new: m.Tenant
    founder: m.Founder
    lease: m.Lease

    @property
    def officer(self) -> Asker:
        return Asker(Reach.DISTRICT, user_id=None, name="officer", district_id=self.district.id)

    def applicant(self, tenant: m.Tenant | None = None) -> Asker:
        who = tenant or self.new
        return Asker(
            Reach.TENANT,
            name="applicant",
            district_id=self.district.id,
            operator_id=who.operator_id,
            tenant_id=who.id,
        )

    def staff(self, operator: m.Operator) -> Asker:
        return Asker(Reach.OPERATOR, name="staff", district_id=self.district.id, operator_id=operator.id)


def build(session: Session) -> World:
    district = f.district(session)
    a, b = f.operator(session, district, name="甲园区"), f.operator(session, district, name="乙空间")
    code = f.uscc(7)
    old = f.tenant(session, a, name="青禾科技有限公司", uscc=code)
    new = f.tenant(session, b, name="青禾科技有限公司", uscc=code)
    founder = f.founder(session, new, name="林青禾", number=f.id_number(1))
    old_lease = f.lease(
        session, old, [f.space(session, f.site(session, a, name="甲楼"), code="1-201")], ends_on=date(2025, 6, 30)
    )
    site = f.site(session, b, name="乙楼", address="虹桥示范区东湖路 88 号")
    lease = f.lease(session, new, [f.space(session, site, code="B-301")], starts_on=date(2025, 7, 1))
    for month in ("2025-03", "2025-04", "2025-05", "2025-06"):
        f.rent(session, old_lease, month, 100_000)
    for month in ("2025-07", "2025-08", "2025-09"):
        f.rent(session, lease, month, 200_000)
    f.employment(session, f.person(session, old, name="周小满", number=f.id_number(2)), "2025-05")
    f.employment(session, f.person(session, new, name="周小满", number=f.id_number(2)), "2025-07")
    f.employment(session, f.person(session, new, name="林青禾", number=f.id_number(1)), "2025-07")
    session.commit()
    return World(district, a, b, old, new, founder, lease)


def freeze(session: Session, tenant: m.Tenant, first: str = FROM, last: str = TO) -> dossiers.Frozen:
    return dossiers.freeze(session, tenant, period_from=first, period_to=last, applied_on=APPLIED)


def award(session: Session, tenant: m.Tenant, *, letter: str | None = None, policy: str = "rent_subsidy") -> m.Award:
    """An award with its case and decision; with `letter`, the number of its letter."""
    n = next(_numbers)
    operator = session.get_one(m.Operator, tenant.operator_id)
    scope = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
    case = m.Case(
        district_id=operator.district_id,
        number=f"RS2026-{n:06d}",
        policy_key=policy,
        state=m.CaseState.PUBLISHED,
        period_from=FROM,
        period_to=TO,
        **scope,
    )
    session.add(case)
    session.flush()
    decision = m.Decision(
        case_id=case.id,
        outcome="eligible",
        amount_fen=280_000,
        rule_from=date(2023, 1, 1),
        demonstration=True,
        capsule=b"{}",
        capsule_digest="sha256:" + "0" * 64,
        **scope,
    )
    session.add(decision)
    session.flush()
    made = m.Award(case_id=case.id, decision_id=decision.id, policy_key=policy, amount_fen=280_000, **scope)
    session.add(made)
    session.flush()
    if letter is not None:
        give_letter(session, made, letter)
    return made


def give_letter(session: Session, award: m.Award, number: str) -> m.Letter:
    n = next(_numbers)
    case = session.get_one(m.Case, award.case_id)
    issuer = m.Issuer(district_id=case.district_id, name="示例中心", name_en="Example", mark=f"例{n}", authority=True)
    session.add(issuer)
    session.flush()
    letter = m.Letter(
        operator_id=award.operator_id,
        tenant_id=award.tenant_id,
        district_id=case.district_id,
        case_id=case.id,
        decision_id=award.decision_id,
        award_id=award.id,
        kind=m.LetterKind.AWARD,
        issuer_id=issuer.id,
        year=2026,
        seq=n,
        number=number,
        check_code=f"CODE{n:06d}",
        issued_on=APPLIED,
        amount_fen=award.amount_fen,
        capsule_digest="sha256:" + "0" * 64,
    )
    session.add(letter)
    session.flush()
    return letter


def spend(
    session: Session,
    award: m.Award,
    frozen: dossiers.Frozen,
    uses: dict[str, int],
    *,
    group: str = GROUP,
    rule: m.StackingRule = m.StackingRule.EXCLUSIVE,
) -> None:
    evidence.spend(session, award, uses=uses, evidence=frozen.evidence, group=group, rule=rule)
