"""Naming the source of every value, so that the application page can say where it has it from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from core.data.models import Grade
from core.errors import N_
from core.services.dossiers.frozen import Frozen
from core.services.identifiers import Text

LABELS = {
    "company.uscc": N_("统一社会信用代码"),
    "company.legal_form": N_("组织形式"),
    "company.small_or_micro": N_("小微企业"),
    "company.registered_on": N_("注册日期"),
    "company.registered_region": N_("注册地"),
    "company.operating_region": N_("经营地"),
    "company.industry": N_("行业"),
    "company.labour_dispatch": N_("劳务派遣企业"),
    "company.untrustworthy": N_("失信被执行人"),
    "founders.legal_representative": N_("法定代表人"),
    "founders.household": N_("户籍"),
    "founders.permit": N_("居住证件"),
    "founders.categories": N_("人员类别"),
    "founders.graduated_on": N_("毕业日期"),
    "founders.first_company": N_("首次创业"),
    "leases.from": N_("起租日"),
    "leases.to": N_("到期日"),
    "leases.independent": N_("独立场地"),
    "leases.lawful": N_("合法场地"),
    "leases.region": N_("场地所在区"),
    "leases.area_cm2": N_("面积"),
    "rent.paid_fen": N_("实付租金"),
    "rent.region": N_("场地所在区"),
    "rent.payer": N_("付款方"),
    "employment.employer_uscc": N_("社保缴费单位"),
    "employment.filing_uscc": N_("用工备案单位"),
    "employment.household": N_("户籍"),
    "prizes.contest": N_("赛事或奖项"),
    "prizes.edition": N_("届次"),
    "prizes.level": N_("获奖级别"),
    "prizes.awarded_on": N_("获奖日期"),
    "stages.stage": N_("孵化阶段"),
    "stages.from": N_("开始日期"),
    "stages.to": N_("结束日期"),
    "awards.policy": N_("扶持政策"),
    "awards.period": N_("享受期间"),
    "awards.amount_fen": N_("核定金额"),
}
"""The Chinese name of each value that has a source to name; what is not here says which row it is."""

_SECTIONS = ("founders", "leases", "rent", "employment", "prizes", "stages", "awards")
_ROW_NAMES = ("line", "ref", "award")  # what a row is called, whichever of them it has


@dataclass(frozen=True, slots=True)
class Provenance:
    """One value of the dossier, as the case file holds it (fen, cm², ISO dates, codes; None: not on record).

    `label` is a key of `LABELS`, `ref` the row it stands in (`R-L1-2025-03`, `P1`; None for the company), `source`
    the record it comes from, in the reader's language, `grade` how good that source is, where it is graded.
    """

    label: str
    ref: str | None
    value: Any
    source: Text
    grade: Grade | None


def provenance(frozen: Frozen) -> list[Provenance]:
    """Every value of the dossier with its source, in the order of the case file."""
    dossier = frozen.case["dossier"]
    found = list(_values("company", dossier["company"], None))
    for section in _SECTIONS:
        for row in dossier.get(section) or ():  # what was frozen under an older case file may lack one
            ref = next((row[name] for name in _ROW_NAMES if row.get(name)), None)
            found.extend(_values(section, row, ref))
    return found


def month_name(month: str) -> Text:
    """`2025-03` as people read it, in the language of whoever reads."""
    year, number = month.split("-")
    name: Text = _("%(year)s年%(month)s月", year=year, month=number)
    return name


def _values(section: str, row: dict[str, Any], ref: str | None) -> Iterator[Provenance]:
    source, grade = _source(section, row)
    for key, value in row.items():
        if f"{section}.{key}" in LABELS:
            yield Provenance(f"{section}.{key}", ref, value, source, grade)


def _source(section: str, row: dict[str, Any]) -> tuple[Text, Grade | None]:
    match section:
        case "rent":
            return _("运营机构租金台账 %(month)s", month=row["month"]), Grade(row["grade"])
        case "employment":
            grade = Grade(row["grade"])
            if grade is Grade.GOVERNMENT:
                return _("社保缴费记录 %(month)s", month=row["month"]), grade
            return _("企业参保名册 %(month)s", month=row["month"]), grade
        case "prizes":
            return _("运营机构登记的里程碑"), Grade(row["grade"])
        case "leases":
            return _("入驻协议与场地证照"), Grade.OPERATOR
        case "awards":
            return _("区级核定记录"), None
        case _:
            return _("运营机构企业档案"), Grade.OPERATOR
