"""The columns of a bank statement, by the headings that banks use."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from flask_babel import lazy_gettext as _

from core.services.imports import kinds as k
from core.services.imports import values
from core.services.imports.problems import CellError
from core.services.imports.records import Record
from core.services.imports.schema import Column, Sheet
from core.services.imports.values import Cell

_TIME = re.compile(r"[ T]*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")
_NOTHING = {"-", "--", "—", "——", "/"}
_IN = {"贷", "贷方", "贷记", "c", "cr", "credit", "收", "收入", "收款", "来账", "转入", "入账", "进账", "+"}
_OUT = {"借", "借方", "借记", "d", "dr", "debit", "付", "支", "支出", "付款", "往账", "转出", "出账", "-"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BankRecord(Record):
    """``incoming`` is None where the column is missing or says neither. Of an account number the last four stay."""

    received_on: date
    in_fen: int | None
    out_fen: int | None
    amount_fen: int | None
    incoming: bool | None
    payer_name: str | None
    payer_tail: str | None
    summary: str | None
    purpose: str | None
    postscript: str | None
    reference: str | None
    voucher: str | None
    balance_fen: int | None
    currency: str | None


def _day(cell: Cell) -> date:
    """A day, with the time that banks write behind it left out."""
    if isinstance(cell, str):
        cell = _TIME.sub("", values.half_width(cell))
        cell = cell[:8] if re.fullmatch(r"\d{14}", cell, re.ASCII) else cell
    return values.to_date(cell.date() if isinstance(cell, datetime) else cell)


def _signed(cell: Cell) -> int | None:
    """Fen with their sign; a dash is nothing."""
    if isinstance(cell, str):
        text = values.half_width(values.clean_text(cell)).replace(" ", "").removeprefix("+")
        if text in _NOTHING:
            return None
        fen = values.to_fen(text.replace("-", "", 1))
        return -fen if "-" in text else fen
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise CellError(_("这里应填数字。"), _("请只填写数字，例如 1234.50。"))
    fen = values.to_fen(abs(cell))
    return -fen if cell < 0 else fen


def _cut(limit: int) -> Callable[[Cell], str | None]:
    """What a bank wrote, as much of it as there is room for."""

    def read(cell: Cell) -> str | None:
        text = values.to_text(cell)
        return None if text in _NOTHING else text[:limit] or None

    return read


def _tail(cell: Cell) -> str | None:
    """The last four of an account number. A number in place of text may have lost them."""
    if isinstance(cell, int | float) and abs(cell) >= 1e15:
        return None
    return re.sub(r"[\W_]", "", values.half_width(values.to_text(cell)))[-4:] or None


def _incoming(cell: Cell) -> bool | None:
    said = values.half_width(values.to_text(cell)).replace(" ", "").casefold()
    return True if said in _IN else False if said in _OUT else None


_CODE = k.code(60)


def _number(cell: Cell) -> str | None:
    """The bank's number of a line; zeros are none."""
    found = str(_CODE.read(cell))
    return found if re.search(r"[1-9A-Za-z]", found) else None


def _voucher(cell: Cell) -> str | None:
    """Of less weight than the bank's number: one that cannot be read is left out."""
    try:
        return _number(cell)
    except CellError:
        return None


_MONEY = replace(k.MONEY, read=_signed)
_WORDS = replace(k.text(200), read=_cut(200))

BANK = Sheet(
    "bank", "银行流水", BankRecord, natural_key=(), aliases=("交易明细", "账户明细", "对账单", "银行对账单"),
    help=_("从网银下载的账户明细，每行一笔。"),
    columns=(
        Column("received_on", "交易日期", replace(k.DATE, read=_day), True, (
            "记账日期", "入账时间", "入账日期", "交易时间", "记账时间", "交易日", "日期", "发生日期",
            "记账日", "交易日期时间",
        ), example="2026-11-02"),
        Column("in_fen", "收入金额", _MONEY, False, (
            "贷方发生额", "贷方金额", "贷方", "收入", "转入金额", "存入金额", "存入", "贷方发生额收入", "收入贷方",
            "贷方交易金额", "收方金额",
        ), _("只有收入会成为待入账的行。"), example=4500),
        Column("out_fen", "支出金额", _MONEY, False, (
            "借方发生额", "借方金额", "借方", "支出", "转出金额", "支取金额", "支取", "借方发生额支取", "支出借方",
            "借方交易金额", "付方金额",
        ), _("支出不导入，只计数。")),
        Column("amount_fen", "交易金额", _MONEY, False, ("发生额", "金额", "交易额", "发生金额"),
               _("只有一列金额时，配合“借贷标志”；没有标志的，负数是支出。")),
        Column("incoming", "借贷标志", k.Kind(_("贷（收）或借（付）"), _incoming, width=10), False, (
            "借贷", "借贷方向", "收付标志", "收支方向", "收支", "收付", "来往账标志", "收支类型", "借贷标记",
            "交易方向", "交易类型",
        )),
        Column("payer_name", "对方户名", replace(k.text(120), read=_cut(120)), False, (
            "付款人名称", "对方单位名称", "对方单位", "对方名称", "付款方户名", "付款人户名", "付款人", "付款方名称",
            "收付方名称", "收(付)方名称", "交易对手名称", "对方账户名称", "对手户名", "对方账号名称", "交易对方户名",
            "付款方",
        ), example="示例启航信息科技（上海）有限公司"),
        Column("payer_tail", "对方账号", k.Kind(_("只保存末四位"), _tail, width=20), False, (
            "付款人账号", "对方帐号", "付款方账号", "收付方账号", "收(付)方账号", "对方账户", "交易对手账号",
            "对手账号", "对方卡号",
        ), _("只保存末四位。"), example="****8801", sensitive=True),
        Column("summary", "摘要", _WORDS, False, ("业务摘要", "交易摘要"), example="转账"),
        Column("purpose", "用途", _WORDS, False, ("交易用途", "资金用途")),
        Column("postscript", "附言", _WORDS, False, ("交易附言", "客户附言", "留言", "备注", "交易备注", "交易说明"),
               _("写有账单号（ZD开头）的最容易对上。"), example="ZD202611-00001 房租"),
        Column("reference", "流水号", replace(_CODE, read=_number, is_code=False), False, (
            "交易流水号", "银行流水号", "核心流水号", "主机流水号", "业务流水号", "账户明细编号交易流水号", "交易序号",
            "流水编号", "业务参考号", "企业流水号",
        ), _("银行的编号；同一笔再次导入会认出来。"), example="20261102000017"),
        Column("voucher", "凭证号", replace(_CODE, read=_voucher, is_code=False), False,
               ("凭证号码", "回单编号", "回单号", "传票号")),
        Column("balance_fen", "余额", _MONEY, False, ("账户余额", "交易后余额", "本次余额", "当前余额")),
        Column("currency", "币种", replace(k.text(20), read=_cut(20)), False, ("交易货币", "货币", "交易币种")),
    ),
)  # fmt: skip
