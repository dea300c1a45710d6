"""The list of leases and one lease's page, as plain values."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import g

from core.data import rent
from core.data.models import HOLDING, Lease, LeaseStatus, RateBasis, Space, SpaceStatus
from core.data.queries import leases, places
from core.data.rent import Instalment, months_later
from core.extensions import db
from core.policy import Month
from core.services.leases import Phase, phase
from core.web import lease_words as words
from core.web.formats import money_figure
from core.web.languages import gettext as _
from core.web.listing import Column, Filter, Option
from core.web.views.lists import Shown, Table, address_of, as_is

AHEAD = (30, 60, 90)  # days before its last day: a lease is spoken of then
OPEN_MONTHS = 24  # of a lease without an end, so much of the schedule is shown


def table() -> Table:
    return Table(
        "leases",
        _("入驻协议"),
        leases.listing(g.today),
        [
            Column("number", _("协议号"), kind="code", sortable=True, primary=True),
            Column("tenant", _("企业"), sortable=True),
            Column("units", _("单元")),
            Column("starts_on", _("起租"), kind="date", sortable=True),
            Column("ends_on", _("到期"), kind="date", sortable=True),
            Column("monthly_rent_fen", _("月租（元）"), kind="money", sortable=True),
            Column("phase", _("状态"), repeats=True),
            Column("area_cm2", _("面积"), kind="area", default=False),
            Column("deposit_fen", _("押金（元）"), kind="money", default=False),
            Column("signed_on", _("签署日期"), kind="date", default=False),
        ],
        (
            Filter("phase", _("状态"), [Option(it.value, str(word)) for it, word in words.LEASE_PHASES.items()]),
            Filter("ending", _("快到期"), [Option(str(n), _("%(n)s天内", n=n)) for n in AHEAD]),
            Filter("site", _("载体"), [Option(str(it.id), it.name) for it in places.sites(db.session)]),
        ),
        sort="-starts_on",
        search=_("协议号、企业、单元"),
        row=_row,
        written=lambda r: r | {"phase": str(words.LEASE_PHASES[Phase(r["phase"])])},
        href=address_of("leases.show", "lease_id"),
        export="leases.export",
    )


def _row(found: Any) -> Shown:
    shown = as_is(found)
    shown["units"] = shown["units"] or ""
    return shown


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit to choose: what it is called, and what stands against it."""

    id: int
    label: str
    note: str
    free: bool


def units(operator_id: int) -> tuple[dict[int, Space], dict[str, list[Unit]]]:
    """All units of an operator by id, and in groups by site and floor; those that are free stand first."""
    known = leases.units(db.session, operator_id)
    seats = places.who_sits(db.session, g.today)
    groups: dict[str, list[Unit]] = defaultdict(list)
    for space in known:
        seat = seats.get(space.id)
        if seat is not None:
            until = seat.lease.ends_on
            note = _("%(tenant)s租至%(day)s", tenant=seat.tenant.name, day=until.isoformat() if until else _("长期"))
        elif space.status is SpaceStatus.MAINTENANCE:
            note = _("维修中")
        else:
            note = _("预留") if space.status is SpaceStatus.RESERVED else _("空置")
        size = f"{space.area_cm2 / 10_000:g}㎡"
        place = " ".join(filter(None, (space.site.name, space.floor.name if space.floor else None)))
        groups[place].append(Unit(space.id, f"{space.code} · {size}", note, seat is None))
    for rows in groups.values():
        rows.sort(key=lambda unit: not unit.free)
    return {space.id: space for space in known}, dict(groups)


def schedule(lease: Lease) -> list[Instalment]:
    """To its end; of a lease without one, the next two years."""
    until = None if lease.ends_on else months_later(max(lease.starts_on, g.today), OPEN_MONTHS)
    return rent.instalments(lease, until)


def rates(lease: Lease) -> list[dict[str, Any]]:
    """The stretches of its rent: days, price and month's rent."""
    last = lease.ends_on
    found = []
    for place, term in enumerate(lease.terms):
        until = lease.terms[place + 1].from_on - timedelta(days=1) if place + 1 < len(lease.terms) else last
        found.append(
            {
                "from": term.from_on,
                "to": until,
                "price": rate_text(lease.rate_basis, term.rate_e4, term.monthly_rent_fen),
                "monthly_fen": term.monthly_rent_fen,
                "free": term.monthly_rent_fen == 0,
            }
        )
    return found


def rate_text(basis: RateBasis, rate_e4: int | None, fen: int) -> str:
    if basis is RateBasis.MONTH or rate_e4 is None:
        return f"{money_figure(fen)} {words.RATE_UNITS[RateBasis.MONTH]}"
    whole, rest = divmod(rate_e4, 10_000)
    decimals = f"{rest:04d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{decimals} {words.RATE_UNITS[basis]}"


def summary() -> dict[str, Any]:
    """How many leases end soon, by how many days ahead; drafts and offers that wait."""
    return {
        "ending": [(n, leases.count(db.session, leases.ending(g.today, n))) for n in AHEAD],
        "waiting": leases.count(db.session, Lease.status.in_((LeaseStatus.DRAFT, LeaseStatus.OFFERED))),
    }


def shown(lease: Lease) -> dict[str, Any]:
    """What the page of one lease needs."""
    stays = rent.stay(leases.of_tenant(db.session, lease.tenant_id, HOLDING))
    stay = next((it for it in stays if it[0] <= lease.starts_on and (it[1] is None or lease.starts_on <= it[1])), None)
    return {
        "phase": phase(lease, g.today),
        "stay": stay if stay and stay[0] < lease.starts_on else None,
        "this_month": rent.due_fen(lease, Month.of(g.today)),
        **terms_shown(lease),
    }


def terms_shown(lease: Lease) -> dict[str, Any]:
    """Rates and schedule, of a lease or of one that is only a preview."""
    parts = schedule(lease)
    return {
        "terms": lease,
        "rates": rates(lease),
        "schedule": parts,
        "total_rent": sum(part.rent_fen for part in parts),
        "total": sum(part.total_fen for part in parts),
        "with_fees": any(part.fees for part in parts),
        "words": words,
    }
