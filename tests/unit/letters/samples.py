"""Letters to test with: the published worked example, a big award, a refusal, an operator's letter, rare names.

The capsules have the shape `core.policy.build_capsule` gives (see docs/letters.md), filled by hand and canonicalised
here, so that the letters can be tested without a policy.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

import rfc8785

from core.letters.context import (
    CheckRow,
    EvidenceRow,
    Issuer,
    LegalBasis,
    LetterContext,
    LineRow,
    Payment,
    Publicity,
)
from core.letters.numbering import check_code, format_number

BUREAU = Issuer("示例区人力资源和社会保障局", "示人社", authority=True)
CENTRE = Issuer("示例区人才服务中心", "示才服", authority=False, contact="联系人：受理窗口，电话：021-0000 0000")
BASIS = (LegalBasis("沪人社规〔2018〕37号", "第二条", "关于实施鼓励创业带动就业专项行动计划的若干意见"),)
RARE = "上海喆堃玥䶮文化传播有限公司"
CLAUSE = "沪人社规〔2018〕37号第二条第（四）项"
DUTIES = (
    "你单位应当将补贴用于创业场地租金支出，并按规定留存租金支付凭证、用工备案和社会保险缴费记录备查。",
    "以虚报、隐瞒等手段取得补贴的，由核定机关撤销本通知，责令限期退回，并依法处理。",
)
REMEDIES = ("如不服本决定，可以自收到本通知之日起60日内申请行政复议，或者自收到本通知之日起6个月内依法提起行政诉讼。",)


def months(start: date, count: int) -> list[str]:
    """`count` months from `start` as YYYY-MM."""
    return [f"{start.year + (start.month - 1 + i) // 12}-{(start.month - 1 + i) % 12 + 1:02d}" for i in range(count)]


def capsule_of(context: LetterContext, *, uses: list[tuple[str, int]] = ()) -> dict[str, Any]:  # type: ignore[assignment]
    """A capsule in the kernel's shape that agrees with the letter."""
    return {
        "schema": "1.0",
        "policy": context.policy,
        "api_version": 1,
        "rule_from": "2018-12-01",
        "rules_digest": "sha256:" + "1" * 64,
        "params_digest": "sha256:" + "2" * 64,
        "parameters": [
            {
                "name": "cap_per_head_year_fen",
                "value": 280000,
                "from": "2018-12-01",
                "source": CLAUSE,
                "status": "demonstration" if context.sample else "verified",
                "checked_on": "2026-11-24",
            }
        ],
        "reference_on": context.applied_on.isoformat(),
        "application": {"number": context.application_number, "applied_on": context.applied_on.isoformat()},
        "case": {"dossier": {"company": {"uscc": context.uscc}}},
        "excluded": [],
        "evidence": [{"line": e.ref, "grade": "operator", "paper": e.paper} for e in context.evidence],
        "checks": [
            {"code": c.code, "passed": c.passed, "observed": c.observed, "required": c.required, "clause": c.clause}
            for c in context.checks
        ],
        "lines": [
            {
                "code": "head",
                "note": line.note,
                "quantity": line.quantity,
                "unit_fen": line.unit_fen,
                "amount_fen": line.amount_fen,
            }
            for line in context.lines
        ],
        "uses": [{"line": ref, "amount_fen": fen} for ref, fen in uses],
        "outcome": "eligible" if context.kind == "award" else "ineligible",
        "amount_fen": context.amount_fen,
        "demonstration": context.sample,
        "acts": [
            {"step": "approved", "role": "approver", "staff": "S3", "at": "2026-11-23T02:00:00Z", "opinion": "同意"}
        ],
    }


def sealed(context: LetterContext, capsule: dict[str, Any], *, seq: int = 12) -> tuple[LetterContext, bytes]:
    """Fill in digest, number, check code and address; give the canonical bytes to attach."""
    data = rfc8785.dumps(capsule)
    digest = "sha256:" + sha256(data).hexdigest()
    number = format_number(context.issuer.mark, context.year, seq)
    code = check_code(number, digest)
    context = replace(context, capsule_digest=digest, approved_digest=digest)
    return context.numbered(
        number=number, seq=seq, check_code=code, verify_url=f"https://hongcai.example.cn/verify?code={code}"
    ), data


def award(
    *,
    heads: int = 4,
    name: str = "上海星河智联信息科技有限公司",
    issuer: Issuer = BUREAU,
    sample: bool = False,
    seq: int = 12,
) -> tuple[LetterContext, bytes]:
    """The published example: founder and 3 recruits at a cap of 2,800 元 a head are 11,200 元."""
    cap = 280_000
    lines = tuple(LineRow("补贴人员", "12/12", cap, cap, CLAUSE, note=f"P{i + 1}") for i in range(heads))
    amount = cap * heads
    rent = months(date(2025, 3, 1), 12)
    share, rest = divmod(amount, 12)
    uses = [(f"R-L1-{m}", share + (i < rest)) for i, m in enumerate(rent)]
    context = LetterContext(
        kind="award", issuer=issuer, year=2026, title=f"关于核定{name}2026年度创业场地房租补贴的通知", payee_name=name,
        uscc="91310109MA1G5XY15Q", policy="rent_subsidy", policy_title="创业场地房租补贴", legal_basis=BASIS,
        application_number="RS-2026-000123", applied_on=date(2026, 3, 10), period="2025年3月至2026年2月",
        amount_fen=amount, issued_on=date(2026, 11, 24), capsule_digest="", licence_name=name, lines=lines,
        checks=(CheckRow("region", "注册地在本区", True, "310109", "310109", CLAUSE),),
        publicity=Publicity(date(2026, 11, 12), date(2026, 11, 20), "公示期满无异议"),
        payment=Payment(name, "示例银行示例支行", "3100********0123", "自本通知印发之日起30个工作日内拨付。"),
        duties=DUTIES, remedies=REMEDIES,
        evidence=tuple(
            EvidenceRow(ref, "租金支付凭证", ref[5:], 93_334 * heads, "运营机构记录", sha256(ref.encode()).hexdigest())
            for ref, _ in uses
        ),
        notes=("样稿：本件使用演示参数核算，不作为拨付依据",) if sample else (),
        sample=sample, pool_committed=True,
    )  # fmt: skip
    return sealed(context, capsule_of(context, uses=uses), seq=seq)


def refusal(
    *, name: str = "上海星河智联信息科技有限公司", issuer: Issuer = BUREAU, seq: int = 13
) -> tuple[LetterContext, bytes]:
    """A refusal with checks of every kind: not met, could not be judged, met."""
    checks = (
        CheckRow("organisation", "属于创业组织", True, "小微企业", "小微企业等", CLAUSE),
        CheckRow("region", "注册地在本区", True, "310109", "310109", CLAUSE),
        CheckRow("within_36_months", "注册未满36个月", False, "2022年2月1日注册，申请首月为2025年3月",
                 "申请月份早于2025年2月1日", CLAUSE),
        CheckRow("payer", "租金由本单位支付", False, "6月、7月由他人支付，未提交情况说明",
                 "本单位支付，或者有情况说明", CLAUSE,
                 "2025年6月、7月的租金由他人账户支付。补交情况说明后可以在申请期限内重新申请。"),
        CheckRow("households", "人员户籍已查明", None, "1人户籍未查明", "全部查明", CLAUSE),
    )  # fmt: skip
    context = LetterContext(
        kind="refusal", issuer=issuer, year=2026, payee_name=name,
        title=f"关于不予核定{name}2026年度创业场地房租补贴的通知",
        uscc="91310109MA1G5XY15Q", policy="rent_subsidy", policy_title="创业场地房租补贴", legal_basis=BASIS,
        application_number="RS-2026-000124", applied_on=date(2026, 3, 10), period="2025年3月至2026年2月",
        amount_fen=0, issued_on=date(2026, 11, 24), capsule_digest="", licence_name=name, checks=checks,
        remedies=REMEDIES,
    )  # fmt: skip
    return sealed(context, capsule_of(context), seq=seq)
