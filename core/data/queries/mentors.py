"""Reading mentors: the list, one with all that belongs to it, and who could be paired with whom."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, Text, and_, case, func, literal, or_, select, type_coerce
from sqlalchemy.orm import Session, joinedload, selectinload

from core.data.models import (
    Mentor,
    MentoringFeedback,
    MentoringNeed,
    MentoringSession,
    MentorKind,
    MentorStatus,
    MentorTie,
    Operator,
    Pairing,
    SessionStatus,
    Side,
    Stage,
    Tenant,
)
from core.data.queries.paging import Listing
from core.data.types import Words


def listing(today: date, *, ended: bool) -> Listing:
    """The asker's mentors, those that ended or the others, with how many more tenants each takes today."""
    # A pause that is over is over, whether or not anybody resumed the mentor.
    status = case(
        (and_(Mentor.status == MentorStatus.PAUSED, Mentor.paused_until < today), literal(MentorStatus.ACTIVE.value)),
        else_=type_coerce(Mentor.status, Text),
    )
    taken = (
        select(func.count())
        .select_from(Pairing)
        .where(Pairing.mentor_id == Mentor.id, Pairing.ends_on.is_(None))
        .correlate(Mentor)
        .scalar_subquery()
    )
    room = case((status == MentorStatus.ACTIVE.value, Mentor.capacity - taken), else_=0)
    rated = (
        select(func.sum(MentoringFeedback.rating) * 100 / func.count())
        .join(MentoringSession, MentoringSession.id == MentoringFeedback.session_id)
        .join(Pairing, Pairing.id == MentoringSession.pairing_id)
        .where(Pairing.mentor_id == Mentor.id, MentoringFeedback.side == Side.TENANT)
        .correlate(Mentor)
        .scalar_subquery()
    )
    operator = select(Operator.name).where(Operator.id == Mentor.operator_id).correlate(Mentor).scalar_subquery()
    return Listing(
        statement=select(
            Mentor.id,
            Mentor.name,
            Mentor.kind,
            Mentor.organisation,
            Mentor.areas,
            Mentor.hours_per_month,
            status.label("status"),
            Mentor.paused_until,
        ).where(Mentor.status == MentorStatus.ENDED if ended else Mentor.status != MentorStatus.ENDED),
        key=Mentor.id,
        sorts={
            "name": Mentor.name,
            "organisation": func.coalesce(Mentor.organisation, ""),
            "room": room,
            "taken": taken,
            "hours_per_month": Mentor.hours_per_month,
            "appointed_on": Mentor.appointed_on,
            "rating": func.coalesce(rated, 0),
        },
        search=(
            Mentor.name,
            Mentor.organisation,
            Mentor.position,
            type_coerce(Mentor.areas, Text),
            Mentor.skills,
        ),
        filters={
            "kind": lambda value: Mentor.kind == MentorKind(value),
            "area": lambda value: Words.has(Mentor.areas, value),
            "status": lambda value: status == value,
            "room": lambda value: room > 0 if value == "yes" else room <= 0,
        },
        extras={
            "operator": operator,
            "room": room,
            "taken": taken,
            "capacity": Mentor.capacity,
            "rating": rated,
            "position": Mentor.position,
            "skills": Mentor.skills,
            "languages": Mentor.languages,
            "stages": Mentor.stages,
            "appointed_by": Mentor.appointed_by,
            "appointed_on": Mentor.appointed_on,
        },
    )


def areas(session: Session) -> list[str]:
    """All areas that the asker's mentors name, in order."""
    return sorted({area for named in session.scalars(select(Mentor.areas).distinct()) for area in named})


def industries(session: Session) -> list[str]:
    """What the asker's tenants say of their industry: the words in which areas compare."""
    said = select(Tenant.industry).where(Tenant.industry.is_not(None), Tenant.merged_into_id.is_(None))
    return list(session.scalars(said.distinct().order_by(Tenant.industry)))


def one(session: Session, mentor_id: int) -> Mentor | None:
    """The mentor with ties and pairings, if the asker may see it."""
    return session.scalars(
        select(Mentor)
        .where(Mentor.id == mentor_id)
        .options(
            selectinload(Mentor.ties).joinedload(MentorTie.tenant),
            selectinload(Mentor.pairings).joinedload(Pairing.tenant),
        )
    ).one_or_none()


def meetings_of(session: Session, mentor_id: int, limit: int = 50) -> list[MentoringSession]:
    """The newest meetings of a mentor, with their tenants and what was said of them."""
    return list(
        session.scalars(
            select(MentoringSession)
            .join(Pairing, Pairing.id == MentoringSession.pairing_id)
            .where(Pairing.mentor_id == mentor_id)
            .options(
                joinedload(MentoringSession.pairing).joinedload(Pairing.tenant), selectinload(MentoringSession.feedback)
            )
            .order_by(MentoringSession.starts_at.desc(), MentoringSession.id.desc())
            .limit(limit)
        )
    )


def pairings_of(session: Session, tenant_id: int) -> list[Pairing]:
    """A tenant's pairings, the newest first, with mentor, meetings and feedback."""
    return list(
        session.scalars(
            select(Pairing)
            .where(Pairing.tenant_id == tenant_id)
            .options(joinedload(Pairing.mentor), selectinload(Pairing.meetings).selectinload(MentoringSession.feedback))
            .order_by(Pairing.ends_on.is_not(None), Pairing.starts_on.desc(), Pairing.id.desc())
        )
    )


def needs_of(session: Session, tenant_id: int) -> list[MentoringNeed]:
    """What a tenant has asked for, the newest first."""
    return list(
        session.scalars(
            select(MentoringNeed)
            .where(MentoringNeed.tenant_id == tenant_id)
            .order_by(MentoringNeed.stated_on.desc(), MentoringNeed.id.desc())
        )
    )


def pairable(session: Session, mentor: Mentor, today: date) -> list[tuple[Tenant, MentoringNeed | None]]:
    """Tenants of the mentor's operator without a mentor and without a tie to this one; those with a need first."""
    paired = select(Pairing.tenant_id).where(Pairing.ends_on.is_(None))
    tied = select(MentorTie.tenant_id).where(MentorTie.mentor_id == mentor.id, _lasts(today))
    rows = session.execute(
        select(Tenant, MentoringNeed)
        .outerjoin(MentoringNeed, (MentoringNeed.tenant_id == Tenant.id) & MentoringNeed.withdrawn_on.is_(None))
        .where(
            Tenant.operator_id == mentor.operator_id,
            Tenant.merged_into_id.is_(None),
            Tenant.stage.not_in((Stage.EXITED, Stage.GRADUATED)),
            Tenant.id.not_in(paired),
            Tenant.id.not_in(tied),
        )
        .order_by(MentoringNeed.id.is_(None), Tenant.name)
    )
    return [(tenant, need) for tenant, need in rows]


def _lasts(today: date) -> ColumnElement[bool]:
    """SQL: ties that last today; the last day of one counts."""
    return or_(MentorTie.to_on.is_(None), MentorTie.to_on >= today)


def tenants(session: Session, operator_id: int) -> list[tuple[int, str]]:
    """Id and name of all of an operator's tenants that are still here."""
    rows = session.execute(
        select(Tenant.id, Tenant.name)
        .where(Tenant.operator_id == operator_id, Tenant.merged_into_id.is_(None), Tenant.stage != Stage.EXITED)
        .order_by(Tenant.name)
    )
    return [(row.id, row.name) for row in rows]


def with_room(session: Session, tenant: Tenant, today: date) -> list[tuple[Mentor, int]]:
    """Mentors of the tenant's operator that have room today and no tie to it, with their places; most places first."""
    running = (
        select(Pairing.mentor_id, func.count().label("taken"))
        .where(Pairing.ends_on.is_(None))
        .group_by(Pairing.mentor_id)
        .subquery()
    )
    left = Mentor.capacity - func.coalesce(running.c.taken, 0)
    tied = select(MentorTie.mentor_id).where(MentorTie.tenant_id == tenant.id, _lasts(today))
    rows = session.execute(
        select(Mentor, left.label("places"))
        .outerjoin(running, running.c.mentor_id == Mentor.id)
        .where(
            Mentor.operator_id == tenant.operator_id,
            or_(Mentor.status == MentorStatus.ACTIVE, Mentor.paused_until < today),
            Mentor.id.not_in(tied),
            left > 0,
        )
        .order_by(left.desc(), Mentor.name)
    )
    return [(mentor, places) for mentor, places in rows]


def unrecorded(session: Session, now: datetime) -> list[MentoringSession]:
    """Meetings whose time has come and whose result nobody wrote down, the oldest first."""
    return list(
        session.scalars(
            select(MentoringSession)
            .where(MentoringSession.status == SessionStatus.BOOKED, MentoringSession.starts_at < now)
            .options(
                joinedload(MentoringSession.pairing).joinedload(Pairing.mentor),
                joinedload(MentoringSession.pairing).joinedload(Pairing.tenant),
            )
            .order_by(MentoringSession.starts_at)
        )
    )
