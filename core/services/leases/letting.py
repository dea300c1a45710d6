"""Letting units to a tenant at once, and ending that. Who sits where is what the leases in force say."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from core.data.models import (
    Lease,
    LeaseSpace,
    LeaseStatus,
    RentTerm,
    Space,
    SpaceStatus,
    Tenant,
)
from core.data.queries.locks import lock_operator
from core.data.queries.places import held_from
from core.errors import Conflict, Invalid
from core.services import audit

PREFIX = "XY"  # 协议, as in XY2026-0001


def place(
    session: Session,
    tenant: Tenant,
    spaces: Sequence[Space],
    *,
    starts_on: date,
    ends_on: date | None,
    monthly_rent_fen: int,
    deposit_fen: int = 0,
    number: str | None = None,
) -> Lease:
    """A running lease of `tenant` on `spaces`, both days included, at one rent (fen a month) from its first day.

    Without a `number` it gets the operator's next one of the year it starts in. Raises `Invalid` for dates, sums or
    units that cannot be, `Conflict` where another lease holds one of the units on one of the days.
    """
    check_units(tenant, spaces)
    refuse_maintenance(spaces)
    if ends_on is not None and ends_on < starts_on:
        raise Invalid("结束日期不能早于开始日期", field="ends_on")
    if monthly_rent_fen < 0:
        raise Invalid("月租不能为负数；免租请填0", field="monthly_rent_fen")
    if deposit_fen < 0:
        raise Invalid("押金不能为负数；没有押金请填0", field="deposit_fen")
    lock(session, tenant, spaces)
    refuse_held(session, spaces, starts_on, ends_on)
    lease = Lease(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        number=numbered(session, tenant.operator_id, starts_on.year, number),
        status=LeaseStatus.RUNNING,
        starts_on=starts_on,
        ends_on=ends_on,
        monthly_rent_fen=monthly_rent_fen,
        deposit_fen=deposit_fen,
        terms=[RentTerm(operator_id=tenant.operator_id, from_on=starts_on, monthly_rent_fen=monthly_rent_fen)],
        spaces=[LeaseSpace(operator_id=tenant.operator_id, space_id=space.id) for space in spaces],
    )
    session.add(lease)
    take_up(spaces)
    audit.record(
        session,
        "lease.place",
        lease,
        detail={"tenant": tenant.id, "spaces": [s.id for s in spaces], "monthly_rent_fen": monthly_rent_fen},
    )
    session.flush()
    return lease


def end(session: Session, lease: Lease, on: date) -> None:
    """The lease ends with the day `on`, or with its own last day if that is earlier. One that would only begin later
    is a draft again: it never gave anybody a unit."""
    before = lease.ends_on
    if lease.starts_on <= on:
        lease.status, lease.ends_on = LeaseStatus.ENDED, min(lease.ends_on or on, on)
    else:
        lease.status = LeaseStatus.DRAFT
    audit.record(
        session,
        "lease.end",
        lease,
        detail={"before": before.isoformat() if before else None, "on": on.isoformat()},
    )
    session.flush()


def holders(
    session: Session, spaces: Collection[Space], first: date, last: date | None, *, but: Lease | None = None
) -> list[LeaseSpace]:
    """Which leases, other than `but`, hold one of the units on one of the days, with their tenants, earliest first."""
    query = (
        select(LeaseSpace)
        .join(Lease, Lease.id == LeaseSpace.lease_id)
        .options(joinedload(LeaseSpace.lease).joinedload(Lease.tenant), joinedload(LeaseSpace.space))
        .where(
            LeaseSpace.space_id.in_([space.id for space in spaces]),
            held_from(first),
        )
        .order_by(Lease.starts_on, LeaseSpace.id)
    )
    if but is not None:
        query = query.where(LeaseSpace.lease_id != but.id)
    if last is not None:
        query = query.where(Lease.starts_on <= last)
    return list(session.scalars(query))


def refuse_held(
    session: Session, spaces: Collection[Space], first: date, last: date | None, *, but: Lease | None = None
) -> None:
    """Raises `Conflict` naming unit, tenant and days, where another lease than `but` holds one of the units."""
    for held in holders(session, spaces, first, last, but=but):
        raise Conflict(
            "单元%(unit)s在%(days)s已由“%(tenant)s”承租（协议%(number)s），请换一个单元或错开日期",
            field="space_id",
            unit=held.space.code,
            days=span(held.lease.starts_on, held.lease.ends_on),
            tenant=held.lease.tenant.name,
            number=held.lease.number,
        )


def span(first: date, last: date | None) -> str:
    """Days from one to another for a sentence; open at its end where there is no last one."""
    return f"{first.isoformat()}–{last.isoformat() if last else ''}"


def check_units(tenant: Tenant, spaces: Collection[Space]) -> None:
    if not spaces:
        raise Invalid("协议至少要有一个场地单元", field="space_id")
    if any(space.operator_id != tenant.operator_id for space in spaces):
        raise Invalid("没有这个场地单元，请重新选择", field="space_id")


def refuse_maintenance(spaces: Collection[Space]) -> None:
    for space in spaces:
        if space.status is SpaceStatus.MAINTENANCE:
            raise Invalid("单元%(unit)s正在维修，不能出租；请换一个单元", field="space_id", unit=space.code)


def take_up(spaces: Collection[Space]) -> None:
    """What units were held back for has happened."""
    for space in spaces:
        if space.status is SpaceStatus.RESERVED:
            space.status = SpaceStatus.VACANT


def lock(session: Session, tenant: Tenant, spaces: Sequence[Space]) -> None:
    """Of two who let the same unit, or take the next number, at once, the second waits and then sees the first."""
    lock_operator(session, tenant.operator_id)
    ids = sorted(space.id for space in spaces)
    session.execute(select(Space.id).where(Space.id.in_(ids)).order_by(Space.id).with_for_update())


def numbered(session: Session, operator_id: int, year: int, given: str | None, *, but: Lease | None = None) -> str:
    """The number `given`, or the operator's next one of the year: the highest and one more; what was numbered by hand
    in another form does not count. Raises `Conflict` where another lease has the number."""
    given = (given or "").strip()
    numbers = select(Lease.number).where(Lease.operator_id == operator_id)
    if given:
        same = numbers.where(Lease.number == given)
        if session.scalar((same.where(Lease.id != but.id) if but is not None else same).limit(1)) is not None:
            raise Conflict("已有编号为“%(number)s”的协议，请换一个编号，或留空由系统编号", field="number", number=given)
        return given
    start = f"{PREFIX}{year}-"
    of_the_year = session.scalars(numbers.where(func.substr(Lease.number, 1, len(start)) == start))
    taken = [int(tail) for n in of_the_year if (tail := n[len(start) :]).isascii() and tail.isdigit()]
    return f"{start}{max(taken, default=0) + 1:04d}"
