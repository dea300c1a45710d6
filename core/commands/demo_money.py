"""Money of the demonstration: the bills of next month and who has paid them, services, a waiver, a refund, a bank
statement to work through. Rent of earlier months is in the book of rent that was imported: the bills begin after it."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Bill, BillKind, CreditReason, Fee, Operator, Payment, PaymentMethod
from core.data.queries import bank as bank_reads
from core.policy import Month
from core.services import bank, billing
from core.services.bank import sample
from core.services.billing import Asked

SERVICE_FEN = 80_000


def write(session: Session, operator: Operator, today: date) -> None:
    """The session must be asked in by someone of the house."""
    month = Month.of(today) + 1
    run = billing.ask(session, operator.id, month, today, begin=month)
    piece: int | None = 0
    while piece is not None:  # at once; the job that was asked for finds nothing left to do
        piece = billing.make_next(session, run, piece, today)

    bills = session.scalars(select(Bill).where(Bill.run_id == run.id).order_by(Bill.id)).all()
    companies = [bill for bill in bills if bill.tenant.uscc]
    for bill in companies[::3]:
        served = Asked(Fee.SERVICE, SERVICE_FEN, month, "工商、财税与知识产权代办")
        billing.ask_for(
            session, bill.tenant, [served], kind=BillKind.EXTRA, due_on=today + timedelta(days=20), today=today
        )  # fmt: skip

    for place, bill in enumerate(companies):
        if place % 5 in (0, 1):
            continue  # has not paid yet
        whole = bill.rest_fen
        paid = {2: whole // 2, 3: whole + 20_000}.get(place % 10, whole)
        _pay(session, bill, paid, today, place, by="示例控股（集团）有限公司" if place % 20 == 4 else bill.tenant.name)

    waived = companies[0]
    line = waived.lines[0]
    billing.credit(
        session, waived, {line.id: line.amount_fen // 2}, kind=CreditReason.WAIVER, reason="新入驻首月减半", today=today
    )
    extra = _pay(session, companies[3], 5_000, today, len(companies), by=companies[3].tenant.name)
    if extra.free_fen:
        billing.refund(
            session, extra, amount_fen=extra.free_fen, refunded_on=today, method=PaymentMethod.TRANSFER,
            reason="多付，应企业要求退回", today=today,
        )  # fmt: skip

    paid = [sample.Paid(*it) for it in bank_reads.some_open(session, operator.id, 12)]
    body = sample.statement(operator.name, paid, today - timedelta(days=1))
    bank.keep(session, operator.id, bank.read(body, "网银明细.xlsx", today=today))


def _pay(session: Session, bill: Bill, fen: int, today: date, place: int, *, by: str) -> Payment:
    return billing.record(
        session, bill.tenant, amount_fen=fen, received_on=today, method=PaymentMethod.TRANSFER, payer_name=by,
        reference=f"LS{today:%Y%m%d}{place:04d}", bill=bill, today=today,
    )  # fmt: skip
