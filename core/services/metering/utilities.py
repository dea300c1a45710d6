"""水电账单 of a site for a month: one bill for each lease, of its units' own meters and its part of the shared ones.

A lease is billed once everything it is to pay is known: where a reading or a price is missing its bill waits, and the
next time makes it. Shared meters are split by leased area × days, the price is that of the month's last day, and what
no lease holds is the operator's. A lease with units of several sites pays for all of them in one bill.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from core.data import metering
from core.data.metering import Missing, Use
from core.data.models import Bill, BillKind, Fee, Lease, Meter, MeterUse, Site, Space
from core.data.queries import meters as reads
from core.data.queries.locks import lock_operator
from core.data.queries.places import SHARED
from core.errors import Conflict, Invalid
from core.policy import Month
from core.services import audit, billing
from core.services.billing import Asked
from core.services.metering.lines import explain

JUMP = 3  # times the month before, from which a use is pointed out


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a bill: what a meter counted, and what of its cost the lease pays."""

    use: Use
    fen: int
    what: str


@dataclass(frozen=True, slots=True)
class Lack:
    """Why a bill cannot be made: no reading of the meter near `day`, or (without one) no price of its kind."""

    meter: Meter
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Jump:
    """A use that is more than three times that of the month before (thousandths)."""

    use: Use
    before: int


@dataclass(slots=True)
class Row:
    """A lease: what it would pay, what is missing, or the bill that is there."""

    lease: Lease
    items: list[Item] = field(default_factory=list)
    lacks: list[Lack] = field(default_factory=list)
    bill: Bill | None = None

    @property
    def own_fen(self) -> int:
        return sum(it.fen for it in self.items if it.use.meter.space_id is not None)

    @property
    def shared_fen(self) -> int:
        return sum(it.fen for it in self.items if it.use.meter.space_id is None)

    @property
    def total_fen(self) -> int:
        return self.own_fen + self.shared_fen

    @property
    def due(self) -> bool:
        """Whether a bill is to be made now."""
        return self.bill is None and not self.lacks and self.total_fen > 0


@dataclass(slots=True)
class Plan:
    """A month of a site. `kept_fen`: what nobody holds, of its units' own meters and of its shared ones."""

    month: Month
    meters: int = 0
    rows: list[Row] = field(default_factory=list)
    lacks: list[Lack] = field(default_factory=list)
    jumps: list[Jump] = field(default_factory=list)
    kept_own_fen: int = 0
    kept_shared_fen: int = 0

    @property
    def due(self) -> list[Row]:
        return [row for row in self.rows if row.due]

    @property
    def seen(self) -> str:
        """What a person saw before confirming: if it differs by then, it is shown again."""
        return f"{len(self.due)}-{sum(row.total_fen for row in self.due)}"


def plan(session: Session, site: Site, month: Month) -> Plan:
    """What each lease of the site would pay for the month. Nothing is written."""
    touching = reads.leases_of(session, [site.id], month.first, month.last)
    sites = {site.id} | {it.space.site_id for lease in touching for it in lease.spaces}
    leases = reads.leases_of(session, sites, month.first, month.last)
    rows = {lease.id: Row(lease) for lease in leases}
    found = Plan(month)
    meters = reads.of_sites(session, sites, month.first, month.last)
    billed = reads.readings_billed(session, [meter.id for meter in meters])
    prices = reads.tariffs(session, site.operator_id)
    held, units = _Held(leases), reads.units(session, sites)
    for meter in meters:
        use = metering.use_of(meter, month, billed)
        price = metering.price_on([it for it in prices if it.kind is meter.kind], month.last)
        here = meter.site_id == site.id
        found.meters += here
        weights, vacant = held.weights(meter, month, units)
        if use is None:
            continue
        if isinstance(use, Missing) or price is None:
            lack = Lack(meter, use.day if isinstance(use, Missing) else None)
            found.lacks += [lack] if here else []
            for lease_id in weights:
                rows[lease_id].lacks.append(lack)
            continue
        fen = metering.cost_fen(use.quantity, price.price_e4)
        parts, kept = metering.shares(fen, weights, vacant)
        whole = sum(weights.values()) + vacant
        for lease_id, part in parts.items():
            if part:
                what = explain(use, price.price_e4, fen, weights[lease_id], whole)
                rows[lease_id].items.append(Item(use, part, what))
        if here:
            found.jumps += _jump(use, month, billed)
            if meter.space_id is None:
                found.kept_shared_fen += kept
            else:
                found.kept_own_fen += kept
    bills = reads.bills_of(session, list(rows), month.first)
    for lease in touching:
        row = rows[lease.id]
        row.items.sort(key=lambda it: it.use.meter.space_id is None)
        row.bill = bills.get(lease.id)
        if row.bill or row.items or row.lacks:
            found.rows.append(row)
    return found


def make(
    session: Session, site: Site, month: Month, *, due_on: date, today: date, seen: str | None = None
) -> list[Bill]:
    """Make the bills that are not there yet, in one transaction. `seen`: what the person confirmed (`Plan.seen`);
    raises `Conflict` where it is something else by now."""
    if month.last >= today:
        raise Invalid("这个月还没有结束，月底读数抄齐后再出账", field="month")
    lock_operator(session, site.operator_id)
    found = plan(session, site, month)
    if seen is not None and seen != found.seen:
        raise Conflict("读数、单价或协议刚刚有改动，金额和您看到的不同；请看过新的金额再确认")
    made = [_bill(session, row, month, due_on, today) for row in found.due]
    if made:
        detail = {"month": str(month), "bills": len(made), "total_fen": sum(bill.total_fen for bill in made)}
        audit.record(session, "utilities.make", site, detail=detail)
    return made


def _bill(session: Session, row: Row, month: Month, due_on: date, today: date) -> Bill:
    bill = billing.ask_for(
        session,
        row.lease.tenant,
        [Asked(Fee.UTILITIES, it.fen, month, it.what) for it in row.items],
        kind=BillKind.UTILITIES,
        due_on=due_on,
        today=today,
        lease=row.lease,
        days=(month.first, month.last),
    )
    session.add_all(
        MeterUse(
            operator_id=bill.operator_id,
            bill_id=bill.id,
            meter_id=it.use.meter.id,
            begin_id=it.use.begin.id,
            end_id=it.use.end.id,
            quantity=it.use.quantity,
        )
        for it in row.items
    )
    session.flush()
    return bill


def _jump(use: Use, month: Month, billed: set[int]) -> Iterator[Jump]:
    before = metering.use_of(use.meter, month + -1, billed)
    if isinstance(before, Use) and 0 < before.quantity * JUMP < use.quantity:
        yield Jump(use, before.quantity)


class _Held:
    """Who holds which unit."""

    def __init__(self, leases: Iterable[Lease]) -> None:
        self.by_unit: dict[int, list[Lease]] = defaultdict(list)
        for lease in leases:
            for it in lease.spaces:
                self.by_unit[it.space_id].append(lease)

    def weights(self, meter: Meter, month: Month, units: Iterable[Space]) -> tuple[dict[int, int], int]:
        """What each lease weighs in the days of the month that the meter serves, and what nobody holds: days of a
        unit, cm² × days of a site. A meeting room that no lease names is there for everybody and weighs nothing."""
        days = metering.served(meter, month)
        if days is None:
            return {}, 0
        of_site = [unit for unit in units if unit.site_id == meter.site_id]
        served = [(unit, unit.area_cm2) for unit in of_site] if meter.space_id is None else [(meter.space, 1)]
        weights: Counter[int] = Counter()
        vacant = 0
        for unit, each in served:
            if unit is None:
                continue
            held = 0
            for lease in self.by_unit[unit.id]:
                n = metering.days_of(lease, *days)
                weights[lease.id] += n * each
                held += n
            if meter.space_id is not None or unit.kind is not SHARED:
                vacant += max((days[1] - days[0]).days + 1 - held, 0) * each
        return {lease: weight for lease, weight in weights.items() if weight}, vacant
