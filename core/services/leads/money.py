"""Money: one account for several, a 发票 noted twice, rent that goes back, amounts above their reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import (
    Allocation,
    Award,
    BillLine,
    Case,
    CreditNote,
    CreditReason,
    Decision,
    Disbursement,
    District,
    EvidenceKind,
    EvidenceLine,
    Fee,
    Letter,
    Payment,
    PayoutState,
    Refund,
    TaxInvoice,
    TaxInvoiceState,
)
from core.errors import N_
from core.services.leads import Found, Period, Rule
from core.services.leads.reading import OF_AWARD, PIECE, awards, letters_by, of_district, present, uses
from core.services.leads.shared import Sign, shared

ELECTRONIC = 20  # digits of a 数电票, which has no 发票代码


def shared_account(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Awards of different enterprises that are paid to one account number, whatever it is called. No number is opened:
    they are compared by their blind index."""
    accounts = awards(district, period, Case.payee_account_once, Award.tenant_id).distinct()
    signs = (Sign(row.payee_account_once or "", row.tenant_id) for row in session.execute(accounts))
    return shared(session, district, period, "account", signs)


def invoice_number_twice(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Two 发票 with one number. Paper ones with different codes are two; an electronic one has no code, and leading
    zeros say nothing."""
    number = func.ltrim(TaxInvoice.number, "0")
    issued = (TaxInvoice.state == TaxInvoiceState.ISSUED, of_district(TaxInvoice, district))
    twice = select(number.label("number")).where(*issued).group_by(number).having(func.count() > 1).subquery()
    rows = session.execute(
        select(
            TaxInvoice.id, TaxInvoice.tenant_id, TaxInvoice.operator_id, TaxInvoice.code, TaxInvoice.amount_fen,
            TaxInvoice.issued_on, twice.c.number,
        )
        .join(twice, twice.c.number == number)
        .where(*issued, TaxInvoice.issued_on.between(period.since, period.until))
        .order_by(TaxInvoice.id)
    )  # fmt: skip
    by_number: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_number[row.number].append(row)
    wanted = [found for said, found in by_number.items() if _same_invoice(said, {row.code for row in found}, found)]
    of_tenants = {row.tenant_id for found in wanted for row in found}
    letters = letters_by(session, district, period, Award.tenant_id, of_tenants)
    for found in wanted:
        tenants = present(*(row.tenant_id for row in found))
        operators = present(*(row.operator_id for row in found))
        yield Found(
            key=f"invoice:{found[0].id}",
            facts={
                "invoice_ids": present(*(row.id for row in found)),
                "tenant_ids": tenants,
                "invoiced_fen": sum(row.amount_fen for row in found),
            },
            letters=present(*(letter for tenant in tenants for letter in letters.get(tenant, ()))),
            amount_fen=sum(row.amount_fen for row in found[1:]),
            tenant=tenants[0] if len(tenants) == 1 else None,
            operator=operators[0] if len(operators) == 1 else None,
        )


def _same_invoice(number: str, codes: set[str], found: list[Any]) -> bool:
    known = [row.code for row in found if row.code]
    return len(found) > 1 and ("" in codes or len(set(known)) < len(known) or len(number) >= ELECTRONIC - 2)


def money_came_back(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Rent that a tenant had an award for and then got back: refunds and payments taken back that were noted after the
    approval, less deposits that were given back."""
    refunds: dict[int, list[Any]] = defaultdict(list)
    noted = select(Refund.id, Refund.tenant_id, Refund.recorded_at, Refund.amount_fen).where(
        Refund.undone_at.is_(None), Refund.into_id.is_(None), of_district(Refund, district)
    )
    for row in session.execute(noted):
        refunds[row.tenant_id].append(row)
    deposits: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    given_back = select(CreditNote.tenant_id, CreditNote.recorded_at, CreditNote.total_fen).where(
        CreditNote.kind == CreditReason.DEPOSIT, CreditNote.undone_at.is_(None), of_district(CreditNote, district)
    )
    for tenant, at, fen in session.execute(given_back):
        deposits[tenant].append((at, fen))
    taken_back = _taken_back(session, district)
    concerned = {*refunds, *(tenant for tenant, _month in taken_back)}
    for award, months in _spent_by(session, district, period, concerned).items():
        row = months[0]
        later = [it for it in refunds[row.tenant_id] if it.recorded_at > row.approved_at]
        kept = sum(fen for at, fen in deposits[row.tenant_id] if at > row.approved_at)
        again = [
            it
            for month in sorted({it.month for it in months})
            for it in taken_back.get((row.tenant_id, month), ())
            if it.reversed_at > row.approved_at
        ]
        fen = max(sum(it.amount_fen for it in later) - kept, 0) + sum(it.amount_fen for it in again)
        if fen:
            yield Found(
                key=f"award:{award}",
                facts={
                    "refund_ids": present(*(it.id for it in later)),
                    "payment_ids": present(*(it.payment for it in again)),
                    "returned_fen": fen,
                    "approved_on": row.approved_at.astimezone(SHANGHAI).date().isoformat(),
                },
                letters=present(row.letter_id),
                amount_fen=fen,
                tenant=row.tenant_id,
                operator=row.operator_id,
                case=row.case_id,
            )


def _taken_back(session: Session, district: District) -> dict[tuple[int, str | None], list[Any]]:
    """What payments that were taken back had paid of rent, by tenant and month."""
    found: dict[tuple[int, str | None], list[Any]] = defaultdict(list)
    rows = (
        select(
            BillLine.tenant_id, BillLine.month, Payment.id.label("payment"), Payment.reversed_at, Allocation.amount_fen
        )
        .join(Allocation, Allocation.payment_id == Payment.id)
        .join(BillLine, BillLine.id == Allocation.line_id)
        .where(Payment.reversed_at.is_not(None), BillLine.fee == Fee.RENT, of_district(Payment, district))
    )
    for row in session.execute(rows):
        found[row.tenant_id, row.month].append(row)
    return found


def _spent_by(session: Session, district: District, period: Period, tenants: Collection[int]) -> dict[int, list[Any]]:
    """The rent months of these tenants' awards, by award."""
    found: dict[int, list[Any]] = defaultdict(list)
    wanted = sorted(tenants)
    for start in range(0, len(wanted), PIECE):
        some = uses(district, period, EvidenceKind.RENT_MONTH, *OF_AWARD, Award.approved_at, EvidenceLine.month)
        for row in session.execute(some.where(Award.tenant_id.in_(wanted[start : start + PIECE]))):
            found[row.id].append(row)
    return found


def above_decision(session: Session, district: District, period: Period) -> Iterator[Found]:
    """Awards above what was decided, letters that say another amount, payments above the award."""
    paid = (
        select(Disbursement.award_id, func.sum(Disbursement.amount_fen).label("fen"))
        .where(Disbursement.state.in_((PayoutState.PENDING, PayoutState.PAID)))
        .group_by(Disbursement.award_id)
        .subquery()
    )
    rows = session.execute(
        awards(
            district, period,
            *OF_AWARD, Decision.amount_fen.label("decided"), Award.amount_fen.label("awarded"),
            Letter.amount_fen.label("written"), paid.c.fen.label("paid"),
        )
        .join(Decision, Decision.id == Award.decision_id)
        .outerjoin(paid, paid.c.award_id == Award.id)
        .where(
            or_(
                Award.amount_fen > Decision.amount_fen,
                Letter.amount_fen != Award.amount_fen,
                paid.c.fen > Award.amount_fen,
            )
        )
    )  # fmt: skip
    for row in rows:
        told = {"decided_fen": row.decided, "awarded_fen": row.awarded, "written_fen": row.written or 0}
        told["paid_fen"] = int(row.paid or 0)
        yield Found(
            f"award:{row.id}", told, present(row.letter_id), max(told.values()) - row.decided,
            tenant=row.tenant_id, operator=row.operator_id, case=row.case_id,
        )  # fmt: skip


RULES = (
    Rule(
        "shared_account",
        N_("多家企业收款账户相同"),
        N_("%(tenant_ids)s的补贴付到同一个银行账号。"),
        N_("各企业应收到自己的账户；共用账户，可能由同一人操控或资金被截留。"),
        N_("核对开户许可证和各企业的实际控制人；个体工商户用经营者本人账户的除外。"),
        shared_account,
        "money",
    ),
    Rule(
        "invoice_number_twice",
        N_("同一发票号码登记两次"),
        N_("%(invoice_ids)s登记了同一个发票号码，分属%(tenant_ids)s，共%(invoiced_fen)s元。"),
        N_("一张发票只能证明一笔支出；重复登记会使同一笔房租被证明两次。"),
        N_("在税务机关的发票查验平台核对票面；旧版纸质发票代码不同的是两张发票。"),
        invoice_number_twice,
        "money",
    ),
    Rule(
        "money_came_back",
        N_("核定后房租又退回企业"),
        N_("%(approved_on)s批准之后，退回该企业房租等%(returned_fen)s元（%(refund_ids)s%(payment_ids)s）。"),
        N_("先付后退，实际没有承担房租，补贴失去依据。已扣除退还的押金。"),
        N_("核对退款原因、退给谁；登记错误而更正的收款，看更正后是否重新登记。"),
        money_came_back,
        "money",
    ),
    Rule(
        "above_decision",
        N_("金额高于核定"),
        N_("核定%(decided_fen)s元，核定结果%(awarded_fen)s元，通知书%(written_fen)s元，拨付%(paid_fen)s元。"),
        N_("四个金额应当一致；不一致说明有人绕过核定改了金额。"),
        N_("以决定包为准逐项核对，并用重算核对是否超过政策上限。"),
        above_decision,
        "money",
    ),
)
