"""What is on record about tenants' stages, read for many at once: plain values, a handful of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.data.models import (
    District,
    FundingRound,
    Indicator,
    Lease,
    LeaseSpace,
    Milestone,
    Occupancy,
    Operator,
    Site,
    Space,
    Stage,
    StageDecision,
    StageMove,
    StageParameter,
    Tenant,
    TenantKind,
)
from core.data.queries.places import held_on


@dataclass(slots=True)
class Known:
    """One tenant with everything that its criteria are read from."""

    id: int
    operator_id: int
    name: str
    kind: TenantKind
    stage: Stage
    registered_on: date | None
    registered_address: str | None
    industry: str | None
    district: str
    sites: list[str] = field(default_factory=list)  # addresses of its operator's sites
    moves: list[Any] = field(default_factory=list)
    occupancies: list[Any] = field(default_factory=list)
    milestones: list[Any] = field(default_factory=list)
    rounds: list[Any] = field(default_factory=list)
    indicators: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Held:
    """What a tenant sits in on a day."""

    area_cm2: int = 0
    list_rent_fen: int | None = 0  # the monthly list price of all of it; None where one has none by the month
    spaces: list[str] = field(default_factory=list)
    sites: dict[int, str] = field(default_factory=dict)


def known(
    session: Session, *, ids: Collection[int] | None = None, stages: Collection[Stage] | None = None
) -> list[Known]:
    """Tenants the asker may see, by name; those of `ids`, or those in `stages`. Merged duplicates are left out."""
    tenants, parts = _statements(ids is not None, stages is not None)
    asked = {name: list(values) for name, values in (("ids", ids), ("stages", stages)) if values is not None}
    found = {row.id: Known(*row) for row in session.execute(tenants, asked)}
    addresses: dict[int, list[str]] = defaultdict(list)
    for operator_id, address in session.execute(_ADDRESSES):
        addresses[operator_id].append(address)
    for tenant in found.values():
        tenant.sites = addresses[tenant.operator_id]
    for part, statement in parts.items():
        for row in session.execute(statement, asked):
            getattr(found[row.tenant_id], part).append(row)
    return list(found.values())


_ADDRESSES = select(Site.operator_id, Site.address).order_by(Site.id)


@lru_cache(maxsize=4)  # they take as long to make as to ask
def _statements(by_ids: bool, by_stages: bool) -> tuple[Select[Any], dict[str, Select[Any]]]:
    """The tenants, and what belongs to them by its place in `Known`."""
    wanted = select(Tenant.id).where(Tenant.merged_into_id.is_(None))
    if by_ids:
        wanted = wanted.where(Tenant.id.in_(bindparam("ids", expanding=True)))
    if by_stages:
        wanted = wanted.where(Tenant.stage.in_(bindparam("stages", expanding=True)))
    tenants = (
        select(
            Tenant.id,
            Tenant.operator_id,
            Tenant.name,
            Tenant.kind,
            Tenant.stage,
            Tenant.registered_on,
            Tenant.registered_address,
            Tenant.industry,
            District.name,
        )
        .join(Operator, Operator.id == Tenant.operator_id)
        .join(District, District.id == Operator.district_id)
        .where(Tenant.id.in_(wanted))
        .order_by(Tenant.name, Tenant.id)
    )

    def of(*columns: InstrumentedAttribute[Any]) -> Select[Any]:
        model = columns[0].class_
        return select(model.tenant_id, *columns).where(model.tenant_id.in_(wanted)).order_by(columns[0], model.id)

    return tenants, {
        "moves": of(StageMove.from_on, StageMove.to_on, StageMove.stage),
        "occupancies": of(Occupancy.from_on, Occupancy.to_on, Occupancy.kind),
        "milestones": of(Milestone.reached_on, Milestone.until, Milestone.kind),
        "rounds": of(FundingRound.on, FundingRound.kind, FundingRound.amount_fen),
        "indicators": of(Indicator.quarter, Indicator.revenue_fen, Indicator.staff),
    }


def held(session: Session, day: date, *, ids: Collection[int] | None = None) -> dict[int, Held]:
    """What each tenant sits in on a day: the spaces of its leases that run then."""
    statement = (
        select(
            Lease.tenant_id,
            Space.id,
            Space.code,
            Space.area_cm2,
            Space.list_price_fen,
            Space.price_unit,
            Site.id,
            Site.name,
        )
        .join(LeaseSpace, LeaseSpace.lease_id == Lease.id)
        .join(Space, Space.id == LeaseSpace.space_id)
        .join(Site, Site.id == Space.site_id)
        .where(held_on(day))
        .order_by(Lease.tenant_id, Site.name, Space.code)
    )
    if ids is not None:
        statement = statement.where(Lease.tenant_id.in_(ids))
    found: dict[int, Held] = {}
    seen: set[tuple[int, int]] = set()
    for tenant_id, space_id, code, area, price, unit, site_id, site in session.execute(statement):
        if (tenant_id, space_id) in seen:  # two leases of one room overlap: it is there once
            continue
        seen.add((tenant_id, space_id))
        it = found.setdefault(tenant_id, Held())
        it.area_cm2 += area
        it.spaces.append(code)
        it.sites[site_id] = site
        monthly = _monthly(price, unit, area)
        it.list_rent_fen = None if monthly is None or it.list_rent_fen is None else it.list_rent_fen + monthly
    return found


def _monthly(price_fen: int | None, unit: str | None, area_cm2: int) -> int | None:
    """A list price as fen a month, to the nearest; a day's price for the 365 / 12 days of a month."""
    if price_fen is None or unit is None:
        return None
    if unit == "unit_month":
        return price_fen
    if unit == "sqm_month":
        return (price_fen * area_cm2 + 5_000) // 10_000
    return (price_fen * area_cm2 * 365 + 60_000) // 120_000


def parameters(session: Session, operator_ids: Iterable[int]) -> dict[int, list[StageParameter]]:
    """The values that operators set of their own, by operator, in time."""
    rows = session.scalars(
        select(StageParameter)
        .where(StageParameter.operator_id.in_(set(operator_ids)))
        .order_by(StageParameter.name, StageParameter.from_on)
    )
    found: dict[int, list[StageParameter]] = defaultdict(list)
    for row in rows:
        found[row.operator_id].append(row)
    return found


def decisions(session: Session, tenant_id: int) -> list[StageDecision]:
    """Everything decided about a tenant's stages, the newest first."""
    return list(
        session.scalars(
            select(StageDecision).where(StageDecision.tenant_id == tenant_id).order_by(StageDecision.id.desc())
        )
    )
