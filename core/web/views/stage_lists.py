"""The lists of stages: readiness of every tenant, the board, what runs out when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g
from flask_babel import gettext as _
from sqlalchemy import select

from core.data.models import Site, Stage
from core.data.queries import stages as queries
from core.data.queries.stages import Held
from core.extensions import db
from core.services.stages import criteria, forecast, readiness
from core.services.stages.forecast import Ahead, Expiry
from core.services.stages.history import INCUBATED, NEXT
from core.services.stages.readiness import Standing
from core.services.stages.words import word
from core.web.listing import Column, Filter, Option
from core.web.templating import bilingual
from core.web.views.lists import address_of
from core.web.views.memory_list import MemoryTable, Row
from core.web.views.stages import CLOCKS, tone

BOARD = (Stage.NURSERY, Stage.INCUBATOR, Stage.ACCELERATOR, Stage.GRADUATED)
CARDS = 24  # in a column, until one asks for all


def _known(stages: Sequence[Stage]) -> tuple[list[Standing], dict[int, Held]]:
    return readiness.standings(db.session, g.today, stages=stages), queries.held(db.session, g.today)


def _sites() -> list[Option]:
    rows = db.session.execute(select(Site.id, Site.name).order_by(Site.name))
    return [Option(str(id_), name) for id_, name in rows]


def _at(row: Row, site: str) -> bool:
    return int(site) in row["site_ids"]


# ── readiness ───────────────────────────────────────────────────────────────────────────────────────────────────────


def readiness_table() -> MemoryTable:
    standings, held = _known(sorted(INCUBATED))
    return MemoryTable(
        "readiness",
        _("阶段准备度"),
        [_ready_row(it, held.get(it.id, Held())) for it in standings],
        (
            Column("name", _("名称"), sortable=True, primary=True),
            Column("stage_word", _("阶段"), sortable=True),
            Column("target_word", _("下一阶段"), sortable=True),
            Column("missing", _("还缺"), kind="number", sortable=True),
            Column("missing_words", _("缺什么"), phone=False),
            Column("clock", _("时限"), phone=False, default=False),
            Column("used", _("已用月数")),
            Column("until", _("到期日"), kind="date", sortable=True),
            Column("days_left", _("剩余天数"), kind="number", sortable=True),
            Column("site", _("载体"), phone=False, default=False),
        ),
        (
            Filter(
                "due",
                _("关注"),
                [
                    Option("ready", _("可以办理")),
                    Option("soon", _("90天内到期")),
                    Option("overdue", _("已经超期")),
                    Option("unknown", _("待补信息")),
                ],
            ),
            Filter("stage", _("阶段"), [Option(it.value, word(it)) for it in BOARD[:3]]),
            Filter("site", _("载体"), _sites()),
        ),
        {"due": lambda row, value: bool(row[value]), "stage": lambda row, value: row["stage"] == value, "site": _at},
        sort="days_left",
        search=_("企业或团队名称"),
        href=address_of("stages.record", "tenant_id"),
        written=lambda row: row | {"missing_words": "；".join(row["missing_words"])},
        export="readiness.export",
    )


def _ready_row(it: Standing, held: Held) -> Row:
    standing, due, target = it.readiness, it.readiness.due, it.readiness.target
    assert standing.facts.stage is not None
    assert target is not None
    missing = [bilingual(criteria.words()[check.code].label) for check in target.open]
    return {
        "id": it.id,
        "name": it.name,
        "stage": standing.facts.stage.value,
        "stage_word": word(standing.facts.stage),
        "target": target.stage.value,
        "target_word": word(target.stage),
        "passed": target.passed,
        "missing": len(missing),
        "missing_words": missing,
        "clock": str(CLOCKS[due.kind]) if due else None,
        "used": f"{due.months_used(g.today)} / {due.months}" if due else None,
        "until": due.until if due else None,
        "days_left": standing.days_left,
        "tone": tone(standing.days_left),
        "ready": standing.ready,
        "soon": standing.soon,
        "overdue": standing.overdue,
        "unknown": target.passed is None,
        "site": "、".join(held.sites.values()) or None,
        "site_ids": set(held.sites),
    }


# ── board ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Card:
    id: int
    name: str
    stage: Stage
    days_left: int | None
    ready: tuple[str, ...]  # the stages it could go to today
    since: Any
    place: str
    nexts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Lane:
    stage: str
    word: str
    cards: Sequence[Card]
    total: int

    @property
    def hidden(self) -> int:
        return self.total - len(self.cards)


def board(search: str, site: str, whole: str) -> list[Lane]:
    """The columns, those whose time runs out first at the top; the graduated by the day, the latest first."""
    standings, held = _known(BOARD)
    wanted = [
        it
        for it in standings
        if all(part.casefold() in it.name.casefold() for part in search.split())
        and (not site.isdigit() or int(site) in held.get(it.id, Held()).sites)
    ]
    lanes = []
    for stage in BOARD:
        cards = [_card(it, held.get(it.id, Held())) for it in wanted if it.readiness.facts.stage is stage]
        if stage is Stage.GRADUATED:
            cards.sort(key=lambda it: it.since, reverse=True)
        else:
            cards.sort(key=lambda it: (it.days_left is None, it.days_left or 0, it.name))
        lanes.append(Lane(stage.value, word(stage), cards if whole == stage.value else cards[:CARDS], len(cards)))
    return lanes


def _card(it: Standing, held: Held) -> Card:
    stage = it.readiness.facts.stage
    assert stage is not None
    return Card(
        it.id,
        it.name,
        stage,
        it.readiness.days_left,
        tuple(target.stage.value for target in it.readiness.targets if target.passed),
        it.readiness.facts.history[-1].start,
        "、".join(held.spaces[:2]),
        tuple((to.value, word(to)) for to in NEXT[stage]),
    )


def site_options() -> list[Option]:
    return _sites()


# ── forecast ────────────────────────────────────────────────────────────────────────────────────────────────────────


def expiries() -> list[Expiry]:
    standings, held = _known(sorted(INCUBATED))
    return forecast.expiries(standings, held)


def month_bars(found: Sequence[Expiry]) -> list[dict[str, Any]]:
    """The months ahead, each with its area as a share of the largest, for the bars."""
    ahead: list[Ahead] = forecast.months(found, g.today)
    largest = max((it.area_cm2 for it in ahead), default=0) or 1
    return [
        {
            "month": str(it.month),
            "tenants": it.tenants,
            "units": it.units,
            "area_cm2": it.area_cm2,
            "entries": len(it.expiries) - it.tenants,
            "height": it.area_cm2 * 100 // largest,
            "names": [e.standing.name for e in it.expiries if e.frees][:5],
        }
        for it in ahead
    ]


def expiry_table(found: Sequence[Expiry]) -> MemoryTable:
    limits = {"overdue": (None, -1), "90": (0, 90), "365": (0, 365), "730": (0, 730)}

    def within(row: Row, value: str) -> bool:
        low, high = limits[value]
        return row["days_left"] <= high and (low is None or row["days_left"] >= low)

    return MemoryTable(
        "expiries",
        _("到期预测"),
        [_expiry_row(it) for it in found],
        (
            Column("name", _("名称"), sortable=True, primary=True),
            Column("stage_word", _("阶段"), sortable=True),
            Column("clock", _("时限"), sortable=True),
            Column("until", _("到期日"), kind="date", sortable=True),
            Column("days_left", _("剩余天数"), kind="number", sortable=True),
            Column("units", _("单元"), phone=False),
            Column("area_cm2", _("腾出面积"), kind="area", sortable=True),
            Column("site", _("载体")),
        ),
        (
            Filter(
                "within",
                _("到期"),
                [
                    Option("overdue", _("已经超期")),
                    Option("90", _("90天内")),
                    Option("365", _("一年内")),
                    Option("730", _("两年内")),
                ],
            ),
            Filter("stage", _("阶段"), [Option(it.value, word(it)) for it in BOARD[:3]]),
            Filter("site", _("载体"), _sites()),
        ),
        {"within": within, "stage": lambda row, value: row["stage"] == value, "site": _at},
        sort="until",
        search=_("企业或团队名称"),
        href=address_of("stages.record", "tenant_id"),
        export="readiness.forecast_export",
    )


def _expiry_row(it: Expiry) -> Row:
    stage = it.standing.readiness.facts.stage
    assert stage is not None
    return {
        "id": it.standing.id,
        "name": it.standing.name,
        "stage": stage.value,
        "stage_word": word(stage),
        "clock": str(CLOCKS[it.clock.kind]),
        "until": it.clock.until,
        "days_left": it.clock.days_left(g.today),
        "units": "、".join(it.held.spaces) or None,
        "area_cm2": it.held.area_cm2 if it.frees and it.held.area_cm2 else None,
        "site": "、".join(it.held.sites.values()) or None,
        "site_ids": set(it.held.sites),
    }


def totals(found: Sequence[Expiry]) -> Mapping[str, int]:
    """The figures above the forecast."""
    stays = [(it, it.clock.days_left(g.today)) for it in found if it.frees]
    year = [it for it, days in stays if 0 <= days <= 365]
    return {
        "overdue": sum(days < 0 for _it, days in stays),
        "overdue_area": sum(it.held.area_cm2 for it, days in stays if days < 0),
        "soon": sum(0 <= days <= readiness.SOON_DAYS for _it, days in stays),
        "year": len(year),
        "area_cm2": sum(it.held.area_cm2 for it in year),
    }
