"""What the tax system says of a 发票, and whether it can be so. Which tax is due is not computed here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.codes import normalise_code
from core.data.models import TaxInvoice
from core.data.queries.across import across
from core.data.queries.locks import lock_name
from core.errors import Conflict, Invalid
from core.services.identifiers import IdentifierError, check_uscc


@dataclass(frozen=True, slots=True)
class Issued:
    """What the tax system gave: `code` is empty for a 数电票. The last four are of 经营租赁."""

    number: str
    issued_on: date
    rate: Decimal
    code: str = ""
    item_name: str | None = None
    premises: str | None = None
    term_first: date | None = None
    term_last: date | None = None
    certificate: str | None = None


def taxpayer(said: str | None) -> str | None:
    """A buyer's number, a 统一社会信用代码; a person has none."""
    if not (said or "").strip():
        return None
    try:
        return check_uscc(said or "")
    except IdentifierError as error:
        raise Invalid(f"{error.message}{error.remedy}", field="taxpayer_no") from error


def checked_number(session: Session, said: Issued, *, but: TaxInvoice | None = None) -> tuple[str, str]:
    """Code and number: 20 figures of a 数电票; on paper a code of 12 or 10 and a number of 8. In the whole instance no
    other 发票 (than `but`) has them."""
    code, number = normalise_code(said.code or ""), normalise_code(said.number or "")
    if not code and not re.fullmatch(r"[0-9]{20}", number):
        raise Invalid("数电票号码应为20位数字；纸质发票请另填发票代码", field="number")
    if code and not re.fullmatch(r"[0-9]{10}([0-9]{2})?", code):
        raise Invalid("发票代码应为12位或10位数字；数电票没有代码，请留空", field="code")
    if code and not re.fullmatch(r"[0-9]{8}", number):
        raise Invalid("有发票代码的，号码应为8位数字", field="number")
    lock_name(session, f"tax_invoice:{code}:{number}")
    with across(session, "tax_invoice") as wide:
        same = select(TaxInvoice.id).where(TaxInvoice.code == code, TaxInvoice.number == number)
        if but is not None:
            same = same.where(TaxInvoice.id != but.id)
        if wide.scalar(same.limit(1)) is not None:
            raise Conflict("这个发票号码已经登记过，同一张发票不能登记两次；请核对号码", field="number")
    return code, number


def check_day(it: TaxInvoice, day: date, today: date) -> None:
    if day > today:
        raise Invalid("开票日期不能晚于今天", field="issued_on")
    reds = [red.issued_on for red in it.reds if red.issued_on is not None]
    if reds and day > min(reds):
        raise Invalid("开票日期不能晚于它的红字发票", field="issued_on")
    if it.red_of is not None and it.red_of.issued_on is not None and day < it.red_of.issued_on:
        raise Invalid("红字发票的日期不能早于蓝字发票", field="issued_on")


def check_lease(said: Issued) -> None:
    if not (said.premises or "").strip():
        raise Invalid("经营租赁发票要写明不动产地址", field="premises")
    if said.term_first is None or said.term_last is None:
        raise Invalid("经营租赁发票要写明租赁期起止", field="term_first" if said.term_first is None else "term_last")
    if said.term_last < said.term_first:
        raise Invalid("租赁期止不能早于租赁期起", field="term_last")
    if not (said.certificate or "").strip():
        raise Invalid("经营租赁发票要写明产权证号；没有的填“无”", field="certificate")
