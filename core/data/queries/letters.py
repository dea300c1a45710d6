"""Reading letters: the auditors' list, the tenant's, and the one a check code or a file hash points to."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Award, Case, CasePaper, Letter, LetterKind, LetterStatus, Operator, Tenant
from core.data.queries.paging import Listing


def listing() -> Listing:
    """Every letter the asker may see."""
    return Listing(
        statement=select(
            Letter.id,
            Letter.number,
            Letter.kind,
            Letter.status,
            Letter.issued_on,
            Letter.amount_fen,
            Letter.file_sha256,
            Letter.capsule_digest,
            Case.number.label("case_number"),
            Case.policy_key,
            Case.id.label("case_id"),
            Award.revoked_at.is_not(None).label("revoked"),
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
            "status": lambda value: Letter.status == LetterStatus(value),
            "policy": lambda value: Case.policy_key == value,
        },
    )


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
