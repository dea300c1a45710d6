"""What the page of a site shows: its facts, papers, how many leases are lawful and why not, the checklists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.data.models import Lease, Site, SitePaper, SitePaperKind
from core.data.queries import places
from core.policy import Check
from core.services import recognition, site_papers
from core.services.dossiers.premises import Lack, Standing, needed_papers, standing
from core.services.events import Held
from core.services.recognition import Item
from core.web.formats import UNKNOWN, area, money, money_wan, number, percent
from core.web.templating import language
from core.web.views import place_words as words


def facts(site: Site, mentors: int | None, held: Held | None) -> list[dict[str, Any]]:
    """The site's own facts; what is not known says so. `mentors`: of the operator's register, where it keeps one;
    `held`: the events of twelve months, where any is on record."""
    known = (site.incubation_area_cm2, site.public_area_cm2)
    other = None if None in known else site.floor_area_cm2 - sum(part or 0 for part in known)
    level = words.LEVELS[site.recognition_level] if site.recognition_level else None
    named = " · ".join(dict.fromkeys(str(part) for part in (level, site.recognition) if part))
    fund = money_wan(site.fund_fen, language()) if site.fund_fen is not None else None
    staff = _count(site.staff_count, _("%(n)s人", n=number(site.staff_count)))
    if staff and site.professional_staff_count is not None:
        staff += _("（专业孵化服务人员%(n)s人）", n=number(site.professional_staff_count))
    rows: list[tuple[str, Any]] = [
        (_("建筑面积"), area(site.floor_area_cm2)),
        (_("孵化面积"), _part(site.incubation_area_cm2, site)),
        (_("公共服务面积"), _part(site.public_area_cm2, site)),
        (_("其他面积"), _part(other, site)),
        (_("认定"), named or None),
        (_("场地来源"), str(words.OWNERSHIPS[site.ownership])),
        (_("社会资本占比"), None if site.private_capital is None else percent(site.private_capital)),
        (_("孵化资金"), fund),
        (_("工作人员"), staff),
        (_("创业导师"), _mentors(site, mentors)),
        (_("每年创业活动"), _events(site, held)),
    ]
    return [{"label": label, "value": value, "missing": value is None} for label, value in rows]


def _mentors(site: Site, registered: int | None) -> str | None:
    if registered is not None:
        return _("%(n)s人（本机构导师库）", n=number(registered))
    return _count(site.mentor_count, _("%(n)s人", n=number(site.mentor_count)))


def _events(site: Site, held: Held | None) -> str | None:
    if held is not None:
        return _("近12个月%(n)s场，到场%(people)s人", n=number(held.events), people=number(held.attendance))
    return _count(site.yearly_event_count, _("%(n)s场", n=number(site.yearly_event_count)))


def _part(cm2: int | None, site: Site) -> str | None:
    return None if cm2 is None else f"{area(cm2)}（{percent(Decimal(cm2) / site.floor_area_cm2)}）"


def _count(value: int | None, shown: str) -> str | None:
    return None if value is None else shown


# ── papers ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class PaperLine:
    kind: SitePaperKind
    label: str
    paper: SitePaper | None
    needed: bool
    state: str
    tone: str
    mark: str  # what a confirmation is bound to


def papers(site: Site, today: date) -> list[PaperLine]:
    """Each paper that matters for this site, then its recognition."""
    needed = needed_papers(site)
    kinds = [*needed, *(kind for kind in SitePaperKind if kind not in needed and site.paper(kind))]
    if SitePaperKind.RECOGNITION not in kinds:
        kinds.append(SitePaperKind.RECOGNITION)
    return [_line(site.paper(kind), kind, kind in needed, today) for kind in kinds]


def _line(paper: SitePaper | None, kind: SitePaperKind, needed: bool, today: date) -> PaperLine:
    if paper is None:
        state, tone = (_("缺"), "danger") if needed else (_("未登记"), "neutral")
    elif paper.valid_until is not None and paper.valid_until < today:
        state, tone = _("已过期"), "danger"
    elif paper.confirmed_at is not None:
        state, tone = _("总窗已确认"), "success"
    else:
        state, tone = _("待总窗确认"), "warning"
    return PaperLine(
        kind, str(words.PAPERS[kind]), paper, needed, state, tone, site_papers.mark(paper) if paper else ""
    )


# ── are the leases lawful, and why not ──────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class LeaseLine:
    lease: Lease
    standing: Standing
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Lawfulness:
    """The leases on a site today. `open_lines`: those not known to be lawful, with the reasons."""

    lawful: int
    unlawful: int
    unknown: int
    independent: int
    shared: int
    reasons: list[tuple[str, int]]
    open_lines: list[LeaseLine]

    @property
    def total(self) -> int:
        return self.lawful + self.unlawful + self.unknown


def lawfulness(session: Session, site: Site, today: date) -> Lawfulness:
    lines = [
        LeaseLine(lease, found, reasons(found.lacks, site))
        for lease in places.leases_of_site(session, site.id, today)
        for found in (standing(lease, today),)
    ]
    says = Counter(line.standing.lawful for line in lines)
    alone = Counter(line.standing.independent for line in lines)
    why = Counter(reason for line in lines if not line.standing.lawful for reason in line.reasons)
    return Lawfulness(
        says[True], says[False], says[None], alone[True], alone[False],
        why.most_common(), [line for line in lines if not line.standing.lawful],
    )  # fmt: skip


def reasons(lacks: Sequence[Lack], site: Site | None = None) -> list[str]:
    """Each lack in words; of another site than `site`, with its name."""
    said = []
    for lack in lacks:
        text = f"{words.PAPERS[lack.paper]}：{words.FAULTS[lack.fault]}"
        said.append(text if site is None or lack.site is site else f"{lack.site.name} {text}")
    return said


# ── checklists ──────────────────────────────────────────────────────────────────────────────────────────────────────
UNITS = {
    "cm2": area,
    "fen": lambda v: money_wan(v, language()),
    "income": lambda v: money_wan(v, language()),
    "companies": lambda v: _("%(n)s家", n=number(v)),
    "persons": lambda v: _("%(n)s人", n=number(v)),
    "months": lambda v: _("%(n)s个月", n=number(v)),
    "desks": lambda v: _("%(n)s个", n=number(v)),
    "times": lambda v: _("%(n)s场", n=number(v)),
}


def checklists(session: Session, site: Site, today: date) -> list[dict[str, Any]]:
    return [
        {
            "title": found.rule.title.get(language()),
            "document": found.rule.document,
            "passed": found.count(True),
            "failed": found.count(False),
            "unknown": found.count(None),
            "rows": [{"passed": row.passed, "items": [_item(item) for item in row.items]} for row in found.rows],
        }
        for found in recognition.checklists(session, site, today)
    ]


def _item(item: Item) -> dict[str, Any]:
    check = item.check
    sure, tone = words.SURE[item.threshold.status]
    required = shown(check.required, check.unit)
    if item.threshold.unit == "rate" and check.unit:
        required = f"{required}（{percent(item.threshold.value)}）" if check.required is not None else percent(
            item.threshold.value
        )  # fmt: skip
    return {
        "passed": check.passed,
        "title": item.title.get(language()),
        "observed": shown(check.observed, check.unit),
        "required": required,
        "todo": _todo(item),
        "source": item.threshold.source,
        "sure": str(sure),
        "tone": tone,
    }


def shown(value: Any, unit: str) -> str:
    if value is None:
        return UNKNOWN
    return str(UNITS[unit](value)) if unit in UNITS and isinstance(value, int) else str(value)


def _todo(item: Item) -> str:
    """What is missing: how much for a no, what to fill in where it is not known."""
    check: Check = item.check
    if check.passed is None:
        return item.ask.get(language()) if item.ask else _("有数据还没有登记，请补充")
    if check.passed or not isinstance(check.required, int) or not isinstance(check.observed, int):
        return ""
    if check.unit == "income":  # what is added counts in the whole too, so the difference is not what is missing
        return _("差额见运营机构的“收入分组”")
    return _("还差%(gap)s", gap=shown(check.required - check.observed, check.unit))


def photo_rows(photos: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {"photo": photo, "href": url_for("sites.file", place_file_id=photo.file_id), "dialog": f"photo-{photo.id}"}
        for photo in photos
    ]


def rent_words(fen_per_sqm: int | None) -> str:
    return UNKNOWN if fen_per_sqm is None else money(fen_per_sqm, language())
