"""Leases and the rent paid on them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from core.data.models import (
    EvidenceKind,
    Grade,
    Lease,
    Payer,
    RentPayment,
    Site,
    SiteOwnership,
    SitePaper,
    SitePaperKind,
    Space,
)
from core.data.queries.dossiers import Records
from core.services.dossiers import keys
from core.services.dossiers.frozen import GRADE_RANK, Source


def lease_refs(known: Records) -> dict[Lease, str]:
    """L1, L2, … in the order in which the leases began."""

    def order(lease: Lease) -> tuple[date, date, str, int]:
        return lease.starts_on, lease.ends_on or date.max, lease.number, lease.operator_id

    return {lease: f"L{number}" for number, lease in enumerate(sorted(known.leases, key=order), start=1)}


def lease_row(lease: Lease, ref: str, applied_on: date) -> dict[str, Any]:
    """What the lease itself does not say is taken from its rooms and from the papers of its site."""
    spaces = _spaces(lease)
    return {
        "ref": ref,
        "from": lease.starts_on.isoformat(),
        "to": lease.ends_on.isoformat() if lease.ends_on else None,
        "independent": lease.independent if lease.independent is not None else _independent(spaces),
        "lawful": lease.lawful if lease.lawful is not None else _lawful(lease, _sites(spaces), applied_on),
        "region": _region(lease),
        "area_cm2": sum(space.area_cm2 for space in spaces) if spaces else None,
    }


def rent(known: Records, refs: dict[Lease, str]) -> tuple[list[dict[str, Any]], dict[str, Source]]:
    """One row for each month of the same premises, whatever the number of vouchers, leases or operators behind it."""
    by_id = {lease.id: lease for lease in refs}
    months: dict[tuple[str, str], list[RentPayment]] = defaultdict(list)
    for payment in known.payments:
        months[payment.month, _premises(known, by_id[payment.lease_id])].append(payment)
    rows, sources = [], {}
    for (month, place), payments in months.items():
        payments.sort(key=lambda p: (_number(refs[by_id[p.lease_id]]), p.id))
        first = by_id[payments[0].lease_id]
        own = next((p for p in payments if p.tenant_id == known.tenant.id), payments[0])
        line, paid, grade = f"R-{refs[first]}-{month}", _paid(payments), weakest(p.grade for p in payments)
        rows.append(
            {
                "line": line,
                "lease": refs[first],
                "month": month,
                "paid_fen": paid,
                "region": _region(first),
                "payer": _payer({p.payer for p in payments}),
                "grade": grade.value,
            }
        )
        sources[line] = Source(
            kind=EvidenceKind.RENT_MONTH,
            natural_key=keys.rent_month(known.uscc or "", month, place),
            month=month,
            amount_fen=paid,
            source="rent_payments:" + ",".join(str(p.id) for p in payments),
            grade=grade,
            paper=paper_of({p.paper_sha256 for p in payments if p.paper_sha256}),
            tenant_id=own.tenant_id,
            operator_id=own.operator_id,
        )
    return sorted(rows, key=lambda row: (row["month"], _number(row["lease"]))), sources


def _number(ref: str) -> int:
    return int(ref[1:])


def _paid(payments: Sequence[RentPayment]) -> int | None:
    """The sum of the vouchers. Two operators who record the same premises and month mean the same rent: it counts
    once, and where they differ it is not known until one of them is corrected."""
    by_operator: dict[int, int] = defaultdict(int)
    for payment in payments:
        if payment.paid_fen is None:
            return None
        by_operator[payment.operator_id] += payment.paid_fen
    amounts = set(by_operator.values())
    return amounts.pop() if len(amounts) == 1 else None


def _payer(payers: Collection[Payer | None]) -> str | None:
    """One other payer settles it, one unknown leaves it open, one explained must be explained."""
    if Payer.OTHER in payers:
        return Payer.OTHER.value
    if None in payers:
        return None
    return (Payer.EXPLAINED if Payer.EXPLAINED in payers else Payer.TENANT).value


def weakest(grades: Iterable[Grade]) -> Grade:
    return max(grades, key=GRADE_RANK.__getitem__)


def paper_of(papers: Collection[str]) -> str | None:
    """The paper's hash; for several, the SHA-256 over their sorted hashes, one a line: the auditor can redo it."""
    if len(papers) > 1:
        return hashlib.sha256("\n".join(sorted(papers)).encode()).hexdigest()
    return next(iter(papers), None)


# ── what rooms and papers say ───────────────────────────────────────────────────────────────────────────────────────


def _spaces(lease: Lease) -> list[Space]:
    return [row.space for row in lease.spaces]


def _sites(spaces: Iterable[Space]) -> list[Site]:
    return list({space.site_id: space.site for space in spaces}.values())


def _region(lease: Lease) -> str | None:
    """The lease's own, else that of its rooms' site; None where they stand in two districts."""
    regions = {lease.region} if lease.region else {site.region for site in _sites(_spaces(lease))}
    return regions.pop() if len(regions) == 1 else None


def _premises(known: Records, lease: Lease) -> str:
    rooms = [(space.site.region, space.site.address, space.code) for space in _spaces(lease)]
    # A lease without rooms is only the same as itself.
    return keys.premises(known.district.name, rooms) if rooms else f"lease:{lease.id}"


def _independent(spaces: Collection[Space]) -> bool | None:
    """One room of one's own is enough, desks beside it do no harm."""
    return any(space.independent for space in spaces) if spaces else None


def _lawful(lease: Lease, sites: Collection[Site], applied_on: date) -> bool | None:
    """Whether the papers held for the sites show a right to let. A paper that is missing, or that the window has not
    confirmed yet, leaves it open."""
    known = [may_let(site, lease, applied_on) for site in sites]
    if False in known:
        return False
    return True if known and None not in known else None


def may_let(site: Site, lease: Lease, applied_on: date) -> bool | None:
    """What one site's papers say of one lease."""
    wanting = lacks(site, lease, applied_on)
    if any(lack.fault is Fault.OVER_BEFORE for lack in wanting):
        return False
    return None if wanting else True


# ── and why ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Fault(StrEnum):
    """What keeps a site's paper from showing a right to let."""

    MISSING = "missing"
    UNDATED = "undated"  # the date that matters is not written down
    LATER = "later"  # dated after the day asked about
    EXPIRED = "expired"
    UNCONFIRMED = "unconfirmed"  # waits for the window
    OVER_BEFORE = "over_before"  # the head lease had ended before the lease began: there was nothing to let


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing wanting: which paper of which site, and what is the matter with it."""

    site: Site
    paper: SitePaperKind
    fault: Fault


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the premises of a lease are lawful and independent on a day, and what is wanting if not known to be.

    `stated`: the lease itself says so (it was brought in with the answer); the papers are not asked then.
    """

    lawful: bool | None
    independent: bool | None
    stated: bool
    lacks: tuple[Lack, ...] = ()


def standing(lease: Lease, on: date) -> Standing:
    """What `lease_row` will say of a lease, with its reasons."""
    row = lease_row(lease, "", on)
    stated = lease.lawful is not None
    wanting = () if stated else tuple(lack for site in _sites(_spaces(lease)) for lack in lacks(site, lease, on))
    return Standing(row["lawful"], row["independent"], stated, wanting)


def needed_papers(site: Site) -> tuple[SitePaperKind, ...]:
    """The papers that show a right to let: an owner's certificate; a lessee's also its own lease and the consent."""
    if site.ownership is SiteOwnership.OWNED:
        return (SitePaperKind.PROPERTY_CERTIFICATE,)
    return (SitePaperKind.PROPERTY_CERTIFICATE, SitePaperKind.HEAD_LEASE, SitePaperKind.SUBLEASE_CONSENT)


def lacks(site: Site, lease: Lease, on: date) -> list[Lack]:
    """What is wanting for one lease on one site; nothing where the papers show a right to let."""
    until = min(lease.ends_on or on, on)
    found = [
        (kind, _fault(kind, site.paper(kind), lease.starts_on, until=until, on=on)) for kind in needed_papers(site)
    ]
    return [Lack(site, kind, fault) for kind, fault in found if fault is not None]


def _fault(kind: SitePaperKind, paper: SitePaper | None, starts_on: date, *, until: date, on: date) -> Fault | None:
    """`until`: the last day of the lease that is asked about. A head lease is known by its end, the others by their
    date."""
    if paper is None:
        return Fault.MISSING
    if kind is SitePaperKind.HEAD_LEASE:
        if paper.valid_until is None:
            return Fault.UNDATED
        if paper.valid_until < starts_on:
            return Fault.OVER_BEFORE
    elif paper.dated_on is None:
        return Fault.UNDATED
    elif paper.dated_on > on:
        return Fault.LATER
    if paper.valid_until is not None and paper.valid_until < until:
        return Fault.EXPIRED
    return Fault.UNCONFIRMED if paper.confirmed_at is None else None
