"""Who sits where, how full a site is, what it brings in, and which rent is open: on both engines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.queries import occupancy, places
from tests import factories

TODAY = date(2026, 11, 25)
VACANT, OCCUPIED, RESERVED, MAINTENANCE = m.SpaceStatus


@pytest.fixture
def site(session: Session) -> m.Site:
    return factories.site(session, factories.operator(session, factories.district(session)))


def state(session: Session, space: m.Space, day: date = TODAY) -> m.SpaceStatus:
    return session.execute(select(places.state_on(day)).where(m.Space.id == space.id)).scalar_one()


@pytest.mark.parametrize(
    ("stored", "seen"),
    [(VACANT, VACANT), (OCCUPIED, VACANT), (RESERVED, RESERVED), (MAINTENANCE, MAINTENANCE)],
)
def test_without_a_lease_the_stored_word_counts_but_for_occupied(
    session: Session, site: m.Site, stored: m.SpaceStatus, seen: m.SpaceStatus
) -> None:
    assert state(session, factories.space(session, site, status=stored)) is seen


@pytest.mark.parametrize(
    ("day", "seen"),
    [
        (date(2026, 2, 28), MAINTENANCE),
        (date(2026, 3, 1), OCCUPIED),
        (date(2026, 12, 31), OCCUPIED),
        (date(2027, 1, 1), MAINTENANCE),
    ],
)
def test_a_lease_covers_both_its_days(session: Session, site: m.Site, day: date, seen: m.SpaceStatus) -> None:
    space = factories.space(session, site, status=MAINTENANCE)
    tenant = factories.tenant(session, site.operator)
    lease = factories.lease(session, tenant, [space], starts_on=date(2026, 3, 1), ends_on=date(2026, 12, 31))
    assert state(session, space, day) is seen
    seats = places.who_sits(session, day)
    assert (space.id in seats) is (seen is OCCUPIED)
    if seen is OCCUPIED:
        assert (seats[space.id].tenant, seats[space.id].lease) == (tenant, lease)


@pytest.mark.parametrize(
    ("status", "ends_on", "seen"),
    [
        (m.LeaseStatus.RUNNING, None, OCCUPIED),
        (m.LeaseStatus.ENDED, TODAY, OCCUPIED),
        (m.LeaseStatus.ENDED, date(2026, 11, 24), VACANT),
        (m.LeaseStatus.ENDED, None, VACANT),
        (m.LeaseStatus.DRAFT, date(2027, 12, 31), VACANT),
    ],
)
def test_drafts_and_ended_leases(
    session: Session, site: m.Site, status: m.LeaseStatus, ends_on: date | None, seen: m.SpaceStatus
) -> None:
    space = factories.space(session, site)
    factories.lease(session, factories.tenant(session, site.operator), [space], status=status, ends_on=ends_on)
    assert state(session, space) is seen
    assert places.states(session, TODAY, [space]) == {space.id: seen}


def test_figures_of_a_site(session: Session, site: m.Site) -> None:
    rooms = [factories.space(session, site, code=f"A-{n}", area_cm2=1_000_000) for n in range(3)]
    factories.space(session, site, code="A-8", area_cm2=1_000_000, status=MAINTENANCE)
    factories.space(session, site, code="M-1", kind=m.SpaceKind.MEETING_ROOM, area_cm2=9_000_000)
    other = factories.site(session, site.operator, name="西岸加速器")
    abroad = factories.space(session, other, code="B-1", area_cm2=3_000_000)
    tenant = factories.tenant(session, site.operator)
    factories.lease(session, tenant, rooms[:1], monthly_rent_fen=600_000)
    lease = factories.lease(session, tenant, [rooms[1], abroad], monthly_rent_fen=400_000)
    lease.terms.append(m.RentTerm(operator_id=site.operator_id, from_on=TODAY, monthly_rent_fen=800_000))
    session.flush()

    found = occupancy.figures(session, TODAY)
    here = found[site.id]
    assert (here.all_units, here.units[OCCUPIED], here.units[VACANT], here.units[MAINTENANCE]) == (4, 2, 1, 1)
    assert (here.vacant_by_unit, here.vacant_by_area, here.occupancy) == (
        Decimal("0.25"), Decimal("0.25"), Decimal("0.5"),
    )  # fmt: skip
    assert here.rent_fen == 600_000 + 200_000  # a quarter of the second lease's area, at its newest step
    assert here.fen_per_sqm == 800_000 // 200
    assert found[other.id].rent_fen == 600_000
    assert occupancy.figures(session, date(2020, 1, 1))[site.id].fen_per_sqm is None
    total = here + found[other.id]
    assert (total.all_units, total.rent_fen) == (5, 1_400_000)


def lease_from(session: Session, site: m.Site, **values: object) -> m.Lease:
    given: dict[str, object] = {"starts_on": date(2026, 7, 1), "ends_on": None, "monthly_rent_fen": 300_000}
    space = factories.space(session, site, code=f"A-{len(site.spaces) + 1}")
    session.expire(site)
    return factories.lease(session, factories.tenant(session, site.operator), [space], **given | values)  # type: ignore[arg-type]


def test_arrears_are_months_that_are_over_and_not_paid_in_full(session: Session, site: m.Site) -> None:
    lease = lease_from(session, site)
    assert occupancy.arrears(session, TODAY, [lease])[lease.id] == occupancy.Arrears(known=False)
    for month, fen in (("2026-07", 300_000), ("2026-08", 100_000), ("2026-10", 300_000)):
        factories.rent(session, lease, month, fen)
    found = occupancy.arrears(session, TODAY, [lease])[lease.id]
    assert found == occupancy.Arrears(("2026-08", "2026-09"), 500_000, this_month=True)
    factories.rent(session, lease, "2026-08", 200_000, voucher="second")
    factories.rent(session, lease, "2026-09", 0).paid_fen = None
    factories.rent(session, lease, "2026-11", 300_000)
    session.flush()
    assert occupancy.arrears(session, TODAY, [lease])[lease.id] == occupancy.Arrears()


def test_months_before_the_book_began_and_days_outside_the_lease_are_not_asked_for(
    session: Session, site: m.Site
) -> None:
    old = lease_from(session, site, starts_on=date(2020, 1, 1))
    new = lease_from(session, site, starts_on=date(2026, 9, 16), ends_on=date(2026, 10, 10))
    free = lease_from(session, site, monthly_rent_fen=0)
    factories.rent(session, old, "2026-10", 300_000)
    assert occupancy.arrears(session, TODAY, [old])[old.id].months == ()
    factories.rent(session, new, "2026-09", 150_000)  # fifteen days of thirty
    found = occupancy.arrears(session, TODAY, [old, new, free])
    assert found[old.id].months == ("2026-09",)
    assert found[new.id] == occupancy.Arrears(("2026-10",), 300_000 * 10 // 31)
    assert found[free.id] == occupancy.Arrears()
