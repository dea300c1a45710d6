"""I21: a finding is in the state of its last act, closed by an auditor who did not write it; a proposal that was taken
up names what the desk did, on the same case."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from core.data.models import (
    CaseEvent,
    Finding,
    FindingAct,
    FindingActKind,
    FindingProposal,
    FindingState,
    ProposalKind,
    ProposalState,
    Recovery,
)

_findings, _acts, _proposals = Finding.__table__, FindingAct.__table__, FindingProposal.__table__
_events, _files = CaseEvent.__table__, Recovery.__table__
A, S = FindingActKind, FindingState
LED_TO = {
    A.WRITTEN: S.DRAFT,
    A.ISSUED: S.ISSUED,
    A.RESPONDED: S.RESPONDED,
    A.DISMISSED: S.NOT_ACCEPTED,
    A.ESCALATED: S.ESCALATED,
    A.ORDERED: S.CORRECTING,
    A.REPORTED: S.CORRECTED,
    A.REOPENED: S.REOPENED,
    A.CLOSED: S.CLOSED,
    A.WITHDRAWN: S.WITHDRAWN,
}


def check(connection: Connection) -> Iterator[tuple[str, str]]:
    last = {}  # by finding: the last act that led into a state
    for act in connection.execute(select(_acts).where(_acts.c.kind.in_(LED_TO)).order_by(_acts.c.id)):
        last[act.finding_id] = act
    for row in connection.execute(select(_findings).order_by(_findings.c.id)):
        thing, done = f"finding {row.number}", last.get(row.id)
        led = LED_TO[done.kind] if done is not None else None
        if led is not row.state:
            yield thing, f"is {row.state}, its last act led to {led}"
        if row.state is S.CLOSED and done is not None:
            if row.closed_by_id == row.written_by_id:
                yield thing, "was closed by whoever wrote it"
            if done.actor_id != row.closed_by_id:
                yield thing, f"names user {row.closed_by_id} as closing it, the act was user {done.actor_id}'s"
    yield from _taken_up(connection)


def _taken_up(connection: Connection) -> Iterator[tuple[str, str]]:
    asked = (
        select(
            _proposals.c.id,
            _proposals.c.kind,
            _proposals.c.case_id,
            _findings.c.case_id.label("of_finding"),
            _events.c.case_id.label("of_event"),
            _events.c.move,
            _files.c.case_id.label("of_file"),
        )
        .join(_findings, _findings.c.id == _proposals.c.finding_id)
        .outerjoin(_events, _events.c.id == _proposals.c.event_id)
        .outerjoin(_files, _files.c.id == _proposals.c.recovery_id)
        .where(_proposals.c.state == ProposalState.TAKEN_UP)
    )
    for row in connection.execute(asked.order_by(_proposals.c.id)):
        thing = f"proposal {row.id}"
        if row.case_id != row.of_finding:
            yield thing, "is about another case than its finding"
        done = row.of_event if row.kind is ProposalKind.REVOKE else row.of_file
        if done != row.case_id or (row.kind is ProposalKind.REVOKE and row.move != "propose_revocation"):
            yield thing, "was taken up, and nothing was done to its case"
