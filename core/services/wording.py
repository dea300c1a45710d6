"""Values of checks and evidence in words, as a letter prints them (Chinese, the language of a letter)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from core.data.models import EvidenceKind, Grade
from core.letters.money import yuan

EVIDENCE: Mapping[EvidenceKind, str] = {
    EvidenceKind.RENT_MONTH: "租金支付凭证",
    EvidenceKind.INSURED_MONTH: "社会保险缴费记录",
    EvidenceKind.DESK_FEE_MONTH: "工位费支付凭证",
    EvidenceKind.PRIZE: "获奖记录",
}

GRADES: Mapping[Grade, str] = {
    Grade.GOVERNMENT: "政府数据",
    Grade.VERIFIED_ORIGINAL: "核验原件",
    Grade.OPERATOR: "运营机构记录",
    Grade.APPLICANT: "申请人自报",
}

# The codes of the case file (docs/plugins.md), in words.
CODES: Mapping[str, str] = {
    "company": "公司",
    "sole_proprietorship": "个人独资企业",
    "partnership": "合伙企业",
    "individual_business": "个体工商户",
    "cooperative": "农民合作社",
    "private_nonprofit": "民办非企业单位",
    "small_or_micro": "小型微型企业",
    "district": "本区户籍",
    "city": "本市户籍",
    "elsewhere": "外地户籍",
    "local": "本市户籍",
    "residence_permit": "上海市居住证",
    "hk_mo_tw_residence_permit": "港澳台居民居住证",
    "overseas_talent_permit": "上海市海外人才居住证",
    "returnee_enterprise": "留学人员来沪创办企业资格认定",
    "permit": "持有规定证件",
    "none": "无",
    "graduate": "高校毕业生",
    "hard_to_employ": "就业困难人员",
    "disabled": "残疾人",
    "veteran": "退役军人",
    "returnee": "留学回国人员",
    "local_youth": "本市户籍青年",
    "tenant": "本单位支付",
    "explained": "他人支付并有情况说明",
    "other": "他人支付",
    "nursery": "苗圃",
    "incubator": "孵化器",
    "accelerator": "加速器",
    "graduated": "毕业",
    "exited": "退出",
}

PRIZE_LEVELS: Mapping[str, str] = {"district": "区级", "city": "市级", "national": "国家级"}
"""For values whose unit is `prize_level`: elsewhere these codes are households."""

UNITS: Mapping[str, str] = {
    "persons": "人",
    "person_months": "人月",
    "months": "个月",
    "working_days": "个工作日",
    "rows": "条",
    "count": "",
    "cm2": "平方厘米",
}

_DAY, _MONTH = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{4}-\d\d")

Value = str | int | bool | None | Sequence[str]


def value_in_words(value: Value, unit: str = "") -> str:
    """A value of a check, as its capsule holds it: `280000` in fen is 2,800.00元, `2025-03-01` is 2025年3月1日."""
    if value is None:
        return "未查明"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int) and unit == "score":
        return f"{value // 100}.{value % 100:02d}分"
    if isinstance(value, int):
        return f"{yuan(value)}元" if unit == "fen" else f"{value}{UNITS.get(unit, unit)}"
    if isinstance(value, str):
        if _DAY.fullmatch(value):
            day = date.fromisoformat(value)
            return f"{day.year}年{day.month}月{day.day}日"
        if _MONTH.fullmatch(value):
            return month_in_words(value)
        return (PRIZE_LEVELS if unit == "prize_level" else CODES).get(value, value)
    return "、".join(value_in_words(item, unit) for item in value) or "无"


def condition(relation: str, required: Value, unit: str = "") -> str:
    """What a check asks for: `<` and a day is 早于…, `>=` and a number is 不少于…."""
    words = value_in_words(required, unit)
    when = isinstance(required, str) and bool(_DAY.fullmatch(required) or _MONTH.fullmatch(required))
    if relation == "<":
        return f"早于{words}" if when else f"少于{words}"
    if relation == "<=":
        return f"不晚于{words}" if when else f"不超过{words}"
    if relation == ">=":
        return f"不早于{words}" if when else f"不少于{words}"
    if relation == "in" and not isinstance(required, str | int | bool | None):
        return f"{words}之一" if len(required) > 1 else words
    return words


def month_in_words(month: str) -> str:
    """`2025-03` is 2025年3月."""
    return f"{int(month[:4])}年{int(month[5:7])}月"


def period_in_words(first: str, last: str) -> str:
    """`2025-03` to `2026-02` is 2025年3月至2026年2月; one month is itself."""
    return month_in_words(first) if first == last else f"{month_in_words(first)}至{month_in_words(last)}"
