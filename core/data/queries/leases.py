"""Reading leases: the list, and one with its units, rent and fees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from core.data.models import HOLDING, IN_FORCE, Lease, LeaseSpace, LeaseStatus, Site, Space, Stage, StoredFile, Tenant
from core.data.queries.paging import Listing

_NEVER = date(9999, 12, 31)


def phase_on(day: date) -> ColumnElement[str]:
    """`core.services.leases.phase` in SQL."""
    follower = aliased(Lease)
    followed = select(follower.id).where(follower.renews_id == Lease.id, follower.status.in_(IN_FORCE)).exists()
    over = or_(Lease.status == LeaseStatus.ENDED, and_(Lease.status.in_(IN_FORCE), Lease.ends_on < day))
    return case(
        (Lease.status == LeaseStatus.DRAFT, literal("draft")),
        (and_(Lease.status == LeaseStatus.OFFERED, Lease.offer_until < day), literal("lapsed")),
        (Lease.status == LeaseStatus.OFFERED, literal("offered")),
        (and_(over, followed), literal("renewed")),
        (over, literal("ended")),
        (Lease.starts_on > day, literal("signed")),
        (Lease.status == LeaseStatus.NOTICE, literal("notice")),
        else_=literal("running"),
    )


def listing(today: date) -> Listing:
    """The asker's leases with their units."""
    units = (
        select(func.aggregate_strings(Space.code, "、"))
        .join(LeaseSpace, LeaseSpace.space_id == Space.id)
        .where(LeaseSpace.lease_id == Lease.id)
        .correlate(Lease)
        .scalar_subquery()
    )
    area = (
        select(func.sum(Space.area_cm2))
        .join(LeaseSpace, LeaseSpace.space_id == Space.id)
        .where(LeaseSpace.lease_id == Lease.id)
        .correlate(Lease)
        .scalar_subquery()
    )
    phase = phase_on(today)
    return Listing(
        statement=select(
            Lease.id,
            Lease.number,
            Tenant.name.label("tenant"),
            units.label("units"),
            Lease.starts_on,
            Lease.ends_on,
            Lease.monthly_rent_fen,
            phase.label("phase"),
        ).join(Tenant, Tenant.id == Lease.tenant_id),
        key=Lease.id,
        sorts={
            "number": Lease.number,
            "tenant": Tenant.name,
            "starts_on": Lease.starts_on,
            "ends_on": func.coalesce(Lease.ends_on, _NEVER),
            "monthly_rent_fen": Lease.monthly_rent_fen,
        },
        search=(Lease.number, Tenant.name, units),
        filters={
            "phase": lambda value: phase == value,
            "site": lambda value: Lease.id.in_(
                select(LeaseSpace.lease_id)
                .join(Space, Space.id == LeaseSpace.space_id)
                .where(Space.site_id == int(value))
            ),
            "ending": lambda value: ending(today, int(value)),
        },
        extras={"area_cm2": func.coalesce(area, 0), "deposit_fen": Lease.deposit_fen, "signed_on": Lease.signed_on},
    )


def ending(today: date, days: int) -> ColumnElement[bool]:
    """In force, over within so many days, and nothing signed that follows."""
    follower = aliased(Lease)
    followed = select(follower.id).where(follower.renews_id == Lease.id, follower.status.in_(IN_FORCE)).exists()
    return and_(
        Lease.status.in_(IN_FORCE), Lease.ends_on >= today, Lease.ends_on <= today + timedelta(days=days), ~followed
    )


def count(session: Session, wanted: ColumnElement[bool]) -> int:
    return int(session.scalar(select(func.count()).select_from(Lease).where(wanted)) or 0)


def one(session: Session, lease_id: int) -> Lease | None:
    query = (
        select(Lease)
        .where(Lease.id == lease_id)
        .options(
            joinedload(Lease.tenant),
            joinedload(Lease.renews),
            joinedload(Lease.renewed_by),
            selectinload(Lease.spaces).joinedload(LeaseSpace.space).joinedload(Space.site),
            selectinload(Lease.terms),
            selectinload(Lease.fees),
        )
    )
    return session.scalars(query).first()


def of_tenant(session: Session, tenant_id: int, statuses: Sequence[LeaseStatus]) -> list[Lease]:
    query = select(Lease).where(Lease.tenant_id == tenant_id, Lease.status.in_(statuses)).order_by(Lease.starts_on)
    return list(session.scalars(query))


def paper(session: Session, lease: Lease) -> StoredFile | None:
    """The scan of the signed lease."""
    query = select(StoredFile).where(StoredFile.tenant_id == lease.tenant_id, StoredFile.sha256 == lease.paper_sha256)
    return session.scalars(query.order_by(StoredFile.id).limit(1)).first() if lease.paper_sha256 else None


def tenants(session: Session) -> list[tuple[int, str]]:
    """Id and name of the asker's tenants that are here."""
    query = select(Tenant.id, Tenant.name).where(Tenant.stage != Stage.EXITED, Tenant.merged_into_id.is_(None))
    return [(tenant, name) for tenant, name in session.execute(query.order_by(Tenant.name))]


def numbers_of(session: Session, tenant_id: int) -> list[tuple[int, str]]:
    """Id and number of a tenant's leases that are or were in force, the latest first."""
    query = select(Lease.id, Lease.number).where(Lease.tenant_id == tenant_id, Lease.status.in_(HOLDING))
    return [(lease, number) for lease, number in session.execute(query.order_by(Lease.starts_on.desc()))]


def units(session: Session, operator_id: int) -> list[Space]:
    """All units of an operator with site and floor, in their order."""
    query = (
        select(Space)
        .join(Site, Site.id == Space.site_id)
        .where(Space.operator_id == operator_id)
        .options(joinedload(Space.site), joinedload(Space.floor))
        .order_by(Site.name, Space.code)
    )
    return list(session.scalars(query))
