"""时间线: everything that happened to one tenant, from where each of it is recorded, newest first.

Nothing is copied into a table of events: what is corrected where it is recorded is corrected here. Readers find what
their rows hold: enquiries and changes of facts are the operator's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core import SHANGHAI
from core.data.models import (
    HOLDING,
    AuditEvent,
    CaseEvent,
    Departure,
    Enquiry,
    EnquiryStep,
    FundingRound,
    Indicator,
    Lease,
    LeaseSpace,
    Letter,
    LetterStatus,
    MentoringSession,
    Milestone,
    Occupancy,
    Pairing,
    SessionStatus,
    StageDecision,
    StageMove,
    TenantDocument,
)

Rows = Callable[[Select[Any]], Iterable[Any]]
MOST = 500  # rows of one kind; a tenant of ten years has some dozens
DEPARTING = ("handed_over_on", "address_moved_on", "deposit_settled_on", "completed_on", "cancelled_on")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a day (and, where that is known, at an instant). `row` is what records it, `kind` the
    name of its table, with what part of the row's life this is: `lease.start`, `lease.end`."""

    on: date
    kind: str
    row: Any
    at: datetime | None = None

    @property
    def order(self) -> tuple[date, float, str, int]:
        return self.on, self.at.timestamp() if self.at else 0.0, self.kind, self.row.id


class Found(NamedTuple):
    events: list[Event]
    more: bool


def page(session: Session, tenant_id: int, today: date, *, number: int, size: int, own: bool) -> Found:
    """The `number`-th page (from 1). `own`: with the operator's own changes of facts."""
    events = [event for event in _all(session, tenant_id, own) if event.on <= today]
    events.sort(key=lambda event: event.order, reverse=True)
    start = (number - 1) * size
    return Found(events[start : start + size], len(events) > start + size)


def _all(session: Session, tenant_id: int, own: bool) -> Iterator[Event]:
    def rows(query: Select[Any]) -> Iterable[Any]:
        return session.scalars(query.limit(MOST)).unique()

    for source in (_enquiries, _places, _stages, _applications, _papers, _growth, _mentoring, _leaving):
        yield from source(rows, tenant_id)
    if own:
        yield from _changes(rows, tenant_id)


def _enquiries(rows: Rows, tenant_id: int) -> Iterator[Event]:
    steps = select(EnquiryStep).join(Enquiry, Enquiry.id == EnquiryStep.enquiry_id)
    for step in rows(steps.where(Enquiry.tenant_id == tenant_id).options(joinedload(EnquiryStep.space))):
        yield Event(step.on, f"enquiry.{step.kind.value}", step)


def _places(rows: Rows, tenant_id: int) -> Iterator[Event]:
    for stay in rows(select(Occupancy).where(Occupancy.tenant_id == tenant_id)):
        yield Event(stay.from_on, "occupancy.start", stay)
        if stay.to_on:
            yield Event(stay.to_on, "occupancy.end", stay)
    leases = select(Lease).where(Lease.tenant_id == tenant_id, Lease.status.in_(HOLDING))
    for lease in rows(leases.options(selectinload(Lease.spaces).joinedload(LeaseSpace.space))):
        yield Event(lease.starts_on, "lease.start", lease)
        if lease.ends_on:
            yield Event(lease.ends_on, "lease.end", lease)


def _applications(rows: Rows, tenant_id: int) -> Iterator[Event]:
    acts = select(CaseEvent).where(CaseEvent.tenant_id == tenant_id).options(joinedload(CaseEvent.case))
    for act in rows(acts.order_by(CaseEvent.id.desc())):
        yield _at(act.at, "case", act)
    for letter in rows(select(Letter).where(Letter.tenant_id == tenant_id, Letter.status == LetterStatus.ISSUED)):
        yield Event(letter.issued_on, "letter", letter)


def _papers(rows: Rows, tenant_id: int) -> Iterator[Event]:
    papers = select(TenantDocument).where(TenantDocument.tenant_id == tenant_id)
    for paper in rows(papers.options(joinedload(TenantDocument.file))):
        yield _at(paper.file.uploaded_at, "document", paper)


def _growth(rows: Rows, tenant_id: int) -> Iterator[Event]:
    for indicator in rows(select(Indicator).where(Indicator.tenant_id == tenant_id)):
        yield Event(_last_day(indicator.quarter), "indicator", indicator)
    for funding in rows(select(FundingRound).where(FundingRound.tenant_id == tenant_id)):
        yield Event(funding.on, "funding", funding)
    for milestone in rows(select(Milestone).where(Milestone.tenant_id == tenant_id)):
        yield Event(milestone.reached_on, "milestone", milestone)


def _mentoring(rows: Rows, tenant_id: int) -> Iterator[Event]:
    for pairing in rows(select(Pairing).where(Pairing.tenant_id == tenant_id).options(joinedload(Pairing.mentor))):
        yield Event(pairing.starts_on, "pairing.start", pairing)
        if pairing.ends_on:
            yield Event(pairing.ends_on, "pairing.end", pairing)
    meetings = select(MentoringSession).where(
        MentoringSession.tenant_id == tenant_id, MentoringSession.status == SessionStatus.HELD
    )
    for meeting in rows(meetings.order_by(MentoringSession.starts_at.desc())):
        yield _at(meeting.starts_at, "meeting", meeting)


def _leaving(rows: Rows, tenant_id: int) -> Iterator[Event]:
    for leaving in rows(select(Departure).where(Departure.tenant_id == tenant_id)):
        for column in DEPARTING:
            if day := getattr(leaving, column):
                yield Event(day, f"departure.{column}", leaving)


def _changes(rows: Rows, tenant_id: int) -> Iterator[Event]:
    changes = select(AuditEvent).where(AuditEvent.subject_type == "tenant", AuditEvent.subject_id == tenant_id)
    for change in rows(changes.where(AuditEvent.action.like("tenant.%")).order_by(AuditEvent.id.desc())):
        yield _at(change.at, change.action, change)


def _stages(rows: Rows, tenant_id: int) -> Iterator[Event]:
    """Decisions, and the stretches that came without one (from an imported book)."""
    decided = set()
    for decision in rows(select(StageDecision).where(StageDecision.tenant_id == tenant_id)):
        decided.add((decision.to_stage, decision.moved_on))
        yield Event(decision.moved_on, f"stage.{decision.kind.value}", decision, decision.at)
    for stretch in rows(select(StageMove).where(StageMove.tenant_id == tenant_id)):
        if (stretch.stage, stretch.from_on) not in decided:
            yield Event(stretch.from_on, "stage.stretch", stretch)


def _at(at: datetime, kind: str, row: Any) -> Event:
    return Event(at.astimezone(SHANGHAI).date(), kind, row, at)


def _last_day(quarter: str) -> date:
    """The day a quarter (`2026Q3`) ends: what is reported for it belongs there."""
    year, number = int(quarter[:4]), int(quarter[5])
    return date(year, 12, 31) if number == 4 else date(year, 3 * number + 1, 1) - timedelta(days=1)
