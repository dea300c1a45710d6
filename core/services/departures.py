"""退出清单: room handed over, registered address moved away, deposit settled; only then is a tenant gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import IN_FORCE, Departure, Lease, Stage, Tenant
from core.errors import Conflict, Invalid
from core.policy import Registry
from core.services import audit, leases, occupancies, stages
from core.services.stages import book
from core.services.typed import within

STEPS = {"handover": "handed_over_on", "address": "address_moved_on", "deposit": "deposit_settled_on"}
"""Each step and the column with its day, in the order in which they are usually done."""


def running(session: Session, tenant: Tenant) -> Departure | None:
    """The departure under way; None where the tenant is not leaving."""
    return session.scalars(
        select(Departure).where(
            Departure.tenant_id == tenant.id, Departure.completed_on.is_(None), Departure.cancelled_on.is_(None)
        )
    ).first()


def start(session: Session, tenant: Tenant, *, planned_on: date, reason: str) -> Departure:
    if running(session, tenant) is not None:
        raise Conflict("退出已经在办理中，请刷新页面查看")
    if tenant.stage is Stage.EXITED:
        raise Conflict("企业已经退出，不需要再办理")
    if not reason.strip():
        raise Invalid("请填写退出原因", field="reason")
    row = Departure(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        planned_on=planned_on,
        reason=within(reason, 200, field="reason"),
    )
    session.add(row)
    audit.record(session, "departure.start", row, detail={"tenant": tenant.id})
    session.flush()
    return row


def settle(session: Session, row: Departure, step: str, on: date, *, today: date, note: str | None = None) -> None:
    """One step is done, on a day. `note` says how the deposit was settled."""
    _refuse_closed(row)
    if on > today:
        raise Invalid("还没有办完的事不能登记；日期不能晚于今天", field="on")
    setattr(row, STEPS[step], on)
    if step == "deposit":
        row.deposit_note = within(note, 200, field="note") or None
    audit.record(session, f"departure.{step}", row, detail={"tenant": row.tenant_id, "on": on.isoformat()})
    session.flush()


def unsettle(session: Session, row: Departure, step: str) -> None:
    """It was not done after all."""
    _refuse_closed(row)
    setattr(row, STEPS[step], None)
    audit.record(session, f"departure.{step}.undo", row, detail={"tenant": row.tenant_id})
    session.flush()


def missing(row: Departure) -> list[str]:
    """The steps that are still to be done."""
    return [step for step, column in STEPS.items() if getattr(row, column) is None]


def complete(
    session: Session,
    tenant: Tenant,
    row: Departure,
    *,
    today: date,
    deciders: Sequence[stages.Decider],
    registry: Registry,
) -> None:
    """The tenant is gone: its leases and its occupancy end today, and its stage is `exited`.

    Raises `Conflict` while a step is missing, and what the stages raise where nobody is named who decided.
    """
    _refuse_closed(row)
    if missing(row):
        raise Conflict("退出清单还有未办完的事项，全部办完后才能完成退出")
    there = select(Lease).where(Lease.tenant_id == tenant.id, Lease.status.in_(IN_FORCE))
    for lease in session.scalars(there.order_by(Lease.id)):
        leases.end(session, lease, today)
    occupancies.end(session, tenant, today)
    history = book.read(tenant)
    if history and history[-1].stage is not Stage.EXITED:
        evidence = [stages.Evidence("退出清单（场地交接、注册地址迁出、押金结清）")]
        stages.exit(
            session,
            tenant,
            today,
            deciders=deciders,
            evidence=evidence,
            reason=row.reason,
            today=today,
            registry=registry,
        )
    row.completed_on = today
    audit.record(session, "departure.complete", row, detail={"tenant": tenant.id})
    session.flush()


def cancel(session: Session, row: Departure, today: date) -> None:
    """It stays after all. What was settled stays on record with the cancelled list."""
    _refuse_closed(row)
    row.cancelled_on = today
    audit.record(session, "departure.cancel", row, detail={"tenant": row.tenant_id})
    session.flush()


def _refuse_closed(row: Departure) -> None:
    if row.completed_on is not None:
        raise Conflict("退出已经完成，不能再改")
    if row.cancelled_on is not None:
        raise Conflict("这次退出已经取消，不能再改")
