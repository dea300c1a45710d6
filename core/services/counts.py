"""The figures of an operator's day, counted by the database."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from core.data.models import (
    IN_FORCE,
    Departure,
    Enquiry,
    EnquiryState,
    Lease,
    RentPayment,
    Tenant,
    TenantDocument,
)
from core.data.queries import leases
from core.policy import Month


def leases_ending(session: Session, today: date, *, days: int) -> list[Row[tuple[int, str, str, date | None]]]:
    """Leases that end within `days` and are not renewed: lease id, tenant, lease number, last day."""
    return list(
        session.execute(
            select(Lease.id, Tenant.name, Lease.number, Lease.ends_on)
            .join(Tenant, Tenant.id == Lease.tenant_id)
            .where(leases.ending(today, days))
            .order_by(Lease.ends_on, Lease.number)
        )
    )


def unpaid_last_month(session: Session, today: date) -> list[Row[tuple[int, str, str]]]:
    """Leases that ran all last month and have no rent received for it: tenant id, tenant, lease number."""
    month = Month.of(today) + -1
    paid = select(RentPayment.lease_id).where(RentPayment.month == str(month), RentPayment.paid_fen > 0)
    return list(
        session.execute(
            select(Tenant.id, Tenant.name, Lease.number)
            .join(Tenant, Tenant.id == Lease.tenant_id)
            .where(
                Lease.status.in_(IN_FORCE),
                Lease.monthly_rent_fen > 0,
                Lease.starts_on <= month.first,
                (Lease.ends_on.is_(None)) | (Lease.ends_on >= month.last),
                Lease.id.not_in(paid),
            )
            .order_by(Tenant.name)
        )
    )


def documents_expiring(session: Session, today: date, *, days: int) -> list[Row[tuple[int, str, str, date | None]]]:
    """Papers in tenants' files that run out within `days`, or have: tenant id, tenant, title, last day."""
    return list(
        session.execute(
            select(Tenant.id, Tenant.name, TenantDocument.title, TenantDocument.expires_on)
            .join(Tenant, Tenant.id == TenantDocument.tenant_id)
            .where(TenantDocument.expires_on <= today + timedelta(days=days))
            .order_by(TenantDocument.expires_on, Tenant.name)
        )
    )


def enquiries_due(session: Session, today: date) -> list[Row[tuple[int, str, str | None, date | None]]]:
    """Open enquiries whose next step is due: id, who asks, the step, its day."""
    return list(
        session.execute(
            select(Enquiry.id, Enquiry.name, Enquiry.next_step, Enquiry.next_on)
            .where(Enquiry.next_on <= today, Enquiry.state.not_in((EnquiryState.WON, EnquiryState.LOST)))
            .order_by(Enquiry.next_on, Enquiry.id)
        )
    )


def departures_open(session: Session) -> list[Row[tuple[int, str, str, date]]]:
    """Tenants that are leaving: id, name, reason, planned day."""
    return list(
        session.execute(
            select(Tenant.id, Tenant.name, Departure.reason, Departure.planned_on)
            .join(Tenant, Tenant.id == Departure.tenant_id)
            .where(Departure.completed_on.is_(None), Departure.cancelled_on.is_(None))
            .order_by(Departure.planned_on, Tenant.name)
        )
    )
