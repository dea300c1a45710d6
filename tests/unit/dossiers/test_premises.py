"""What vouchers, rooms and papers say, taken together."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import combinations_with_replacement

import pytest

from core.data.models import (
    Grade,
    Lease,
    LeaseSpace,
    Payer,
    RentPayment,
    Site,
    SiteOwnership,
    SitePaper,
    SitePaperKind,
    Space,
)
from core.services.dossiers import premises

APPLIED = date(2026, 3, 10)
T, E, O = Payer.TENANT, Payer.EXPLAINED, Payer.OTHER  # noqa: E741


@pytest.mark.parametrize(
    ("payers", "together"),
    [
        ({T}, "tenant"),
        ({E}, "explained"),
        ({T, E}, "explained"),
        ({O}, "other"),
        ({T, O}, "other"),
        ({None}, None),
        ({T, None}, None),
        ({E, None}, None),
        ({O, None}, "other"),
        ({T, E, O, None}, "other"),
    ],
)
def test_payer(payers: set[Payer | None], together: str | None) -> None:
    assert premises._payer(payers) == together


def test_the_weakest_grade() -> None:
    order = [Grade.GOVERNMENT, Grade.VERIFIED_ORIGINAL, Grade.OPERATOR, Grade.APPLICANT]
    for better, worse in combinations_with_replacement(order, 2):
        assert premises.weakest([worse, better]) is worse


@pytest.mark.parametrize(
    ("vouchers", "paid"),
    [
        ([(1, 100)], 100),
        ([(1, 100), (1, 50)], 150),
        ([(1, 100), (1, None)], None),
        ([(1, 100), (2, 100)], 100),  # the same rent in two books
        ([(1, 60), (1, 40), (2, 100)], 100),
        ([(1, 100), (2, 90)], None),  # they differ
        ([(1, 0)], 0),
    ],
)
def test_paid(vouchers: list[tuple[int, int | None]], paid: int | None) -> None:
    assert premises._paid([RentPayment(operator_id=operator, paid_fen=fen) for operator, fen in vouchers]) == paid


def test_papers() -> None:
    assert premises.paper_of([]) is None
    assert premises.paper_of(["a" * 64]) == "a" * 64
    both = premises.paper_of({"a" * 64, "b" * 64})
    assert both == premises.paper_of({"b" * 64, "a" * 64})
    assert both is not None
    assert len(both) == 64


def _lease(*sites: Site, **values: object) -> Lease:
    lease = Lease(**{"starts_on": date(2024, 9, 1), "ends_on": date(2027, 8, 31), **values})
    for n, site in enumerate(sites):
        site.id = n
        space = Space(site=site, site_id=n, area_cm2=1_000 * (n + 1), independent=n == 0, code=str(n))
        lease.spaces.append(LeaseSpace(space=space))
    return lease


def _site(papers: dict[str, date | None] | None = None, *, confirmed: bool = True, **values: object) -> Site:
    """With papers named by what their date says: `property_certificate_on`, `head_lease_until`, …"""
    site = Site(**{"ownership": SiteOwnership.OWNED, "region": "310109", "address": "东湖路1号", **values})
    for name, day in (papers or {}).items():
        kind, _, meaning = name.rpartition("_")
        column = "valid_until" if meaning == "until" else "dated_on"
        confirmation = datetime(2026, 1, 5, tzinfo=UTC) if confirmed else None
        site.papers.append(SitePaper(kind=SitePaperKind(kind), confirmed_at=confirmation, **{column: day}))
    return site


DEED = date(2015, 5, 1)
OWNED = {"property_certificate_on": DEED}
LEASED = SiteOwnership.LEASED
LET = {"property_certificate_on": DEED, "sublease_consent_on": date(2020, 1, 1)}


@pytest.mark.parametrize(
    ("papers", "lawful"),
    [
        (OWNED, True),
        ({}, None),
        ({"property_certificate_on": date(2026, 3, 11)}, None),  # dated after the application
        ({**LET, "head_lease_until": date(2028, 1, 1)}, True),
        ({**LET, "head_lease_until": APPLIED}, True),
        ({**LET, "head_lease_until": date(2026, 3, 9)}, None),  # ran out before the application: to be shown anew
        ({**LET, "head_lease_until": date(2024, 8, 31)}, False),  # ran out before the lease began
        ({**LET, "head_lease_until": None}, None),
        ({**LET, "head_lease_until": date(2028, 1, 1), "sublease_consent_on": None}, None),
        ({**LET, "head_lease_until": date(2028, 1, 1), "property_certificate_on": None}, None),
    ],
)
def test_the_papers_of_a_site(papers: dict[str, date | None], lawful: bool | None) -> None:
    ownership = LEASED if "sublease_consent_on" in papers else SiteOwnership.OWNED
    row = premises.lease_row(_lease(_site(papers, ownership=ownership)), "L1", APPLIED)
    assert row["lawful"] is lawful


def test_papers_that_the_window_has_not_confirmed_leave_it_open() -> None:
    assert premises.lease_row(_lease(_site(OWNED, confirmed=False)), "L1", APPLIED)["lawful"] is None
    let = _site({**LET, "head_lease_until": date(2028, 1, 1)}, confirmed=False, ownership=LEASED)
    assert premises.lease_row(_lease(let), "L1", APPLIED)["lawful"] is None


@pytest.mark.parametrize("said", [True, False])
def test_what_the_lease_says_itself_goes_first(said: bool) -> None:
    row = premises.lease_row(_lease(_site(), lawful=said, independent=said, region="310110"), "L1", APPLIED)
    assert (row["lawful"], row["independent"], row["region"]) == (said, said, "310110")


def test_rooms_of_two_sites() -> None:
    good, unknown = _site(OWNED), _site(region="310110")
    row = premises.lease_row(_lease(good, unknown), "L1", APPLIED)
    assert row == {
        "ref": "L1",
        "from": "2024-09-01",
        "to": "2027-08-31",
        "independent": True,
        "lawful": None,
        "region": None,
        "area_cm2": 3_000,
    }


def test_a_lease_without_rooms_is_not_known() -> None:
    row = premises.lease_row(_lease(ends_on=None), "L1", APPLIED)
    assert [row[key] for key in ("to", "independent", "lawful", "region", "area_cm2")] == [None] * 5


def test_an_ended_lease_needs_the_head_lease_only_until_then() -> None:
    site = _site({**LET, "head_lease_until": date(2025, 12, 31)}, ownership=LEASED)
    assert premises.lease_row(_lease(site, ends_on=date(2025, 12, 31)), "L1", APPLIED)["lawful"] is True
