"""What merging two files would do: which values differ, which rows move and which stay, and why it cannot be done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.data.models import Case, MentorTie, Pairing, Tenant
from core.data.queries.across import across
from core.errors import Conflict, Invalid
from core.services import tenants
from core.services.merging import rows

FACTS = tuple(name for name in tenants.FACTS if name != "uscc")
"""What may be chosen. A code is never: where only one file has it, that one it is."""


@dataclass(frozen=True)
class Plan:
    """`filled`: facts that only the merged file knows. `differing`: facts to choose, `{name: (kept, merged)}`.
    `moving`, `staying`: how many rows of each table."""

    filled: dict[str, Any]
    differing: dict[str, tuple[Any, Any]]
    moving: Counter[str]
    staying: Counter[str]


def plan(session: Session, kept: Tenant, merged: Tenant) -> Plan:
    """Raises `Invalid` for a file merged with itself or another company's, `Conflict` for what must not move."""
    refuse(session, kept, merged)
    with across(session, "merge:plan") as wide:
        found = rows.find(wide, wide.get_one(Tenant, kept.id), wide.get_one(Tenant, merged.id))
        moving = Counter(row.__tablename__ for row, _values in found.moved)
        staying = Counter(row.__tablename__ for row in found.staying)
    pairs = {name: (getattr(kept, name), getattr(merged, name)) for name in (*FACTS, "uscc")}
    return Plan(
        filled={name: other for name, (one, other) in pairs.items() if one is None and other is not None},
        differing={
            name: (one, other)
            for name, (one, other) in pairs.items()
            if one is not None and other is not None and one != other
        },
        moving=moving,
        staying=staying,
    )


def refuse(session: Session, kept: Tenant, merged: Tenant) -> None:
    if kept.id == merged.id:
        raise Invalid("不能把档案与它自己合并，请选择另一份")
    if kept.operator_id != merged.operator_id:
        raise Invalid("只能合并本机构的两份档案")
    for one in (kept, merged):
        if one.merged_into_id is not None:
            raise Conflict("“%(name)s”已经并入另一份档案，请打开保留的那一份", name=one.name)
    if kept.uscc and merged.uscc and kept.uscc != merged.uscc:
        raise Invalid("两份档案的统一社会信用代码不同，是两家企业，不能合并；代码填错的请先更正")
    if _cases(session, merged):
        if _cases(session, kept):
            raise Conflict("两份档案都有扶持申请，申请的审批记录不能改动，因此不能合并")
        raise Conflict("“%(name)s”有扶持申请，应保留它；请换个方向合并", name=merged.name)
    if _paired(session, merged) and _paired(session, kept):
        raise Conflict("两份档案各有一位结对中的导师，企业只能有一位；请先结束其中一个结对，再合并")
    if _tied(session, kept, merged) or _tied(session, merged, kept):
        raise Conflict("一份档案的导师与另一份档案登记有辅导以外的关系；请先结束结对，再合并")


def _paired(session: Session, tenant: Tenant) -> bool:
    running = select(Pairing.id).where(Pairing.tenant_id == tenant.id, Pairing.ends_on.is_(None))
    return session.scalar(running) is not None


def _tied(session: Session, one: Tenant, other: Tenant) -> bool:
    """Whether the mentor that the one has is tied to the other."""
    found = (
        select(Pairing.id)
        .join(MentorTie, MentorTie.mentor_id == Pairing.mentor_id)
        .where(
            Pairing.tenant_id == one.id,
            Pairing.ends_on.is_(None),
            MentorTie.tenant_id == other.id,
            or_(MentorTie.to_on.is_(None), MentorTie.to_on >= Pairing.starts_on),
        )
    )
    return session.scalar(found.limit(1)) is not None


def _cases(session: Session, tenant: Tenant) -> int:
    return session.scalar(select(func.count()).select_from(Case).where(Case.tenant_id == tenant.id)) or 0
