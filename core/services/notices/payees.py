"""What the applicant is told of the account that it is to be paid to: found wrong, not changed, not paid."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.data.models import Case, Disbursement, PayeeChange, PayeeDoubt
from core.services.notices.telling import Telling, tell, tenant_of


def doubted(session: Session, case: Case, doubt: PayeeDoubt) -> None:
    """The account is not that of the papers: they are to ask for another."""
    key = f"payee_doubted:{doubt.id}"
    tell(session, Telling("payee_doubted", tenant_of(case), case.id, key, {"case": case.number}))


def change_refused(session: Session, case: Case, change: PayeeChange) -> None:
    key = f"payee_change_refused:{change.id}"
    tell(session, Telling("payee_change_refused", tenant_of(case), case.id, key, {"case": case.number}))


def not_paid(session: Session, row: Disbursement) -> None:
    """The bank did not pay it."""
    params = {"case": row.case.number, "amount": row.amount_fen}
    tell(session, Telling("payment_failed", tenant_of(row), row.case_id, f"payment_failed:{row.id}", params))
