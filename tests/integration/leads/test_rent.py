"""Rules about rent and premises: found, and not found just beside the line."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.data import models as m
from tests import factories
from tests.integration.leads.conftest import MONTHS, RENT_FEN, House


def test_one_rent_month_under_two_awards(house: House) -> None:
    tenant = house.tenant()
    line = house.rent_line(tenant, "2026-04", 100_000)
    for fen in (60_000, 40_000):
        house.award(tenant, uses=[(line, fen)], rule=m.StackingRule.CAPPED)
    assert house.sees("rent_month_twice") == []  # together the whole rent
    line.amount_fen = 99_999
    (found,) = house.sees("rent_month_twice")
    assert found.facts["months"] == ["2026-04"]
    assert (found.tenant, found.operator, found.amount_fen) == (tenant.id, tenant.operator_id, 40_000)


def test_two_places_in_one_month_are_a_lead_under_two_awards_and_not_under_one(house: House) -> None:
    tenant = house.tenant()
    one, two = (house.rent_line(tenant, "2026-04", place=place) for place in ("A-101", "B-202"))
    award = house.award(tenant, uses=[(one, 30_000), (two, 20_000)])
    assert house.sees("rent_month_twice") == []
    other = house.award(tenant)
    use = house.session.query(m.EvidenceUse).filter_by(award_id=award.id, line_id=two.id).one()
    use.award_id = other.id
    (found,) = house.sees("rent_month_twice")
    assert found.facts["line_ids"] == (one.id, two.id)
    assert found.amount_fen == 20_000


def _support(house: House, tenant: m.Tenant, **values: Any) -> m.OutsideSupport:
    of = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
    kept = m.StoredFile(name="批文.pdf", media_type="application/pdf", sha256="0" * 64, size=1, **of)
    house.session.add(kept)
    house.session.flush()
    given: dict[str, Any] = {
        "scheme": "市级房租补贴", "level": m.SupportLevel.CITY, "kind": m.EvidenceKind.RENT_MONTH,
        "month_from": "2026-04", "month_to": "2026-05", "amount_fen": 60_000, "granted_on": date(2026, 11, 25),
        "grade": m.Grade.OPERATOR, "file_id": kept.id,
    }  # fmt: skip
    row = m.OutsideSupport(**of, **given | values)
    house.session.add(row)
    house.session.flush()
    return row


def test_support_from_elsewhere_for_months_that_were_spent(house: House) -> None:
    tenant = house.tenant()
    house.rented(tenant)
    _support(house, tenant, month_from="2026-01", month_to="2026-03")  # the months before
    _support(house, tenant, kind=m.EvidenceKind.INSURED_MONTH)  # something else
    assert house.sees("supported_elsewhere") == []
    support = _support(house, tenant)
    (found,) = house.sees("supported_elsewhere")
    assert found.facts == {
        "support_id": support.id, "outside_fen": 60_000, "months": ["2026-04", "2026-05"], "spent_fen": 60_000,
    }  # fmt: skip
    house.session.query(m.EvidenceUse).update({"rule": m.StackingRule.CAPPED})
    assert house.sees("supported_elsewhere") == []  # 30,000 and 30,000 of 450,000: the difference was made up
    support.amount_fen = 2 * (RENT_FEN - 30_000) + 1
    assert len(house.sees("supported_elsewhere")) == 1
    support.withdrawn_at = factories.utcnow()
    assert house.sees("supported_elsewhere") == []


def test_support_noted_at_another_operator_counts(house: House) -> None:
    code = factories.uscc()
    house.rented(house.tenant(uscc=code))
    branch = house.tenant(factories.operator(house.session, house.district), uscc=code)
    _support(house, branch)
    assert len(house.sees("supported_elsewhere")) == 1


def test_more_spent_than_the_book_has(house: House) -> None:
    award = house.rented(house.tenant())
    assert house.sees("above_book") == []
    payment = house.session.query(m.RentPayment).filter_by(month="2026-05").one()
    payment.paid_fen = 30_000  # as much as was spent
    assert house.sees("above_book") == []
    payment.paid_fen = 29_999
    (found,) = house.sees("above_book")
    assert found.facts == {"months": ["2026-05"], "spent_fen": 30_000, "book_fen": 29_999}
    house.session.delete(payment)
    (found,) = house.sees("above_book")
    assert (found.case, found.amount_fen) == (award.case_id, 30_000)


def test_rent_in_the_book_above_the_lease(house: House) -> None:
    tenant = house.tenant()
    house.rented(tenant)
    house.receipt(tenant, "2026-04", RENT_FEN * 5 // 100)  # as much as months differ
    assert house.sees("above_lease") == []
    house.receipt(tenant, "2026-04", 1)
    (found,) = house.sees("above_lease")
    assert found.facts["months"] == ["2026-04"]
    assert found.amount_fen == RENT_FEN * 5 // 100 + 1
    term = house.session.query(m.RentTerm).filter_by(lease_id=house.lease(tenant).id).one()
    term.monthly_rent_fen = RENT_FEN * 2  # a later step
    assert house.sees("above_lease") == []


def test_more_area_than_the_units_have(house: House) -> None:
    tenant = house.tenant()
    house.rented(tenant)
    lease = house.lease(tenant)
    lease.rate_basis, lease.rate_e4, lease.rate_quantity = m.RateBasis.SQM_DAY, 30_000, 515_000
    assert house.sees("area_above_unit") == []  # 3 % more than 50 m²
    lease.rate_quantity = 515_001
    (found,) = house.sees("area_above_unit")
    assert found.facts == {"lease_id": lease.id, "agreed_cm2": 515_001, "units_cm2": 500_000}
    lease.rate_basis = m.RateBasis.DESK_MONTH  # desks, not area
    assert house.sees("area_above_unit") == []


def test_rent_paid_by_somebody_else(house: House) -> None:
    tenant = house.tenant(name="上海青禾生物科技有限公司")
    house.rented(tenant)
    payments = {it.month: it for it in house.session.query(m.RentPayment)}
    payments["2026-04"].payer_name = "上海青禾生物科技"  # a short form
    payments["2026-05"].payer, payments["2026-05"].payer_name = m.Payer.EXPLAINED, "远山网络有限公司"
    payments["2026-06"].payer_name = None
    assert house.sees("payer_unlike_tenant") == []
    payments["2026-06"].payer_name = "远山网络有限公司"
    (found,) = house.sees("payer_unlike_tenant")
    assert found.facts["rent_payment_ids"] == (payments["2026-06"].id,)
    assert found.facts["months"] == ["2026-06"]
    assert "远山" not in str(found)
    payments["2026-04"].payer = m.Payer.OTHER  # whatever the name says
    assert len(house.sees("payer_unlike_tenant")) == 2
    assert len(MONTHS) == 3
