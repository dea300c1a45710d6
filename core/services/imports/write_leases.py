"""Leases with their spaces and rent terms into the database. Rent received is in `write_rent`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core.data.models import (
    IN_FORCE,
    Lease,
    LeaseSpace,
    LeaseStatus,
    RentTerm,
    Site,
    Space,
)
from core.services.imports.context import Applying, Changes, merge, name_key
from core.services.imports.parse import Parsed, Table, rows_of
from core.services.imports.records import LeaseRecord
from core.services.imports.write_places import sites_of, spaces_of


def rent_terms(
    starts_on: date,
    ends_on: date | None,
    monthly_rent_fen: int,
    steps: Iterable[tuple[date, int]] = (),
    rent_free: Iterable[str] = (),
) -> list[tuple[date, int]]:
    """The rent (fen a month) from each day it changes on: steps in order, 0 for rent-free months.

    A rent-free month is a calendar month, cut to the lease; after it the rent then in force goes on.
    """
    by_step = sorted({starts_on: monthly_rent_fen, **dict(steps)}.items())

    def in_force(day: date) -> int:
        return next(rent for from_on, rent in reversed(by_step) if from_on <= day)

    free = set(rent_free)
    days = {from_on for from_on, _rent in by_step}
    for month in free:
        first = date.fromisoformat(f"{month}-01")
        days |= {max(first, starts_on), (first + timedelta(days=31)).replace(day=1)}
    terms: list[tuple[date, int]] = []
    for day in sorted(day for day in days if starts_on <= day <= (ends_on or date.max)):
        rent = 0 if f"{day:%Y-%m}" in free else in_force(day)
        if not terms or terms[-1][1] != rent:
            terms.append((day, rent))
    return terms


def write_leases(work: Applying, parsed: Parsed) -> None:
    rows = list(rows_of(parsed, "leases", LeaseRecord))
    sites, spaces = sites_of(work), spaces_of(work)
    known = {lease.number: lease for lease in leases_of(work)}
    of_room: dict[int, list[Lease]] = defaultdict(list)
    for each in known.values():
        for row in each.spaces:
            of_room[row.space_id].append(each)
    for table, record in rows:
        tenant = work.tenant(table, record, record.tenant)
        rooms = _rooms(work, table, record, sites, spaces)
        if tenant is None or rooms is None:
            continue
        lease = known.get(record.number)
        if lease is not None and lease.tenant_id != tenant.id:
            work.error(
                table,
                record,
                "number",
                _("这个协议编号已登记给另一家企业。"),
                _("请核对编号；不同的协议请用不同的编号。"),
            )
            continue
        values: dict[str, object] = {
            "starts_on": record.starts_on,
            "ends_on": record.ends_on,
            "monthly_rent_fen": record.monthly_rent_fen,
            "deposit_fen": record.deposit_fen,
            "lawful": record.lawful,
            "independent": record.independent,
            "region": record.region,
            "status": record.status,
        }
        held = _held(of_room, rooms, record, record.status or (lease.status if lease else LeaseStatus.RUNNING))
        if held is not None:
            other, code = held
            work.error(
                table,
                record,
                "spaces",
                _("单元 %(code)s 在这些日期已由“%(tenant)s”承租（协议 %(number)s）。", code=code,
                  tenant=other.tenant.name, number=other.number),
                _("请核对单元和起止日期；一个单元同一天只能有一份协议，共用工位请分别编号。"),
            )  # fmt: skip
            continue
        is_new = lease is None
        if lease is None:
            values |= {"deposit_fen": record.deposit_fen or 0, "status": record.status or LeaseStatus.RUNNING}
            lease = known[record.number] = Lease(
                operator_id=work.operator_id, tenant_id=tenant.id, number=record.number, **values
            )
            work.session.add(lease)
        changes = {} if is_new else merge(lease, values)
        changes |= _set_rooms(work, lease, rooms, record) | _set_terms(work, lease, record)
        for room in rooms:
            if lease not in of_room[room.id]:
                of_room[room.id].append(lease)
        if changes:
            work.session.flush()  # in the order of the file: a unit is given up before the next row takes it
        work.count(table, record, None if is_new else changes)
    work.session.flush()


def _held(
    of_room: dict[int, list[Lease]], rooms: list[Space], record: LeaseRecord, status: LeaseStatus
) -> tuple[Lease, str] | None:
    """Which other lease holds one of the rooms on one of the days, and the room's code. The database refuses it too
    (core/data/holding.py), but names nobody."""
    if not _holds(status, record.ends_on):
        return None
    last = record.ends_on or date.max
    for room in rooms:
        for other in of_room[room.id]:
            if (
                other.number != record.number
                and any(row.space_id == room.id for row in other.spaces)
                and _holds(other.status, other.ends_on)
                and other.starts_on <= last
                and record.starts_on <= (other.ends_on or date.max)
            ):
                return other, room.code
    return None


def _holds(status: LeaseStatus, ends_on: date | None) -> bool:
    return status in IN_FORCE or (status is LeaseStatus.ENDED and ends_on is not None)


def leases_of(work: Applying) -> list[Lease]:
    """The operator's leases with their rooms and terms."""
    query = select(Lease).where(Lease.operator_id == work.operator_id)
    return list(work.session.scalars(query.options(selectinload(Lease.spaces), selectinload(Lease.terms))))


def _rooms(
    work: Applying,
    table: Table,
    record: LeaseRecord,
    sites: dict[str, Site],
    spaces: dict[tuple[int, str], Space],
) -> list[Space] | None:
    site = sites.get(name_key(record.site))
    if site is None:
        work.missing(
            table, record, "site", _("没有名为“%(name)s”的载体。", name=record.site),
            _("请先在“载体”表中登记，或核对名称。"), in_sheet="sites",
        )  # fmt: skip
        return None
    missing = [code for code in record.spaces if (site.id, code) not in spaces]
    if missing:
        work.missing(
            table, record, "spaces",
            _("载体“%(site)s”没有场地 %(codes)s。", site=record.site, codes="、".join(missing[:10])),
            _("请先在“场地”表中登记，或核对编号。"), in_sheet="spaces",
        )  # fmt: skip
        return None
    return [spaces[site.id, code] for code in record.spaces]


def _set_rooms(work: Applying, lease: Lease, rooms: list[Space], record: LeaseRecord) -> Changes:
    held, wanted = {row.space_id: row for row in lease.spaces}, {room.id for room in rooms}
    if held.keys() == wanted:
        return {}
    before = tuple(row.space.code for row in lease.spaces) if lease.id else ()
    for space_id in held.keys() - wanted:
        lease.spaces.remove(held[space_id])
    for space_id in sorted(wanted - held.keys()):
        lease.spaces.append(LeaseSpace(operator_id=work.operator_id, space_id=space_id))
    return {"spaces": (before, record.spaces)}


def _set_terms(work: Applying, lease: Lease, record: LeaseRecord) -> Changes:
    """A file without steps and rent-free months says nothing about them, unless the rent is the same throughout."""
    if record.steps is None and record.rent_free is None and len(lease.terms) > 1:
        return {}
    wanted = rent_terms(
        lease.starts_on, lease.ends_on, lease.monthly_rent_fen, record.steps or (), record.rent_free or ()
    )
    if [(term.from_on, term.monthly_rent_fen) for term in lease.terms] == wanted:
        return {}
    before = tuple((term.from_on, term.monthly_rent_fen) for term in lease.terms)
    kept = {term.from_on: term for term in lease.terms}
    for day in kept.keys() - dict(wanted).keys():
        lease.terms.remove(kept[day])
    for day, rent in wanted:
        if day in kept:
            kept[day].monthly_rent_fen = rent
        else:
            lease.terms.append(RentTerm(operator_id=work.operator_id, from_on=day, monthly_rent_fen=rent))
    return {"steps": (before, tuple(wanted))}
