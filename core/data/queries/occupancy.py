"""How full a site is and what it brings in, on a day; and which rent is still open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from core.data.models import Lease, LeaseSpace, RentPayment, RentTerm, Site, Space, SpaceStatus
from core.data.queries import arrears as billed
from core.data.queries.places import SHARED, held_on, state_on
from core.data.rent import due_fen
from core.policy import Month, split_fen


@dataclass(slots=True)
class Figures:
    """Units and areas (cm²) of a site by their state on a day, and the rent of that month (fen) for what is let.

    Meeting rooms count only where a lease names one.
    """

    units: dict[SpaceStatus, int] = field(default_factory=lambda: dict.fromkeys(SpaceStatus, 0))
    areas: dict[SpaceStatus, int] = field(default_factory=lambda: dict.fromkeys(SpaceStatus, 0))
    rent_fen: int = 0

    @property
    def all_units(self) -> int:
        return sum(self.units.values())

    @property
    def all_area(self) -> int:
        return sum(self.areas.values())

    @property
    def let_area(self) -> int:
        return self.areas[SpaceStatus.OCCUPIED]

    @property
    def vacant_by_unit(self) -> Decimal | None:
        return _share(self.units[SpaceStatus.VACANT], self.all_units)

    @property
    def vacant_by_area(self) -> Decimal | None:
        return _share(self.areas[SpaceStatus.VACANT], self.all_area)

    @property
    def occupancy(self) -> Decimal | None:
        """The share of the area that is let."""
        return _share(self.let_area, self.all_area)

    @property
    def fen_per_sqm(self) -> int | None:
        """Monthly rent of running leases for each square metre let, in fen, half up; None where nothing is let."""
        return (self.rent_fen * 20_000 + self.let_area) // (2 * self.let_area) if self.let_area else None

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            {state: n + other.units[state] for state, n in self.units.items()},
            {state: n + other.areas[state] for state, n in self.areas.items()},
            self.rent_fen + other.rent_fen,
        )


def _share(part: int, whole: int) -> Decimal | None:
    return Decimal(part) / whole if whole else None


def figures(session: Session, day: date) -> dict[int, Figures]:
    """The figures of every site the asker may see, by its id."""
    found: dict[int, Figures] = {site: Figures() for site in session.scalars(select(Site.id))}
    state = state_on(day).label("state")
    units = select(Space.site_id, Space.kind, Space.area_cm2, state).subquery()
    rows = session.execute(
        select(units.c.site_id, units.c.state, func.count(), func.sum(units.c.area_cm2))
        .where(or_(units.c.kind != SHARED, units.c.state == SpaceStatus.OCCUPIED))
        .group_by(units.c.site_id, units.c.state)
    )
    for site, which, count, area in rows:
        found[site].units[which], found[site].areas[which] = count, int(area)
    for site, rent in _rent_by_site(session, day).items():
        found[site].rent_fen = rent
    return found


def _rent_by_site(session: Session, day: date) -> dict[int, int]:
    """The month's rent of leases that run on `day`; one over several sites is shared out by area."""
    areas: dict[int, dict[str, int]] = defaultdict(dict)
    for lease, site, area in session.execute(
        select(LeaseSpace.lease_id, Space.site_id, func.sum(Space.area_cm2))
        .join(Space, Space.id == LeaseSpace.space_id)
        .join(Lease, Lease.id == LeaseSpace.lease_id)
        .where(held_on(day))
        .group_by(LeaseSpace.lease_id, Space.site_id)
    ):
        areas[lease][str(site)] = int(area)
    rents = dict(session.execute(select(Lease.id, rent_on(day)).where(held_on(day))).all())
    by_site: dict[int, int] = defaultdict(int)
    for lease, weights in areas.items():
        for part, fen in split_fen(rents.get(lease, 0), weights).items():
            by_site[int(part)] += fen
    return by_site


def rent_on(day: date) -> ColumnElement[int]:
    """A lease's monthly rent (fen) on `day`: its step that began last, else its first rent."""
    step = (
        select(RentTerm.monthly_rent_fen)
        .where(RentTerm.lease_id == Lease.id, RentTerm.from_on <= day)
        .order_by(RentTerm.from_on.desc())
        .limit(1)
        .correlate(Lease)
        .scalar_subquery()
    )
    return func.coalesce(step, Lease.monthly_rent_fen)


@dataclass(frozen=True, slots=True)
class Arrears:
    """Rent of a lease that is open: months that are late, and whether some is still to come. `known` is False where
    the operator neither bills here nor keeps a book of rent."""

    months: tuple[str, ...] = ()
    fen: int = 0
    this_month: bool = False
    known: bool = True


def arrears(session: Session, today: date, leases: Collection[Lease]) -> dict[int, Arrears]:
    """What is open of each lease, by its id: its months up to `today` that are not paid in full.

    Where the operator bills here, that is what bills say: rent past due, and what is billed and not due yet. Elsewhere
    it is what the book of rent received says. Months before the operator's first entry in it are not asked for: the
    book was kept elsewhere then. A voucher without an amount leaves its month open to doubt, and is not held against
    the tenant. Of a month that the lease covers in part, its days are due.
    """
    billing = billed.begun(session, {lease.operator_id for lease in leases})
    there = [lease for lease in leases if lease.operator_id in billing]
    return _of_bills(session, today, there) | _of_book(session, today, [it for it in leases if it not in there])


def _of_bills(session: Session, today: date, leases: Collection[Lease]) -> dict[int, Arrears]:
    found = {lease.id: Arrears() for lease in leases}
    if not leases:
        return found
    for lease_id, month, due_on, fen in billed.rent(session, list(found), today):
        it = found[lease_id]
        if due_on < today:
            found[lease_id] = replace(it, months=(*it.months, month), fen=it.fen + fen)
        else:
            found[lease_id] = replace(it, this_month=True)
    return found


def _of_book(session: Session, today: date, leases: Collection[Lease]) -> dict[int, Arrears]:
    if not leases:
        return {}
    began = dict(
        session.execute(
            select(RentPayment.operator_id, func.min(RentPayment.month))
            .where(RentPayment.operator_id.in_({lease.operator_id for lease in leases}))
            .group_by(RentPayment.operator_id)
        ).all()
    )
    paid: dict[tuple[int, str], list[int | None]] = defaultdict(list)
    for lease_id, month, fen in session.execute(
        select(RentPayment.lease_id, RentPayment.month, RentPayment.paid_fen).where(
            RentPayment.lease_id.in_([lease.id for lease in leases])
        )
    ):
        paid[lease_id, month].append(fen)
    return {lease.id: _open(lease, began.get(lease.operator_id), paid, today) for lease in leases}


def _open(lease: Lease, book_from: str | None, paid: dict[tuple[int, str], list[int | None]], today: date) -> Arrears:
    if book_from is None:
        return Arrears(known=False)
    this_month, missing, fen, coming = Month.of(today), [], 0, False
    month = max(Month.of(lease.starts_on), Month.parse(book_from))
    last = min(Month.of(lease.ends_on), this_month) if lease.ends_on else this_month
    while month <= last:
        amounts = paid.get((lease.id, str(month)), [])
        if None not in amounts:
            rest = due_fen(lease, month) - sum(a for a in amounts if a is not None)
            if rest > 0 and month == this_month:
                coming = True
            elif rest > 0:
                missing.append(str(month))
                fen += rest
        month = month + 1
    return Arrears(tuple(missing), fen, coming)
