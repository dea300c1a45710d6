"""Reading for 审计发现: the list, what waits for whom, and those of a letter. The session limits the rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import BigInteger, ColumnElement, case, func, literal, or_, select
from sqlalchemy.orm import Session

from core.data.models import (
    AuditEngagement,
    Case,
    Department,
    EngagementState,
    Finding,
    FindingProposal,
    FindingSeverity,
    FindingState,
    Letter,
    Operator,
    ProposalKind,
    ProposalState,
    Tenant,
    User,
)
from core.data.queries.paging import Listing
from core.data.queries.places import operators

S = FindingState
TO_ANSWER, TO_CORRECT = (S.ISSUED, S.NOT_ACCEPTED), (S.CORRECTING, S.REOPENED)
AMOUNTS = {"1": 1, "10000": 10_000_00, "100000": 100_000_00, "500000": 500_000_00}  # at least so many 元, in fen
FAR = date(9999, 12, 31)


def due() -> ColumnElement[date | None]:
    """The day that is to be kept now; as `core.services.findings.steps.due_of` has it for one."""
    return case(
        (Finding.state.in_(TO_ANSWER), Finding.response_due_on),
        (Finding.state.in_(TO_CORRECT), Finding.correction_due_on),
        else_=None,
    )


def late(today: date) -> ColumnElement[bool]:
    return func.coalesce(due(), FAR) < today


def listing(today: date) -> Listing:
    """All that the asker may see."""
    respondent = func.coalesce(Department.name, Operator.name, "")
    overdue = late(today)
    return Listing(
        statement=select(
            Finding.id,
            Finding.number,
            Finding.title,
            Finding.state,
            Finding.severity,
            Finding.source,
            Finding.policy_key,
            Finding.amount_fen,
            Finding.issued_at,
            Finding.written_at,
            respondent.label("respondent"),
            Tenant.name.label("tenant"),
            Letter.number.label("letter"),
            AuditEngagement.number.label("engagement"),
            User.name.label("writer"),
            due().label("due_on"),
            case((overdue, True), else_=False).label("late"),
        )
        .outerjoin(Department, Department.id == Finding.to_department_id)
        .outerjoin(Operator, Operator.id == Finding.to_operator_id)
        .outerjoin(Tenant, Tenant.id == Finding.about_tenant_id)
        .outerjoin(Letter, Letter.id == Finding.letter_id)
        .outerjoin(AuditEngagement, AuditEngagement.id == Finding.engagement_id)
        .outerjoin(User, User.id == Finding.written_by_id),
        key=Finding.id,
        sorts={
            "number": Finding.number,
            "amount_fen": func.coalesce(Finding.amount_fen, 0),
            "due_on": func.coalesce(due(), FAR),
            "written_at": Finding.written_at,
        },
        search=(Finding.number, Finding.title, Finding.fact, Tenant.name, Letter.number),
        filters={
            "state": lambda value: Finding.state == S(value),
            "severity": lambda value: Finding.severity == FindingSeverity(value),
            "to": _to,
            "policy": lambda value: Finding.policy_key == value,
            "engagement": lambda value: Finding.engagement_id == _number(value),
            "late": lambda value: overdue if value == "yes" else ~overdue,
            "over": lambda value: Finding.amount_fen >= AMOUNTS[value],
        },
    )


def _to(value: str) -> ColumnElement[bool]:
    """Addressed to a department (`d3`) or an operator (`o7`)."""
    column = Finding.to_department_id if value.startswith("d") else Finding.to_operator_id
    return column == _number(value[1:])


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 16 else -1


def respondents(session: Session) -> list[tuple[str, str]]:
    """Whom findings may be addressed to: departments, then operators, as `_to` reads them."""
    found = [
        (f"d{row.id}", row.name)
        for row in session.execute(select(Department.id, Department.name).order_by(Department.id))
    ]
    return found + [(f"o{operator_id}", name) for operator_id, name in operators(session)]


def engagements(session: Session) -> list[tuple[int, str]]:
    """The engagements, newest first."""
    return _engagements(session)


def engagements_open(session: Session, finding: Finding | None = None) -> list[tuple[int, str]]:
    """Those that a finding may be put into: the open ones, and the one that it is in."""
    own = finding.engagement_id if finding is not None else None
    return _engagements(session, or_(AuditEngagement.state != EngagementState.CLOSED, AuditEngagement.id == own))


def _engagements(session: Session, *which: ColumnElement[bool]) -> list[tuple[int, str]]:
    named = select(AuditEngagement.id, AuditEngagement.number, AuditEngagement.title).where(*which)
    rows = session.execute(named.order_by(AuditEngagement.id.desc()))
    return [(row.id, f"{row.number} {row.title}") for row in rows]


def totals(session: Session, today: date) -> tuple[int, int, int, int]:
    """Of all that the asker may see: how many there are that are not at an end, how many of them are overdue, how many
    were closed, and the money of those that were not withdrawn."""
    ended = Finding.state.in_((S.CLOSED, S.WITHDRAWN))
    row = session.execute(
        select(
            func.count().filter(~ended),
            func.count().filter(late(today)),
            func.count().filter(Finding.state == S.CLOSED),
            func.coalesce(func.sum(Finding.amount_fen).filter(Finding.state != S.WITHDRAWN), 0).cast(BigInteger),
        ).select_from(Finding)
    ).one()
    return int(row[0]), int(row[1]), int(row[2]), int(row[3])


def of_letter(session: Session, letter_id: int) -> Sequence[Finding]:
    return session.scalars(select(Finding).where(Finding.letter_id == letter_id).order_by(Finding.id)).all()


def waiting_for(
    session: Session, *, operator_id: int | None = None, tenant_id: int | None = None, department_id: int | None = None
) -> Sequence[Finding]:
    """Those that wait for an answer or a correction of a respondent, the earliest day first."""
    whose = [
        Finding.to_operator_id == operator_id if operator_id else None,
        Finding.to_tenant_id == tenant_id if tenant_id else None,
        Finding.to_department_id == department_id if department_id else None,
    ]
    theirs = [it for it in whose if it is not None]
    if not theirs:
        return []
    waits = select(Finding).where(Finding.state.in_((*TO_ANSWER, *TO_CORRECT)), or_(*theirs))
    return session.scalars(waits.order_by(due(), Finding.id)).all()


def escalated(session: Session) -> Sequence[Finding]:
    return session.scalars(select(Finding).where(Finding.state == S.ESCALATED).order_by(Finding.id)).all()


def proposals(session: Session, kinds: Collection[ProposalKind]) -> Sequence[FindingProposal]:
    """What auditors ask of the desks and nobody has done yet."""
    waits = select(FindingProposal).where(
        FindingProposal.state == ProposalState.WAITING, FindingProposal.kind.in_(kinds)
    )
    readable = waits.join(Case, Case.id == FindingProposal.case_id).join(
        Finding, Finding.id == FindingProposal.finding_id
    )
    return session.scalars(readable.order_by(FindingProposal.id)).all()


def any_at_all(session: Session) -> bool:
    """Whether the asker has been served any."""
    return session.scalars(select(literal(1)).select_from(Finding).limit(1)).first() is not None


def of_engagement(session: Session, engagement_id: int) -> Sequence[Finding]:
    """The findings of an engagement that were served, oldest first."""
    query = select(Finding).where(Finding.engagement_id == engagement_id, Finding.shown)
    return session.scalars(query.order_by(Finding.id)).all()
