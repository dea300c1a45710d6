"""回避: whoever has a tie to an applicant neither reads nor handles its case, unless a second person waives it.

Ties follow from what is on record (founder or member, landlord, mentor, earlier employer), so that nobody needs to
remember them; what no record shows is declared. Members of the district's staff are asked about all ties. An operator
handles its own tenants' cases where a policy says so, which is no tie; its people are asked about the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

import core
from core.data.asker import Asker, Reach
from core.data.models import (
    OPERATOR_ROLES,
    TENANT_ROLES,
    Case,
    DeclaredTie,
    Founder,
    InsuredPerson,
    Membership,
    Mentor,
    Pairing,
    Role,
    Tenant,
    TieWaiver,
    User,
    UserIdentity,
)
from core.data.queries.across import across
from core.errors import N_, Forbidden

COOLING_OFF = timedelta(
    days=3 * 365
)  # work for the landlord, or mentoring, that ended longer ago is no tie: our choice


class TieCause(StrEnum):
    FOUNDER = "founder"
    MEMBER = "member"
    LANDLORD = "landlord"
    MENTOR = "mentor"
    EMPLOYER = "employer"
    DECLARED = "declared"


CAUSES: dict[TieCause, str] = {
    TieCause.FOUNDER: N_("申请单位的创始人"),
    TieCause.MEMBER: N_("申请单位的成员"),
    TieCause.LANDLORD: N_("在其运营机构任职，或三年内曾任职"),
    TieCause.MENTOR: N_("其创业导师，或三年内曾任其导师"),
    TieCause.EMPLOYER: N_("曾由申请单位缴纳社会保险"),
    TieCause.DECLARED: N_("本人申报的关系"),
}


WAIVABLE = N_("您与申请单位有须回避的关系，不能查看或办理本件；确需办理的，请申请豁免，由另一人决定")
# The district waives for its own people alone; an operator has others who can act.
BY_OTHERS = N_("您与其中的申请单位有须回避的关系，不能办理；请由本运营机构的其他负责人办理")
# What is about several, and of one of them no case, which could be waived.
NO_CASE = N_("您与其中一家企业有须回避的关系，不能查看或办理；请由其他人办理")
# An auditor's is not waived: whoever audits asks for nothing of the desks.
BY_AUDITORS = N_("您与申请单位有须回避的关系，不能查看本件；请由与该单位没有关系的另一位审计人员查看")


class Tied(Forbidden):
    """The asker has a tie to the applicant that nobody has waived."""

    def __init__(self, causes: Collection[TieCause], sentence: str = WAIVABLE) -> None:
        super().__init__(sentence)
        self.causes = sorted(causes)


def refuse(session: Session, case: Case, asker: Asker) -> None:
    """Raise `Tied` if the asker may not act on the case or read it."""
    if found := keeping(session, case, asker):
        if asker.may(Role.AUDITOR):
            raise Tied(found, BY_AUDITORS)
        raise Tied(found, BY_OTHERS if asker.reach is Reach.OPERATOR else WAIVABLE)


def refuse_tenant(session: Session, tenant_id: int, asker: Asker) -> None:
    """As `refuse`, of a tenant without a case: nothing is waived."""
    if asker.reach is Reach.DISTRICT and asker.user_id is not None:
        found = causes(session, asker.user_id, tenant_id)
        if found:
            raise Tied(found, NO_CASE)


def keeping(session: Session, case: Case, asker: Asker) -> set[TieCause]:
    """The ties that keep the asker from the case."""
    if asker.reach not in (Reach.DISTRICT, Reach.OPERATOR) or asker.user_id is None:
        return set()
    found = standing(session, asker.user_id, case)
    return found - {TieCause.LANDLORD} if asker.reach is Reach.OPERATOR else found


def standing(session: Session, user_id: int, case: Case) -> set[TieCause]:
    """The ties of a user to the applicant of a case, unless a second person has waived all there are."""
    return among(session, {user_id}, tenant_id=case.tenant_id, case_id=case.id).get(user_id, set())


def among(
    session: Session, user_ids: Collection[int], *, tenant_id: int, case_id: int | None = None
) -> dict[int, set[TieCause]]:
    """Of these users, those who have a tie to a tenant that stands, and which: not where a second person has waived, in
    that case, all there are. As many questions for many as for one."""
    found = _causes(session, user_ids, tenant_id)
    if not found or case_id is None:
        return found
    with across(session, "ties") as wide:
        granted = wide.execute(
            select(TieWaiver.user_id, TieWaiver.causes).where(
                TieWaiver.case_id == case_id, TieWaiver.user_id.in_([*found]), TieWaiver.granted.is_(True)
            )
        )
        waived = defaultdict[int, set[TieCause]](set)
        for user_id, codes in granted:
            waived[user_id] |= {TieCause(code) for code in codes}
    return {user_id: causes for user_id, causes in found.items() if not causes <= waived[user_id]}


def any_of(session: Session, user_id: int, tenant_ids: Collection[int]) -> bool:
    """Whether the user has a tie to one of these tenants at all, waived or not: as many questions for many as for
    one."""
    with across(session, "ties") as wide:
        users = wide.execute(select(User.id, User.email).where(User.id == user_id))
        emails = {user.id: user.email for user in users}
        of_tenants = select(Tenant.id, Tenant.enterprise_id, Tenant.operator_id).where(Tenant.id.in_(tenant_ids))
        tenants = wide.execute(of_tenants).all()
        companies = {tenant.enterprise_id for tenant in tenants if tenant.enterprise_id}
        files = select(Tenant.id).where(or_(Tenant.id.in_(tenant_ids), Tenant.enterprise_id.in_(companies)))
        ids, landlords = list(wide.scalars(files)), {tenant.operator_id for tenant in tenants}
        return next(_found(wide, emails, landlords, ids, core.today().date() - COOLING_OFF), None) is not None


def causes(session: Session, user_id: int, tenant_id: int) -> set[TieCause]:
    """All ties of a user to a tenant, and to its company wherever else it sits."""
    return _causes(session, {user_id}, tenant_id).get(user_id, set())


def _causes(session: Session, user_ids: Collection[int], tenant_id: int) -> dict[int, set[TieCause]]:
    """By user, of those who have any."""
    with across(session, "ties") as wide:
        users = wide.execute(select(User.id, User.email).where(User.id.in_(user_ids)))
        emails = {user.id: user.email for user in users}
        of_tenant = select(Tenant.id, Tenant.enterprise_id, Tenant.operator_id).where(Tenant.id == tenant_id)
        tenant = wide.execute(of_tenant).one()
        company = select(Tenant.id).where(
            or_(Tenant.id == tenant.id, Tenant.enterprise_id == tenant.enterprise_id)
            if tenant.enterprise_id
            else Tenant.id == tenant.id
        )
        ids = list(wide.scalars(company))
        found = defaultdict[int, set[TieCause]](set)
        for user_id, cause in _found(wide, emails, {tenant.operator_id}, ids, core.today().date() - COOLING_OFF):
            found[user_id].add(cause)
    return dict(found)


def _found(
    wide: Session, emails: Mapping[int, str], landlords: Collection[int], ids: list[int], since: date
) -> Iterator[tuple[int, TieCause]]:
    """Of the users with these addresses. The company's files are `ids`, its operators `landlords`; what ended before
    `since` is over."""
    where = (Membership.tenant_id, Membership.operator_id)
    posts = select(Membership.user_id, Membership.role, *where, Membership.ended_at, Membership.ends_on)
    for held in wide.execute(posts.where(Membership.user_id.in_([*emails]))):
        if held.tenant_id in ids and held.role in TENANT_ROLES:
            yield held.user_id, TieCause.MEMBER
        of_landlord = held.operator_id in landlords and held.role in OPERATOR_ROLES
        if of_landlord and not _over(held.ended_at, held.ends_on, since):
            yield held.user_id, TieCause.LANDLORD
    yield from _known_by_number(wide, emails, ids)
    paired = select(Mentor).join(Pairing, Pairing.mentor_id == Mentor.id).where(Pairing.tenant_id.in_(ids))
    running = or_(Pairing.ends_on.is_(None), Pairing.ends_on >= since)
    # Mentors have no account of their own: their address is what both have in common.
    mentors = {(mentor.email or "").casefold() for mentor in wide.scalars(paired.where(running))}
    yield from ((user_id, TieCause.MENTOR) for user_id, email in emails.items() if email.casefold() in mentors)
    declared = select(DeclaredTie.user_id).where(
        DeclaredTie.user_id.in_([*emails]), DeclaredTie.tenant_id.in_(ids), DeclaredTie.withdrawn_at.is_(None)
    )
    yield from ((user_id, TieCause.DECLARED) for user_id in wide.scalars(declared))


def _known_by_number(wide: Session, user_ids: Collection[int], ids: list[int]) -> Iterator[tuple[int, TieCause]]:
    """Those whose identity number is a founder's, or that of somebody the company insured."""
    given = select(UserIdentity.user_id).where(UserIdentity.user_id.in_([*user_ids]))
    for model, cause in ((Founder, TieCause.FOUNDER), (InsuredPerson, TieCause.EMPLOYER)):
        there = exists().where(model.tenant_id.in_(ids), model.id_number_once == UserIdentity.id_number_once)
        yield from ((user_id, cause) for user_id in wide.scalars(given.where(there)))


def _over(ended_at: datetime | None, ends_on: date | None, since: date) -> bool:
    ended = ended_at.astimezone(core.SHANGHAI).date() if ended_at else None
    return any(day is not None and day < since for day in (ended, ends_on))
