"""Rules about money and what tenants have in common: found, and not found just beside the line."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from core.data import models as m
from tests import factories
from tests.integration.leads.conftest import APPROVED, MONTHS, TODAY, House


def test_one_account_for_two_enterprises(house: House) -> None:
    one, other = house.tenant(), house.tenant()
    house.award(one, account="6222 0000 1111 2222")
    house.award(one, account="6222000011112222")  # its own, written otherwise
    house.award(other, account="6222000011112223")
    assert house.sees("shared_account") == []
    house.award(house.tenant(), account="６２２２－０００0－1111－2222", fen=70_000)
    (found,) = house.sees("shared_account")
    assert len(found.facts["tenant_ids"]) == 2
    assert len(found.letters) == 3
    assert found.amount_fen == 270_000
    assert "2222" not in str(found.facts)


def test_an_account_of_somebody_without_an_award_is_no_lead(house: House) -> None:
    house.award(house.tenant(), account="6222000011112222")
    refused = house.award(house.tenant(), account="6222000011112222")
    refused.revoked_at = APPROVED
    assert house.sees("shared_account") == []


def test_only_the_account_that_an_award_goes_to_counts(house: House) -> None:
    one, other = house.tenant(), house.tenant()
    house.award(one, account="6222000011112222")
    house.award(other, account="6222000011113333")
    wanted = house.award(other, account="6222000011112222")  # of the same company, and taken back
    wanted.revoked_at = APPROVED
    assert house.sees("shared_account") == []
    wanted.revoked_at = None
    (found,) = house.sees("shared_account")
    assert found.facts == {"tenant_ids": (one.id, other.id)}


def _invoice(house: House, tenant: m.Tenant, number: str, code: str = "", **values: Any) -> m.TaxInvoice:
    of = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
    day = date(2026, 1, 1) + timedelta(days=house.session.query(m.Bill).count())
    bill = m.Bill(
        number=f"B{number}{code}{tenant.id}", issued_on=date(2026, 5, 1), due_on=date(2026, 5, 5), total_fen=1000,
        first=day, last=day,
        kind=m.BillKind.REGULAR, lease_id=house.lease(tenant).id, **of,
    )  # fmt: skip
    house.session.add(bill)
    house.session.flush()
    given: dict[str, Any] = {
        "bill_id": bill.id, "item": m.TaxInvoiceItem.SERVICE, "kind": m.TaxInvoiceKind.ORDINARY, "amount_fen": 1000,
        "state": m.TaxInvoiceState.ISSUED, "title": tenant.name, "code": code, "number": number,
        "issued_on": date(2026, 5, 2), "rate": "0.06",
    }  # fmt: skip
    row = m.TaxInvoice(**of, **given | values)
    house.session.add(row)
    house.session.flush()
    return row


def test_one_invoice_number_twice(house: House) -> None:
    one, other = house.tenant(), house.tenant()
    _invoice(house, one, "00123456", "031002100111")
    _invoice(house, other, "00123456", "031002100112")  # paper ones of two codes are two
    electronic = _invoice(house, one, "26312000000000000001")
    _invoice(house, other, "26312000000000000002")
    assert house.sees("invoice_number_twice") == []
    twin = _invoice(house, other, "26312000000000000001", "031002100111")
    (found,) = house.sees("invoice_number_twice")
    assert found.facts["invoice_ids"] == (electronic.id, twin.id)
    assert found.facts["tenant_ids"] == (one.id, other.id)
    assert found.key == f"invoice:{electronic.id}"
    award, void = house.award(one), house.award(other)
    for letter in house.session.query(m.Letter).filter_by(award_id=void.id):
        letter.status = m.LetterStatus.VOID
    house.award(other).revoked_at = APPROVED
    (letter,) = house.session.query(m.Letter).filter_by(award_id=award.id)
    assert house.sees("invoice_number_twice")[0].letters == (letter.id,), "of standing awards, and not void"
    _invoice(house, one, "123456")  # without its code and zeros: it may be either
    assert len(house.sees("invoice_number_twice")) == 2


def _payment(house: House, tenant: m.Tenant, fen: int = 100_000) -> m.Payment:
    payment = m.Payment(
        operator_id=tenant.operator_id, tenant_id=tenant.id, received_on=date(2026, 5, 2), amount_fen=fen, free_fen=0,
        refunded_fen=fen, method=m.PaymentMethod.TRANSFER,
    )  # fmt: skip
    house.session.add(payment)
    house.session.flush()
    return payment


def _refund(house: House, tenant: m.Tenant, at: datetime, fen: int = 40_000) -> m.Refund:
    refund = m.Refund(
        operator_id=tenant.operator_id, tenant_id=tenant.id, payment_id=_payment(house, tenant).id, amount_fen=fen,
        refunded_on=at.date(), recorded_at=at, method=m.PaymentMethod.TRANSFER, reason="退款",
    )  # fmt: skip
    house.session.add(refund)
    house.session.flush()
    return refund


def test_rent_that_goes_back_after_the_approval(house: House) -> None:
    tenant = house.tenant()
    award = house.rented(tenant)
    _refund(house, tenant, APPROVED)  # noted before the approval
    _refund(house, house.tenant(), APPROVED + timedelta(days=5))  # somebody without an award
    assert house.sees("money_came_back") == []
    refund = _refund(house, tenant, APPROVED + timedelta(minutes=1))
    (found,) = house.sees("money_came_back")
    assert found.facts["refund_ids"] == (refund.id,)
    assert (found.case, found.amount_fen) == (award.case_id, 40_000)
    refund.undone_at, refund.undo_reason = APPROVED, "退汇"
    assert house.sees("money_came_back") == []


def test_a_deposit_that_goes_back_is_no_rent(house: House) -> None:
    tenant = house.tenant()
    house.rented(tenant)
    later = APPROVED + timedelta(days=5)
    refund = _refund(house, tenant, later)
    invoice = _invoice(house, tenant, "1")
    note = m.CreditNote(
        operator_id=tenant.operator_id, tenant_id=tenant.id, number="C1", bill_id=invoice.bill_id,
        issued_on=later.date(), recorded_at=later,
        kind=m.CreditReason.DEPOSIT, reason="退押金", total_fen=40_000,
    )  # fmt: skip
    house.session.add(note)
    assert house.sees("money_came_back") == []
    refund.amount_fen = 40_001
    (found,) = house.sees("money_came_back")
    assert found.amount_fen == 1


def test_a_payment_of_spent_rent_that_was_taken_back(house: House) -> None:
    tenant = house.tenant()
    house.rented(tenant)
    invoice = _invoice(house, tenant, "1")
    of = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
    line = m.BillLine(bill_id=invoice.bill_id, place=1, fee=m.Fee.RENT, month="2026-05", amount_fen=30_000, **of)
    payment = _payment(house, tenant)
    house.session.add(line)
    house.session.flush()
    house.session.add(m.Allocation(payment_id=payment.id, line_id=line.id, amount_fen=30_000, **of))
    assert house.sees("money_came_back") == []
    payment.reversed_at, payment.reversal_reason = APPROVED + timedelta(days=3), "录错"
    (found,) = house.sees("money_came_back")
    assert found.facts["payment_ids"] == (payment.id,)
    assert found.amount_fen == 30_000
    june = m.BillLine(bill_id=invoice.bill_id, place=2, fee=m.Fee.RENT, month="2026-06", amount_fen=30_000, **of)
    house.session.add(june)
    house.session.flush()
    house.session.add(m.Allocation(payment_id=payment.id, line_id=june.id, amount_fen=30_000, **of))
    assert house.sees("money_came_back")[0].amount_fen == 60_000, "months that cost the same are two"
    line.fee = june.fee = m.Fee.PROPERTY
    assert house.sees("money_came_back") == []


def test_amounts_above_the_decision(house: House) -> None:
    award = house.award(house.tenant())
    assert house.sees("above_decision") == []
    letter = house.session.query(m.Letter).filter_by(award_id=award.id).one()
    letter.amount_fen += 1
    (found,) = house.sees("above_decision")
    assert (found.letters, found.amount_fen) == ((letter.id,), 1)
    letter.amount_fen, award.amount_fen = 100_000, 100_000
    assert house.sees("above_decision") == []
    award.amount_fen = letter.amount_fen = 150_000
    assert house.sees("above_decision")[0].amount_fen == 50_000


@pytest.mark.parametrize("written", ["139 1234 5678", "+86-139-1234-5678"])
def test_one_phone_for_two_enterprises(house: House, written: str) -> None:
    one, other = house.tenant(contact_phone="13912345678"), house.tenant(contact_phone=written)
    house.award(one)
    assert house.sees("shared_phone") == []  # the other has no award
    house.award(other)
    (found,) = house.sees("shared_phone")
    assert found.facts == {"tenant_ids": (one.id, other.id)}
    assert "5678" not in str(found)
    house.operator.phone = "13912345678"  # the operator's own, which tenants may give
    assert house.sees("shared_phone") == []


def test_a_founder_or_another_contact_may_have_the_number_too(house: House) -> None:
    one, other = house.tenant(contact_phone="13912345678"), house.tenant()
    house.award(one)
    house.award(other)
    factories.founder(house.session, other, phone="13912345678")
    assert len(house.sees("shared_phone")) == 1


def test_one_registered_room_for_two_enterprises(house: House) -> None:
    one = house.tenant(registered_address="上海市虹桥示范区东湖路1号 201室")
    other = house.tenant(registered_address="东湖路 1 号 202 室")
    house.award(one)
    house.award(other)
    assert house.sees("shared_address") == []
    other.registered_address = "虹桥示范区东湖路１号201室"
    (found,) = house.sees("shared_address")
    assert found.facts == {"tenant_ids": (one.id, other.id)}
    one.registered_address = other.registered_address = "东湖路1号"  # where the site lets them register
    assert house.sees("shared_address") == []


def test_one_founder_of_two_enterprises(house: House) -> None:
    number, code = factories.id_number(), factories.uscc()
    one = house.tenant(uscc=code)
    branch = house.tenant(factories.operator(house.session, house.district), uscc=code)
    for tenant in (one, branch):
        factories.founder(house.session, tenant, number=number)
        house.award(tenant)
    assert house.sees("shared_founder") == []  # one enterprise at two operators
    other = house.tenant()
    factories.founder(house.session, other, number=number)
    house.award(other)
    (found,) = house.sees("shared_founder")
    assert found.facts == {"tenant_ids": tuple(sorted((one.id, branch.id, other.id)))}
    assert number not in str(found)


def test_registered_outside_the_district(house: House) -> None:
    tenant, unknown = house.tenant(), house.tenant(registered_region=None)
    house.award(tenant)
    house.award(tenant)
    house.award(unknown)
    assert house.sees("registered_outside") == []
    tenant.registered_region = "310115"
    (found,) = house.sees("registered_outside")
    assert found.facts == {"tenant_ids": [tenant.id], "count": 2, "awarded_fen": 200_000}
    assert len(found.letters) == 2


def test_a_lease_that_nobody_seems_to_use(house: House) -> None:
    tenant = house.tenant()
    award = house.rented(tenant)
    (found,) = house.sees("hollow_tenant")
    assert (found.case, found.amount_fen) == (award.case_id, 30_000 * len(MONTHS))
    person = factories.person(house.session, tenant)
    sign = factories.employment(house.session, person, "2026-04")  # before the six months
    assert len(house.sees("hollow_tenant")) == 1
    sign.month = "2026-05"
    assert house.sees("hollow_tenant") == []
    sign.month = "2026-04"
    _invoice(house, tenant, "1", issued_on=date(2026, 5, 1))
    assert house.sees("hollow_tenant") == []


def test_a_young_lease_or_one_that_ended_is_not_hollow(house: House) -> None:
    tenant = house.tenant()
    house.rented(tenant)
    lease = house.lease(tenant)
    lease.starts_on = date(2026, 5, 2)  # not six months yet on the first of a month
    assert house.sees("hollow_tenant") == []
    lease.starts_on, lease.ends_on = date(2024, 4, 1), TODAY - timedelta(days=1)
    assert house.sees("hollow_tenant") == []
