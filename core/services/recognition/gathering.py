"""Reading the facts of a site from the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.data.models import (
    HOLDING,
    IN_FORCE,
    FundingKind,
    FundingRound,
    Indicator,
    Lease,
    LeaseSpace,
    Occupancy,
    OccupancyKind,
    Site,
    Space,
    SpaceKind,
    Stage,
    StageMove,
    Tenant,
)
from core.data.queries import bills
from core.data.queries.across import across
from core.policy import Month, add_months
from core.services.billing import income
from core.services.billing.tax import Income
from core.services.events import held_at
from core.services.mentors import appointed
from core.services.quarters import quarter_of, quarters
from core.services.recognition import mentoring
from core.services.recognition.facts import QUARTERS, Company, Facts, Reported

ONE_DAY = timedelta(days=1)


def facts_of(session: Session, site: Site, today: date) -> Facts:
    """The site on `today`."""
    year_from = add_months(today, -12)
    here = _housed(session, site, today, today)
    incubatees = session.scalars(
        select(Tenant.id).where(Tenant.id.in_(here), Tenant.stage == Stage.INCUBATOR).order_by(Tenant.id)
    ).all()
    year = _housed(session, site, year_from, today)
    rounds = _rounds(session, {*incubatees, *year})
    reported = _reported(session, incubatees)
    mentors = appointed(session, today).get(site.operator_id)  # None: the operator keeps no register
    held = held_at(session, site, today)  # None: its events are not kept here
    areas = (site.incubation_area_cm2, site.public_area_cm2)
    return Facts(
        on=today,
        year_from=year_from,
        floor_area_cm2=site.floor_area_cm2,
        last_quarters=_last_quarters(today),
        used_area_cm2=None if None in areas else sum(area or 0 for area in areas),
        companies=[Company(rounds.get(tenant, []), reported.get(tenant, {})) for tenant in incubatees],
        graduates=_graduates(session, site, today),
        fund_fen=site.fund_fen,
        staff=site.staff_count,
        professionals=site.professional_staff_count,
        mentors=site.mentor_count if mentors is None else mentors,
        mentored=None if mentors is None else mentoring.incubatees(session, today).get(site.operator_id, 0),
        events=site.yearly_event_count if held is None else held.events,
        months_open=_whole_months(site.opened_on, today) if site.opened_on else None,
        desks=session.scalar(
            select(func.coalesce(func.sum(func.coalesce(Space.capacity, 1)), 0)).where(
                Space.site_id == site.id, Space.kind == SpaceKind.DESK
            )
        )
        or 0,
        teams_within_year=len(year),
        registered_within_year=session.scalar(
            select(func.count()).where(
                Tenant.id.in_(year), Tenant.registered_on > year_from, Tenant.registered_on <= today
            )
        )
        or 0,
        year_financed=sum(any(day > year_from for day, _ in rounds.get(tenant, [])) for tenant in year),
        income=_income(session, site.operator_id, year_from + ONE_DAY, today),
    )


def _income(session: Session, operator_id: int, first: date, last: date) -> Income | None:
    """None where bills are not kept here for all of these days. Since when they are is the operator's own knowledge;
    that the share is not known is not."""
    with across(session, "recognition") as wide:
        book = bills.book(wide, operator_id)
    if book is None or Month.parse(book.from_month) > Month.of(first):
        return None
    return income.of_days(session, operator_id, first, last)


def _whole_months(first: date, last: date) -> int:
    """Months that are over between two days."""
    months = int(Month.of(last)) - int(Month.of(first))
    return months - (add_months(first, months) > last)


def _last_quarters(today: date) -> list[str]:
    """The last eight quarters that are over."""
    this = quarter_of(today)
    return quarters(f"{today.year - 3}Q1", this)[-2 * QUARTERS - 1 : -1]


def _housed(session: Session, site: Site, first: date, last: date) -> set[int]:
    """Tenants who leased a unit here and sat in it (实体入驻) on a day of the span."""
    leased = (
        select(Lease.tenant_id)
        .join(LeaseSpace, LeaseSpace.lease_id == Lease.id)
        .join(Space, Space.id == LeaseSpace.space_id)
        .where(
            Space.site_id == site.id,
            Lease.status.in_(HOLDING),
            Lease.starts_on <= last,
            or_(Lease.ends_on >= first, (Lease.ends_on.is_(None)) & (Lease.status.in_(IN_FORCE))),
        )
    )
    return set(
        session.scalars(
            select(Occupancy.tenant_id)
            .join(Tenant, Tenant.id == Occupancy.tenant_id)
            .where(
                Occupancy.tenant_id.in_(leased),
                Tenant.merged_into_id.is_(None),
                Occupancy.kind == OccupancyKind.PHYSICAL,
                Occupancy.from_on <= last,
                or_(Occupancy.to_on.is_(None), Occupancy.to_on >= first),
            )
        )
    )


def _graduates(session: Session, site: Site, today: date) -> int:
    """Tenants that graduated and ever leased a unit here."""
    leased = (
        select(Lease.tenant_id)
        .join(LeaseSpace, LeaseSpace.lease_id == Lease.id)
        .join(Space, Space.id == LeaseSpace.space_id)
        .where(Space.site_id == site.id, Lease.status.in_(HOLDING))
    )
    return (
        session.scalar(
            select(func.count(StageMove.tenant_id.distinct()))
            .join(Tenant, Tenant.id == StageMove.tenant_id)
            .where(
                StageMove.stage == Stage.GRADUATED,
                StageMove.from_on <= today,
                StageMove.tenant_id.in_(leased),
                Tenant.merged_into_id.is_(None),
            )
        )
        or 0
    )


def _rounds(session: Session, tenants: Collection[int]) -> dict[int, list[tuple[date, bool]]]:
    found: dict[int, list[tuple[date, bool]]] = defaultdict(list)
    for round_ in session.scalars(
        select(FundingRound).where(FundingRound.tenant_id.in_(tenants)).order_by(FundingRound.on, FundingRound.id)
    ):
        found[round_.tenant_id].append((round_.on, round_.kind is FundingKind.INCUBATION_FUND))
    return found


def _reported(session: Session, tenants: Collection[int]) -> dict[int, dict[str, Reported]]:
    found: dict[int, dict[str, Reported]] = defaultdict(dict)
    for row in session.scalars(select(Indicator).where(Indicator.tenant_id.in_(tenants))):
        found[row.tenant_id][row.quarter] = Reported(row.revenue_fen, row.rnd_fen, row.ip_applied, row.ip_held)
    return found
