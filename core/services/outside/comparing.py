"""Comparing lists with what was granted: by the rule of their kind, for the whole district, when an auditor asks for it
and whenever that rule runs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import District, OutsideKind, OutsideList
from core.data.queries import outside as reads
from core.data.types import utcnow
from core.errors import Conflict
from core.services import audit
from core.services.leads import finding
from core.services.leads.outside import RULES

KINDS = {f"outside.{kind}": kind for kind in OutsideKind}  # by their rules


def compare(session: Session, found: OutsideList, today: date) -> int:
    """Leads of all lists of its kind; how many rest on this one."""
    if found.confirmed_at is None or found.deleted_at is not None:
        raise Conflict("这份名单还没有确认，或内容已经删除，不能比对")
    rule = next(rule for rule in RULES if rule.code == f"outside.{found.kind}")
    district = session.get_one(District, found.district_id)
    live = compared_by(session, district.id, rule.code)
    finding.run(session, district, today=today, codes=[rule.code])
    note(session, district.id, rule.code, live)
    return found.hits


def compared_by(session: Session, district_id: int, rule: str) -> Collection[int]:
    """The lists that a rule compares if it looks now."""
    return reads.live(session, district_id, KINDS[rule]) if rule in KINDS else ()


def note(session: Session, district_id: int, rule: str, lists: Collection[int]) -> None:
    """After a rule ran, whoever or whatever began it: each list that it compared says so, and so does the trail."""
    if not lists:
        return
    leads = reads.leads(session, district_id, rule)
    wanted = select(OutsideList).where(OutsideList.id.in_(lists)).order_by(OutsideList.id)
    for it in session.scalars(wanted.with_for_update().execution_options(populate_existing=True)):
        it.hits = sum(it.id in lead.facts["outside_list_ids"] for lead in leads)
        it.compared_at = utcnow()
        told = {"kind": it.kind.value, "rows": it.row_count, "hits": it.hits}
        audit.record(session, "outside.compare", it, detail=told)
    session.flush()
