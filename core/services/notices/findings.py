"""What is told of 审计发现: each side that it is its turn, the desks what is asked of them, and both of a day that
nears or is past. A draft is told of to nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.data.models import (
    DISTRICT_ROLES,
    OPERATOR_ROLES,
    TENANT_ROLES,
    Finding,
    FindingAct,
    FindingActKind,
    FindingProposal,
    FindingSide,
    FindingState,
    Role,
)
from core.services import calendar
from core.services.escalations import SOON
from core.services.notices.telling import Telling, To, tell

A, S = FindingActKind, FindingState
AUDITORS, ADMINS = frozenset({Role.AUDITOR}), frozenset({Role.DISTRICT_ADMIN})
# Of an act: the kind of its notice and whether the respondent, the auditors, the administrators are told.
TOLD = {
    A.ISSUED: ("finding_issued", "r"),
    A.RESPONDED: ("finding_responded", "a"),
    A.DISMISSED: ("finding_dismissed", "r"),
    A.ESCALATED: ("finding_escalated", "d"),
    A.ORDERED: ("finding_ordered", "r"),
    A.REPORTED: ("finding_reported", "a"),
    A.REOPENED: ("finding_reopened", "r"),
    A.EXTENDED: ("finding_extended", "r"),
    A.CLOSED: ("finding_closed", "r"),
    A.WITHDRAWN: ("finding_withdrawn", "r"),
    A.COMMENTED: ("finding_commented", "ra"),
    A.TAKEN_UP: ("finding_decided", "a"),
    A.DECLINED: ("finding_decided", "a"),
}
SILENT = {A.WRITTEN: "a draft", A.NOTED: "between auditors", A.PROPOSED: "the desks are told by `of_proposal`"}
WAITING = (S.ISSUED, S.NOT_ACCEPTED, S.CORRECTING, S.REOPENED)
AHEAD = timedelta(days=21)  # no two working days are further apart than this, whatever holidays lie between


def of_act(session: Session, finding: Finding, act: FindingAct) -> None:
    """Tell whoever an act concerns; never whoever did it."""
    if act.kind in SILENT or not finding.shown:
        return
    kind, whom = TOLD[act.kind]
    if act.kind is A.COMMENTED and act.side is not FindingSide.DISTRICT:
        whom = "a" if act.side is FindingSide.RESPONDENT else "r"
    tell(session, *_tellings(finding, kind, f"{kind}:{act.id}", _to(finding, whom), act.due_on))


def of_proposal(session: Session, proposal: FindingProposal, desks: frozenset[Role]) -> None:
    """The desks are asked to act."""
    finding, kind = proposal.finding, "finding_proposed"
    params = {"finding": finding.number, "what": proposal.kind.value, "case": proposal.case.number}
    to = To(desks, district_id=finding.district_id)
    key = f"{kind}:{proposal.id}"
    of = {"tenant_id": finding.about_tenant_id, "case_id": finding.case_id}
    tell(session, Telling(kind, to, finding.id, key, params, about=_about(finding), **of))


def of_days(session: Session, today: date) -> int:
    """Tell, once for each day that is set, that it nears and that it is past; of what is past the auditors too."""
    near = today + AHEAD
    waiting = select(Finding).where(
        Finding.state.in_(WAITING), or_(Finding.response_due_on <= near, Finding.correction_due_on <= near)
    )
    own: dict[int, calendar.Own] = {}
    tellings: list[Telling] = []
    for finding in session.scalars(waiting.order_by(Finding.id)):
        answers = finding.state in (S.ISSUED, S.NOT_ACCEPTED)
        due = finding.response_due_on if answers else finding.correction_due_on
        if due is None:
            continue
        if finding.district_id not in own:
            own[finding.district_id] = calendar.own_days(session, finding.district_id, date.min)
        left = calendar.days_left(due, today, own[finding.district_id])
        if left <= SOON:
            kind, whom = ("finding_late", "ra") if left < 0 else ("finding_near", "r")
            tellings += _tellings(finding, kind, f"{kind}:{finding.id}:{due}", _to(finding, whom), due)
    return sum(tell(session, *tellings[n : n + 50]) for n in range(0, len(tellings), 50))


def respondents(finding: Finding) -> Iterator[To]:
    """Whom a finding was served on."""
    if finding.to_department_id is not None:
        roles = DISTRICT_ROLES - AUDITORS
        yield To(roles, district_id=finding.district_id, department_id=finding.to_department_id)
    if finding.to_operator_id is not None:
        yield To(OPERATOR_ROLES, operator_id=finding.to_operator_id)
    if finding.to_tenant_id is not None:
        yield To(TENANT_ROLES, tenant_id=finding.to_tenant_id)


def _to(finding: Finding, whom: str) -> Iterator[To]:
    if "r" in whom:
        yield from respondents(finding)
    if "a" in whom:
        yield To(AUDITORS, district_id=finding.district_id)
    if "d" in whom:
        yield To(ADMINS, district_id=finding.district_id)


def _tellings(finding: Finding, kind: str, key: str, to: Iterable[To], due: date | None) -> list[Telling]:
    params = {"finding": finding.number, "about": finding.title}
    if due is not None:
        params["due"] = due.isoformat()
    of = {"tenant_id": finding.about_tenant_id, "case_id": finding.case_id}
    return [Telling(kind, it, finding.id, key, params, about=_about(finding), **of) for it in to]


def _about(finding: Finding) -> str:
    """The words that a notice is searched by."""
    return f"{finding.number} {finding.title}"
