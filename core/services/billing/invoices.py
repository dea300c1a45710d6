"""发票 for bills: asked for, issued, taken back. They are made in the tax system; here is noted which covers what.

A line's 发票 asked for and issued, less its red letters (`invoiced_fen`), never exceed what the line asks for net of
credit notes, at the time of the act and under the operator's lock. A later credit note can leave too much: then a red
letter is needed, which people make in the tax system first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from core.data.asker import Reach
from core.data.models import (
    Bill,
    BillLine,
    BillStatus,
    Fee,
    TaxInvoice,
    TaxInvoiceItem,
    TaxInvoiceKind,
    TaxInvoiceLine,
    TaxInvoiceState,
)
from core.data.queries import bills
from core.data.queries import tax_invoices as reads
from core.data.queries.locks import lock_operator
from core.errors import Conflict, Invalid
from core.services import audit, files, notices
from core.services.billing.issued import Issued, check_day, check_lease, checked_number, taxpayer
from core.services.billing.payments import awards_of
from core.services.billing.tax import ITEMS


def request(
    session: Session,
    bill: Bill,
    parts: Mapping[int, int],
    *,
    title: str,
    taxpayer_no: str | None,
    kind: TaxInvoiceKind,
    note: str | None = None,
) -> list[TaxInvoice]:
    """Ask for 发票 of lines of a bill, `parts` in fen by id of the line: one for each item, because each has its rate.
    Raises `Invalid` at what cannot be, `Conflict` where the bill is void."""
    parts = {line_id: fen for line_id, fen in parts.items() if fen}
    if not parts:
        raise Invalid("请填写至少一项的开票金额")
    if not title.strip():
        raise Invalid("请填写发票抬头", field="title")
    buyer = taxpayer(taxpayer_no)
    if kind is TaxInvoiceKind.SPECIAL and buyer is None:
        raise Invalid("专用发票要有购买方的纳税人识别号", field="taxpayer_no")
    lock_operator(session, bill.operator_id)
    session.refresh(bill)
    if bill.status is BillStatus.VOID:
        raise Conflict("这张账单已作废，不能开发票")
    lines = bills.fresh_lines(session, bill.id)
    by_item: defaultdict[TaxInvoiceItem, dict[int, int]] = defaultdict(dict)
    for line_id, fen in parts.items():
        line = lines.get(line_id)
        if line is None:
            raise Invalid("账单里没有这一项，请刷新页面后再申请")
        if (item := ITEMS[line.fee]) is None:
            raise Invalid("押金不是收入，不能开发票", field=field_of(line_id))
        if not 0 < fen <= line.amount_fen - line.credited_fen - line.invoiced_fen:
            raise Invalid("开票金额应大于0，且不超过该项减免后尚未开票的金额", field=field_of(line_id))
        by_item[item][line_id] = fen
    scope = {"operator_id": bill.operator_id, "tenant_id": bill.tenant_id}
    made = [
        TaxInvoice(
            bill_id=bill.id,
            item=item,
            kind=kind,
            title=title.strip(),
            taxpayer_no=buyer,
            amount_fen=sum(of_item.values()),
            note=(note or "").strip() or None,
            requested_by_id=audit.asker_of(session).user_id,
            lines=[TaxInvoiceLine(line_id=line_id, amount_fen=fen, **scope) for line_id, fen in of_item.items()],
            **scope,
        )
        for item, of_item in by_item.items()
    ]
    session.add_all(made)
    for line_id, fen in parts.items():
        lines[line_id].invoiced_fen += fen
    session.flush()
    for it in made:
        audit.record(
            session,
            "tax_invoice.request",
            it,
            detail={"bill": bill.number, "item": it.item.value, "amount_fen": it.amount_fen},
        )
        if audit.asker_of(session).reach is Reach.TENANT:
            notices.of_tax_invoice(session, it)
    return made


def field_of(line_id: int) -> str:
    """What the field of a line's amount is called in a form."""
    return f"line_{line_id}"


def reject(session: Session, it: TaxInvoice, reason: str) -> None:
    """It will not be issued as it was asked for; its lines can be asked for again."""
    if not reason.strip():
        raise Invalid("请写明原因", field="reason")
    _lock(session, it)
    if it.state is not TaxInvoiceState.REQUESTED:
        raise Conflict("只有申请中的发票可以驳回或撤回；已开的请红冲")
    lines = bills.fresh_lines(session, it.bill_id)
    for part in it.lines:
        lines[part.line_id].invoiced_fen -= part.amount_fen
    it.state, it.reason = TaxInvoiceState.REJECTED, reason.strip()
    audit.record(session, "tax_invoice.reject", it, detail={"amount_fen": it.amount_fen, "reason": it.reason})
    if audit.asker_of(session).reach is Reach.OPERATOR:
        notices.of_tax_invoice(session, it)
    session.flush()


def withdraw(session: Session, it: TaxInvoice) -> None:
    """Who asked for it does not want it any more."""
    reject(session, it, "申请方撤回")


def issue(
    session: Session, root: Path, it: TaxInvoice, said: Issued, *, today: date, paper: files.Paper | None = None
) -> None:
    """Note what the tax system gave for a request; of one that is noted already, put it right. Raises `Conflict` where
    the number is known or a credit note made the lines less than was asked for."""
    _lock(session, it)
    if it.state is TaxInvoiceState.REJECTED:
        raise Conflict("这份申请已驳回，不能登记；请重新申请")
    amend = it.state is TaxInvoiceState.ISSUED
    code, number = checked_number(session, said, but=it)
    check_day(it, said.issued_on, today)
    if not 0 <= said.rate < 1:
        raise Invalid("税率应在0到100之间，免税填0", field="rate")
    if it.item is TaxInvoiceItem.LEASE:
        check_lease(said)
    if not amend:
        _refuse_credited(bills.fresh_lines(session, it.bill_id), it.lines)
    was = {"code": it.code, "number": it.number, "issued_on": str(it.issued_on)} if amend else {}
    it.state = TaxInvoiceState.ISSUED
    it.code, it.number, it.issued_on, it.rate = code, number, said.issued_on, said.rate
    it.item_name = (said.item_name or "").strip() or None
    it.premises, it.certificate = said.premises, said.certificate
    it.term_first, it.term_last = said.term_first, said.term_last
    if paper is not None:
        it.file = files.accept(session, root, it.tenant, paper)
    audit.record(
        session,
        "tax_invoice.amend" if amend else "tax_invoice.issue",
        it,
        detail={"code": code, "number": number, "amount_fen": it.amount_fen} | ({"was": was} if was else {}),
    )
    if not amend:
        notices.of_tax_invoice(session, it)
    session.flush()


def red_letter(
    session: Session,
    root: Path,
    it: TaxInvoice,
    parts: Mapping[int, int],
    said: Issued,
    *,
    reason: str,
    today: date,
    paper: files.Paper | None = None,
) -> tuple[TaxInvoice, list[str]]:
    """Note a red letter that takes back `parts` of a 发票, in fen by id of the line. Returns it and the numbers of
    awards in force that rest on the rent months of those lines: for people to look into."""
    parts = {line_id: fen for line_id, fen in parts.items() if fen}
    if not parts:
        raise Invalid("请填写至少一项的红冲金额")
    if not reason.strip():
        raise Invalid("请写明红冲原因", field="reason")
    _lock(session, it)
    if it.state is not TaxInvoiceState.ISSUED or it.red_of_id is not None:
        raise Conflict("只有已开的蓝字发票可以红冲")
    left = reads.left(session, it)
    if any(not 0 < fen <= left.get(line_id, 0) for line_id, fen in parts.items()):
        raise Invalid("红冲金额应大于0，且不超过该项尚未红冲的金额")
    code, number = checked_number(session, said)
    if it.issued_on is not None and not it.issued_on <= said.issued_on <= today:
        raise Invalid("红字发票的日期应在蓝字发票开具之日与今天之间", field="issued_on")
    lines = bills.fresh_lines(session, it.bill_id)
    scope = {"operator_id": it.operator_id, "tenant_id": it.tenant_id}
    red = TaxInvoice(
        bill_id=it.bill_id,
        item=it.item,
        kind=it.kind,
        state=TaxInvoiceState.ISSUED,
        title=it.title,
        taxpayer_no=it.taxpayer_no,
        amount_fen=-sum(parts.values()),
        red_of=it,
        reason=reason.strip(),
        requested_by_id=audit.asker_of(session).user_id,
        code=code,
        number=number,
        issued_on=said.issued_on,
        item_name=it.item_name,
        rate=it.rate,
        premises=it.premises,
        term_first=it.term_first,
        term_last=it.term_last,
        certificate=it.certificate,
        file=files.accept(session, root, it.tenant, paper) if paper is not None else None,
        lines=[TaxInvoiceLine(line_id=line_id, amount_fen=-fen, **scope) for line_id, fen in parts.items()],
        **scope,
    )
    it.reversed_fen += sum(parts.values())
    for line_id, fen in parts.items():
        lines[line_id].invoiced_fen -= fen
    session.add(red)
    session.flush()
    rents = [lines[line_id] for line_id in parts if lines[line_id].fee is Fee.RENT]
    awards = awards_of(session, it.tenant_id, [line.month for line in rents if line.month])
    audit.record(
        session,
        "tax_invoice.red",
        red,
        detail={"of": it.number, "number": number, "amount_fen": red.amount_fen, "awards": awards},
    )
    return red, awards


def _lock(session: Session, it: TaxInvoice) -> None:
    lock_operator(session, it.operator_id)
    session.refresh(it)  # what was read before the lock may be old


def _refuse_credited(lines: Mapping[int, BillLine], parts: Iterable[TaxInvoiceLine]) -> None:
    for part in parts:
        line = lines[part.line_id]
        if line.invoiced_fen > line.amount_fen - line.credited_fen:
            raise Conflict("申请之后账单有减免，申请的金额已多于应收；请驳回，按减免后的金额重新申请")
