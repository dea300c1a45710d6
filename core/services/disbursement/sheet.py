"""The columns of a bank's result file: our own file with what became of each payment, by the headings banks use."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from flask_babel import lazy_gettext as _

from core.services.bank.sheet import BANK
from core.services.imports import kinds as k
from core.services.imports import values
from core.services.imports.problems import CellError
from core.services.imports.records import Record
from core.services.imports.schema import Column, Sheet
from core.services.imports.values import Cell


class Said(StrEnum):
    """What the bank says of a payment."""

    PAID = "paid"
    FAILED = "failed"
    WAITING = "waiting"


# Wherever they stand, but the first to be found counts: 退汇成功 is no success.
_CHINESE: tuple[tuple[Said, str], ...] = (
    (Said.FAILED, r"失败|不成功|没有?成功|退汇|退票|退回|拒绝|拒付|作废|撤销|冲正|错误|无效"),
    (Said.WAITING, r"处理中|在途|待|未|排队|不确定|可疑|部分"),
    (Said.PAID, r"成功|已入账|已付|已支付|已记账|完成"),
)
# The whole phrase: "unsuccessful", "not paid" and "revoked" have "success", "paid" and "ok" in them. What is none of
# these is asked about, not guessed.
_SUBJECT = r"((the )?(pay|payment|transaction|transfer|trade) )?((is|was|has|has been|status|status:) )?"
_SUCCESS = r"success(ful(ly)?)?"
_ENGLISH: tuple[tuple[Said, str], ...] = (
    (Said.FAILED, rf"(un|not ){_SUCCESS}|(fail|reject|return|refuse|decline|cancel|error|invalid)\w*\b.*"),
    (Said.WAITING, r"(pending|processing|in process|queued|unpaid|to be paid|not (yet )?(paid|processed))\b.*"),
    (Said.PAID, rf"({_SUCCESS}|succeeded|paid|completed?|processed|ok)( ({_SUCCESS}|paid|completed|processed))?\W*\d*"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRecord(Record):
    reference: str
    amount_fen: int
    said: Said
    booked_on: date | None
    voucher: str | None
    bank_reference: str | None
    account_tail: str | None
    failure: str | None


def _said(cell: Cell) -> Said:
    text = values.half_width(values.to_text(cell)).casefold()
    for said, words in _CHINESE:
        if re.search(words, text.replace(" ", "")):
            return said
    phrase = re.sub(r"[\s_]+", " ", text).strip()
    for said, words in _ENGLISH:
        if re.fullmatch(_SUBJECT + f"({words})", phrase):
            return said
    raise CellError(_("看不懂处理结果“%(text)s”。", text=text[:30]), _("请写“成功”“失败”或“处理中”，与银行回执一致。"))


_CODE = replace(k.code(60), is_code=False)
_BANK_DAY = BANK.column("received_on").kind
_TAIL = BANK.column("payer_tail").kind

RESULT = Sheet(
    "payout_result", "拨付结果", ResultRecord, natural_key=(),
    aliases=("批量付款结果", "代发结果", "交易结果", "付款明细"),
    help=_("银行返回的结果，每笔一行。"),
    columns=(
        Column("reference", "我方参考号", _CODE, True, (
            "参考号", "客户参考号", "客户业务编号", "业务参考号", "业务编号", "企业流水号", "客户流水号", "附言编号",
        ), _("与送银行的文件相同。"), example="BF202600001-0001"),
        Column("amount_fen", "金额", k.MONEY, True, ("交易金额", "付款金额", "发生额", "实付金额"), example=3000),
        Column("said", "处理结果", k.Kind(_("成功、失败或处理中"), _said, width=12), True, (
            "交易结果", "结果", "状态", "交易状态", "处理状态", "付款状态", "指令状态",
        ), example="成功"),
        Column("booked_on", "记账日期", _BANK_DAY, False, (
            "交易日期", "入账日期", "处理日期", "付款日期", "完成日期", "日期", "交易时间",
        ), _("成功的必须有。"), example="2026-12-01"),
        Column("voucher", "凭证号", _CODE, False, ("凭证号码", "回单编号", "回单号", "电子回单号"),
               _("成功的，凭证号和流水号至少有一个。"), example="HD20261201000017"),
        Column("bank_reference", "银行流水号", _CODE, False, ("流水号", "交易流水号", "核心流水号", "主机流水号")),
        Column("account_tail", "收款账号", _TAIL, False, ("收款人账号", "对方账号", "收方账号", "账号"),
               _("只比对末四位。"), example="****5678", sensitive=True),
        Column("failure", "失败原因", k.text(200), False, (
            "退汇原因", "退票原因", "原因", "错误信息", "备注", "处理信息",
        )),
    ),
)  # fmt: skip
