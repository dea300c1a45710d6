"""Declaring a tie, giving one's identity number so that ties are found, asking for a waiver and deciding on it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.data.asker import Asker, Reach
from core.data.crypto import Keyring
from core.data.models import Case, DeclaredTie, IdType, Relation, Role, Tenant, TieWaiver, UserIdentity
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.services import audit, ties
from core.services.identifiers import IdentifierError, check_person_id
from core.services.typed import within

DECIDERS = frozenset({Role.APPROVER, Role.DISTRICT_ADMIN})


def declare(session: Session, tenant: Tenant, relation: Relation, note: str) -> DeclaredTie:
    """Say that one is tied to an applicant. Raises `Conflict` for what is declared already."""
    asker = _staff(session)
    if len(note.strip()) < 2:
        raise Invalid("请写明是什么关系，例如“配偶为该公司股东”", field="note")
    tie = DeclaredTie(
        district_id=asker.district_id,
        user_id=asker.user_id,
        tenant_id=tenant.id,
        relation=relation,
        note=within(note, 200, field="note"),
    )
    try:
        with session.begin_nested():
            session.add(tie)
    except IntegrityError as error:
        raise Conflict("这项关系您已经申报过了", field="tenant") from error
    audit.record(session, "tie.declare", tie, detail={"tenant": tenant.id, "relation": relation.value})
    return tie


def withdraw(session: Session, tie_id: int, because: str) -> DeclaredTie:
    """One's own declaration no longer holds; what was declared stays on record."""
    tie = session.scalars(select(DeclaredTie).where(DeclaredTie.id == tie_id).with_for_update()).one_or_none()
    if tie is None or tie.user_id != _staff(session).user_id:
        raise NotFound("没有这项申报，或不是您本人申报的")
    if tie.withdrawn_at is not None:
        raise Conflict("这项申报已经撤销了")
    if len(because.strip()) < 2:
        raise Invalid("请写明为什么不再有这项关系", field="because")
    tie.withdrawn_at, tie.withdrawn_because = utcnow(), within(because, 200, field="because")
    audit.record(session, "tie.withdraw", tie, detail={"tenant": tie.tenant_id})
    session.flush()
    return tie


def identify(session: Session, id_type: IdType, number: str) -> UserIdentity:
    """Keep one's own identity number (sealed), or another in its place."""
    asker = _staff(session)
    try:
        number = check_person_id(id_type, number)
    except IdentifierError as error:
        raise Invalid(f"{error.message}{error.remedy}", field="id_number") from error
    kept = session.scalars(select(UserIdentity).where(UserIdentity.user_id == asker.user_id)).one_or_none()
    if kept is None:
        kept = UserIdentity(user_id=asker.user_id)
        session.add(kept)
    kept.id_type, kept.given_at = id_type, utcnow()
    kept.id_number = number
    kept.id_number_once = Keyring.current().once_index("id_number", number)
    session.flush()
    audit.record(session, "identity.give", kept)
    return kept


def ask(session: Session, case: Case, reason: str) -> TieWaiver:
    """Ask that one's ties do not stand in the way in this case."""
    asker = _staff(session)
    if asker.user_id is None:
        raise Forbidden("只有区级人员可以申请豁免回避")
    found = ties.causes(session, asker.user_id, case.tenant_id)
    if not found:
        raise Conflict("您与申请单位没有须回避的关系，无需豁免")
    if len(reason.strip()) < 5:
        raise Invalid("请写明为什么须由您办理，例如“本岗位仅一人，已报备”", field="reason")
    waiver = TieWaiver(
        district_id=case.district_id,
        case_id=case.id,
        user_id=asker.user_id,
        causes=sorted(cause.value for cause in found),
        reason=within(reason, 400, field="reason"),
    )
    try:
        with session.begin_nested():
            session.add(waiver)
    except IntegrityError as error:
        raise Conflict("您已申请豁免，正等待另一人决定") from error
    audit.record(session, "tie.ask", waiver, detail={"case": case.id, "causes": waiver.causes})
    return waiver


def decide(session: Session, waiver_id: int, *, granted: bool, opinion: str) -> TieWaiver:
    """Grant or refuse a waiver: by another person, who has no tie to the applicant either."""
    waiver = session.scalars(select(TieWaiver).where(TieWaiver.id == waiver_id).with_for_update()).one_or_none()
    if waiver is None:
        raise NotFound("没有这项豁免申请，或您无权查看")
    asker = _staff(session)
    if not asker.roles & DECIDERS:
        raise Forbidden("豁免回避由审批人或区级管理人员决定")
    if waiver.user_id in {asker.user_id, asker.acting_for_id}:
        raise Forbidden("本人和代行其职责的人不能决定这项豁免，请另一位审批人或区级管理人员决定")
    if waiver.decided_at is not None:
        raise Conflict("这项申请已有决定，请刷新页面查看")
    ties.refuse(session, waiver.case, asker)
    if len(opinion.strip()) < 2:
        raise Invalid("请写明理由，审计人员会看到它", field="opinion")
    waiver.granted, waiver.decided_by_id, waiver.decided_at = granted, asker.user_id, utcnow()
    waiver.opinion = within(opinion, 400, field="opinion")
    session.flush()
    audit.record(session, "tie.waive" if granted else "tie.keep", waiver, detail={"case": waiver.case_id})
    return waiver


def _staff(session: Session) -> Asker:
    asker = audit.asker_of(session)
    if asker.reach is not Reach.DISTRICT:
        raise Forbidden("只有区级人员可以办理回避事项")
    return asker
