"""Leases of the demonstration at each point of their way: renewed, offered, drafted, and one that ends early."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import IN_FORCE, FeeKind, Lease, NoticeBy, Operator, RateBasis, RentPayment
from core.services import leases
from core.services.leases import Rise


def write(session: Session, operator: Operator, today: date) -> None:
    """The session must be asked in by someone of the house."""
    ending = select(Lease).where(Lease.operator_id == operator.id, Lease.status.in_(IN_FORCE), Lease.ends_on > today)
    first, second, third, *_rest, last = session.scalars(ending.order_by(Lease.ends_on, Lease.id)).all()

    signed = leases.draft(session, first.tenant, leases.renewal(first), renews=first)
    leases.sign(session, signed, on=today, today=today)

    by_area = replace(
        leases.renewal(second),
        basis=RateBasis.SQM_DAY,
        rate=32_000,
        quantity=None,
        rise=Rise(every=12, permille=30),
        deposit_months=2,
        deposit_fen=None,
        pay_months=3,
        due_days=5,
        fees={FeeKind.PROPERTY: 30_000, FeeKind.SERVICE: 50_000},
    )
    by_area = replace(by_area, ends_on=by_area.starts_on + timedelta(days=3 * 365))
    offered = leases.draft(session, second.tenant, by_area, renews=second)
    leases.offer(session, offered, today + timedelta(days=60), today)

    begin = leases.renewal(third)
    free = (begin.starts_on, begin.starts_on + timedelta(days=13))
    leases.draft(session, third.tenant, replace(begin, free=[free], deposit_months=1, deposit_fen=None), renews=third)

    # Rent of later months may be booked ahead; the early end comes after it.
    booked = session.scalar(
        select(RentPayment.month).where(RentPayment.lease_id == last.id).order_by(RentPayment.month.desc()).limit(1)
    )
    after = date.fromisoformat(f"{booked}-28") if booked else today
    leases.give_notice(
        session, last, by=NoticeBy.TENANT, on=today, last_day=max(after, today) + timedelta(days=60), today=today
    )
