"""Stages as readers see them: checks in words, effects, clocks, the record of what was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from core.data.models import Stage, StageDecisionKind, Tenant
from core.data.queries import people
from core.data.queries import stages as queries
from core.errors import DomainError
from core.extensions import db
from core.policy import Check
from core.services.stages import criteria, history, readiness
from core.services.stages.criteria import Assessed, Clock
from core.services.stages.history import NEXT
from core.services.stages.readiness import Readiness
from core.services.stages.words import STAGES, word
from core.web.errors import sentence
from core.web.formats import area, day, money, percent
from core.web.templating import OUTCOMES, bilingual, language
from core.web.views.case_page import SIGNS, shown

CLOCKS = {
    "entry_age_months": lazy_gettext("入孵资格"),
    "stay_months": lazy_gettext("孵化时限"),
    "long_stay_months": lazy_gettext("孵化时限（特定领域）"),
    "nursery_months": lazy_gettext("苗圃期限"),
    "accelerator_months": lazy_gettext("加速期限"),
}
KINDS = {
    StageDecisionKind.ENTRY: lazy_gettext("入孵"),
    StageDecisionKind.MOVE: lazy_gettext("阶段变动"),
    StageDecisionKind.CORRECTION: lazy_gettext("更正履历"),
}
# The rules that a place of an operator's own criteria is shown under.
UNITS = {
    "persons": lazy_gettext("人"),
    "months": lazy_gettext("个月"),
    "fen": lazy_gettext("元"),
    "rate": "",
    "count": "",
}


def check_row(code: str, passed: bool | None, observed: Any, required: Any, relation: str, unit: str) -> dict[str, Any]:
    """One check for `check_list`. A kept decision and a check of today come to the same."""
    said = criteria.words()[code]
    advice = said.explain if passed is False else said.missing if passed is None else None
    return {
        "code": code,
        "label": bilingual(said.label),
        "passed": passed,
        "observed": _value(observed, unit),
        "required": _asked(relation, required, unit),
        "clause": bilingual(said.clause),
        "explain": bilingual(advice) if advice else "",
    }


def _asked(relation: str, required: Any, unit: str) -> str:
    """What a check asks for. Yes and no are in its label; a fen more than whole yuan is "more than" these."""
    if isinstance(required, bool):
        return ""
    if relation == ">=" and unit == "fen" and isinstance(required, int) and required % 100 == 1:
        return f"＞ {_value(required - 1, unit)}"
    return f"{SIGNS.get(relation, '')} {_value(required, unit)}"


def _value(value: Any, unit: str) -> str:
    if isinstance(value, str) and len(value) == 10:
        value = date.fromisoformat(value)
    return day(value, language()) if isinstance(value, date) else shown(value, unit)


def check_rows(checks: Sequence[Check]) -> list[dict[str, Any]]:
    return [check_row(it.code, it.passed, it.observed, it.required, it.relation, it.unit) for it in checks]


def assessed_rows(assessed: Assessed) -> dict[str, Any]:
    return {
        "stage": assessed.stage.value,
        "word": word(assessed.stage),
        "passed": assessed.passed,
        "checks": check_rows(assessed.checks),
        "options": check_rows(assessed.options),
        "open": len(assessed.open),
    }


def clock_row(clock: Clock, on: date) -> dict[str, Any]:
    """A clock, with how far it has gone in hundredths for its bar."""
    whole = max(1, (clock.until - clock.start).days)
    return {
        "label": str(CLOCKS[clock.kind]),
        "start": clock.start,
        "until": clock.until,
        "used": clock.months_used(on),
        "months": clock.months,
        "days_left": clock.days_left(on),
        "share": min(100, max(0, (on - clock.start).days * 100 // whole)),
        "tone": tone(clock.days_left(on)),
    }


def tone(days_left: int | None) -> str:
    """How much a clock presses."""
    if days_left is None:
        return "neutral"
    return "danger" if days_left < 0 else "warning" if days_left <= readiness.SOON_DAYS else "neutral"


def readiness_of(tenant: Tenant) -> dict[str, Any]:
    """What templates/stages/_readiness.html shows of one tenant: clocks, and each next stage with what is missing."""
    found = readiness.standings(db.session, g.today, ids=[tenant.id])
    standing: Readiness | None = found[0].readiness if found else None
    if standing is None or standing.target is None:
        return {"target": None, "clocks": [], "targets": [], "next": nexts(tenant.stage), "demonstration": False}
    clocks = [it for it in (standing.clock, standing.entry_clock) if it is not None]
    targets = sorted(standing.targets, key=lambda it: it is not standing.target)
    return {
        "target": assessed_rows(standing.target),
        "targets": [assessed_rows(it) for it in targets],
        "clocks": [clock_row(it, g.today) for it in clocks],
        "next": nexts(tenant.stage),
        "demonstration": standing.demonstration,
    }


def nexts(stage: Stage) -> list[dict[str, str]]:
    """Where one may go from a stage."""
    return [{"stage": to.value, "word": word(to)} for to in NEXT[stage]]


# ── effects ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def effect_rows(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each effect as a heading, before and after, a note, and a sign."""
    return [_EFFECTS[it["kind"]](it) for it in found]


def _rent(it: Mapping[str, Any]) -> dict[str, Any]:
    note = ""
    if it["after_fen"] is not None and it["before_fen"] is not None:
        note = _(
            "按现有场地挂牌价测算，月租%(before)s → %(after)s",
            before=money(it["before_fen"]),
            after=money(it["after_fen"]),
        )
    return {
        "icon": "receipt-yuan",
        "title": _("租金档"),
        "before": _rate(it["before"]),
        "after": _rate(it["after"]),
        "note": note,
        "tone": "neutral",
    }


def _rate(rate: str | None) -> str:
    return (
        _("不适用")
        if rate is None
        else _("免租")
        if Decimal(rate) == 0
        else _("挂牌价的%(rate)s", rate=percent(Decimal(rate)))
    )


def _space(it: Mapping[str, Any]) -> dict[str, Any]:
    limit = [_("不限") if value is None else f"{value:,} ㎡" for value in (it["before"], it["after"])]
    note = _("现在使用%(area)s", area=area(it["area_cm2"]))
    if it["over"]:
        note = _("现在使用%(area)s，超出上限，请一并安排退还或续租", area=area(it["area_cm2"]))
    return {
        "icon": "ruler-2", "title": _("面积上限"), "before": limit[0], "after": limit[1], "note": note,
        "tone": "warning" if it["over"] else "neutral",
    }  # fmt: skip


def _policy(it: Mapping[str, Any]) -> dict[str, Any]:
    if it["effect"] == "failed":
        return {
            "icon": "alert-triangle", "title": bilingual(it["title"]), "before": "", "after": _("未能测算"),
            "note": it["reason"], "tone": "warning",
        }  # fmt: skip
    outcomes = [str(OUTCOMES[it[when]]) for when in ("before", "after")]
    if it["before"] == it["after"]:
        outcomes = [money(it["before_fen"]), money(it["after_fen"])]
    turned = "、".join(bilingual(label) for label in it["checks"])
    signs = {"opens": ("lock-open", "success"), "closes": ("lock", "danger"), "changes": ("arrows-exchange", "info")}
    icon, tone_ = signs[it["effect"]]
    said = {"opens": _("开放"), "closes": _("关闭"), "changes": _("变化")}[it["effect"]]
    return {
        "icon": icon, "title": bilingual(it["title"]), "said": said, "before": outcomes[0], "after": outcomes[1],
        "note": _("涉及：%(checks)s", checks=turned) if turned else "", "tone": tone_,
    }  # fmt: skip


def _unknown(it: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "icon": "help-circle", "title": _("扶持政策"), "before": "", "after": _("暂时无法测算"),
        "note": sentence(DomainError(it["reason"], **it["values"])), "tone": "warning",
    }  # fmt: skip


_EFFECTS = {"rent": _rent, "space": _space, "policy": _policy, "unknown": _unknown}


# ── the record ──────────────────────────────────────────────────────────────────────────────────────────────────────


def decisions(tenant: Tenant) -> list[dict[str, Any]]:
    """Everything decided about a tenant's stages, the newest first, with who, when and why."""
    rows = queries.decisions(db.session, tenant.id)
    who = people.names(db.session, {row.decided_by_id for row in rows if row.decided_by_id})
    return [
        {
            "id": row.id,
            "kind": str(KINDS[row.kind]),
            "correction": row.kind is StageDecisionKind.CORRECTION,
            "from": row.from_stage.value if row.from_stage else None,
            "to": row.to_stage.value,
            "on": row.moved_on,
            "at": row.at,
            "by": who.get(row.decided_by_id or 0),
            "deciders": row.deciders,
            "reason": row.reason,
            "evidence": row.evidence,
            "checks": [_kept(it) for it in row.checks if not it.get("option")],
            "options": [_kept(it) for it in row.checks if it.get("option")],
            "effects": effect_rows(row.effects),
            "before": stretches(row.before),
            "after": stretches(row.after),
        }
        for row in rows
    ]


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    return check_row(row["code"], row["passed"], row["observed"], row["required"], row["relation"], row["unit"])


def stretches(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"stage": it.stage.value, "start": it.start, "end": it.end} for it in history.from_json(rows)]


def stage_choices(*, empty: str = "") -> list[tuple[str, str]]:
    return [*([("", empty)] if empty else []), *((stage.value, str(said)) for stage, said in STAGES.items())]


def file_href(tenant_id: int, file_id: int) -> str:
    return url_for("stages.paper", tenant_id=tenant_id, stored_file_id=file_id)
