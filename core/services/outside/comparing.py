"""Comparing a list with what was granted, when an auditor asks for it: the rule of its kind, for the whole district."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from core.data.models import District, OutsideKind, OutsideList
from core.data.queries import outside as reads
from core.data.types import utcnow
from core.errors import Conflict
from core.services import audit
from core.services.leads import finding
from core.services.leads.outside import RULES


def compare(session: Session, found: OutsideList, today: date) -> int:
    """Leads of all lists of its kind; how many rest on this one."""
    if found.confirmed_at is None or found.deleted_at is not None:
        raise Conflict("这份名单还没有确认，或内容已经删除，不能比对")
    rule = next(rule for rule in RULES if rule.code == f"outside.{found.kind}")
    district = session.get_one(District, found.district_id)
    finding.run(session, district, today=today, codes=[rule.code])
    note(session, district.id, [found.kind])
    return found.hits


def note(session: Session, district_id: int, kinds: Iterable[OutsideKind] = tuple(OutsideKind)) -> None:
    """After the rules ran, whoever or whatever began it: each list that was compared says so, and so does the trail."""
    for kind in kinds:
        live = reads.live(session, district_id, kind)
        leads = [it for it in reads.leads(session, f"outside.{kind}") if it.district_id == district_id] if live else []
        for it in live:
            it.hits = sum(it.id in lead.facts["outside_list_ids"] for lead in leads)
            it.compared_at = utcnow()
            told = {"kind": kind.value, "rows": it.row_count, "hits": it.hits}
            audit.record(session, "outside.compare", it, detail=told)
    session.flush()
