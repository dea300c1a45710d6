"""Running the rules: what they find becomes leads, what they find no more is gone, what somebody judged stays as it is
unless its facts are others now."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from core.data.models import District, Lead, LeadAct, LeadActKind, LeadLetter, LeadState
from core.data.queries.across import across
from core.data.types import utcnow
from core.services import audit
from core.services.leads import EVER, WHERE, Found, Period, Rule
from core.services.leads.book import rules
from core.services.leads.reading import PIECE

WAITING = (LeadState.OPEN, LeadState.LOOKING)
JUDGED = (LeadState.CONFIRMED, LeadState.FALSE)


@dataclass(frozen=True, slots=True)
class Run:
    """What one rule found, and what became of it: `seen` suspicions, of which so many are new, changed or back, and
    leads that it does not see any more. `error`: the kind of exception with which it broke off."""

    rule: str
    seen: int
    counts: Mapping[str, int] = field(default_factory=dict)
    error: str = ""


def look(session: Session, district: District, period: Period, wanted: Iterable[Rule]) -> dict[str, list[Found]]:
    """What each rule sees. Reads only: rules read the whole district, whoever asks."""
    with across(session, "leads") as wide:
        return {rule.code: _once(rule, rule.find(wide, district, period)) for rule in wanted}


def _once(rule: Rule, found: Iterable[Found]) -> list[Found]:
    by_key: dict[str, Found] = {}
    for it in found:
        if by_key.setdefault(it.key, it) is not it:
            raise ValueError(f"{rule.code}: two suspicions have the key {it.key}")
    return list(by_key.values())


def run(
    session: Session, district: District, *, today: date, codes: Iterable[str] = (), since: date = EVER
) -> list[Run]:
    """Look and keep, by all rules or by these. With `since` only a part is looked at, so nothing is called gone."""
    book = rules()
    wanted = [book[code] for code in codes] or list(book.values())
    found = look(session, district, Period(since, today), wanted)
    return [keep(session, district, code, seen, whole=since == EVER) for code, seen in found.items()]


def keep(session: Session, district: District, rule: str, found: Iterable[Found], *, whole: bool = True) -> Run:
    """Make the leads of one rule those that it sees."""
    session.scalars(select(District).where(District.id == district.id).with_for_update()).one()
    now, seen = utcnow(), {it.key: it for it in found}
    # Whoever judges one of them at this moment is waited for, and what was said is seen.
    wanted = select(Lead).where(Lead.district_id == district.id, Lead.rule == rule).order_by(Lead.id)
    leads = session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).all()
    known = {lead.key: lead for lead in leads}
    counts: Counter[str] = Counter()
    links = _letters(session, [lead.id for lead in leads])
    for key, lead in known.items():
        if (it := seen.get(key)) is not None:
            counts.update(_see(session, lead, it, links.get(lead.id, ())))
        elif whole and lead.state in WAITING:
            lead.state, lead.taken_by_id = LeadState.GONE, None
            session.add(_act(lead, LeadActKind.GONE, now))
            counts["gone"] += 1
    session.flush()
    _mark_seen(session, [known[key].id for key in seen.keys() & known.keys()], now)
    new = [it for key, it in seen.items() if key not in known]
    _insert(session, district, rule, new, now)
    counts["new"] = len(new)
    done = Run(rule, len(seen), {word: count for word, count in counts.items() if count})
    if done.counts:
        audit.record(session, "lead.find", district, detail={"rule": rule, "seen": done.seen, **done.counts})
    return done


def _see(session: Session, lead: Lead, found: Found, letters: tuple[int, ...]) -> list[str]:
    """The lead as its rule sees it now; what that changed."""
    now = utcnow()
    facts = plain(found.facts)
    same = _what(lead.facts) == _what(facts) and letters == found.letters
    back = lead.state is LeadState.GONE
    if lead.facts != facts:
        lead.facts = facts
    if same and not back:
        return []
    if not same:
        lead.amount_fen = found.amount_fen
        lead.operator_id, lead.tenant_id, lead.case_id = found.operator, found.tenant, found.case
        session.execute(delete(LeadLetter).where(LeadLetter.lead_id == lead.id))
        _link(session, lead.district_id, [(lead.id, found)])
    if lead.state in JUDGED:
        lead.state, lead.taken_by_id, lead.judged_by_id, lead.judged_at = LeadState.OPEN, None, None, None
        session.add(_act(lead, LeadActKind.CHANGED, now))
        return ["changed"]
    if back:
        lead.state = LeadState.OPEN
        session.add(_act(lead, LeadActKind.CAME_BACK, now))
        return ["back"]
    return []


def _what(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said for name, said in facts.items() if name not in WHERE}


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """As the database gives it back."""
    said: dict[str, Any] = json.loads(json.dumps(dict(facts), ensure_ascii=False))
    return said


def _act(lead: Lead, kind: LeadActKind, at: datetime) -> LeadAct:
    return LeadAct(district_id=lead.district_id, lead_id=lead.id, kind=kind, at=at)


def _letters(session: Session, leads: list[int]) -> dict[int, tuple[int, ...]]:
    found: dict[int, list[int]] = {}
    for start in range(0, len(leads), PIECE):
        wanted = select(LeadLetter.lead_id, LeadLetter.letter_id).where(
            LeadLetter.lead_id.in_(leads[start : start + PIECE])
        )
        for lead, letter in session.execute(wanted.order_by(LeadLetter.letter_id)):
            found.setdefault(lead, []).append(letter)
    return {lead: tuple(letters) for lead, letters in found.items()}


def _mark_seen(session: Session, leads: list[int], now: datetime) -> None:
    for start in range(0, len(leads), PIECE):
        session.execute(update(Lead).where(Lead.id.in_(leads[start : start + PIECE])).values(seen_at=now))


def _insert(session: Session, district: District, rule: str, new: list[Found], now: datetime) -> None:
    if not new:
        return
    rows = [
        Lead(
            district_id=district.id, rule=rule, key=it.key, facts=plain(it.facts), amount_fen=it.amount_fen,
            operator_id=it.operator, tenant_id=it.tenant, case_id=it.case, found_at=now, seen_at=now,
        )
        for it in new
    ]  # fmt: skip
    session.add_all(rows)
    session.flush()
    session.add_all([_act(row, LeadActKind.FOUND, now) for row in rows])
    session.flush()
    _link(session, district.id, [(row.id, it) for row, it in zip(rows, new, strict=True)])


def _link(session: Session, district: int, leads: list[tuple[int, Found]]) -> None:
    rows = [
        {"district_id": district, "lead_id": lead, "letter_id": letter} for lead, it in leads for letter in it.letters
    ]
    if rows:
        session.execute(insert(LeadLetter), rows)
