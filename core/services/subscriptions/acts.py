"""Beginning a trial, and what the platform's administrators set by hand: a plan, until when, for what payment.

Acts are written by the system, which alone reaches every operator; the trail names the administrator.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Asker, asking
from core.data.models import (
    Operator,
    Subscription,
    SubscriptionPayment,
    SubscriptionSource,
    SubscriptionStatus,
)
from core.data.queries import subscriptions as reads
from core.data.queries.locks import lock_operator
from core.errors import N_, Conflict, DomainError, Invalid, NotFound
from core.services import audit
from core.services.subscriptions import limits
from core.services.subscriptions.book import Offer, offered
from core.services.subscriptions.standing import Standing, standing
from core.services.typed import within

LONGEST = 5 * 366  # days ahead: what is further is a slip of the pen
LIVE = (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE)


class ReadOnly(DomainError):
    """The operator has not paid: everything can be read, nothing written."""

    status = 402


def now(session: Session, operator_id: int, today: date) -> Standing | None:
    """Where an operator's subscription stands; None where it needs none, or has none yet."""
    offer = offered()
    found = reads.of(session, operator_id) if offer is not None else None
    return standing(found, offer, today) if found is not None and offer is not None else None


def require_writable(session: Session, operator_id: int, today: date) -> None:
    """Raises `ReadOnly`. Asked once for every request of an operator's people (`core.web.access`), and by whatever
    begins work for an operator without them."""
    found = now(session, operator_id, today)
    if found is not None and found.read_only:
        raise ReadOnly(N_("贵机构的订阅已到期未付，现在只能查看和导出，这一步没有办；数据都在，付款后立即恢复"))


def begin_trials(session: Session, today: date) -> int:
    """A trial for every operator that has no subscription yet; returns how many began."""
    offer = _offer()
    found = reads.without(session)
    for operator in found:
        begin_trial(session, operator, offer, today)
    return len(found)


def begin_trial(session: Session, operator: Operator, offer: Offer, today: date) -> Subscription:
    """Today is its first day."""
    row = Subscription(
        operator_id=operator.id, plan=offer.trial_plan, status=SubscriptionStatus.TRIAL,
        source=SubscriptionSource.HAND, trial_ends_on=today + timedelta(days=offer.trial_days - 1),
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, "subscription.trial", row, detail=said(row))
    return row


def assign(
    session: Session,
    operator_id: int,
    *,
    plan: str,
    status: SubscriptionStatus,
    until: date | None,
    reason: str,
    today: date,
    amount_fen: int | None = None,
    received_on: date | None = None,
    reference: str | None = None,
) -> Subscription:
    """Set by hand: an operator's plan, and the last day that is paid (`active`), of its trial (`trial`), or none
    (`free`). With an amount, a payment is recorded too.

    Raises `Invalid` for what cannot be, and for a plan that has less room than is used; `Conflict` while Stripe
    charges the operator, and for a payment that was recorded before.
    """
    offer = _offer()
    chosen = offer.plan(plan)
    until = _checked(status, until, today)
    if not reason.strip():
        raise Invalid("请写明原因，例如合同号或汇款情况", field="reason")
    by = audit.asker_of(session).user_id
    with asking(session, Asker.system("subscriptions")):
        operator = session.get(Operator, operator_id)
        if operator is None:
            raise NotFound("没有这家运营机构")
        lock_operator(session, operator_id)
        row = reads.of(session, operator_id)
        if row is not None and row.source is SubscriptionSource.STRIPE and row.status in LIVE:
            raise Conflict("这家机构正由Stripe在线扣款，不能手工改；请在Stripe中更改或取消订阅")
        if row is None or row.plan != plan:
            limits.require_room(session, operator_id, chosen, today)
        if row is None:
            row = Subscription(operator_id=operator_id)
            session.add(row)
        row.plan, row.status, row.source = plan, status, SubscriptionSource.HAND
        row.trial_ends_on = until if status is SubscriptionStatus.TRIAL else row.trial_ends_on
        row.paid_until = until if status is SubscriptionStatus.ACTIVE else None
        row.grace_ends_on, row.ending, row.period = None, False, None
        session.flush()
        if amount_fen is not None:
            _pay(session, row, amount_fen, received_on, reference, today, by)
    detail = said(row) | {"reason": within(reason, 200, field="reason"), "amount_fen": amount_fen}
    audit.record(session, "subscription.assign", row, detail=detail)
    session.flush()
    return row


def _checked(status: SubscriptionStatus, until: date | None, today: date) -> date | None:
    if status is SubscriptionStatus.FREE:
        return None
    if status not in (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIAL):
        raise Invalid("手工只能设为试用、已付费或免费", field="status")
    if until is None:
        raise Invalid("请填写到哪一天为止", field="until")
    if until < today:
        raise Invalid("截止日期不能早于今天", field="until")
    if (until - today).days > LONGEST:
        raise Invalid("最多设到5年以内，请核对日期", field="until")
    return until


def _pay(
    session: Session,
    row: Subscription,
    amount_fen: int,
    received_on: date | None,
    reference: str | None,
    today: date,
    by: int | None,
) -> None:
    if row.status is not SubscriptionStatus.ACTIVE or row.paid_until is None:
        raise Invalid("登记了收款的，状态应为“已付费”", field="status")
    if amount_fen <= 0:
        raise Invalid("收款金额应大于0；没有收款的请留空", field="amount_fen")
    if received_on is None or received_on > today:
        raise Invalid("请填写收款日期，不能晚于今天", field="received_on")
    reference = (reference or "").strip()
    if not reference:
        raise Invalid("请填写银行流水号，避免重复登记", field="reference")
    pay(
        session, row, source=SubscriptionSource.HAND, amount_fen=amount_fen, received_on=received_on,
        until=row.paid_until, reference=reference, by=by,
    )  # fmt: skip


def pay(
    session: Session,
    row: Subscription,
    *,
    source: SubscriptionSource,
    amount_fen: int,
    received_on: date,
    reference: str,
    until: date | None = None,
    by: int | None = None,
) -> None:
    """Note a payment. One by hand that is there already is a `Conflict`; one that Stripe tells again is the same."""
    same = select(SubscriptionPayment.id).where(
        SubscriptionPayment.operator_id == row.operator_id, SubscriptionPayment.reference == reference
    )
    if session.scalar(same) is not None:
        if source is SubscriptionSource.STRIPE:
            return
        raise Conflict("流水号%(reference)s已经登记过，不能重复登记", field="reference", reference=reference)
    session.add(
        SubscriptionPayment(
            operator_id=row.operator_id, plan=row.plan, source=source, amount_fen=amount_fen, received_on=received_on,
            until=until, reference=reference, recorded_by_id=by,
        )
    )  # fmt: skip
    session.flush()


def said(row: Subscription) -> dict[str, object]:
    """What is on record, for the trail."""
    days = {name: getattr(row, name) for name in ("trial_ends_on", "paid_until", "grace_ends_on")}
    return {"plan": row.plan, "status": row.status.value, "source": row.source.value} | {
        name: day.isoformat() for name, day in days.items() if day is not None
    }


def _offer() -> Offer:
    offer = offered()
    if offer is None:
        raise Conflict("本站没有启用订阅，所有运营机构都不受限制")
    return offer
