"""Reading 回避: one's own declarations, and the district's waivers."""

from __future__ import annotations

from sqlalchemy import case, literal, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from core.data.models import Case, DeclaredTie, Tenant, TieWaiver, User, UserIdentity
from core.data.queries.paging import Listing

_DECIDER = aliased(User)


def waivers() -> Listing:
    """The district's waivers, with whom they are for and who decided."""
    state = case(
        (TieWaiver.granted.is_(True), literal("granted")),
        (TieWaiver.granted.is_(False), literal("refused")),
        else_=literal("open"),
    )
    return Listing(
        statement=select(
            TieWaiver.id,
            TieWaiver.case_id,
            TieWaiver.asked_at,
            User.name.label("who"),
            TieWaiver.user_id,
            Case.number,
            Tenant.name.label("tenant"),
            TieWaiver.causes,
            TieWaiver.reason,
            state.label("state"),
            _DECIDER.name.label("decided_by"),
            TieWaiver.decided_at,
            TieWaiver.opinion,
        )
        .join(User, User.id == TieWaiver.user_id)
        .join(Case, Case.id == TieWaiver.case_id)
        .join(Tenant, Tenant.id == Case.tenant_id)
        .outerjoin(_DECIDER, _DECIDER.id == TieWaiver.decided_by_id),
        key=TieWaiver.id,
        sorts={"asked_at": TieWaiver.asked_at, "who": User.name, "number": Case.number, "tenant": Tenant.name},
        search=(User.name, Case.number, Tenant.name, TieWaiver.reason),
        filters={"state": lambda value: state == value},
    )


def newest_waiver(session: Session, case_id: int, user_id: int) -> TieWaiver | None:
    """What the user has asked for in this case and nobody has decided yet; else the newest that was refused."""
    query = (
        select(TieWaiver)
        .where(TieWaiver.case_id == case_id, TieWaiver.user_id == user_id)
        .order_by(TieWaiver.decided_at.is_(None).desc(), TieWaiver.id.desc())
    )
    return session.scalars(query.limit(1)).first()


def declared_by(session: Session, user_id: int) -> list[DeclaredTie]:
    """A user's declarations, those that stand first."""
    query = (
        select(DeclaredTie)
        .where(DeclaredTie.user_id == user_id)
        .options(joinedload(DeclaredTie.tenant))
        .order_by(DeclaredTie.withdrawn_at.is_not(None), DeclaredTie.id.desc())
    )
    return list(session.scalars(query))


def identity_of(session: Session, user_id: int) -> UserIdentity | None:
    return session.scalars(select(UserIdentity).where(UserIdentity.user_id == user_id)).one_or_none()


def tenant_named(session: Session, text: str) -> Tenant | None:
    """The one tenant of the asker's district with this name or code, the newest file of a company that has several."""
    query = (
        select(Tenant)
        .where(or_(Tenant.name == text, Tenant.uscc == text.upper()), Tenant.merged_into_id.is_(None))
        .order_by(Tenant.id.desc())
    )
    return session.scalars(query.limit(1)).first()
