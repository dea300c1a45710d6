"""What must hold before a letter gets a number. A number is never given back, so everything is asked first.

`lint` returns every problem, not the first: whoever mends the case should not have to come three times.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any

from core.letters.assets import printable
from core.letters.context import LetterContext
from core.letters.errors import LetterError, Problem
from core.letters.money import MAX_FEN, amount_from_words, amount_in_words, yuan
from core.letters.numbering import check_code, format_number, parse_number

# Empty is right for these: not known before numbering, or printed only where there is something to say.
_MAY_BE_EMPTY = {"number", "check_code", "verify_url", "note", "notes", "explain", "paper", "contact", "clause", "text"}
_MAY_BE_EMPTY |= {"quantity", "observed", "required", "approved_digest", "replaces"}


def lint(context: LetterContext, capsule: Mapping[str, Any] | bytes) -> list[Problem]:
    """Every reason why this letter may not be numbered; empty if it may.

    `capsule` is the capsule or its canonical bytes. Also right for a letter that has its number: then number, check
    code and address are checked too.
    """
    problems: list[Problem] = []
    if isinstance(capsule, bytes):
        problems += _digest(context, capsule)
        capsule = json.loads(capsule)
    assert isinstance(capsule, Mapping)
    problems += _filled(context)
    problems += _characters(context)
    problems += _amounts(context, capsule)
    problems += _names(context, capsule)
    problems += _checks(context, capsule)
    problems += _acts(context)
    problems += _number(context)
    return problems


def _digest(context: LetterContext, capsule: bytes) -> Iterator[Problem]:
    actual = "sha256:" + sha256(capsule).hexdigest()
    if actual != context.capsule_digest:
        yield Problem(
            "digest",
            "capsule_digest",
            "决定包的摘要与通知书所载不一致",
            f"the capsule's digest is {actual}, the letter says {context.capsule_digest}",
        )


def _walk(value: object, path: str) -> Iterator[tuple[str, object]]:
    """(path, value) of every plain value in the context."""
    if is_dataclass(value):
        for item in fields(value):
            yield from _walk(getattr(value, item.name), f"{path}.{item.name}" if path else item.name)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _walk(item, f"{path}[{index}]")
    else:
        yield path, value


def _filled(context: LetterContext) -> Iterator[Problem]:
    for path, value in _walk(context, ""):
        if (
            isinstance(value, str)
            and not value.strip()
            and path.rpartition(".")[2].partition("[")[0] not in _MAY_BE_EMPTY
        ):
            yield Problem("empty", path, f"“{path}”没有填写", f"{path} is empty")
        if isinstance(value, float):
            yield Problem("float", path, f"“{path}”不是整数分", f"{path} is a float: money is integer fen")
    required: list[tuple[str, object]] = [("legal_basis", context.legal_basis)]
    if context.kind == "award":
        money = [("lines", context.lines), ("payment", context.payment)]
        required += money if context.amount_fen else [("granted", context.granted)]
    else:
        required += [("checks", context.failed_checks)]
    if context.issuer.authority:
        required += [("remedies", context.remedies)]
    for name, value in required:
        if not value:
            yield Problem("missing", name, f"缺少“{name}”，不能成文", f"{name} is missing")


def _characters(context: LetterContext) -> Iterator[Problem]:
    try:
        known = printable()
    except LetterError as error:
        yield Problem("fonts", "fonts", error.zh, str(error))
        return
    for path, value in _walk(context, ""):
        if not isinstance(value, str):
            continue
        odd = {char for char in value if unicodedata.category(char)[0] == "C"}
        unknown = {char for char in value if ord(char) not in known} - odd
        if odd:
            codes = ", ".join(sorted(f"U+{ord(char):04X}" for char in odd))
            yield Problem(
                "control",
                path,
                f"“{path}”含有不可见的控制字符({codes}),请重新录入",
                f"{path} has control characters {codes}",
            )
        if unknown:
            chars = "".join(sorted(unknown))
            yield Problem(
                "glyph",
                path,
                f"“{path}”中的“{chars}”不在通知书字库中，请改用规范字或增补字库",
                f"{path} has {chars!r}, which no font of the letters can print",
            )


def _amounts(context: LetterContext, capsule: Mapping[str, Any]) -> Iterator[Problem]:
    amount = context.amount_fen
    if not 0 <= amount <= MAX_FEN:
        yield Problem("amount", "amount_fen", "金额超出可书写的范围", f"amount {amount} fen cannot be written in words")
        return
    if amount_from_words(amount_in_words(amount)) != amount:
        yield Problem("words", "amount_fen", "大写金额与小写金额不一致", "words and figures differ")
    stated = capsule.get("amount_fen")
    if stated != amount:
        yield Problem(
            "amount",
            "amount_fen",
            f"通知书金额{yuan(amount)}元与决定包金额不一致",
            f"the letter says {amount} fen, the capsule {stated}",
        )
    award = context.kind == "award"
    if award != (capsule.get("outcome") == "eligible"):
        yield Problem(
            "outcome",
            "kind",
            "通知书种类与核定结论不一致",
            f"a letter of kind {context.kind} for outcome {capsule.get('outcome')!r}",
        )
    if not award:
        if amount:
            yield Problem("amount", "amount_fen", "不予核定的通知书不能有金额", "a refusal has an amount")
        return
    for name, rows in (("lines", capsule.get("lines") or []), ("uses", capsule.get("uses") or [])):
        total = sum(row["amount_fen"] for row in rows)
        if total != amount and (rows or name == "lines"):
            yield Problem(
                "sum",
                name,
                f"决定包“{name}”合计{yuan(total)}元，不等于核定金额{yuan(amount)}元",
                f"the capsule's {name} sum to {total}",
            )
    printed = [line.amount_fen for line in context.lines]
    if printed != [row["amount_fen"] for row in capsule.get("lines") or []]:
        yield Problem("lines", "lines", "核算明细与决定包不一致", "the lines printed are not the capsule's")


def _names(context: LetterContext, capsule: Mapping[str, Any]) -> Iterator[Problem]:
    if context.payee_name != context.licence_name:
        yield Problem(
            "name",
            "payee_name",
            f"主送单位“{context.payee_name}”与营业执照名称“{context.licence_name}”不一致",
            f"payee {context.payee_name!r} is not the name on the licence, {context.licence_name!r}",
        )
    if context.payee_name not in context.title:
        yield Problem("name", "title", "标题中没有主送单位全称", "the title does not name the payee")
    if context.payment and not context.payment.own and context.payment.account_name != context.payee_name:
        yield Problem(
            "account",
            "payment.account_name",
            f"收款户名“{context.payment.account_name}”不是主送单位",
            f"the account belongs to {context.payment.account_name!r}, not to the payee",
        )
    if context.payment and sum(char.isdigit() for char in context.payment.account_masked) > 8:
        yield Problem("account", "payment.account_masked", "收款账号没有遮盖", "the account number is not masked")
    recorded = capsule.get("case", {}).get("dossier", {}).get("company", {}).get("uscc")
    if recorded is not None and recorded != context.uscc:
        yield Problem(
            "uscc", "uscc", "统一社会信用代码与决定包不一致", f"uscc {context.uscc} is not the capsule's, {recorded}"
        )
    if capsule.get("policy") != context.policy:
        yield Problem(
            "policy", "policy", "政策与决定包不一致", f"policy {context.policy} is not {capsule.get('policy')}"
        )
    if capsule.get("application", {}).get("number") != context.application_number:
        yield Problem(
            "application", "application_number", "申请编号与决定包不一致", "the application is not the capsule's"
        )
    if capsule.get("demonstration") and not context.sample:
        yield Problem(
            "sample",
            "sample",
            "使用演示参数核算的通知书必须标明“样稿”",
            "the decision used demonstration values: the letter must be a sample",
        )


def _checks(context: LetterContext, capsule: Mapping[str, Any]) -> Iterator[Problem]:
    """Every check of the decision is on the letter with the result it had: a refusal must name all that failed."""

    def results(rows: Iterable[tuple[str, bool | None]]) -> list[tuple[str, bool | None]]:
        return sorted(rows, key=lambda row: row[0])

    recorded = results((row["code"], row["passed"]) for row in capsule.get("checks") or [])
    if capsule.get("outcome") == "not_in_force" and not recorded:
        recorded = [("in_force", False)]  # there was no rule to check by, which is itself what the letter must say
    if results((check.code, check.passed) for check in context.checks) != recorded:
        yield Problem("checks", "checks", "审核条件与决定包不一致", "the checks printed are not the capsule's")


def _acts(context: LetterContext) -> Iterator[Problem]:
    if context.approved_digest != context.capsule_digest:
        yield Problem(
            "approval",
            "approved_digest",
            "批准之后内容有变动，批准已失效，请重新报批",
            "what was approved is not what would be issued: approve it again",
        )
    if context.kind == "award" and context.amount_fen and not context.pool_committed:
        yield Problem("pool", "pool_committed", "资金池尚未落实本笔资金", "the amount is not committed in its pool")
    publicity = context.publicity
    if publicity and publicity.to < publicity.from_:
        yield Problem("publicity", "publicity", "公示起止日期颠倒", "the publicity ends before it begins")
    if publicity and not context.issued_on > publicity.to:
        yield Problem(
            "publicity",
            "publicity.to",
            f"公示期至{publicity.to}届满，届满之后才能发文",
            f"the publicity runs until {publicity.to}: the letter may be issued after that day",
        )
    if publicity and context.announced_for:
        yield Problem(
            "publicity",
            "announced_for",
            "已经公示的核定结果不再公示，通知书只能写其中一种",
            "the letter says both that there was a publicity and that there will be one",
        )
    if context.applied_on > context.issued_on:
        yield Problem("dates", "applied_on", "申请日期晚于发文日期", "the application is dated after the letter")


def _number(context: LetterContext) -> Iterator[Problem]:
    try:
        format_number(context.issuer.mark, context.year, context.seq or 1)
    except ValueError as error:
        yield Problem("number", "issuer.mark", "发文机关代字或年份不能组成发文字号", str(error))
        return
    if context.year != context.issued_on.year:
        yield Problem(
            "number", "year", "发文字号的年份不是发文年份", f"year {context.year} is not that of {context.issued_on}"
        )
    if context.number is None:
        return
    if parse_number(context.number) != (context.issuer.mark, context.year, context.seq):
        yield Problem(
            "number", "number", "发文字号与代字、年份、序号不一致", f"number {context.number} is not of this series"
        )
    if context.check_code != check_code(context.number, context.capsule_digest):
        yield Problem("check_code", "check_code", "核验码不正确", "the check code is not that of number and capsule")
    if context.check_code not in context.verify_url:
        yield Problem("verify_url", "verify_url", "核验网址中没有核验码", "the address has no check code in it")
