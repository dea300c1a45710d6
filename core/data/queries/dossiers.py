"""What is recorded of one enterprise in its whole district: the reads behind a dossier."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import distinct, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.data.models import (
    HOLDING,
    Award,
    Case,
    District,
    Employment,
    Enterprise,
    Founder,
    Lease,
    LeaseSpace,
    Letter,
    LetterStatus,
    MentoringNeed,
    Milestone,
    MilestoneKind,
    Operator,
    Pairing,
    RentPayment,
    Site,
    Space,
    StageMove,
    Tenant,
)


@dataclass(frozen=True, slots=True)
class Granted:
    """An award in force, with the number people know it by: its letter's, or its case's while it has no letter."""

    award: Award
    number: str
    period: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Records:
    """One enterprise: the tenancy that applies, and what is known from all its tenancies in the district."""

    district: District
    tenant: Tenant
    uscc: str | None
    founders: Sequence[Founder]
    leases: Sequence[Lease]
    payments: Sequence[RentPayment]
    employments: Sequence[Employment]
    stages: Sequence[StageMove]
    prizes: Sequence[Milestone]
    awards: Sequence[Granted]
    needs: Sequence[MentoringNeed]
    running_pairs: int


def records(wide: Session, tenant_id: int, *, first: str, last: str, applied_on: date) -> Records:
    """Read them. `wide` sees the district (`across`); rent is read from month `first` to `last`, both included,
    employment up to the month of application, stages begun and prizes won by then."""
    tenant = wide.scalars(select(Tenant).where(Tenant.id == tenant_id)).one()
    district = wide.scalars(
        select(District).join(Operator, Operator.district_id == District.id).where(Operator.id == tenant.operator_id)
    ).one()
    uscc = tenant.uscc or wide.scalar(select(Enterprise.uscc).where(Enterprise.id == tenant.enterprise_id))
    same = [Tenant.id == tenant.id]
    if tenant.enterprise_id is not None:
        same.append(Tenant.enterprise_id == tenant.enterprise_id)
    ids = wide.scalars(
        select(Tenant.id)
        .join(Operator, Operator.id == Tenant.operator_id)
        .where(or_(*same), Operator.district_id == district.id)
    ).all()
    shared = _sharing_a_founder(wide, tenant, district.id, ids)
    leases = wide.scalars(
        select(Lease)
        .where(Lease.tenant_id.in_(ids), Lease.status.in_(HOLDING))
        .options(
            selectinload(Lease.spaces).joinedload(LeaseSpace.space).joinedload(Space.site).selectinload(Site.papers)
        )
    ).all()
    return Records(
        district=district,
        tenant=tenant,
        uscc=uscc,
        founders=wide.scalars(select(Founder).where(Founder.tenant_id.in_([*ids, *shared]))).all(),
        leases=leases,
        payments=wide.scalars(
            select(RentPayment).where(
                RentPayment.lease_id.in_([lease.id for lease in leases]), RentPayment.month.between(first, last)
            )
        ).all(),
        employments=wide.scalars(
            select(Employment)
            .where(Employment.tenant_id.in_(ids), Employment.month <= f"{applied_on:%Y-%m}")
            .options(joinedload(Employment.person))
        ).all(),
        stages=wide.scalars(
            select(StageMove).where(StageMove.tenant_id.in_(ids), StageMove.from_on <= applied_on)
        ).all(),
        prizes=wide.scalars(
            select(Milestone).where(
                Milestone.tenant_id.in_(ids),
                Milestone.kind == MilestoneKind.PRIZE,
                Milestone.reached_on <= applied_on,
            )
        ).all(),
        awards=_awards(wide, [*ids, *shared]),
        needs=wide.scalars(
            select(MentoringNeed)
            .where(MentoringNeed.tenant_id.in_(ids), MentoringNeed.withdrawn_on.is_(None))
            .order_by(MentoringNeed.stated_on, MentoringNeed.text)
        ).all(),
        running_pairs=wide.scalar(select(func.count()).where(Pairing.tenant_id.in_(ids), Pairing.ends_on.is_(None)))
        or 0,
    )


def _sharing_a_founder(wide: Session, tenant: Tenant, district_id: int, but: Collection[int]) -> Sequence[int]:
    """Other tenants of the district with a founder of this one: what is granted once to a founder was granted there."""
    own = select(Founder.id_number_once).where(Founder.tenant_id == tenant.id, Founder.id_number_once.is_not(None))
    return wide.scalars(
        select(Founder.tenant_id)
        .join(Operator, Operator.id == Founder.operator_id)
        .where(Founder.id_number_once.in_(own), Operator.district_id == district_id, Founder.tenant_id.not_in(but))
        .distinct()
        .order_by(Founder.tenant_id)
    ).all()


def _awards(wide: Session, tenant_ids: Collection[int]) -> list[Granted]:
    rows = wide.execute(
        select(Award, Case.number, Case.period_from, Case.period_to, Letter.number)
        .join(Case, Case.id == Award.case_id)
        .outerjoin(Letter, (Letter.award_id == Award.id) & (Letter.status != LetterStatus.VOID))
        .where(Award.tenant_id.in_(tenant_ids), Award.revoked_at.is_(None))
    ).all()
    return [Granted(award, letter or case, (first, last)) for award, case, first, last, letter in rows]


def insured_counts(wide: Session, tenant_id: int, months: Collection[str]) -> dict[str, int]:
    """Persons a tenant itself insured, by month; months without any are left out."""
    rows = wide.execute(
        select(Employment.month, func.count(distinct(Employment.person_id)).label("persons"))
        .join(Tenant, Tenant.id == Employment.tenant_id)
        .where(
            Employment.tenant_id == tenant_id,
            Employment.employer_uscc == Tenant.uscc,
            Employment.month.in_(months),
        )
        .group_by(Employment.month)
    ).all()
    return {row.month: row.persons for row in rows}
