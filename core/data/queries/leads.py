"""Reading leads: the list, what becomes of each rule's leads, and which letters have one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from core.data.models import Case, Lead, LeadAct, LeadLetter, LeadState, Letter, Operator, Tenant
from core.data.queries.paging import Listing

STANDING = (LeadState.OPEN, LeadState.LOOKING, LeadState.CONFIRMED)
COUNTED = ("waiting", "confirmed", "false", "gone")  # of a tally
AMOUNTS = {"1": 10_000 * 100, "10": 100_000 * 100, "100": 1_000_000 * 100}  # at least so many 万元


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one rule's leads."""

    rule: str
    waiting: int
    confirmed: int
    false: int
    gone: int


def one(session: Session, lead_id: int) -> Lead | None:
    return session.scalars(select(Lead).where(Lead.id == lead_id)).one_or_none()


def acts(session: Session, lead: Lead) -> Sequence[LeadAct]:
    """What was done with a lead, newest first."""
    return session.scalars(select(LeadAct).where(LeadAct.lead_id == lead.id).order_by(LeadAct.id.desc())).all()


def tallies(session: Session) -> dict[str, Tally]:
    """By rule, over all leads that the asker sees."""

    def of(*states: LeadState) -> ColumnElement[int]:
        return cast(func.sum(case((Lead.state.in_(states), 1), else_=0)), BigInteger)

    rows = session.execute(
        select(
            Lead.rule,
            of(LeadState.OPEN, LeadState.LOOKING),
            of(LeadState.CONFIRMED),
            of(LeadState.FALSE),
            of(LeadState.GONE),
        )
        .group_by(Lead.rule)
        .order_by(Lead.rule)
    )
    return {row[0]: Tally(*row) for row in rows}


def with_lead(rule: str | None = None) -> Select[Any]:
    """Ids of the letters that have a lead which is open or was found true: to be put into a filter of letters,
    `Letter.id.in_(with_lead())`."""
    wanted = select(LeadLetter.letter_id).join(Lead, Lead.id == LeadLetter.lead_id).where(Lead.state.in_(STANDING))
    return wanted if rule is None else wanted.where(Lead.rule == rule)


def of_letter(session: Session, letter: Letter) -> Sequence[Lead]:
    """The leads of a letter that are open or were found true, and those that were found false; newest first."""
    wanted = (
        select(Lead)
        .join(LeadLetter, LeadLetter.lead_id == Lead.id)
        .where(LeadLetter.letter_id == letter.id, Lead.state != LeadState.GONE)
    )
    return session.scalars(wanted.order_by(Lead.id.desc())).all()


def listing() -> Listing:
    """Every lead of the asker's district. `policy` and `letter` look among the letters of each."""
    count = select(func.count(LeadLetter.id).cast(BigInteger)).where(LeadLetter.lead_id == Lead.id).scalar_subquery()
    first = (
        select(func.min(Letter.number))
        .join(LeadLetter, LeadLetter.letter_id == Letter.id)
        .where(LeadLetter.lead_id == Lead.id)
        .scalar_subquery()
    )
    return Listing(
        statement=select(
            Lead.id,
            Lead.rule,
            Lead.amount_fen,
            Lead.state,
            Lead.found_at,
            Lead.seen_at,
            Lead.taken_by_id,
            Lead.judged_at,
            Tenant.name.label("tenant"),
            Operator.name.label("operator"),
            Case.number.label("case"),
            count.label("letters"),
            first.label("letter"),
        )
        .outerjoin(Tenant, Tenant.id == Lead.tenant_id)
        .outerjoin(Operator, Operator.id == Lead.operator_id)
        .outerjoin(Case, Case.id == Lead.case_id),
        key=Lead.id,
        sorts={
            "number": Lead.id,
            "rule_word": Lead.rule,
            "amount_fen": func.coalesce(Lead.amount_fen, 0),
            "found_at": Lead.found_at,
            "tenant": func.coalesce(Tenant.name, ""),
        },
        search=(
            Tenant.name,
            Tenant.uscc,
            Case.number,
            Operator.name,
            func.coalesce(first, ""),
        ),
        filters={
            "rule": lambda value: Lead.rule == value,
            "state": _state,
            "operator": lambda value: Lead.operator_id == int(value),
            "policy": _policy,
            "amount": lambda value: Lead.amount_fen >= AMOUNTS[value],
            "year": _year,
        },
    )


def _state(value: str) -> ColumnElement[bool]:
    return Lead.state == LeadState(value)


def _policy(value: str) -> ColumnElement[bool]:
    """Of the lead's own case, or of one of its letters'."""
    of_letters = (
        select(LeadLetter.lead_id)
        .join(Letter, Letter.id == LeadLetter.letter_id)
        .join(Case, Case.id == Letter.case_id)
        .where(Case.policy_key == value)
    )
    return or_(Lead.id.in_(of_letters), and_(Case.id.is_not(None), Case.policy_key == value))


def _year(value: str) -> ColumnElement[bool]:
    """About a letter of that year."""
    of_year = (
        select(LeadLetter.lead_id).join(Letter, Letter.id == LeadLetter.letter_id).where(Letter.year == int(value))
    )
    return Lead.id.in_(of_year)


def years(session: Session) -> Sequence[int]:
    """Years of letters, the newest first."""
    return session.scalars(select(Letter.year).distinct().order_by(Letter.year.desc())).all()
