"""Leases and the rent paid on them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from core.data.models import (
    EvidenceKind,
    Grade,
    Lease,
    Payer,
    RentPayment,
    Site,
    SiteOwnership,
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
        line, paid, grade = f"R-{refs[first]}-{month}", _paid(payments), _weakest(p.grade for p in payments)
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
            paper=_paper({p.paper_sha256 for p in payments if p.paper_sha256}),
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


def _weakest(grades: Iterable[Grade]) -> Grade:
    return max(grades, key=GRADE_RANK.__getitem__)


def _paper(papers: Collection[str]) -> str | None:
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
    certificate = _shown(site, SitePaperKind.PROPERTY_CERTIFICATE, applied_on)
    if site.ownership is SiteOwnership.OWNED:
        return certificate or None
    head_lease = site.paper(SitePaperKind.HEAD_LEASE)
    until = head_lease.valid_until if head_lease else None
    if until is not None and until < lease.starts_on:
        return False  # the operator itself held nothing any more
    needed = min(lease.ends_on or applied_on, applied_on)
    held = head_lease is not None and head_lease.confirmed_at is not None and until is not None and until >= needed
    return (certificate and _shown(site, SitePaperKind.SUBLEASE_CONSENT, applied_on) and held) or None


def _shown(site: Site, kind: SitePaperKind, by: date) -> bool:
    paper = site.paper(kind)
    return paper is not None and paper.confirmed_at is not None and paper.dated_on is not None and paper.dated_on <= by
