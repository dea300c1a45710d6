"""系统外扶持: what an enterprise had for its rent or insurance from the city, another district or another scheme.

It is spent evidence as an award of ours is (先市后区, 差额补足): a policy that shares up to a cap pays the difference,
one that does not is too late for those months. It is looked up when a case is assessed, never frozen: what is found out
between two steps counts at the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from core.data.asker import Reach
from core.data.models import (
    EvidenceKind,
    Grade,
    OutsideSupport,
    SupportLevel,
    Tenant,
)
from core.data.queries.across import across
from core.data.queries.evidence import awards_using
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid
from core.policy import Month, Spent, months_between, split_fen
from core.services import audit, files
from core.services.dossiers import Source

LONGEST = 36  # months: no scheme for young organisations runs longer


def record(
    session: Session,
    root: Path,
    tenant: Tenant,
    paper: files.Paper,
    *,
    scheme: str,
    reference: str | None,
    level: SupportLevel,
    kind: EvidenceKind,
    month_from: str,
    month_to: str,
    amount_fen: int,
    granted_on: date,
    today: date,
) -> OutsideSupport:
    """Note support from outside, with its paper. From the district it is a checked original, else the operator's word.
    Raises `Invalid` with the field that cannot be."""
    first, last = _month(month_from, "month_from"), _month(month_to, "month_to")
    if last < first:
        raise Invalid("截止月份不能早于起始月份", field="month_to")
    if last - first >= LONGEST:
        raise Invalid("一次最多登记36个月；更长的请分开登记", field="month_to")
    if last > Month.of(today):
        raise Invalid("还没有到的月份不能登记；请登记到本月为止", field="month_to")
    if amount_fen <= 0:
        raise Invalid("金额应大于0", field="amount_fen")
    if granted_on > today:
        raise Invalid("批准日期不能晚于今天", field="granted_on")
    asker = audit.asker_of(session)
    row = OutsideSupport(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        scheme=scheme,
        reference=reference,
        level=level,
        kind=kind,
        month_from=str(first),
        month_to=str(last),
        amount_fen=amount_fen,
        granted_on=granted_on,
        grade=Grade.VERIFIED_ORIGINAL if asker.reach is Reach.DISTRICT else Grade.OPERATOR,
        file=files.accept(session, root, tenant, paper),
        recorded_by_id=asker.user_id,
    )
    session.add(row)
    session.flush()
    audit.record(session, "support.record", row, detail=_said(row))
    return row


def withdraw(session: Session, row: OutsideSupport) -> None:
    """It was entered by mistake: it has no evidence any more. `restore` takes this back. What the district has recorded
    only the district takes back: an operator is often the landlord whom the rent goes to."""
    if row.withdrawn_at is not None:
        raise Conflict("这条登记已经撤回过了")
    _refuse_others(session, row)
    row.withdrawn_at = utcnow()
    audit.record(session, "support.withdraw", row, detail=_said(row))


def restore(session: Session, row: OutsideSupport) -> None:
    if row.withdrawn_at is None:
        raise Conflict("这条登记没有撤回，不用恢复")
    _refuse_others(session, row)
    row.withdrawn_at = None
    audit.record(session, "support.restore", row, detail=_said(row))


def may_change(session: Session, row: OutsideSupport) -> bool:
    """Take back and restore."""
    return row.grade is not Grade.VERIFIED_ORIGINAL or audit.asker_of(session).reach is Reach.DISTRICT


def shares(wide: Session, evidence: Mapping[str, Source]) -> dict[str, list[Spent]]:
    """What outside support has of each line. Its amount is spread evenly over its months (floors, then a fen each to
    the earliest), and within a month over the enterprise's lines by what was paid on each; an insured month has no
    amount, so all of it is taken. `wide` sees the district: an enterprise brings what it had at a former operator."""
    lines: defaultdict[tuple[EvidenceKind, str], dict[str, int]] = defaultdict(dict)
    for line, source in evidence.items():
        lines[source.kind, source.month][line] = source.amount_fen or 0
    found: defaultdict[str, list[Spent]] = defaultdict(list)
    for row in _in_force(wide, {source.tenant_id for source in evidence.values()}):
        for month, fen in split_fen(row.amount_fen, dict.fromkeys(_months(row), 1)).items():
            paid = lines.get((row.kind, month))
            if not paid:
                continue
            if row.kind is not EvidenceKind.RENT_MONTH:
                parts: dict[str, int | None] = dict.fromkeys(paid)
            else:
                parts = {**split_fen(fen, paid if any(paid.values()) else dict.fromkeys(paid, 1))}
            for line, part in parts.items():
                if part != 0:
                    found[line].append(Spent(row.called, part))
    return dict(found)


def overlapping(session: Session, row: OutsideSupport) -> list[str]:
    """The numbers of awards in force of this enterprise that have the same months: found out too late, and for people
    to look into."""
    with across(session, "support") as wide:
        return awards_using(wide, _tenancies({row.tenant_id}), row.kind, _months(row))


def _in_force(wide: Session, tenant_ids: set[int]) -> list[OutsideSupport]:
    if not tenant_ids:
        return []
    query = select(OutsideSupport).where(
        OutsideSupport.tenant_id.in_(_tenancies(tenant_ids)), OutsideSupport.withdrawn_at.is_(None)
    )
    return list(wide.scalars(query.order_by(OutsideSupport.id)))


def _tenancies(tenant_ids: set[int]) -> Select[int]:
    """All tenancies of the same enterprises."""
    enterprises = select(Tenant.enterprise_id).where(Tenant.id.in_(tenant_ids), Tenant.enterprise_id.is_not(None))
    return select(Tenant.id).where(or_(Tenant.id.in_(tenant_ids), Tenant.enterprise_id.in_(enterprises)))


def _refuse_others(session: Session, row: OutsideSupport) -> None:
    if not may_change(session, row):
        raise Forbidden("这条登记由区级窗口核对原件后录入，只能由窗口撤回或恢复；如有误，请联系总窗")


def _months(row: OutsideSupport) -> list[str]:
    return [str(month) for month in months_between(Month.parse(row.month_from), Month.parse(row.month_to))]


def _month(text: str, field: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError as error:
        raise Invalid("月份请按2026-03的样式填写", field=field) from error


def _said(row: OutsideSupport) -> dict[str, object]:
    return {
        "tenant": row.tenant_id,
        "kind": row.kind.value,
        "months": f"{row.month_from}..{row.month_to}",
        "amount_fen": row.amount_fen,
    }
