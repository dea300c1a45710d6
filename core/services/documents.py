"""材料 in a tenant's file, with the day each runs out."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from core.data.models import Tenant, TenantDocument, TenantDocumentKind
from core.errors import Invalid
from core.services import audit, files

SOON = timedelta(days=60)
"""How long before it runs out a paper is worth a warning: a permit takes about two months to renew."""


def add(
    session: Session,
    root: Path,
    tenant: Tenant,
    paper: files.Paper,
    *,
    kind: TenantDocumentKind,
    title: str,
    issued_on: date | None,
    expires_on: date | None,
    today: date,
) -> TenantDocument:
    """Keep and list a checked paper. Raises `Invalid` for dates that cannot be."""
    if not title.strip():
        raise Invalid("请填写材料名称", field="title")
    if issued_on is not None and issued_on > today:
        raise Invalid("出具日期不能晚于今天", field="issued_on")
    if issued_on is not None and expires_on is not None and expires_on < issued_on:
        raise Invalid("有效期不能早于出具日期", field="expires_on")
    row = TenantDocument(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        kind=kind,
        title=title.strip(),
        file=files.accept(session, root, tenant, paper),
        issued_on=issued_on,
        expires_on=expires_on,
    )
    session.add(row)
    audit.record(session, "tenant_document.add", row, detail={"tenant": tenant.id, "kind": kind.value})
    session.flush()
    return row


def remove(session: Session, row: TenantDocument) -> None:
    """Out of the file's list. The bytes stay in the store, where others may name the same ones."""
    audit.record(session, "tenant_document.remove", row, detail={"tenant": row.tenant_id, "kind": row.kind.value})
    session.delete(row)
    session.flush()


def standing(row: TenantDocument, today: date) -> str:
    """`expired`, `soon` or `good`; a paper without a last day is good."""
    if row.expires_on is None or row.expires_on > today + SOON:
        return "good"
    return "expired" if row.expires_on < today else "soon"
