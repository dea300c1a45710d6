"""Reading meters, what was read on them, prices, and what a month's bills of utilities need."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from core.data.models import (
    HOLDING,
    IN_FORCE,
    Bill,
    BillKind,
    BillStatus,
    Floor,
    Lease,
    LeaseSpace,
    Meter,
    MeterKind,
    MeterReading,
    MeterUse,
    Site,
    Space,
    Tariff,
)
from core.data.queries.paging import Listing

READ_EVERY = 31  # days after which a meter in service should have been read again


def listing(today: date) -> Listing:
    """The asker's meters, with what was read last."""
    of_it = select(MeterReading.read_on).where(MeterReading.meter_id == Meter.id).correlate(Meter)
    of_it = of_it.order_by(MeterReading.read_on.desc()).limit(1)
    latest, value = of_it.scalar_subquery(), of_it.with_only_columns(MeterReading.value).scalar_subquery()
    state = case(
        (Meter.until_on < today, literal("retired")),
        (func.coalesce(latest, Meter.from_on) < today - timedelta(days=READ_EVERY), literal("unread")),
        else_=literal("active"),
    )
    unit = func.coalesce(Space.code, "")
    return Listing(
        statement=select(
            Meter.id,
            Meter.number,
            Meter.kind,
            Site.name.label("site"),
            unit.label("unit"),
            Meter.place,
            Meter.multiplier,
            Meter.from_on,
            Meter.until_on,
            latest.label("read_on"),
            value.label("value"),
            state.label("state"),
        )
        .join(Site, Site.id == Meter.site_id)
        .outerjoin(Space, Space.id == Meter.space_id),
        key=Meter.id,
        sorts={
            "number": Meter.number,
            "site": Site.name,
            "unit": unit,
            "read_on": func.coalesce(latest, Meter.from_on),
        },
        search=(Meter.number, Site.name, unit, func.coalesce(Meter.place, "")),
        filters={
            "site": lambda value: Meter.site_id == int(value),
            "kind": lambda value: Meter.kind == MeterKind(value),
            "serves": lambda value: Meter.space_id.is_(None) if value == "shared" else Meter.space_id.is_not(None),
            "state": lambda value: state == value,
        },
    )


def one(session: Session, meter_id: int) -> Meter | None:
    query = select(Meter).where(Meter.id == meter_id)
    return session.scalars(
        query.options(
            joinedload(Meter.site),
            joinedload(Meter.space),
            joinedload(Meter.replaces),
            joinedload(Meter.replaced_by),
            selectinload(Meter.readings),
        )
    ).first()


def number_taken(session: Session, operator_id: int, number: str, but: int | None = None) -> bool:
    query = select(Meter.id).where(Meter.operator_id == operator_id, Meter.number == number)
    return session.scalar(query.where(Meter.id != but).limit(1) if but else query.limit(1)) is not None


def neighbours(session: Session, meter: Meter, day: date) -> tuple[MeterReading | None, MeterReading | None]:
    """The readings next to a day, before and after; not that day's own."""
    of_it = select(MeterReading).where(MeterReading.meter_id == meter.id)
    before = of_it.where(MeterReading.read_on < day).order_by(MeterReading.read_on.desc())
    after = of_it.where(MeterReading.read_on > day).order_by(MeterReading.read_on)
    return session.scalars(before.limit(1)).first(), session.scalars(after.limit(1)).first()


def reading_on(session: Session, meter: Meter, day: date) -> MeterReading | None:
    query = select(MeterReading).where(MeterReading.meter_id == meter.id, MeterReading.read_on == day)
    return session.scalars(query).one_or_none()


def bill_resting_on(session: Session, meter: Meter, day: date | None = None) -> str | None:
    """The number of an open bill that rests on what the meter showed on `day`, or on the meter at all."""
    begin, end = aliased(MeterReading), aliased(MeterReading)
    query = (
        select(Bill.number)
        .join(MeterUse, MeterUse.bill_id == Bill.id)
        .join(begin, begin.id == MeterUse.begin_id)
        .join(end, end.id == MeterUse.end_id)
        .where(MeterUse.meter_id == meter.id, Bill.status == BillStatus.OPEN)
    )
    if day is not None:
        query = query.where(begin.read_on <= day, end.read_on >= day)
    return session.scalar(query.order_by(Bill.id.desc()).limit(1))


def billed_stretches(session: Session, meter: Meter) -> list[tuple[date, date, str]]:
    """First and last reading's day that an open bill rests on, with its number."""
    begin, end = aliased(MeterReading), aliased(MeterReading)
    query = (
        select(begin.read_on, end.read_on, func.min(Bill.number))
        .select_from(MeterUse)
        .join(Bill, Bill.id == MeterUse.bill_id)
        .join(begin, begin.id == MeterUse.begin_id)
        .join(end, end.id == MeterUse.end_id)
        .where(MeterUse.meter_id == meter.id, Bill.status == BillStatus.OPEN)
        .group_by(begin.read_on, end.read_on)
    )
    return [(first, last, number) for first, last, number in session.execute(query)]


def readings_billed(session: Session, meters: Collection[int]) -> set[int]:
    """Ids of the readings of these meters that open bills rest on."""
    query = (
        select(MeterUse.begin_id, MeterUse.end_id)
        .join(Bill, Bill.id == MeterUse.bill_id)
        .where(MeterUse.meter_id.in_(meters), Bill.status == BillStatus.OPEN)
    )
    return {reading for both in session.execute(query) for reading in both}


def sheet(session: Session, site_id: int, day: date) -> list[Meter]:
    """The meters of a site in service on `day`, as one walks: floor by floor, unit by unit; the shared ones first."""
    return _meters(
        session,
        select(Meter).where(
            Meter.site_id == site_id, Meter.from_on <= day, or_(Meter.until_on.is_(None), Meter.until_on >= day)
        ),
    )


def metered(session: Session) -> list[Site]:
    """The asker's sites, those with meters first."""
    there = select(Meter.id).where(Meter.site_id == Site.id).exists()
    return list(session.scalars(select(Site).order_by(case((there, 0), else_=1), Site.name)))


def of_sites(session: Session, sites: Collection[int], first: date, last: date) -> list[Meter]:
    """Meters of these sites in service on one of these days."""
    return _meters(
        session,
        select(Meter).where(
            Meter.site_id.in_(sites), Meter.from_on <= last, or_(Meter.until_on.is_(None), Meter.until_on >= first)
        ),
    )


def _meters(session: Session, query: Select[Meter]) -> list[Meter]:
    """As they are now, whatever was read of them before."""
    return list(
        session.scalars(
            query.outerjoin(Space, Space.id == Meter.space_id)
            .outerjoin(Floor, Floor.id == Space.floor_id)
            .options(joinedload(Meter.space).joinedload(Space.floor), selectinload(Meter.readings))
            .order_by(
                Meter.space_id.is_not(None),
                func.coalesce(Floor.building, ""),
                func.coalesce(Floor.level, 0),
                func.coalesce(Space.code, ""),
                Meter.kind,
                Meter.number,
            )
            .execution_options(populate_existing=True)
        )
    )


def tariffs(session: Session, operator_id: int) -> list[Tariff]:
    """Prices of an operator, the latest of each kind first."""
    query = select(Tariff).where(Tariff.operator_id == operator_id)
    return list(session.scalars(query.order_by(Tariff.kind, Tariff.from_on.desc())))


def tariff(session: Session, tariff_id: int) -> Tariff | None:
    return session.scalars(select(Tariff).where(Tariff.id == tariff_id)).one_or_none()


def leases_of(session: Session, sites: Collection[int], first: date, last: date) -> list[Lease]:
    """Leases that give units of these sites to their tenants on one of these days, with all their units."""
    there = select(LeaseSpace.lease_id).join(Space, Space.id == LeaseSpace.space_id).where(Space.site_id.in_(sites))
    query = select(Lease).where(
        Lease.id.in_(there),
        Lease.status.in_(HOLDING),
        Lease.starts_on <= last,
        or_(Lease.ends_on >= first, and_(Lease.ends_on.is_(None), Lease.status.in_(IN_FORCE))),
    )
    return list(
        session.scalars(
            query.options(joinedload(Lease.tenant), selectinload(Lease.spaces).joinedload(LeaseSpace.space))
            .order_by(Lease.number, Lease.id)
            .execution_options(populate_existing=True)
        )
    )


def units(session: Session, sites: Collection[int]) -> list[Space]:
    return list(session.scalars(select(Space).where(Space.site_id.in_(sites)).order_by(Space.code)))


def bills_of(session: Session, leases: Collection[int], first: date) -> dict[int, Bill]:
    """The open bill of utilities of each lease for the days from `first` on, where there is one."""
    query = select(Bill).where(
        Bill.lease_id.in_(leases),
        Bill.kind == BillKind.UTILITIES,
        Bill.status == BillStatus.OPEN,
        Bill.first == first,
    )
    return {bill.lease_id: bill for bill in session.scalars(query) if bill.lease_id is not None}
