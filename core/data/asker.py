"""Who is asking, and the one place that turns that into a WHERE.

A session carries its asker in `session.info["asker"]`. Every query over a scoped model gets the asker's criteria,
lazy loads and column queries included; a session without an asker raises instead of leaking. Writes are checked
too: an object of another operator cannot be flushed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, event, false, or_, select
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql.elements import ColumnElement

from core.data.base import (
    DistrictPrivate,
    DistrictScoped,
    OperatorPrivate,
    OperatorScoped,
    TenantOptional,
    TenantPrivate,
    TenantScoped,
)
from core.data.models import (
    Case,
    CaseState,
    District,
    Event,
    EventState,
    Finding,
    FindingAct,
    FindingPaper,
    FindingProposal,
    Lead,
    Membership,
    Mentor,
    MentoringFeedback,
    Operator,
    Pairing,
    Role,
    Side,
    Tenant,
)


class NoAsker(RuntimeError):
    """A query or write on scoped rows in a session that nobody is asking in: a bug, never a user's fault."""


class ForeignRow(RuntimeError):
    """A write would touch a row outside the asker's reach: a bug, never a user's fault."""


class Reach(StrEnum):
    NOBODY = "nobody"
    TENANT = "tenant"
    OPERATOR = "operator"
    DISTRICT = "district"
    PLATFORM = "platform"
    EXPERT = "expert"  # no rows by itself: `core.services.panels` reads what the expert was given
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Asker:
    """A person in one of their memberships, or the system itself (jobs, commands)."""

    reach: Reach
    user_id: int | None = None
    name: str = ""
    roles: frozenset[Role] = field(default_factory=frozenset)
    district_id: int | None = None
    department_id: int | None = None
    operator_id: int | None = None
    tenant_id: int | None = None
    acting_for_id: int | None = None  # the person on leave whose role this is, if delegated

    @classmethod
    def system(cls, name: str) -> Asker:
        """A job or command, by its name: `job:issue_letter`. Sees everything; the trail says so."""
        return cls(Reach.SYSTEM, name=name)

    @classmethod
    def nobody(cls) -> Asker:
        return cls(Reach.NOBODY)

    @classmethod
    def member(cls, membership: Membership, *, acting: int | None = None) -> Asker:
        """The asker of one membership. `acting`: the user who does the work, when the role is delegated."""
        reach = (
            Reach.EXPERT
            if membership.role is Role.EXPERT
            else Reach.TENANT
            if membership.tenant_id
            else Reach.OPERATOR
            if membership.operator_id
            else Reach.DISTRICT
            if membership.district_id
            else Reach.PLATFORM
        )
        return cls(
            reach,
            user_id=acting or membership.user_id,
            roles=frozenset({membership.role}),
            district_id=membership.district_id,
            department_id=membership.department_id,
            operator_id=membership.operator_id,
            tenant_id=membership.tenant_id,
            acting_for_id=membership.user_id if acting else None,
        )

    @property
    def label(self) -> str:
        return self.name or (f"user:{self.user_id}" if self.user_id else self.reach.value)

    def may(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)


SCOPED = (DistrictScoped, OperatorScoped)


def _criteria(asker: Asker) -> list[Any]:
    """The loader criteria of an asker."""
    place = (asker.reach, asker.district_id, asker.operator_id, asker.tenant_id)
    listed = asker.reach is Reach.DISTRICT and not asker.may(Role.AUDITOR)
    served = _served_on(*place, asker.department_id, asker.may(*AUDITING))
    return [*_criteria_of(*place), *served, *([_UNLISTED] if listed else [])]


AUDITING = (Role.AUDITOR, Role.DISTRICT_ADMIN)  # who sees findings of the district's auditors before they are served
# What lists from outside say of persons is for auditors alone, and so are the leads that they gave.
_UNLISTED = with_loader_criteria(Lead, Lead.rule.not_like("outside.%"), include_aliases=True)


@lru_cache(maxsize=512)
def _served_on(
    reach: Reach, district: int | None, operator: int | None, tenant: int | None, department: int | None, audits: bool
) -> list[Any]:
    """Of findings: those that were served on the asker's department, operator or tenant, with what was said in them; of
    a district's desks also those on which they are asked to act. Its auditors and administrators see all of them."""
    if reach not in (Reach.DISTRICT, Reach.OPERATOR, Reach.TENANT) or (reach is Reach.DISTRICT and audits):
        return []
    table, asked = Finding.__table__, FindingProposal.__table__
    served: ColumnElement[bool] = false()  # who belongs to no department is served nothing
    if reach is Reach.OPERATOR:
        served = table.c.to_operator_id == operator
    elif reach is Reach.TENANT:
        served = table.c.to_tenant_id == tenant
    else:
        if department is not None:
            served = table.c.to_department_id == department
        served = or_(served, table.c.id.in_(select(asked.c.finding_id).where(asked.c.district_id == district)))
    theirs = select(table.c.id).where(table.c.shown, served)
    return [
        with_loader_criteria(Finding, Finding.id.in_(theirs), include_aliases=True),
        *(
            with_loader_criteria(part, and_(part.shown, part.finding_id.in_(theirs)), include_aliases=True)
            for part in (FindingAct, FindingPaper)
        ),
    ]


@lru_cache(maxsize=512)  # people of one organisation share them; making them takes as long as a small query
def _criteria_of(reach: Reach, district: int | None, operator: int | None, tenant: int | None) -> list[Any]:
    """Closures only over plain values, which SQLAlchemy tracks as bound parameters."""
    if reach is Reach.SYSTEM:
        return []
    if reach is Reach.DISTRICT:
        operators = select(Operator.__table__.c.id).where(Operator.__table__.c.district_id == district)
        return [
            with_loader_criteria(DistrictScoped, lambda cls: cls.district_id == district, include_aliases=True),
            with_loader_criteria(OperatorScoped, lambda cls: cls.operator_id.in_(operators), include_aliases=True),
            with_loader_criteria(District, District.id == district, include_aliases=True),
            with_loader_criteria(OperatorPrivate, lambda cls: false(), include_aliases=True),
            # What is not handed in yet is the applicant's own.
            with_loader_criteria(Case, Case.state != CaseState.DRAFT, include_aliases=True),
        ]
    if reach is Reach.OPERATOR:
        return [
            with_loader_criteria(OperatorScoped, lambda cls: cls.operator_id == operator, include_aliases=True),
            with_loader_criteria(TenantPrivate, lambda cls: false(), include_aliases=True),
            with_loader_criteria(DistrictScoped, lambda cls: cls.district_id == district, include_aliases=True),
            with_loader_criteria(DistrictPrivate, lambda cls: false(), include_aliases=True),
            with_loader_criteria(District, District.id == district, include_aliases=True),
            with_loader_criteria(Operator, Operator.id == operator, include_aliases=True),
        ]
    if reach is Reach.TENANT:
        pairings = Pairing.__table__
        mentors = select(pairings.c.mentor_id).where(pairings.c.tenant_id == tenant)
        return [
            with_loader_criteria(TenantScoped, lambda cls: cls.tenant_id == tenant, include_aliases=True),
            with_loader_criteria(TenantOptional, lambda cls: cls.tenant_id == tenant, include_aliases=True),
            with_loader_criteria(Event, Event.state != EventState.DRAFT, include_aliases=True),
            with_loader_criteria(OperatorScoped, lambda cls: cls.operator_id == operator, include_aliases=True),
            with_loader_criteria(DistrictScoped, lambda cls: cls.district_id == district, include_aliases=True),
            with_loader_criteria(DistrictPrivate, lambda cls: false(), include_aliases=True),
            with_loader_criteria(District, District.id == district, include_aliases=True),
            with_loader_criteria(Operator, Operator.id == operator, include_aliases=True),
            with_loader_criteria(Tenant, Tenant.id == tenant, include_aliases=True),
            # A tenant knows the mentors it was paired with, and what it said of them itself.
            with_loader_criteria(Mentor, Mentor.id.in_(mentors), include_aliases=True),
            with_loader_criteria(MentoringFeedback, MentoringFeedback.side == Side.TENANT, include_aliases=True),
            with_loader_criteria(OperatorPrivate, lambda cls: false(), include_aliases=True),
        ]
    nothing: ColumnElement[bool] = false()
    return [with_loader_criteria(mark, lambda cls: nothing, include_aliases=True) for mark in SCOPED]


def _is_scoped(state: ORMExecuteState) -> bool:
    return any(issubclass(mapper.class_, SCOPED) for mapper in state.all_mappers)


@event.listens_for(Session, "do_orm_execute")
def _limit_reads(state: ORMExecuteState) -> None:
    asker: Asker | None = state.session.info.get("asker")
    if asker is None:
        if _is_scoped(state):
            raise NoAsker("this session has no asker: set session.info['asker'] before reading scoped rows")
        return
    # Deferred and expired columns reload rows that were already let through.
    if (state.is_select and not state.is_column_load) or state.is_update or state.is_delete:
        criteria = state.session.info.get("criteria")
        if criteria is None or criteria[0] is not asker:
            criteria = state.session.info["criteria"] = (asker, _criteria(asker))
        state.statement = state.statement.options(*criteria[1])


@event.listens_for(Session, "before_flush")
def _limit_writes(session: Session, context: object, instances: object) -> None:
    asker: Asker | None = session.info.get("asker")
    touched = [o for o in (*session.new, *session.dirty, *session.deleted) if isinstance(o, SCOPED)]
    if not touched:
        return
    if asker is None:
        raise NoAsker("this session has no asker: set session.info['asker'] before writing scoped rows")
    for row in touched:
        if not _within(asker, row):
            raise ForeignRow(f"{asker.label} may not write {row!r}")


def _within(asker: Asker, row: Any) -> bool:
    if asker.reach is Reach.SYSTEM:
        return True
    if asker.reach is Reach.EXPERT:
        return False
    if isinstance(row, OperatorPrivate) and asker.reach is not Reach.OPERATOR:
        return False
    if isinstance(row, DistrictPrivate) and asker.reach is not Reach.DISTRICT:
        return False
    if asker.reach is Reach.TENANT and isinstance(row, TenantScoped | TenantOptional):
        return bool(row.tenant_id == asker.tenant_id)
    if asker.reach in (Reach.TENANT, Reach.OPERATOR) and isinstance(row, OperatorScoped):
        return bool(row.operator_id == asker.operator_id)
    if isinstance(row, Finding) and not _serves(asker, row):
        return False
    # District staff reach rows of their district; what they may do to them is the workflow's business.
    if asker.reach is Reach.DISTRICT or isinstance(row, DistrictScoped):
        return bool(getattr(row, "district_id", asker.district_id) == asker.district_id)
    return False


def _serves(asker: Asker, row: Finding) -> bool:
    """Whether a finding is of the asker's own district, or was served on the asker."""
    if asker.reach is Reach.DISTRICT:
        return True
    own = asker.operator_id if asker.reach is Reach.OPERATOR else asker.tenant_id
    return bool(
        row.shown and own and own == (row.to_operator_id if asker.reach is Reach.OPERATOR else row.to_tenant_id)
    )


@contextmanager
def asking(session: Session, asker: Asker) -> Iterator[Session]:
    """Let `asker` ask in this session for a while: `with asking(session, Asker.system("ledger")): …`

    What is pending is flushed on both ends, so that no write is checked against the wrong asker.
    """
    before = session.info.get("asker")
    if before is not None:
        session.flush()
    session.info["asker"] = asker
    try:
        yield session
        session.flush()
    finally:
        if before is None:
            session.info.pop("asker", None)
        else:
            session.info["asker"] = before
