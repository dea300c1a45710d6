"""招商线索: from the first call to an accepted offer, which makes the tenant, its lease and its stage in one act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from core.data.models import (
    Enquiry,
    EnquiryState,
    EnquiryStep,
    EnquiryStepKind,
    Lease,
    OccupancyKind,
    Space,
    Stage,
    Tenant,
    TenantKind,
)
from core.errors import Conflict, Invalid
from core.policy import Registry
from core.services import audit, leases, occupancies, stages, tenants
from core.services.stages import book
from core.services.typed import within

CLOSED = frozenset({EnquiryState.WON, EnquiryState.LOST})
_REACHED = {EnquiryStepKind.VISIT: EnquiryState.VISITED, EnquiryStepKind.OFFER: EnquiryState.OFFERED}
_RANK = {state: rank for rank, state in enumerate(EnquiryState)}


def open_new(session: Session, operator_id: int, **values: Any) -> Enquiry:
    enquiry = Enquiry(operator_id=operator_id, state=EnquiryState.NEW, **_checked(values))
    session.add(enquiry)
    audit.record(session, "enquiry.open", enquiry)
    session.flush()
    return enquiry


def change(session: Session, enquiry: Enquiry, **values: Any) -> None:
    if enquiry.state is EnquiryState.WON:
        raise Conflict("线索已转为在孵企业，请在企业页面修改")
    for name, value in _checked(values).items():
        setattr(enquiry, name, value)
    audit.record(session, "enquiry.edit", enquiry)
    session.flush()


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if not values.get("name"):
        raise Invalid("请填写团队或企业的名称", field="name")
    if not values.get("contact_name"):
        raise Invalid("请填写联系人", field="contact_name")
    if values.get("uscc"):
        values["uscc"] = tenants.checked_uscc(values["uscc"])
    if (values.get("headcount") or 0) < 0:
        raise Invalid("人数不能为负数", field="headcount")
    return values


def add_step(
    session: Session,
    enquiry: Enquiry,
    kind: EnquiryStepKind,
    on: date,
    *,
    today: date,
    note: str | None = None,
    next_step: str | None = None,
    next_on: date | None = None,
    space: Space | None = None,
    monthly_rent_fen: int | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    stands_until: date | None = None,
) -> EnquiryStep:
    """What happened: a call, a visit, an offer (which names unit, rent in fen a month, and days). What is to come is
    the next step, not a step."""
    _refuse_closed(enquiry)
    if on > today:
        raise Invalid("还没有发生的事请填在“下一步”里；这里的日期不能晚于今天", field="on")
    if next_on is not None and next_on < on:
        raise Invalid("下一步的日期不能早于这一次", field="next_on")
    step = EnquiryStep(
        operator_id=enquiry.operator_id,
        kind=kind,
        on=on,
        note=note or None,
        by_id=audit.asker_of(session).user_id,
    )
    if kind is EnquiryStepKind.OFFER:
        _offer(session, step, space, monthly_rent_fen, starts_on, ends_on, stands_until)
    enquiry.steps.append(step)
    reached = _REACHED.get(kind, enquiry.state)
    enquiry.state = max(enquiry.state, reached, key=_RANK.__getitem__)
    enquiry.next_step, enquiry.next_on = next_step or None, next_on
    audit.record(session, f"enquiry.{kind.value}", enquiry)
    session.flush()
    return step


def _offer(
    session: Session,
    step: EnquiryStep,
    space: Space | None,
    monthly_rent_fen: int | None,
    starts_on: date | None,
    ends_on: date | None,
    stands_until: date | None,
) -> None:
    if space is None:
        raise Invalid("请选择报价的场地单元", field="space_id")
    if monthly_rent_fen is None:
        raise Invalid("请填写月租；免租请填0", field="monthly_rent_fen")
    if starts_on is None:
        raise Invalid("请填写起租日期", field="starts_on")
    if ends_on is not None and ends_on < starts_on:
        raise Invalid("结束日期不能早于起租日期", field="ends_on")
    if stands_until is not None and stands_until < step.on:
        raise Invalid("报价的有效期不能早于报价日期", field="stands_until")
    leases.refuse_held(session, [space], starts_on, ends_on)
    step.space, step.monthly_rent_fen = space, monthly_rent_fen
    step.starts_on, step.ends_on, step.stands_until = starts_on, ends_on, stands_until


def lose(session: Session, enquiry: Enquiry, reason: str) -> None:
    _refuse_closed(enquiry)
    if not reason.strip():
        raise Invalid("请写明未成的原因，以后可以据此改进", field="reason")
    enquiry.state, enquiry.lost_reason = EnquiryState.LOST, within(reason, 200, field="reason")
    enquiry.next_step, enquiry.next_on = None, None
    audit.record(session, "enquiry.lose", enquiry)
    session.flush()


def reopen(session: Session, enquiry: Enquiry) -> None:
    """A lost one comes back to where its steps had brought it."""
    if enquiry.state is not EnquiryState.LOST:
        raise Conflict("这条线索没有关闭，不需要重新打开")
    reached = [_REACHED.get(step.kind, EnquiryState.NEW) for step in enquiry.steps]
    enquiry.state = max(reached, default=EnquiryState.NEW, key=_RANK.__getitem__)
    enquiry.lost_reason = None
    audit.record(session, "enquiry.reopen", enquiry)
    session.flush()


def accept(
    session: Session,
    enquiry: Enquiry,
    offer: EnquiryStep,
    *,
    today: date,
    registry: Registry,
    occupancy: OccupancyKind,
    stage: Stage,
    entered_on: date,
    deciders: Sequence[stages.Decider],
    evidence: Sequence[stages.Evidence],
    reason: str | None = None,
    existing: Tenant | None = None,
    deposit_fen: int = 0,
    number: str | None = None,
) -> Lease:
    """The offer is taken: the tenant is made (or is the `existing` one), sits in its unit and enters its stage.

    Raises `SameTenant` where the operator has a file of this code or name that was not named as `existing`; `Conflict`
    for a unit let meanwhile or an offer that no longer stands; `Invalid` as the stages do.
    """
    _refuse_closed(enquiry)
    if offer.enquiry_id != enquiry.id or offer.kind is not EnquiryStepKind.OFFER:
        raise Invalid("请选择要接受的报价", field="offer")
    if offer.stands_until is not None and offer.stands_until < today:
        raise Conflict(
            "这份报价的有效期到%(day)s为止，已经过期；请重新报价", field="offer", day=offer.stands_until.isoformat()
        )
    assert offer.space is not None  # the database holds offers to it
    assert offer.monthly_rent_fen is not None
    starts_on = offer.starts_on or today
    tenant = (
        existing
        or tenants.create(
            session,
            enquiry.operator_id,
            {
                "name": enquiry.name,
                "uscc": enquiry.uscc,
                "kind": TenantKind.COMPANY if enquiry.uscc else TenantKind.TEAM,
                "industry": enquiry.industry,
                "contact_name": enquiry.contact_name,
                "contact_phone": enquiry.contact_phone,
                "contact_email": enquiry.contact_email,
            },
            stage=stage,
            today=today,
        ).tenant
    )
    lease = leases.place(
        session,
        tenant,
        [offer.space],
        starts_on=starts_on,
        ends_on=offer.ends_on,
        monthly_rent_fen=offer.monthly_rent_fen,
        deposit_fen=deposit_fen,
        number=number,
    )
    if not occupancies.covering(tenant, starts_on):
        occupancies.begin(session, tenant, occupancy, starts_on, today=today)
    decided: dict[str, Any] = {"deciders": deciders, "evidence": evidence, "reason": reason}
    _enter(session, tenant, stage, entered_on, today=today, registry=registry, **decided)
    enquiry.tenant, enquiry.state = tenant, EnquiryState.WON
    enquiry.next_step, enquiry.next_on = None, None
    audit.record(session, "enquiry.accept", enquiry, detail={"tenant": tenant.id, "lease": lease.id})
    session.flush()
    return lease


def _enter(session: Session, tenant: Tenant, stage: Stage, on: date, **decided: Any) -> None:
    """A new tenant enters; one that had left comes back; one that is here keeps its stage and only takes more room."""
    history = book.read(tenant)
    if not history:
        stages.enter(session, tenant, stage, on, **decided)
    elif history[-1].stage is Stage.EXITED:
        stages.move(session, tenant, stage, on, **decided)


def _refuse_closed(enquiry: Enquiry) -> None:
    if enquiry.state is EnquiryState.WON:
        raise Conflict("线索已转为在孵企业，不能再办理")
    if enquiry.state is EnquiryState.LOST:
        raise Conflict("线索已关闭，请先重新打开")
