"""Reading payments: what can be paid, batches, what became of each payment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, exists, func, literal, or_, select, text
from sqlalchemy.orm import Session, aliased

from core.data.models import (
    Award,
    BatchState,
    Case,
    CaseState,
    ChangeState,
    Disbursement,
    Operator,
    PayeeChange,
    PayeeCheck,
    PayoutBatch,
    PayoutState,
    Tenant,
    User,
)
from core.data.models.payouts import CHANGEABLE, OPEN_CHANGE
from core.data.queries import publications
from core.data.queries.across import across
from core.data.queries.paging import Listing

LIVE = (PayoutState.PENDING, PayoutState.PAID)
ON_ITS_WAY = (BatchState.RELEASED, BatchState.SENT, BatchState.SETTLED)
GONE = (PayoutState.FAILED, PayoutState.RETURNED)


def live_of(session: Session, award: Award) -> Disbursement | None:
    """The payment of an award that is under way or made."""
    return session.scalars(
        select(Disbursement).where(Disbursement.award_id == award.id, Disbursement.state.in_(LIVE))
    ).one_or_none()


def on_its_way(session: Session, case_id: int) -> bool:
    """Whether a payment of a case is with the bank, or released to go there. Batches are the district's own, so the
    question is asked across."""
    found = (
        select(Disbursement.id)
        .join(PayoutBatch, PayoutBatch.id == Disbursement.batch_id)
        .where(
            Disbursement.case_id == case_id,
            Disbursement.state == PayoutState.PENDING,
            PayoutBatch.state.in_(ON_ITS_WAY),
        )
    )
    with across(session, "payouts") as district:
        return district.scalars(found.limit(1)).first() is not None


def of_case(session: Session, case_id: int) -> Sequence[Disbursement]:
    """The payments of a case, newest first."""
    return session.scalars(
        select(Disbursement).where(Disbursement.case_id == case_id).order_by(Disbursement.id.desc())
    ).all()


def one(session: Session, disbursement_id: int) -> Disbursement | None:
    return session.scalars(select(Disbursement).where(Disbursement.id == disbursement_id)).one_or_none()


def by_reference(session: Session, references: Collection[str]) -> dict[str, Disbursement]:
    """Payments by our reference, whichever batch they are in."""
    found = session.scalars(select(Disbursement).where(Disbursement.reference.in_(references)))
    return {row.reference: row for row in found}


def drafts(session: Session) -> Sequence[PayoutBatch]:
    """Batches that more can be put into, the newest first."""
    return session.scalars(
        select(PayoutBatch).where(PayoutBatch.state == BatchState.DRAFT).order_by(PayoutBatch.id.desc())
    ).all()


def rows_of(session: Session, batch: PayoutBatch) -> Sequence[Row[Any]]:
    """The payments of a batch with whose they are, as they stand in its file."""
    return session.execute(
        select(Disbursement, Case.number, Tenant.name, Operator.name)
        .join(Case, Case.id == Disbursement.case_id)
        .join(Tenant, Tenant.id == Disbursement.tenant_id)
        .join(Operator, Operator.id == Disbursement.operator_id)
        .where(Disbursement.batch_id == batch.id)
        .order_by(Disbursement.serial)
    ).all()


def payable(today: date) -> Listing:
    """Awards whose letter is out and which are in no batch. `standing` says whether they can be put into one: what was
    decided may have to be announced first, and objections to it looked into; an account that is not compared with a
    paper yet, or not since a payment to it failed, waits; so does one that is being changed."""
    live = exists().where(Disbursement.award_id == Award.id, Disbursement.state.in_(LIVE))
    noticed = publications.phase(today, ())
    standing = case(
        (noticed == "to_announce", literal("to_announce")),
        (publications.objected_to(), literal("objected")),
        (noticed == "announced", literal("announced")),
        else_=_standing(),
    )
    failure = (
        select(Disbursement.failure)
        .where(Disbursement.case_id == Case.id, Disbursement.state.in_(GONE))
        .order_by(Disbursement.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return Listing(
        statement=select(
            Case.id,
            Case.number,
            Case.policy_key,
            Tenant.name.label("tenant"),
            Operator.name.label("operator"),
            Award.amount_fen,
            Award.approved_at,
            standing.label("standing"),
            failure.label("failure"),
        )
        .join(Award, Award.case_id == Case.id)
        .join(Tenant, Tenant.id == Case.tenant_id)
        .join(Operator, Operator.id == Case.operator_id)
        .where(Case.state == CaseState.ISSUED, Award.amount_fen > 0, Award.revoked_at.is_(None), ~live),
        key=Case.id,
        sorts={
            "number": Case.number,
            "tenant": Tenant.name,
            "amount_fen": Award.amount_fen,
            "approved_at": Award.approved_at,
        },
        search=(Case.number, Tenant.name, Tenant.uscc),
        filters={
            "policy": lambda value: Case.policy_key == value,
            "operator": lambda value: Operator.id == (int(value) if value.isdecimal() else 0),
            "standing": lambda value: standing == value,
        },
    )


def _standing() -> ColumnElement[str]:
    changing = exists().where(PayeeChange.case_id == Case.id, text(f"payee_changes.{OPEN_CHANGE}"))
    return case((changing, literal("changing")), (checked(), literal("ready")), else_=literal("unchecked"))


def checked() -> ColumnElement[bool]:
    """Whether the account of a case, as it stands, was compared with a paper. A payment to it that failed or came back
    makes it doubtful again."""
    compared = select(func.max(PayeeCheck.checked_at)).where(
        PayeeCheck.case_id == Case.id, PayeeCheck.fingerprint == Case.payee_fingerprint
    )
    gone = select(func.max(Disbursement.result_at)).where(
        Disbursement.case_id == Case.id,
        Disbursement.fingerprint == Case.payee_fingerprint,
        Disbursement.state.in_(GONE),
    )
    at, doubted = compared.scalar_subquery(), gone.scalar_subquery()
    return and_(at.is_not(None), or_(doubted.is_(None), at > doubted))


def batches() -> Listing:
    """The batches of the district, with how many of their payments were made or failed."""
    preparer, releaser = aliased(User), aliased(User)

    def count(*states: PayoutState) -> ColumnElement[int]:
        rows = select(func.count()).where(Disbursement.batch_id == PayoutBatch.id, Disbursement.state.in_(states))
        return rows.scalar_subquery()

    return Listing(
        statement=select(
            PayoutBatch.id,
            PayoutBatch.number,
            PayoutBatch.state,
            PayoutBatch.note,
            PayoutBatch.row_count,
            PayoutBatch.total_fen,
            PayoutBatch.created_at,
            preparer.name.label("prepared_by"),
            releaser.name.label("released_by"),
            PayoutBatch.sent_at,
            count(PayoutState.PAID).label("paid"),
            count(*GONE).label("gone"),
        )
        .outerjoin(preparer, preparer.id == PayoutBatch.prepared_by_id)
        .outerjoin(releaser, releaser.id == PayoutBatch.released_by_id),
        key=PayoutBatch.id,
        sorts={
            "number": PayoutBatch.number,
            "row_count": PayoutBatch.row_count,
            "total_fen": PayoutBatch.total_fen,
            "created_at": PayoutBatch.created_at,
        },
        search=(PayoutBatch.number, PayoutBatch.note),
        filters={"state": lambda value: PayoutBatch.state == BatchState(value)},
    )


def unchecked(session: Session, limit: int) -> Sequence[Row[Any]]:
    """Cases that cannot be approved or paid before their account is compared with a paper: id, number, tenant."""
    under_way = Case.state.in_((CaseState.FIRST_REVIEW, CaseState.SECOND_REVIEW, CaseState.PUBLISHED))
    granted = exists().where(Award.case_id == Case.id, Award.amount_fen > 0)  # a place is not paid
    to_pay = and_(Case.state.in_((CaseState.APPROVED, CaseState.ISSUED)), granted)
    waits = or_(and_(under_way, ~checked()), and_(to_pay, _standing() == "unchecked"))
    return session.execute(
        select(Case.id, Case.number, Tenant.name)
        .join(Tenant, Tenant.id == Case.tenant_id)
        .where(Case.payee_account_sealed.is_not(None), waits)
        .order_by(Case.id)
        .limit(limit)
    ).all()


def changes(session: Session, state: ChangeState) -> Sequence[Row[Any]]:
    """Changes of accounts that wait for somebody: the case's id, number and tenant."""
    return session.execute(
        select(Case.id, Case.number, Tenant.name)
        .join(PayeeChange, PayeeChange.case_id == Case.id)
        .join(Tenant, Tenant.id == Case.tenant_id)
        .where(PayeeChange.state == state, Case.state.in_(CHANGEABLE))
        .order_by(PayeeChange.id)
    ).all()


def returns_reported(session: Session) -> Sequence[Disbursement]:
    """Payments of which one payer has said that they came back."""
    return session.scalars(
        select(Disbursement)
        .where(Disbursement.state == PayoutState.PAID, Disbursement.return_reported_by_id.is_not(None))
        .order_by(Disbursement.id)
    ).all()


def under_way(session: Session) -> Sequence[PayoutBatch]:
    """Batches that wait for the second payer, for the bank's file or for its answer."""
    states = (BatchState.PREPARED, BatchState.RELEASED, BatchState.SENT)
    return session.scalars(select(PayoutBatch).where(PayoutBatch.state.in_(states)).order_by(PayoutBatch.id)).all()
