"""Reading letters: the auditors' list, the tenant's, and the one a check code or a file hash points to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, Text, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from core.data.models import (
    Award,
    Case,
    CaseEvent,
    CasePaper,
    Decision,
    Delegation,
    EvidenceLine,
    EvidenceUse,
    InsuredPerson,
    Letter,
    LetterKind,
    LetterStatus,
    Membership,
    Operator,
    Recovery,
    RecoveryState,
    Role,
    Tenant,
    User,
)
from core.data.queries.leads import with_lead
from core.data.queries.paging import Listing
from core.data.queries.places import operators

STATES = ("issued", "numbered", "revoked", "recovering", "recovered", "overturned", "void")
"""Where a letter stands, one of these: what it says holds, or why no more. A part that is had back counts, too."""
ANY = "any"  # whichever rule of suspicion
HANDLERS = (Case.prepared_by_id, Case.reviewed_by_id, Case.paid_by_id)


def listing() -> Listing:
    """Every letter the asker may see."""
    return Listing(
        statement=select(
            Letter.id,
            Letter.number,
            Letter.kind,
            state().label("state"),
            Letter.issued_on,
            Letter.amount_fen,
            standing_fen().label("standing_fen"),
            Letter.file_sha256,
            Letter.capsule_digest,
            Case.number.label("case_number"),
            Case.policy_key,
            Case.id.label("case_id"),
            Tenant.name.label("tenant"),
            Operator.name.label("operator"),
        )
        .join(Case, Case.id == Letter.case_id)
        .join(Tenant, Tenant.id == Letter.tenant_id)
        .join(Operator, Operator.id == Letter.operator_id)
        .outerjoin(Award, Award.id == Letter.award_id),
        key=Letter.id,
        sorts={
            "number": Letter.seq,
            "tenant": Tenant.name,
            "issued_on": Letter.issued_on,
            "amount_fen": Letter.amount_fen,
        },
        search=(Letter.number, Tenant.name, Tenant.uscc, Case.number, Operator.name),
        filters={
            "kind": lambda value: Letter.kind == LetterKind(value),
            "status": lambda value: state() == value,
            "policy": lambda value: Case.policy_key == value,
            "operator": lambda value: Letter.operator_id == int(value),
            "handler": lambda value: or_(*(column == int(value) for column in HANDLERS)),
            "approver": lambda value: Case.approved_by_id == int(value),
            "amount_from": lambda value: Letter.amount_fen >= _fen(value),
            "amount_to": lambda value: Letter.amount_fen <= _fen(value),
            "issued_from": lambda value: Letter.issued_on >= date.fromisoformat(value),
            "issued_to": lambda value: Letter.issued_on <= date.fromisoformat(value),
            "person": of_person,
            "flag": lambda value: Letter.id.in_(with_lead(None if value == ANY else value)),
        },
        extras={"handler": _name(Case.prepared_by_id), "approver": _name(Case.approved_by_id)},
    )


def state() -> ColumnElement[str]:
    """Which of `STATES` a letter is in, beside its case and its award (outer join)."""
    back = select(Recovery.id).where(Recovery.award_id == Letter.award_id)
    upheld = (
        select(CaseEvent.id)
        .join(Decision, Decision.id == Letter.decision_id)
        .where(
            CaseEvent.case_id == Letter.case_id,
            CaseEvent.move == "uphold_appeal",
            CaseEvent.at > Decision.decided_at,
        )
        .correlate(Letter)
    )
    running = (RecoveryState.PROPOSED, RecoveryState.DECIDED)
    return case(
        (Letter.status == LetterStatus.VOID, "void"),
        (Letter.status == LetterStatus.NUMBERED, "numbered"),
        (exists(back.where(Recovery.state.in_(running)).correlate(Letter)), "recovering"),
        (exists(back.where(Recovery.state == RecoveryState.SETTLED).correlate(Letter)), "recovered"),
        (Award.revoked_at.is_not(None), "revoked"),
        (and_(Letter.kind == LetterKind.REFUSAL, exists(upheld)), "overturned"),
        else_="issued",
    )


def standing_fen() -> ColumnElement[int]:
    """The amount, and nothing for a void letter: another one says the same decision in its place."""
    return case((Letter.status == LetterStatus.VOID, 0), else_=Letter.amount_fen)


def of_person(index: str) -> ColumnElement[bool]:
    """That insured months of the person with this blind index are evidence of the letter: spent by its award, or among
    the facts it was decided on."""
    key = f"insured:{index}:"
    spent = (
        select(EvidenceUse.award_id)
        .join(EvidenceLine, EvidenceLine.id == EvidenceUse.line_id)
        # A month follows, a digit: that sorts before "a" whatever the collation of the database.
        .where(EvidenceLine.natural_key >= key, EvidenceLine.natural_key < key + "a")
    )
    # Facts are long texts: they are read only of the enterprises that insured the person.
    employer = aliased(Tenant)
    own = select(InsuredPerson.tenant_id).where(InsuredPerson.id_number_once == index)
    firms = select(employer.enterprise_id).where(employer.id.in_(own), employer.enterprise_id.is_not(None))
    employed = or_(Tenant.id.in_(own), Tenant.enterprise_id.in_(firms))
    return or_(Letter.award_id.in_(spent), and_(employed, cast(Case.facts, Text).contains(key)))


@dataclass(frozen=True, slots=True)
class Tally:
    """How many letters of one state there are, and what they come to."""

    state: str
    count: int
    fen: int


def tallies(session: Session, first: date, last: date) -> list[Tally]:
    """What was issued in a period, by state, in the order of `STATES`."""
    rows = (
        select(state().label("state"), standing_fen().label("fen"))
        .select_from(Letter)
        .outerjoin(Award, Award.id == Letter.award_id)
        .where(Letter.issued_on.between(first, last))
        .subquery()
    )
    found = session.execute(select(rows.c.state, func.count(), func.sum(rows.c.fen)).group_by(rows.c.state)).all()
    by_state = {name: Tally(name, count, int(fen)) for name, count, fen in found}
    return [by_state[name] for name in STATES if name in by_state]


HANDLING = (Role.WINDOW, Role.FIRST_REVIEWER, Role.SECOND_REVIEWER, Role.PAYER)
DECIDING = (Role.APPROVER, Role.DISTRICT_ADMIN)


class Choices(NamedTuple):
    """By whom the letters of a district can be narrowed: (id, name) of each, by name."""

    operators: list[tuple[int, str]]
    handlers: list[tuple[int, str]]
    approvers: list[tuple[int, str]]


def choices(session: Session, district_id: int | None) -> Choices:
    """Those who hold such a post in the district, once did, or stood in: they are few, its letters are not."""
    return Choices(
        operators(session),
        _holders(session, district_id, HANDLING),
        _holders(session, district_id, DECIDING),
    )


def _holders(session: Session, district_id: int | None, roles: Sequence[Role]) -> list[tuple[int, str]]:
    posts = select(Membership.id).where(Membership.district_id == district_id, Membership.role.in_(roles))
    own = select(Membership.user_id).where(Membership.id.in_(posts))
    lent = select(Delegation.to_user_id).where(Delegation.membership_id.in_(posts))
    people = select(User.id, User.name).where(or_(User.id.in_(own), User.id.in_(lent)))
    return [(row.id, row.name) for row in session.execute(people.order_by(User.name, User.id))]


def _fen(yuan: str) -> int:
    """`1234.50` as fen; what comes here was read by `core.web.filters.Range`."""
    return int(Decimal(yuan) * 100)


def _name(person: InstrumentedAttribute[int | None]) -> ScalarSelect[str]:
    return select(User.name).where(User.id == person).correlate(Case).scalar_subquery()


def of_tenant(session: Session, tenant_id: int) -> list[Letter]:
    """A tenant's letters, newest first."""
    return list(session.scalars(select(Letter).where(Letter.tenant_id == tenant_id).order_by(Letter.id.desc())))


def by_check_code(session: Session, code: str) -> Letter | None:
    """The letter a check code belongs to. For the public page, which asks as the system and shows four facts."""
    return session.scalars(select(Letter).where(Letter.check_code == code)).one_or_none()


def by_number(session: Session, number: str) -> Letter | None:
    """The letter of that number, whoever issued it."""
    return session.scalars(select(Letter).where(Letter.number == number)).one_or_none()


def paper_logged(session: Session, number: str, sha256: str) -> Literal["recorded", "other_file", "unknown"]:
    """Whether a paper of the procedure has that number and file. Two districts may have issuers of one mark."""
    files = list(session.scalars(select(CasePaper.file_sha256).where(CasePaper.number == number)))
    if not files:
        return "unknown"
    return "recorded" if sha256 in files else "other_file"
