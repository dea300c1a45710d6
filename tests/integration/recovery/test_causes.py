"""Each cause of a recovery, by the records that make it: the file it opens, what it names, and its sum to the fen,
which is what the rule in force at the award no longer gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from core.data import models as m
from core.data.asker import Asker, asking
from core.policy import Month
from core.services import billing
from core.services.billing import Asked
from core.services.invariants import Violation
from core.services.recovery import finding, rerun
from tests import factories, scenes
from tests.integration.billing.test_invoices import said as issued_as
from tests.integration.recovery.conftest import Desk
from tests.support.parameters import published, row

C, R = m.RecoveryCause, m.RecoveryState
AMOUNT = 300_000  # for one head
RENT = 25_007  # a month: 84 fen more in a year than the award, so a month that is gone shows in it
MONTHS = scenes.months()
BILLED = date(2026, 10, 20)
Wrong = Callable[[], list[Violation]]


@dataclass
class Rented:
    """An award that rests on a year's rent which was billed, paid in two payments and invoiced in one 发票."""

    desk: Desk

    def __post_init__(self) -> None:
        desk = self.desk
        tenant = desk.road.tenant()
        desk.session.execute(delete(m.RentPayment).where(m.RentPayment.tenant_id == tenant.id))
        lease = desk.session.scalars(select(m.Lease).where(m.Lease.tenant_id == tenant.id)).one()
        asked = [Asked(m.Fee.RENT, RENT, Month.parse(month)) for month in MONTHS]
        self.bill: m.Bill = self.do(
            billing.ask_for, tenant, asked, kind=m.BillKind.EXTRA, due_on=BILLED, today=BILLED, lease=lease
        )
        self.lines = sorted(self.bill.lines, key=lambda line: str(line.month))
        self.first, self.last = (self._pay(tenant, fen) for fen in (RENT * 11, RENT))
        (self.invoice,) = self.do(
            billing.request, self.bill, {line.id: RENT for line in self.lines}, title=tenant.name,
            taxpayer_no=tenant.uscc, kind=m.TaxInvoiceKind.ORDINARY,
        )  # fmt: skip
        self._issue(self.invoice, "26312000000000000001")
        self.case = desk.paid(tenant)
        desk.session.commit()

    def do(self, act: Callable[..., Any], *args: Any, **more: Any) -> Any:
        return self.desk.as_(self.desk.road.manager, act, *args, **more)

    def _pay(self, tenant: m.Tenant, fen: int) -> m.Payment:
        made: m.Payment = self.do(
            billing.record, tenant, amount_fen=fen, received_on=BILLED, method=m.PaymentMethod.TRANSFER,
            payer_name=tenant.name, today=BILLED, bill=self.bill,
        )  # fmt: skip
        return made

    def _issue(self, it: m.TaxInvoice, number: str) -> None:
        how = issued_as(number, issued_on=self.desk.today)
        self.do(billing.issue, self.desk.road.files, it, how, today=self.desk.today)

    def waive(self, line: m.BillLine, fen: int) -> m.CreditNote:
        note, _freed, _awards = self.do(
            billing.credit, self.bill, {line.id: fen}, kind=m.CreditReason.WAIVER, reason="减免", today=self.desk.today
        )
        assert isinstance(note, m.CreditNote)
        return note

    def take_back(self, line: m.BillLine) -> m.TaxInvoice:
        """红字: the 发票 of a month is taken back."""
        made, _awards = self.do(
            billing.red_letter, self.desk.road.files, self.invoice, {line.id: RENT},
            issued_as("9" * 20, issued_on=self.desk.today), reason="开票有误", today=self.desk.today,
        )  # fmt: skip
        assert isinstance(made, m.TaxInvoice)
        return made

    def invoice_anew(self, line: m.BillLine) -> None:
        (made,) = self.do(
            billing.request, self.bill, {line.id: RENT}, title="青禾公司", taxpayer_no=None,
            kind=m.TaxInvoiceKind.ORDINARY,
        )  # fmt: skip
        self._issue(made, "26312000000000000002")


def _found(desk: Desk, case: m.Case) -> m.Recovery | None:
    """What the daily look at the award opens."""
    desk.session.commit()
    desk.session.expire_all()
    with asking(desk.session, Asker.system("recovery")):
        return finding.look(desk.session, desk.road.registry, case)


def _is(file: m.Recovery | None, cause: m.RecoveryCause, fact: str, owed: int) -> m.Recovery:
    assert file is not None
    assert (file.state, file.cause, file.fact, file.owed_fen) == (R.LEAD, cause, fact, owed)
    assert sum(line["back_fen"] for line in file.lines) == owed
    assert sum(line["awarded_fen"] for line in file.lines) == AMOUNT
    assert all(line["awarded_fen"] - line["kept_fen"] == line["back_fen"] >= 0 for line in file.lines)
    return file


def _short(fen: int) -> int:
    """What the rule no longer gives where so much of the year's rent is gone: it never gives more than was paid."""
    return AMOUNT - (12 * RENT - fen)


def _why(file: m.Recovery, month: str) -> str | None:
    (line,) = (it for it in file.lines if it["month"] == month)
    return str(line["why"])


def test_nothing_changed_opens_nothing(desk: Desk, wrong: Wrong) -> None:
    rented = Rented(desk)
    assert (rented.case.state, desk.pool()[1]) == (m.CaseState.PAID, AMOUNT)
    assert _found(desk, rented.case) is None
    assert wrong() == []


def test_a_credit_note(desk: Desk, wrong: Wrong) -> None:
    rented = Rented(desk)
    note = rented.waive(rented.lines[3], 10_001)
    file = _is(_found(desk, rented.case), C.CREDIT_NOTE, f"credit_notes:{note.id}", _short(10_001))
    assert _why(file, MONTHS[3]) == "less"
    assert wrong() == []


def test_a_refund(desk: Desk, wrong: Wrong) -> None:
    """A month was waived after it was paid, and the money went back: the newest record is what the file names."""
    rented = Rented(desk)
    rented.waive(rented.lines[11], RENT)
    refund = rented.do(
        billing.refund, rented.last, amount_fen=RENT, refunded_on=desk.today, method=m.PaymentMethod.TRANSFER,
        reason="退租", today=desk.today,
    )  # fmt: skip
    file = _is(_found(desk, rented.case), C.REFUND, f"refunds:{refund.id}", _short(RENT))
    assert _why(file, MONTHS[11]) == "gone"
    assert wrong() == []


def test_a_payment_that_was_reversed(desk: Desk, wrong: Wrong) -> None:
    rented = Rented(desk)
    rented.do(billing.reverse, rented.last, "记错了企业")
    file = _is(_found(desk, rented.case), C.REFUND, f"payments:{rented.last.id}", _short(RENT))
    assert _why(file, MONTHS[11]) == "gone"
    assert wrong() == []


def test_a_red_letter_until_the_invoice_is_made_anew(desk: Desk, wrong: Wrong) -> None:
    rented = Rented(desk)
    red = rented.take_back(rented.lines[5])
    file = _is(_found(desk, rented.case), C.TAX_INVOICE, f"tax_invoices:{red.id}", _short(RENT))
    assert _why(file, MONTHS[5]) == "less"  # it is paid still, but nothing says so any more
    rented.invoice_anew(rented.lines[5])
    desk.session.expire_all()
    with asking(desk.session, desk.road.as_user(desk.road.staff["first"])):
        assert rerun.find(desk.session, desk.road.registry, rented.case, C.TAX_INVOICE).owed_fen == 0
    assert wrong() == []


def test_a_head_that_is_gone(desk: Desk, wrong: Wrong) -> None:
    """Of two heads one was never insured: a share of the award that is theirs, and nothing of the other's."""
    tenant = desk.road.tenant(heads=2)
    case = desk.paid(tenant)
    assert desk.pool()[1] == 2 * AMOUNT
    person = desk.session.scalars(
        select(m.InsuredPerson.id).where(m.InsuredPerson.tenant_id == tenant.id).order_by(m.InsuredPerson.id.desc())
    ).first()
    desk.session.execute(delete(m.Employment).where(m.Employment.person_id == person))
    file = _found(desk, case)
    assert file is not None
    assert (file.cause, file.owed_fen, file.fact.split(":")[0]) == (C.HEADS, AMOUNT, "evidence")
    assert sum(line["back_fen"] for line in file.lines) == AMOUNT
    assert wrong() == []


def test_leaving_before_its_time(desk: Desk, wrong: Wrong) -> None:
    """The start-up grant asks to stay; a month begun counts as stayed, the others go back."""
    desk.road.policy = "startup_grant"
    factories.pool(desk.session, desk.road.district, "startup_grant")
    tenant = desk.road.tenant(registered_on=date(2025, 8, 1))
    founder = desk.session.scalars(select(m.Founder).where(m.Founder.tenant_id == tenant.id)).one()
    founder.categories = "hard_to_employ"
    desk.session.flush()
    desk.session.expire_all()
    case = desk.paid(tenant)
    award = rerun.award_of(desk.session, case)
    months = rerun.stay_of(desk.session, desk.road.registry.get("startup_grant"), case, award)
    assert months == 12
    gone = desk.today + timedelta(days=70)  # within the third month of the stay
    leaving = m.Departure(
        operator_id=case.operator_id, tenant_id=case.tenant_id, planned_on=desk.today, reason="迁往外区",
        completed_on=gone,
    )  # fmt: skip
    desk.session.add(leaving)
    file = _found(desk, case)
    assert file is not None
    assert (file.cause, file.fact) == (C.MOVED_OUT, f"departures:{leaving.id}")
    # 8,000.00 over twelve months: eight of 666.67, then four of 666.66; of the last nine, five and four.
    assert (award.amount_fen, file.owed_fen) == (800_000, 5 * 66_667 + 4 * 66_666)
    assert [line["why"] for line in file.lines].count("stay") == 9
    assert wrong() == []


def test_a_revocation_takes_what_is_left(desk: Desk, wrong: Wrong) -> None:
    """A part was had back before: the revocation opens its file decided, with the rest."""
    rented = Rented(desk)
    rented.waive(rented.lines[0], RENT)
    file = _found(desk, rented.case)
    assert file is not None
    desk.propose(file)
    desk.state(file)
    desk.decide(file)
    desk.confirm(desk.receive(file, _short(RENT)))
    road, said = desk.road, {"opinion": "材料不实", "reasons": ("misused",)}
    road.act(road.staff["second"], rented.case, "propose_revocation", desk.today, **said)
    road.act(road.founder_of(rented.case.tenant), rented.case, "statement", desk.today, opinion="没有异议。")
    road.act(road.staff["approver"], rented.case, "revoke", desk.today, opinion="予以撤销。", confirmed=True)
    wanted = select(m.Recovery).where(m.Recovery.case_id == rented.case.id, m.Recovery.cause == C.REVOKED)
    whole = desk.session.scalars(wanted).one()
    assert (whole.state, whole.owed_fen) == (R.DECIDED, AMOUNT - _short(RENT))
    assert sum(line["back_fen"] for line in whole.lines) == whole.owed_fen
    assert {line["why"] for line in whole.lines if line["back_fen"]} == {"revoked"}
    assert wrong() == []


@pytest.mark.parametrize("cap", ["2000", "9000"])
def test_the_rule_of_the_award_decides_and_not_todays(desk: Desk, cap: str) -> None:
    """The district mends the cap, for the day of the application too, after the award: what is owed stays the same."""
    rented = Rented(desk)
    note = rented.waive(rented.lines[3], 10_001)
    published(desk.road, row("cap_per_head_year_fen", cap, scenes.APPLIED), today=desk.today, correction="写错")
    _is(_found(desk, rented.case), C.CREDIT_NOTE, f"credit_notes:{note.id}", _short(10_001))
