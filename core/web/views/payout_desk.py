"""What of accounts and payments waits for the reader, for the desk."""

from __future__ import annotations

from flask import g, url_for
from flask_babel import gettext as _

from core.data.models import BatchState, ChangeState, Role
from core.data.queries import payouts as reads
from core.extensions import db
from core.web import payout_words as words

MOST = 12
Waiting = tuple[str, str, str]  # address, what it is about, what is to be done


def waiting() -> list[Waiting]:
    found: list[Waiting] = []
    if g.asker.may(Role.FIRST_REVIEWER):
        found += [_account(it, _("核对变更的收款账户")) for it in reads.changes(db.session, ChangeState.REQUESTED)]
        found += [_account(it, _("核对收款账户")) for it in reads.unchecked(db.session, MOST)]
    if g.asker.may(Role.APPROVER):
        found += [_account(it, _("批准收款账户变更")) for it in reads.changes(db.session, ChangeState.CHECKED)]
    if g.asker.may(Role.PAYER):
        me = g.asker.user_id
        found += [
            (url_for("payouts.show", batch_id=it.id), it.number, str(words.BATCH_STATES[it.state]))
            for it in reads.under_way(db.session)
            if it.state is not BatchState.PREPARED or it.prepared_by_id != me
        ]
        found += [
            (url_for("payments_out.show", disbursement_id=it.id), it.reference, _("确认退汇"))
            for it in reads.returns_reported(db.session)
            if it.return_reported_by_id != me
        ]
    return found


def _account(row: tuple[int, str, str], what: str) -> Waiting:
    case_id, number, tenant = row
    return url_for("payees.show", case_id=case_id), f"{number} {tenant}", what
