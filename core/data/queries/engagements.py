"""Reading engagements, their samples, and the letters of a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from core.data.models import (
    AuditEngagement,
    AuditSample,
    AuditSampleItem,
    Award,
    Case,
    EngagementState,
    Letter,
    LetterKind,
    LetterStatus,
    Operator,
    Tenant,
    User,
)
from core.data.queries.paging import Listing


def listing() -> Listing:
    """The engagements that the asker may see, with how many samples each has."""
    samples = (
        select(func.count())
        .where(AuditSample.engagement_id == AuditEngagement.id)
        .correlate(AuditEngagement)
        .scalar_subquery()
    )
    return Listing(
        statement=select(
            AuditEngagement.id,
            AuditEngagement.number,
            AuditEngagement.title,
            AuditEngagement.period_from,
            AuditEngagement.period_to,
            AuditEngagement.state,
            AuditEngagement.opened_at,
            User.name.label("lead"),
            samples.label("samples"),
        ).join(User, User.id == AuditEngagement.lead_by_id),
        key=AuditEngagement.id,
        sorts={
            "number": AuditEngagement.id,
            "title": AuditEngagement.title,
            "period_from": AuditEngagement.period_from,
            "opened_at": AuditEngagement.opened_at,
        },
        search=(AuditEngagement.number, AuditEngagement.title, User.name),
        filters={"state": lambda value: AuditEngagement.state == EngagementState(value)},
    )


def items(sample_id: int) -> Listing:
    """The letters of a sample, in the order of drawing."""
    error = AuditSampleItem.booked_fen - AuditSampleItem.audited_fen
    state = case(
        (AuditSampleItem.audited_fen.is_(None), "open"),
        (error == 0, "right"),
        else_="wrong",
    )
    return Listing(
        statement=select(
            AuditSampleItem.id,
            AuditSampleItem.place,
            AuditSampleItem.stratum,
            AuditSampleItem.hits,
            AuditSampleItem.certain,
            AuditSampleItem.booked_fen,
            AuditSampleItem.audited_fen,
            error.label("error_fen"),
            state.label("state"),
            AuditSampleItem.checks,
            AuditSampleItem.note,
            AuditSampleItem.checked_at,
            User.name.label("by"),
            Letter.number,
            Letter.id.label("letter_id"),
            Case.policy_key,
            Tenant.name.label("tenant"),
            Operator.name.label("operator"),
        )
        .join(Letter, Letter.id == AuditSampleItem.letter_id)
        .join(Case, Case.id == Letter.case_id)
        .join(Tenant, Tenant.id == Letter.tenant_id)
        .join(Operator, Operator.id == Letter.operator_id)
        .outerjoin(User, User.id == AuditSampleItem.checked_by_id)
        .where(AuditSampleItem.sample_id == sample_id),
        key=AuditSampleItem.id,
        sorts={
            "place": AuditSampleItem.place,
            "number": Letter.id,
            "tenant": Tenant.name,
            "booked_fen": AuditSampleItem.booked_fen,
        },
        search=(Letter.number, Tenant.name, Operator.name),
        filters={"state": lambda value: state == value, "stratum": lambda value: AuditSampleItem.stratum == value},
    )


def next_open(session: Session, sample_id: int, after: int, without: Collection[int] = ()) -> int | None:
    """The id of the next letter that was not checked, behind a place and then from the beginning; `without` those that
    are for somebody else."""
    query = (
        select(AuditSampleItem.id)
        .where(
            AuditSampleItem.sample_id == sample_id,
            AuditSampleItem.audited_fen.is_(None),
            AuditSampleItem.id.not_in(without),
        )
        .order_by(AuditSampleItem.place <= after, AuditSampleItem.place)
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def steps_taken(session: Session, sample_id: int) -> dict[str, int]:
    """Of how many letters of a sample each step was taken."""
    found: Counter[str] = Counter()
    for checks in session.scalars(select(AuditSampleItem.checks).where(AuditSampleItem.sample_id == sample_id)):
        found.update(name for name, done in checks.items() if done)
    return dict(found)


def progress(session: Session, engagement_id: int) -> dict[int, tuple[int, int]]:
    """Of each sample of an engagement: how many letters were drawn, and how many were checked."""
    query = (
        select(AuditSampleItem.sample_id, func.count(), func.count(AuditSampleItem.audited_fen))
        .join(AuditSample, AuditSample.id == AuditSampleItem.sample_id)
        .where(AuditSample.engagement_id == engagement_id)
        .group_by(AuditSampleItem.sample_id)
    )
    return {sample: (drawn, checked) for sample, drawn, checked in session.execute(query)}


def auditable(engagement: AuditEngagement) -> tuple[ColumnElement[bool], ...]:
    """Which letters an engagement is about: those of its period that were issued and award money."""
    return (
        Letter.district_id == engagement.district_id,
        Letter.kind == LetterKind.AWARD,
        Letter.status == LetterStatus.ISSUED,
        Letter.amount_fen > 0,
        Letter.issued_on.between(engagement.period_from, engagement.period_to),
    )


def letters_of(session: Session, engagement: AuditEngagement) -> list[Any]:
    """The award letters of an engagement's period by policy: how many, how much, and how many and much were revoked."""
    revoked = Award.revoked_at.is_not(None)
    query = (
        select(
            Case.policy_key,
            func.count(),
            func.sum(Letter.amount_fen),
            func.sum(case((revoked, 1), else_=0)),
            func.sum(case((revoked, Letter.amount_fen), else_=0)),
        )
        .join(Case, Case.id == Letter.case_id)
        .join(Award, Award.id == Letter.award_id)
        .where(*auditable(engagement))
        .group_by(Case.policy_key)
        .order_by(Case.policy_key)
    )
    return [(key, count, *map(int, sums)) for key, count, *sums in session.execute(query)]
