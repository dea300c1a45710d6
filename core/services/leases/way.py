"""The way of a lease: draft → offer → signature → notice → end. Each act is a step with a sentence of refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import (
    IN_FORCE,
    Bill,
    BillStatus,
    CreditNote,
    Lease,
    LeaseStatus,
    NoticeBy,
    RentPayment,
    Stage,
    Tenant,
)
from core.errors import Conflict, Invalid
from core.policy import Month
from core.services import audit, billing, files
from core.services.leases import terms as agreed
from core.services.leases.letting import lock, numbered, refuse_held, refuse_maintenance, take_up
from core.services.leases.terms import Terms

DAY = timedelta(days=1)


def draft(session: Session, tenant: Tenant, terms: Terms, *, renews: Lease | None = None) -> Lease:
    """A lease that binds nobody yet; `renews`: the one it is to follow. Raises `Invalid`, `Conflict`."""
    _refuse_gone(tenant)
    agreed.check(tenant, terms)
    if renews is not None:
        _check_renewal(tenant, terms, renews)
    lock(session, tenant, terms.spaces)
    lease = Lease(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        tenant=tenant,
        status=LeaseStatus.DRAFT,
        number=numbered(session, tenant.operator_id, terms.starts_on.year, terms.number),
        renews=renews,
    )
    agreed.put(lease, terms)
    session.add(lease)
    session.flush()
    audit.record(session, "lease.draft", lease, detail=_said(lease))
    return lease


def preview(tenant: Tenant, terms: Terms) -> Lease:
    """The lease as it would be, in no session: for its schedule before anything is saved. Raises `Invalid`."""
    agreed.check(tenant, terms)
    lease = Lease(operator_id=tenant.operator_id, number=terms.number or "")
    # Without its units: a preview must not find its way into the session through them.
    agreed.put(lease, replace(terms, spaces=(), quantity=agreed.quantity(terms)))
    return lease


def edit(session: Session, lease: Lease, terms: Terms) -> None:
    """Other terms for a draft. Raises `Conflict` for what is with the tenant or in force already."""
    if lease.status is not LeaseStatus.DRAFT:
        raise Conflict("只有草稿可以修改；已发出的请先撤回，已签的请续签或终止后另签")
    agreed.check(lease.tenant, terms)
    if lease.renews is not None:
        _check_renewal(lease.tenant, terms, lease.renews)
    lock(session, lease.tenant, terms.spaces)
    lease.number = numbered(session, lease.operator_id, terms.starts_on.year, terms.number or lease.number, but=lease)
    agreed.put(lease, terms)
    audit.record(session, "lease.edit", lease, detail=_said(lease))
    session.flush()


def discard(session: Session, lease: Lease) -> None:
    if lease.status is not LeaseStatus.DRAFT:
        raise Conflict("只有草稿可以删除；已发出的请先撤回")
    audit.record(session, "lease.discard", lease, detail=_said(lease))
    session.delete(lease)
    session.flush()


def offer(session: Session, lease: Lease, until: date | None, today: date) -> None:
    """Give it to the tenant to sign, `until` a day. Nothing is held for it: the first to sign has the unit."""
    if lease.status is not LeaseStatus.DRAFT:
        raise Conflict("只有草稿可以发出")
    if until is not None and until < today:
        raise Invalid("有效期不能早于今天", field="offer_until")
    _refuse_taken(session, lease)
    lease.status, lease.offer_until = LeaseStatus.OFFERED, until
    audit.record(session, "lease.offer", lease, detail={"until": until.isoformat() if until else None})
    session.flush()


def recall(session: Session, lease: Lease) -> None:
    """Take an offer back: a draft again."""
    if lease.status is not LeaseStatus.OFFERED:
        raise Conflict("这份协议不在待签状态，不用撤回")
    lease.status, lease.offer_until = LeaseStatus.DRAFT, None
    audit.record(session, "lease.recall", lease)
    session.flush()


def sign(
    session: Session,
    lease: Lease,
    *,
    on: date,
    today: date,
    root: Path | None = None,
    paper: files.Paper | None = None,
) -> None:
    """Both have signed on a day; the scan of it may come with it. From now on the units are held."""
    if lease.status not in (LeaseStatus.DRAFT, LeaseStatus.OFFERED):
        raise Conflict("这份协议已经签过了")
    if lease.offer_until is not None and lease.offer_until < on:
        raise Conflict(
            "这份协议的有效期到%(day)s为止，已经过期；请撤回后重新发出",
            field="signed_on",
            day=lease.offer_until.isoformat(),
        )
    if on > today:
        raise Invalid("签署日期不能晚于今天", field="signed_on")
    _refuse_taken(session, lease)
    if paper is not None and root is not None:
        lease.paper_sha256 = files.accept(session, root, lease.tenant, paper).sha256
    lease.status, lease.signed_on = LeaseStatus.RUNNING, on
    take_up([row.space for row in lease.spaces])
    audit.record(session, "lease.sign", lease, detail=_said(lease) | {"on": on.isoformat()})
    session.flush()


def unsign(session: Session, lease: Lease, reason: str) -> None:
    """A signature that was written down with a mistake becomes a draft again, and its units are free. Raises `Conflict`
    once anything rests on it: a bill, rent received, a renewal."""
    if lease.status is not LeaseStatus.RUNNING:
        raise Conflict("只有履行中的协议可以退回草稿；已办提前终止的请先撤销")
    if not reason.strip():
        raise Invalid("请写明退回的原因", field="reason")
    lock(session, lease.tenant, [row.space for row in lease.spaces])
    if lease.renewed_by is not None:
        raise Conflict("已有续签%(number)s，不能退回草稿", number=lease.renewed_by.number)
    billed = session.scalar(
        select(Bill.number).where(Bill.lease_id == lease.id, Bill.status == BillStatus.OPEN).limit(1)
    )
    if billed is not None:
        raise Conflict("账单%(number)s已经生成，不能退回草稿；请先作废账单", number=billed)
    if session.scalar(select(RentPayment.id).where(RentPayment.lease_id == lease.id).limit(1)) is not None:
        raise Conflict("租金台账里已有这份协议的收款，不能退回草稿；请办理提前终止后另签")
    lease.status, lease.signed_on, lease.offer_until = LeaseStatus.DRAFT, None, None
    audit.record(session, "lease.unsign", lease, detail=_said(lease) | {"reason": reason.strip()})
    session.flush()


def give_notice(
    session: Session, lease: Lease, *, by: NoticeBy, on: date, last_day: date, today: date
) -> tuple[list[CreditNote], list[str]]:
    """The lease ends on `last_day`, before its own: bills that ask for days after get credit notes, which are returned
    with the awards in force on rent that is none any more. Raises `Conflict` where the book of rent has rent of months
    after that no bill was paid with."""
    if lease.status is not LeaseStatus.RUNNING:
        raise Conflict("只有履行中的协议可以办理提前终止")
    if on > today:
        raise Invalid("通知日期不能晚于今天", field="notice_on")
    if last_day < lease.starts_on:
        raise Invalid("最后一天不能早于起租日%(day)s", field="last_day", day=lease.starts_on.isoformat())
    if lease.ends_on is not None and last_day >= lease.ends_on:
        raise Invalid(
            "协议本来就到%(day)s为止；提前终止请填更早的一天，延长请办理续签",
            field="last_day",
            day=lease.ends_on.isoformat(),
        )
    paid = session.scalar(
        select(RentPayment.month)
        .where(
            RentPayment.lease_id == lease.id,
            RentPayment.month > str(Month.of(last_day)),
            RentPayment.paid_fen > 0,
            RentPayment.payment_id.is_(None),
        )
        .order_by(RentPayment.month)
        .limit(1)
    )
    if paid is not None:
        raise Conflict(
            "%(month)s及以后的租金已经入账，不能在此之前终止；请先更正收款，或改最后一天", field="last_day", month=paid
        )
    lease.agreed_until, lease.ends_on = lease.ends_on, last_day
    lease.status, lease.notice_on, lease.notice_by = LeaseStatus.NOTICE, on, by
    audit.record(session, "lease.notice", lease, detail={"by": by.value, "last_day": last_day.isoformat()})
    session.flush()
    return billing.end_early(session, lease, today)


def take_notice_back(session: Session, lease: Lease) -> None:
    """As if no notice had been given: its credit notes are undone too. Raises `Conflict` where the units are promised
    to somebody else meanwhile."""
    if lease.status is not LeaseStatus.NOTICE:
        raise Conflict("这份协议没有办理提前终止")
    lock(session, lease.tenant, [row.space for row in lease.spaces])
    refuse_held(session, [row.space for row in lease.spaces], lease.starts_on, lease.agreed_until, but=lease)
    lease.ends_on, lease.agreed_until = lease.agreed_until, None
    lease.status, lease.notice_on, lease.notice_by = LeaseStatus.RUNNING, None, None
    audit.record(session, "lease.notice_back", lease)
    session.flush()
    billing.not_early(session, lease)


def renewal(lease: Lease) -> Terms:
    """What a renewal begins with: the day after, as long again, at the rent that stood last, no rent-free days. Raises
    `Conflict` where it cannot be renewed."""
    if lease.status not in (*IN_FORCE, LeaseStatus.ENDED):
        raise Conflict("还没有签的协议不用续签，直接修改即可")
    if lease.ends_on is None:
        raise Conflict("这份协议是长期的，不用续签；要改条件请先办理提前终止")
    if lease.renewed_by is not None:
        raise Conflict("这份协议已有续签：%(number)s", number=lease.renewed_by.number)
    before = agreed.read(lease)
    first = lease.ends_on + DAY
    rate = before.steps[-1][1] if before.steps else before.rate
    return replace(
        before,
        starts_on=first,
        ends_on=first + (lease.ends_on - lease.starts_on),
        rate=rate,
        steps=(),
        free=(),
        number=None,
    )


def _check_renewal(tenant: Tenant, terms: Terms, renews: Lease) -> None:
    if renews.tenant_id != tenant.id or renews.status not in (*IN_FORCE, LeaseStatus.ENDED):
        raise Conflict("只能续签这家企业自己签过的协议")
    if renews.ends_on is not None and terms.starts_on <= renews.ends_on:
        raise Invalid(
            "续签应从原协议到期之后开始（原协议到%(day)s）", field="starts_on", day=renews.ends_on.isoformat()
        )


def _refuse_gone(tenant: Tenant) -> None:
    if tenant.stage is Stage.EXITED:
        raise Conflict("“%(tenant)s”已经退出，不能再起草或签署协议", field="tenant_id", tenant=tenant.name)


def _refuse_taken(session: Session, lease: Lease) -> None:
    _refuse_gone(lease.tenant)
    spaces = [row.space for row in lease.spaces]
    lock(session, lease.tenant, spaces)
    refuse_maintenance(spaces)
    refuse_held(session, spaces, lease.starts_on, lease.ends_on, but=lease)


def _said(lease: Lease) -> dict[str, object]:
    return {
        "tenant": lease.tenant_id,
        "number": lease.number,
        "from": lease.starts_on.isoformat(),
        "to": lease.ends_on.isoformat() if lease.ends_on else None,
        "spaces": sorted(row.space_id for row in lease.spaces),
        "monthly_rent_fen": lease.monthly_rent_fen,
    }
