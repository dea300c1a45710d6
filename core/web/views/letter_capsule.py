"""The decision capsule for a reader: what is in it, in words, section by section. The file itself is its own page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from core.policy import Card
from core.services.dossiers import LABELS
from core.web.templating import OUTCOMES, bilingual
from core.web.views.case_page import both

MOST = 40  # rows of a section that are written out; the file has all of them
_UNITS = (("_fen", "fen"), ("_cm2", "cm2"))
_CODE = re.compile(r"[a-z][a-z0-9_]*")


def readable(capsule: Mapping[str, Any], card: Card | None) -> dict[str, Any]:
    """`facts`: the decision itself; `sections`: the dossier it was made on."""
    case = capsule["case"]
    facts = [
        (_("结果"), OUTCOMES.get(capsule["outcome"], capsule["outcome"])),
        (_("金额"), _value(capsule["amount_fen"], "amount_fen")),
        (_("政策"), f"{bilingual(card.title)}（{capsule['policy']}）" if card else capsule["policy"]),
        (_("规则版本"), _value(capsule["rule_from"], "")),
        (_("适用日期"), _value(capsule["reference_on"], "")),
        (_("申请编号"), capsule["application"].get("number", "")),
        (_("申请期间"), f"{case['period']['from']} – {case['period']['to']}"),
        (_("规则摘要"), capsule["rules_digest"]),
        (_("参数摘要"), capsule["params_digest"]),
        (_("格式版本"), capsule["schema"]),
    ]
    if capsule.get("match"):
        match = capsule["match"]
        facts += [
            (_("分配轮次"), f"{match.get('round', '')} / {match.get('run', '')}"),
            (_("分配摘要"), match["sharing"]),
        ]
    titles = section_titles()
    sections = [
        _section(name, titles.get(name, name), value)
        for name, value in case["dossier"].items()
        if value not in (None, [])
    ]
    if case["answers"]:
        sections.insert(0, _section("answers", _("申请表的回答"), case["answers"]))
    return {"facts": facts, "sections": sections}


def section_titles() -> dict[str, str]:
    return {
        "company": _("企业"),
        "founders": _("创始人"),
        "leases": _("入驻协议"),
        "rent": _("房租"),
        "employment": _("参保"),
        "prizes": _("获奖"),
        "stages": _("孵化阶段"),
        "awards": _("已享受的扶持"),
        "mentoring": _("导师辅导"),
    }


def _section(name: str, title: str, value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        rows = [(_label(name, key), _value(item, key)) for key, item in value.items()]
        return {"title": title, "facts": rows, "columns": [], "rows": [], "count": 1}
    columns = list(dict.fromkeys(key for row in value for key in row))
    return {
        "title": title,
        "facts": [],
        "columns": [_label(name, key) for key in columns],
        "rows": [[_value(row.get(key), key) for key in columns] for row in value[:MOST]],
        "count": len(value),
    }


def _label(section: str, key: str) -> str:
    known = LABELS.get(f"{section}.{key}")
    return _(known) if known else {
        "line": _("凭据行"), "person": _("人员"), "month": _("月份"), "lease": _("协议"), "ref": _("编号"),
        "grade": _("来源"), "spent_by": _("已用于"), "hours": _("辅导小时"), "needs": _("需求"),
        "running_pairs": _("进行中的结对"), "languages": _("语言"), "award": _("核定"), "paid_fen": _("实付租金"),
    }.get(key, key)  # fmt: skip


def _value(value: Any, key: str) -> str:
    """In words, as checks say values."""
    if isinstance(value, Mapping):
        return "；".join(f"{name} {_value(item, name)}" for name, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "、".join(_value(item, key) for item in value) or _("无")
    unit = next((unit for end, unit in _UNITS if key.endswith(end)), "")
    return both(value, "is", None, unit)[0]
