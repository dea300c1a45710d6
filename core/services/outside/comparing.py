"""Comparing a list with what was granted, when an auditor asks for it: the rule of its kind, for the whole district."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import District, Lead, LeadLetter, LeadState, OutsideKind, OutsideList
from core.data.queries import outside as reads
from core.data.types import utcnow
from core.errors import Conflict
from core.services import audit
from core.services.leads import EVER, Found, Period, Rule
from core.services.leads.outside import RULES


def compare(session: Session, found: OutsideList, today: date) -> int:
    """Leads of all lists of its kind; how many rest on this one."""
    if found.confirmed_at is None or found.deleted_at is not None:
        raise Conflict("这份名单还没有确认，或内容已经删除，不能比对")
    rule = next(rule for rule in RULES if rule.code == f"outside.{found.kind}")
    district = session.get_one(District, found.district_id)
    for it in list(rule.find(session, district, Period(EVER, today))):
        _keep(session, district, rule, it)
    session.flush()
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


def _keep(session: Session, district: District, rule: Rule, it: Found) -> None:
    known = session.scalars(
        select(Lead).where(Lead.district_id == district.id, Lead.rule == rule.code, Lead.key == it.key)
    ).one_or_none()
    if known is None:
        known = Lead(
            district_id=district.id, rule=rule.code, key=it.key, facts=dict(it.facts), amount_fen=it.amount_fen,
            operator_id=it.operator, tenant_id=it.tenant, case_id=it.case,
        )  # fmt: skip
        session.add(known)
        session.flush()
        for letter_id in it.letters:
            session.add(LeadLetter(district_id=district.id, lead_id=known.id, letter_id=letter_id))
        return
    known.facts, known.amount_fen, known.seen_at = dict(it.facts), it.amount_fen, utcnow()
    if known.state is LeadState.GONE:
        known.state = LeadState.OPEN
