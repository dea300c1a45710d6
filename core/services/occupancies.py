"""入驻方式, dated: 实体入驻, 仅注册, 仅办公. One at a time; only the first counts as 在孵."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from core.data.models import Occupancy, OccupancyKind, Tenant
from core.errors import Invalid
from core.services import audit, subscriptions
from core.services.leases import span


def covering(tenant: Tenant, day: date) -> Occupancy | None:
    """How the tenant is here on a day; None where it is not."""
    return next((it for it in tenant.occupancies if it.from_on <= day and (it.to_on is None or day <= it.to_on)), None)


def is_incubated(tenant: Tenant, day: date) -> bool:
    """Whether the tenant counts as 在孵 on a day: it has moved in with people and things."""
    there = covering(tenant, day)
    return there is not None and there.kind is OccupancyKind.PHYSICAL


def begin(
    session: Session,
    tenant: Tenant,
    kind: OccupancyKind,
    from_on: date,
    to_on: date | None = None,
    *,
    today: date,
) -> Occupancy:
    """From `from_on` the tenant is here in this way. One that was running without an end ends the day before.

    Raises `Full` where the operator's subscription has no room for another tenant in residence.
    """
    running = next((it for it in tenant.occupancies if it.to_on is None), None)
    if running is not None and running.from_on < from_on:
        running.to_on = from_on - timedelta(days=1)
    _refuse_overlap(tenant, from_on, to_on)
    row = Occupancy(operator_id=tenant.operator_id, kind=kind, from_on=from_on, to_on=to_on)
    with subscriptions.within(session, tenant.operator_id, today):
        tenant.occupancies.append(row)
    audit.record(session, "occupancy.begin", row, detail={"tenant": tenant.id, "kind": kind.value})
    session.flush()
    return row


def change(
    session: Session,
    tenant: Tenant,
    row: Occupancy,
    *,
    kind: OccupancyKind,
    from_on: date,
    to_on: date | None,
    today: date,
) -> None:
    """Put right what was recorded, or say when it ended."""
    _refuse_overlap(tenant, from_on, to_on, but=row)
    before = {
        "kind": row.kind.value,
        "from": row.from_on.isoformat(),
        "to": row.to_on.isoformat() if row.to_on else None,
    }
    with subscriptions.within(session, tenant.operator_id, today):
        row.kind, row.from_on, row.to_on = kind, from_on, to_on
    audit.record(session, "occupancy.change", row, detail={"tenant": tenant.id, "before": before})
    session.flush()


def end(session: Session, tenant: Tenant, on: date) -> None:
    """The tenant is gone after the day `on`. What would only have begun later never began."""
    for row in [*tenant.occupancies]:
        if row.from_on > on:
            tenant.occupancies.remove(row)
            session.delete(row)
        elif row.to_on is None or row.to_on > on:
            row.to_on = on
    session.flush()


def _refuse_overlap(tenant: Tenant, from_on: date, to_on: date | None, but: Occupancy | None = None) -> None:
    if to_on is not None and to_on < from_on:
        raise Invalid("结束日期不能早于开始日期", field="to_on")
    last = to_on or date.max
    for it in tenant.occupancies:
        if it is not but and it.from_on <= last and from_on <= (it.to_on or date.max):
            raise Invalid(
                "与%(days)s的入驻记录重叠；请先改那一段的日期，或错开这一段",
                field="from_on",
                days=span(it.from_on, it.to_on),
            )
