"""What a letter claims against what its capsule says: digest, sums, and the words on the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.letters.contents import SAMPLE, Contents, squeeze
from core.letters.money import MAX_FEN, WORDS, amount_in_words, yuan
from core.letters.numbering import check_code
from core.letters.verification import VerifyLine


def claim_lines(contents: Contents) -> dict[str, VerifyLine]:
    """Lines capsule, sums and page. A capsule whose values are of other kinds than a capsule's has none of them ok."""
    try:
        if contents.paper:
            return {line.code: line for line in paper_lines(contents)}
        return {line.code: line for line in (capsule_line(contents), sums_line(contents), page_line(contents))}
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        en = f"the capsule is not of the shape a capsule has ({type(error).__name__})"
        return {"capsule": VerifyLine("capsule", "bad", "决定包的内容不合规", en)}


def paper_lines(contents: Contents) -> Iterator[VerifyLine]:
    """A paper of the procedure has no decision inside: its own words are attached, and the page says them all."""
    shown = contents.capsule_digest.removeprefix("sha256:")[:16]
    if shown in contents.text:
        zh, en = "程序文书，不含核定决定；所附文书内容与版面所印摘要一致", "no decision inside: the words of the paper"
        yield VerifyLine("capsule", "ok", zh, f"{en} are attached, with the digest printed on the page")
    else:
        zh, en = (
            f"所附文书内容的摘要是{shown}，与版面所印不符",
            f"the attached words have digest {shown}, not the one printed",
        )
        yield VerifyLine("capsule", "bad", zh, en)
    yield VerifyLine("sums", "ok", "程序文书，没有核算", "a paper of the procedure: nothing is calculated")
    said, text = contents.capsule, contents.text
    told = [contents.number, contents.title, contents.issuer, f"{contents.payee}：", *said["says"]]
    same = [said["number"], said["title"], said["issuer"], f"{said['to']}："]
    missing = [words for words in told if not words or squeeze(words) not in text]
    if missing or same != told[:4]:
        yield VerifyLine("page", "bad", f"版面上没有“{missing[0] if missing else same[0]}”", "the page says otherwise")
    elif said["sample"] is not False and not all(SAMPLE in page for page in contents.pages):
        yield VerifyLine("page", "bad", "没有逐页标明“样稿”", "not every page says 样稿")
    else:
        zh, en = f"{contents.number}，主送{contents.payee}，{contents.title}", f"{contents.number} to {contents.payee}"
        yield VerifyLine("page", "ok", zh, f"{en}: {contents.title}")


def capsule_line(contents: Contents) -> VerifyLine:
    """The digest printed on the page is that of the attached capsule, and the check code that of number and capsule."""
    digest = contents.capsule_digest
    shown, code = digest.removeprefix("sha256:")[:16], check_code(contents.number, digest)
    if shown not in contents.text:
        return VerifyLine(
            "capsule",
            "bad",
            f"所附决定包的摘要是{shown}，与版面所印摘要不符",
            f"the attached capsule has digest {shown}, which is not the one printed",
        )
    if squeeze(code) not in contents.text:
        return VerifyLine(
            "capsule",
            "bad",
            f"核验码应为{code}，与版面所印不符",
            f"the check code should be {code}, the page prints another",
        )
    return VerifyLine(
        "capsule", "ok", f"决定包摘要{shown}…与版面一致", f"the capsule has the digest printed on the page, {shown}…"
    )


def sums_line(contents: Contents) -> VerifyLine:
    """An award's lines, and its uses where there are any, sum to its amount. A refusal's amount is 0."""
    capsule, amount = contents.capsule, contents.amount_fen
    if amount is None or not 0 <= amount <= MAX_FEN:
        return VerifyLine("sums", "bad", "决定包没有有效的金额", "the capsule has no amount that a letter can state")
    if contents.kind == "refusal":
        if amount:
            return VerifyLine("sums", "bad", "不予核定却有金额", "a refusal with an amount")
        return VerifyLine("sums", "ok", "不予核定，金额为零", "a refusal: the amount is zero")
    lines, uses = _total(capsule.get("lines")), _total(capsule.get("uses"))
    if lines != amount:
        return VerifyLine(
            "sums",
            "bad",
            f"明细合计与核定金额{yuan(amount)}元不符",
            f"the lines do not sum to the amount, {yuan(amount)} yuan",
        )
    if uses != amount and capsule.get("uses") != []:
        return VerifyLine(
            "sums",
            "bad",
            f"凭据使用合计与核定金额{yuan(amount)}元不符",
            f"the uses of evidence do not sum to the amount, {yuan(amount)} yuan",
        )
    zh, en = f"明细合计等于核定金额{yuan(amount)}元", f"the lines sum to the amount, {yuan(amount)} yuan"
    if uses == amount:
        zh, en = zh.replace("明细", "明细和凭据使用"), en.replace("lines sum", "lines and the uses of evidence sum")
    return VerifyLine("sums", "ok", zh, en)


def _total(rows: Any) -> int | None:
    """Sum of the rows' fen; None if they are not rows with whole amounts."""
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and type(row.get("amount_fen")) is int for row in rows
    ):
        return None
    return int(sum(row["amount_fen"] for row in rows))


def page_line(contents: Contents) -> VerifyLine:
    """The page carries number, payee and company code; the amount in figures and words, and no other in words."""
    missing = list(_missing(contents))
    if missing:
        zh, en = "；".join(zh for zh, _ in missing), "; ".join(en for _, en in missing)
        return VerifyLine("page", "bad", zh, en)
    payee, number, amount = contents.payee, contents.number, contents.amount_fen or 0
    if contents.kind == "refusal":
        return VerifyLine(
            "page",
            "ok",
            f"{number}，主送{payee}，不予核定，载明全部不符合的条件",
            f"{number} to {payee}: a refusal that names every failed condition",
        )
    if not grants_money(contents):
        return VerifyLine(
            "page",
            "ok",
            f"{number}，主送{payee}，不涉及金额",
            f"{number} to {payee}: no money, and no amount is stated",
        )
    return VerifyLine(
        "page",
        "ok",
        f"{number}，主送{payee}，{yuan(amount)}元（{amount_in_words(amount)}）",
        f"{number} to {payee}: {yuan(amount)} yuan, in figures and in words",
    )


def grants_money(contents: Contents) -> bool:
    """Whether the award is one of money: else its calculation is empty, and the page may not state an amount."""
    return bool(contents.amount_fen or contents.capsule.get("lines"))


def _missing(contents: Contents) -> Iterator[tuple[str, str]]:
    """Each thing that the page should say and does not, in both languages."""
    text, capsule, amount = contents.text, contents.capsule, contents.amount_fen
    if amount is None or not 0 <= amount <= MAX_FEN:
        yield "决定包没有可以写在版面上的金额", "the capsule has no amount that a page could state"
        return
    for value, zh, en in (
        (contents.number, "发文字号", "number"),
        (contents.payee, "主送单位", "payee"),
        (contents.title, "标题", "title"),
        (contents.issuer, "发文机关", "issuer"),
        (_uscc(capsule), "统一社会信用代码", "company code"),
    ):
        if value is not None and (not value or squeeze(value) not in text):
            yield f"版面上没有{zh}“{value}”", f"the page does not show the {en} {value!r}"
    if squeeze(f"{contents.payee}：") not in text:
        yield "通知书没有主送该单位", "the letter is not addressed to the payee"
    yield from _wrong_amount(contents, amount)
    if capsule.get("demonstration") is not False and not all(SAMPLE in page for page in contents.pages):
        yield "使用演示参数的通知书没有逐页标明“样稿”", "demonstration values were used, and not every page says 样稿"


def _wrong_amount(contents: Contents, amount: int) -> Iterator[tuple[str, str]]:
    """An award states its amount, in figures and words, and no other; a refusal, and an award without money, none."""
    text, capsule = contents.text, contents.capsule
    words = set(WORDS.findall(text))
    if contents.kind == "refusal":
        if words:
            yield "不予核定的通知书上出现了大写金额", "a refusal states an amount in words"
        for check in capsule.get("checks") or []:
            if not isinstance(check, dict) or (check.get("passed") is not True and not _shown(check, text)):
                yield "版面没有载明全部不符合的条件", "the page does not name every failed condition"
                return
    elif not grants_money(contents):
        if words or "人民币" in text:
            yield "不涉及金额的通知书上出现了金额", "an award without money states an amount"
    else:
        if words != {amount_in_words(amount)}:
            shown = "、".join(sorted(words)) or "无"
            yield (
                f"大写金额应为“{amount_in_words(amount)}”，版面为“{shown}”",
                f"the amount in words should be {amount_in_words(amount)}, the page says {shown}",
            )
        if f"人民币{yuan(amount)}元" not in text:
            yield f"版面上没有金额“{yuan(amount)}元”", f"the page does not state {yuan(amount)} yuan"


def _uscc(capsule: dict[str, Any]) -> str | None:
    """The company code among the facts, if the policy reads it."""
    try:
        value = capsule["case"]["dossier"]["company"]["uscc"]
    except (KeyError, TypeError):
        return None
    return value if isinstance(value, str) else None


def _shown(check: dict[str, Any], text: str) -> bool:
    """Whether a failed check's clause is on the page. Its label is the policy's wording, which the capsule has not."""
    clause = check.get("clause")
    if isinstance(clause, dict):
        clause = clause.get("zh")
    return isinstance(clause, str) and squeeze(clause) in text
