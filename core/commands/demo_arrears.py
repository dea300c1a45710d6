"""Arrears of the demonstration: balances from before the book, some of tenants that have left, one reminded of, one on
hold, one paid in part."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import HOLDING, BillKind, DunningHow, Fee, Lease, Operator, PaymentMethod, Stage, Tenant
from core.services import billing, dunning
from core.services.billing import Asked

# Yuan owed and days past due, by tenant: those that left first.
OWED = (((4_200, 210),), ((9_000, 75), (3_000, 45)), ((6_500, 20),), ((2_400, 33),), ((5_000, 8),))
PAY_TO = "户名：{}\n开户行：示例银行北港支行\n账号：0000 0000 0000 0000"


def write(session: Session, operator: Operator, today: date) -> None:
    """The session must be asked in by someone of the house."""
    leases = select(Lease.tenant_id).where(Lease.operator_id == operator.id, Lease.status.in_(HOLDING))
    tenants = session.scalars(select(Tenant).where(Tenant.id.in_(leases)).order_by(Tenant.id)).all()
    tenants = sorted(tenants, key=lambda tenant: tenant.stage is not Stage.EXITED)[: len(OWED)]
    for tenant, owed in zip(tenants, OWED, strict=False):
        for yuan, days in owed:
            billing.ask_for(
                session, tenant, [Asked(Fee.OTHER, yuan * 100, what="结转欠款")], kind=BillKind.OPENING,
                due_on=today - timedelta(days=days), today=today,
            )  # fmt: skip
    days = {"reminder_days": 3, "demand_days": 15, "final_days": 30, "grace_days": 7}
    dunning.set_rule(session, operator.id, **days, pay_to=PAY_TO.format(operator.name), by_itself=False)
    _left, second, third, fourth, *_rest = tenants
    billing.record(
        session, third, amount_fen=250_000, received_on=today, method=PaymentMethod.TRANSFER, payer_name=third.name,
        reference="DEMO-0001", today=today,
    )  # fmt: skip
    dunning.send(session, second, DunningHow.PRINT, today)
    until = today + timedelta(days=45)
    dunning.hold(session, fourth, until=until, reason="已商定分三期付清，每月月底前一期", today=today)
