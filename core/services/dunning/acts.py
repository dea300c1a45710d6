"""Sending letters, holding a tenant, beginning anew, and the operator's own rule."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Dunning, DunningBill, DunningHold, DunningHow, DunningRule, Tenant
from core.data.queries.locks import lock_operator
from core.data.types import utcnow
from core.errors import Conflict, Invalid
from core.policy import Month
from core.services import audit, jobs
from core.services.billing import numbering
from core.services.dunning.due import Due, due, hold_of
from core.services.dunning.mailing import MAIL, addresses

LONGEST = 366  # days that a hold may run, and the last level may wait


def rule_of(session: Session, operator_id: int) -> DunningRule:
    """The operator's rule; until it has one, the usual days, not written down."""
    found = session.scalars(select(DunningRule).where(DunningRule.operator_id == operator_id)).one_or_none()
    if found is not None:
        return found
    return DunningRule(
        operator_id=operator_id, reminder_days=3, demand_days=15, final_days=30, grace_days=7, by_itself=False
    )


def set_rule(
    session: Session,
    operator_id: int,
    *,
    reminder_days: int,
    demand_days: int,
    final_days: int,
    grace_days: int,
    pay_to: str | None,
    by_itself: bool,
) -> DunningRule:
    if not 0 < reminder_days < demand_days < final_days <= LONGEST:
        raise Invalid("各级天数应依次增加，从1天起，最多366天", field="final_days")
    if not 0 < grace_days <= 60:
        raise Invalid("付款期限应在1到60天之间", field="grace_days")
    lock_operator(session, operator_id)
    rule = rule_of(session, operator_id)
    rule.reminder_days, rule.demand_days, rule.final_days = reminder_days, demand_days, final_days
    rule.grace_days, rule.pay_to, rule.by_itself = grace_days, (pay_to or "").strip() or None, by_itself
    session.add(rule)
    session.flush()
    days = [reminder_days, demand_days, final_days, grace_days]
    audit.record(session, "dunning.rule", rule, detail={"days": days, "by_itself": by_itself})
    return rule


def send(session: Session, tenant: Tenant, how: DunningHow, today: date) -> Dunning:
    """Ask one tenant, at the level it has reached. Raises `Conflict` where there is none, or it is on hold."""
    lock_operator(session, tenant.operator_id)
    held = hold_of(session, tenant, today)
    if held is not None:
        raise Conflict("这家企业已暂停催缴到%(day)s；需要催缴的请先恢复", day=held.until.isoformat())
    rule = rule_of(session, tenant.operator_id)
    found = due(session, rule, today, tenant_id=tenant.id)
    if not found:
        raise Conflict("这家企业现在没有到级次的欠款，或这一级已经催过；请刷新页面查看")
    return _send(session, rule, found[0], how, today)


def send_all(session: Session, operator_id: int, today: date, seen: Collection[int] | None = None) -> list[Dunning]:
    """Ask all that are to be asked: by mail where there is an address, else to be printed. `seen`: no others than
    these tenants, which the reader had before their eyes."""
    lock_operator(session, operator_id)
    rule = rule_of(session, operator_id)
    made = []
    for it in due(session, rule, today):
        if seen is None or it.tenant.id in seen:
            how = DunningHow.MAIL if addresses(session, it.tenant, today) else DunningHow.PRINT
            made.append(_send(session, rule, it, how, today))
    return made


def _send(session: Session, rule: DunningRule, it: Due, how: DunningHow, today: date) -> Dunning:
    tenant = it.tenant
    if how is DunningHow.MAIL and not addresses(session, tenant, today):
        raise Invalid("没有可用的邮箱：企业没有创始人账户，档案里也没有联系邮箱；请打印送达", field="how")
    scope = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
    made = Dunning(
        number=next(numbering.following(session, Dunning, tenant.operator_id, Month.of(today))),
        level=it.level,
        how=how,
        sent_on=today,
        pay_by=today + timedelta(days=rule.grace_days),
        total_fen=it.total_fen,
        pay_to=rule.pay_to,
        sent_by_id=audit.asker_of(session).user_id,
        bills=[
            DunningBill(bill_id=late.bill.id, level=late.level, rest_fen=late.rest_fen, days=late.days, **scope)
            for late in it.bills
        ],
        **scope,
    )
    session.add(made)
    session.flush()
    detail: dict[str, Any] = {"number": made.number, "level": made.level.value, "total_fen": made.total_fen}
    audit.record(session, "dunning.send", made, detail=detail | {"how": how.value})
    if how is DunningHow.MAIL:
        jobs.enqueue(session, MAIL, key=f"{MAIL}:{made.id}")
    return made


def hold(session: Session, tenant: Tenant, *, until: date, reason: str, today: date) -> DunningHold:
    """Do not ask until a day: an agreement on instalments, a sum in dispute. One that runs is replaced."""
    if not today <= until <= today + timedelta(days=LONGEST):
        raise Invalid("暂停到的日期应在今天之后的一年内", field="until")
    if not reason.strip():
        raise Invalid("请写明暂停催缴的原因", field="reason")
    lock_operator(session, tenant.operator_id)
    running = hold_of(session, tenant, today)
    if running is not None:
        running.lifted_at = utcnow()
    made = DunningHold(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        until=until,
        reason=reason.strip(),
        made_by_id=audit.asker_of(session).user_id,
    )
    session.add(made)
    session.flush()
    audit.record(session, "dunning.hold", made, detail={"tenant": tenant.id, "until": until.isoformat()})
    return made


def lift(session: Session, tenant: Tenant, today: date) -> None:
    lock_operator(session, tenant.operator_id)
    running = hold_of(session, tenant, today)
    if running is None:
        raise Conflict("这家企业没有暂停催缴，请刷新页面查看")
    running.lifted_at = utcnow()
    audit.record(session, "dunning.lift", running, detail={"tenant": tenant.id})
    session.flush()


def restart(session: Session, tenant: Tenant) -> int:
    """Begin anew with the first level, as after an agreement that was not kept. Returns of how many bills."""
    lock_operator(session, tenant.operator_id)
    told = session.scalars(
        select(DunningBill).where(DunningBill.tenant_id == tenant.id, DunningBill.restarted_at.is_(None))
    ).all()
    if not told:
        raise Conflict("这家企业还没有催缴过，不用重新开始")
    for it in told:
        it.restarted_at = utcnow()
    bills = len({it.bill_id for it in told})
    audit.record(session, "dunning.restart", tenant, detail={"tenant": tenant.id, "bills": bills})
    session.flush()
    return bills
