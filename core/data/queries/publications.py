"""Reading 公示: what the public sees, the district's list, what can be published, and objections."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select
from sqlalchemy import case as when
from sqlalchemy.orm import Session, joinedload, selectinload

from core.data.models import (
    Case,
    CaseState,
    Objection,
    ObjectionState,
    Operator,
    Publication,
    PublicationEntry,
    Tenant,
    User,
)
from core.data.queries.paging import Listing

KEPT_IN_PUBLIC = timedelta(days=30)  # after the last day; staff and auditors see all


def in_public(session: Session, today: date) -> list[Publication]:
    """Notices that run, the one that ends first before the others, then those that ended lately."""
    query = (
        select(Publication)
        .where(_shown(today))
        .options(selectinload(Publication.entries))
        .order_by(Publication.ends_on < today, Publication.ends_on, Publication.id)
    )
    return list(session.scalars(query))


def public_one(session: Session, code: str, today: date) -> Publication | None:
    return session.scalars(_with_entries().where(Publication.code == code, _shown(today))).one_or_none()


def one(session: Session, publication_id: int) -> Publication | None:
    """Of the asker's district."""
    return session.scalars(_with_entries().where(Publication.id == publication_id)).one_or_none()


def _with_entries() -> Select[tuple[Publication]]:
    return select(Publication).options(selectinload(Publication.entries).joinedload(PublicationEntry.case))


def _shown(today: date) -> ColumnElement[bool]:
    return Publication.ends_on >= today - KEPT_IN_PUBLIC


def listing(today: date) -> Listing:
    """The district's notices."""
    entries = select(func.count()).where(PublicationEntry.publication_id == Publication.id).scalar_subquery()
    objections = select(func.count()).where(Objection.publication_id == Publication.id).scalar_subquery()
    state = when((Publication.ends_on >= today, literal("running")), else_=literal("over"))
    return Listing(
        statement=select(
            Publication.id,
            Publication.code,
            Publication.policy_key,
            Publication.opened_on,
            Publication.ends_on,
            entries.label("count"),
            objections.label("objections"),
            state.label("state"),
            User.name.label("made_by"),
        ).outerjoin(User, User.id == Publication.made_by_id),
        key=Publication.id,
        sorts={"opened_on": Publication.opened_on, "ends_on": Publication.ends_on},
        search=(Publication.code, User.name),
        filters={
            "state": lambda value: state == value,
            "policy": lambda value: Publication.policy_key == value,
        },
    )


def phase(today: date, unnoticed: Collection[str]) -> ColumnElement[str]:
    """Where cases stand with their notice, as `core.services.phases.phase_of` says of one. `unnoticed`: the policies
    that give none before the decision."""
    issued, announced = Case.state == CaseState.ISSUED, Case.notice_days.is_not(None)
    return when(
        (and_(Case.state == CaseState.SECOND_REVIEW, Case.policy_key.in_(unnoticed)), literal("unnoticed")),
        (and_(issued, announced, Case.publication_ends_on.is_(None)), literal("to_announce")),
        (and_(issued, announced, Case.publication_ends_on >= today), literal("announced")),
        (and_(issued, announced), literal("over")),
        (and_(Case.state == CaseState.OBJECTED, announced), literal("awarded")),
        else_=literal("plain"),
    )


def to_announce() -> ColumnElement[bool]:
    """Whether a case's letter is out, and what was decided is still to be announced."""
    return and_(Case.state == CaseState.ISSUED, Case.notice_days.is_not(None), Case.publication_ends_on.is_(None))


def objected_to() -> ColumnElement[bool]:
    """Whether an objection to a case waits to be looked at."""
    return exists().where(Objection.case_id == Case.id, Objection.state == ObjectionState.RECEIVED)


def publishable(session: Session, unnoticed: Collection[str]) -> list[Case]:
    """Cases whose review passed, or whose letter is out, and that wait for their notice. `unnoticed`: the policies that
    give none before the decision."""
    reviewed = and_(Case.state == CaseState.SECOND_REVIEW, Case.policy_key.not_in(unnoticed))
    query = (
        select(Case)
        .where(or_(reviewed, to_announce()))
        .options(joinedload(Case.tenant).joinedload(Tenant.operator))
        .order_by(Case.policy_key, Case.number)
    )
    return list(session.scalars(query))


def operator_names(session: Session, cases: list[Case]) -> dict[int, str]:
    ids = {case.operator_id for case in cases}
    found = session.execute(select(Operator.id, Operator.name).where(Operator.id.in_(ids)))
    return {row.id: row.name for row in found}


def objections(session: Session, *, case_id: int | None = None, publication_id: int | None = None) -> list[Objection]:
    """To a case, or to a notice; those that wait first."""
    query = select(Objection).options(joinedload(Objection.case).joinedload(Case.tenant))
    if case_id is not None:
        query = query.where(Objection.case_id == case_id)
    if publication_id is not None:
        query = query.where(Objection.publication_id == publication_id)
    waits = Objection.state == ObjectionState.RECEIVED
    return list(session.scalars(query.order_by(waits.desc(), Objection.id.desc())))
