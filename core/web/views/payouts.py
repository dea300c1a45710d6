"""The lists of what can be paid and of batches, what a batch's page shows, and the account of a case."""

from __future__ import annotations

from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from core.data.asker import Reach
from core.data.models import (
    BatchState,
    Case,
    CaseDocument,
    Disbursement,
    Operator,
    PayeeChange,
    PayeeCheck,
    PayoutBatch,
    PayoutState,
    Role,
)
from core.data.queries import payouts as reads
from core.data.queries.people import names
from core.extensions import db
from core.services import assessments, disbursement, payee_changes, payees
from core.services.recovery import offsets
from core.web import payout_words as words
from core.web.errors import sentence
from core.web.listing import BulkAction, Column, Filter, Input, Option
from core.web.templating import bilingual
from core.web.views.case_page import policy_titles, registry
from core.web.views.lists import Shown, Table, address_of, as_is

READERS = (Role.PAYER, Role.APPROVER, Role.AUDITOR)  # of batches, payments and what they come to


def payable() -> Table:
    titles = policy_titles()
    operators = db.session.execute(select(Operator.id, Operator.name).order_by(Operator.name)).all()

    def row(found: Any) -> Shown:
        return as_is(found) | {"policy": titles.get(found.policy_key, found.policy_key)}

    return Table(
        "payable",
        _("待拨付"),
        reads.payable(g.today),
        (
            Column("number", _("申请编号"), kind="code", sortable=True, primary=True),
            Column("tenant", _("申请单位"), sortable=True),
            Column("operator", _("运营机构"), phone=False),
            Column("policy", _("政策")),
            Column("approved_at", _("批准时间"), kind="moment", sortable=True, default=False),
            Column("amount_fen", _("金额（元）"), kind="money", sortable=True),
            Column("standing", _("拨付条件")),
            Column("failure", _("上次未付成的原因"), default=False),
        ),
        (
            Filter("standing", _("拨付条件"), [Option(key, str(word)) for key, word in words.STANDINGS.items()]),
            Filter("policy", _("政策"), [Option(key, title) for key, title in titles.items()]),
            Filter("operator", _("运营机构"), [Option(str(key), name) for key, name in operators]),
        ),
        sort="number",
        search=_("申请编号、单位名称、统一社会信用代码"),
        row=row,
        written=lambda r: r | {"standing": str(words.STANDINGS[r["standing"]])},
        href=lambda r: url_for("cases.show", case_id=r["id"]),
        export="payouts.export_payable",
        bulk=_bulk() if g.asker.may(Role.PAYER) else (),
    )


def _bulk() -> tuple[BulkAction, ...]:
    note = Input("note", _("批次说明"))
    new = BulkAction("new", _("新建批次"), "payouts.start", icon="plus", inputs=(note,), submit=_("建立批次"))
    drafts = [Option(str(it.id), f"{it.number} {it.note or ''}".strip()) for it in reads.drafts(db.session)]
    if not drafts:
        return (new,)
    into = Input("batch_id", _("批次"), drafts)
    return new, BulkAction("add", _("加入批次"), "payouts.add", icon="folder-plus", inputs=(into,), submit=_("加入"))


def batches() -> Table:
    return Table(
        "payouts",
        _("拨付批次"),
        reads.batches(),
        (
            Column("number", _("批次号"), kind="code", sortable=True, primary=True),
            Column("note", _("说明")),
            Column("row_count", _("笔数"), kind="number", sortable=True),
            Column("total_fen", _("合计（元）"), kind="money", sortable=True),
            Column("paid", _("已付（笔）"), kind="number", phone=False),
            Column("gone", _("未付成、退汇（笔）"), kind="number", phone=False),
            Column("prepared_by", _("准备")),
            Column("released_by", _("发放")),
            Column("created_at", _("建立时间"), kind="moment", sortable=True, default=False),
            Column("sent_at", _("送银行时间"), kind="moment", default=False),
            Column("state", _("状态"), repeats=True),
        ),
        (Filter("state", _("状态"), [Option(it.value, str(word)) for it, word in words.BATCH_STATES.items()]),),
        sort="-number",
        search=_("批次号、说明"),
        written=lambda r: r | {"state": str(words.BATCH_STATES[r["state"]])},
        href=address_of("payouts.show", "batch_id"),
        export="payouts.export",
    )


def batch_page(batch: PayoutBatch) -> dict[str, Any]:
    """Everything a batch's page shows. `act`: what the reader may do with it as it is."""
    rows = reads.rows_of(db.session, batch)
    payments = [row for row, *_named in rows]
    open_ = batch.state in (BatchState.DRAFT, BatchState.PREPARED)
    found = disbursement.problems(db.session, payments) if open_ else {}
    released = batch.state in (BatchState.RELEASED, BatchState.SENT, BatchState.SETTLED)
    draft = batch.state is BatchState.DRAFT and g.asker.may(Role.PAYER)
    people = (batch.created_by_id, batch.prepared_by_id, batch.released_by_id, batch.sent_by_id)
    return {
        "batch": batch,
        "rows": rows,
        "people": names(db.session, {it for it in people if it is not None}),
        "problems": {key: sentence(error) for key, error in found.items()},
        "owing": {row.id: most for row in payments if (most := offsets.most(db.session, row))} if draft else {},
        "controls": disbursement.controls(payments) if released else None,
        "paid": [row for row in payments if row.state is PayoutState.PAID],
        "gone": [row for row in payments if row.state in reads.GONE],
        "payer": g.asker.may(Role.PAYER),
        "mine": batch.prepared_by_id == g.asker.user_id,
        "words": words,
        "State": BatchState,
    }


def payee(case: Case) -> dict[str, Any]:
    """The account of a case: how it stands, who compared it with what, changes, and payments to it."""
    session, asker = db.session, g.asker
    checks = session.scalars(
        select(PayeeCheck).where(PayeeCheck.case_id == case.id).order_by(PayeeCheck.id.desc())
    ).all()
    changes = session.scalars(
        select(PayeeChange).where(PayeeChange.case_id == case.id).order_by(PayeeChange.id.desc())
    ).all()
    open_ = next((it for it in changes if it.state in payee_changes.OPEN), None)
    checked = bool(case.payee_account) and payees.is_checked(case)
    doubt, changeable = payees.doubt_of(session, case), case.state in payee_changes.CHANGEABLE
    may_check = asker.may(Role.FIRST_REVIEWER) and case.state in payees.CHECKABLE and not checked
    who = {it.checked_by_id for it in checks} | {
        by for it in changes for by in (it.requested_by_id, it.checked_by_id, it.decided_by_id) if by is not None
    }
    return {
        "case": case,
        "card": assessments.card_of(registry(), case.policy_key),
        "checked": checked,
        "checks": checks,
        "changes": changes,
        "open": open_,
        "payments": reads.of_case(session, case.id),
        "people": names(session, who) if asker.reach is Reach.DISTRICT else {},
        "staff": asker.reach is Reach.DISTRICT,
        "doubt": doubt,
        "may_check": may_check,
        "may_doubt": may_check and changeable and open_ is None and doubt is None,
        "may_ask": asker.reach is Reach.TENANT and changeable and open_ is None,
        "may_reveal": asker.may(*REVEALERS),
        "changeable": case.state in payee_changes.CHANGEABLE,
        "roles": asker.roles,
        "Role": Role,
        "words": words,
    }


REVEALERS = (Role.FIRST_REVIEWER, Role.APPROVER, Role.PAYER, Role.AUDITOR)


def papers(case: Case) -> list[tuple[int, str]]:
    """The papers of a case to compare an account with: id, and what it is called."""
    titles = {d.key: bilingual(d.title) for d in assessments.card_of(registry(), case.policy_key).documents}
    found = db.session.scalars(select(CaseDocument).where(CaseDocument.case_id == case.id).order_by(CaseDocument.id))
    return [(it.id, f"{titles.get(it.kind, it.kind)} · {it.file.name}") for it in found]


def badge_of(case: Case) -> tuple[str, str]:
    """How the account stands, in a word and a tone, for the page of the case."""
    if payee_changes.open_of(db.session, case) is not None:
        return _("变更办理中"), "warning"
    if not case.payee_account:
        return _("未填写"), "neutral"
    return (_("已核对"), "success") if payees.is_checked(case) else (_("未核对"), "warning")


def row_page(row: Disbursement) -> dict[str, Any]:
    """One payment: whose money, what the bank said, and whether the reader may note that it came back."""
    people = {row.result_by_id, row.return_reported_by_id, row.return_confirmed_by_id} - {None}
    return {
        "row": row,
        "case": row.case,
        "batch": row.batch,
        "people": names(db.session, {it for it in people if it is not None}),
        "payer": g.asker.may(Role.PAYER),
        "mine": row.return_reported_by_id == g.asker.user_id,
        "words": words,
    }
