"""The criteria of stages as a reader sees them: value in force, source, how sure it is, and what it was before."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import g
from flask_babel import gettext as _

from core.data.queries import people
from core.data.queries import stages as queries
from core.extensions import db
from core.policy import ParameterValue
from core.services.stages import criteria
from core.web.formats import money, percent
from core.web.templating import bilingual, language


def criterion_rows(operator_id: int) -> list[dict[str, Any]]:
    """Two groups: what the rules of the state say, and what is the operator's own."""
    rows = queries.parameters(db.session, [operator_id]).get(operator_id, [])
    who = people.names(db.session, [row.set_by_id for row in rows if row.set_by_id])
    by = {(row.name, row.from_on): who.get(row.set_by_id or 0) for row in rows}
    book = criteria.parameters(rows)
    in_force = book.table(g.today)
    found: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for name in criteria.defaults().titles:  # in the order of the file
        own = name in criteria.own()
        values = [value for value in book.values if value.name == name]
        now = in_force.get(name)
        found[own].append(
            {
                "name": name,
                "title": bilingual({"zh": book.titles[name].zh, "en": book.titles[name].en}),
                "own": own,
                "now": _row(now, by) if now else None,
                "past": [_row(value, by) for value in reversed(values) if value is not now],
                "unit": {"fen": _("元"), "months": _("个月"), "persons": _("人"), "rate": "%"}.get(values[0].unit, ""),
            }
        )
    return [
        {"key": "statutory", "title": _("上级文件规定"), "rows": found[False]},
        {"key": "own", "title": _("本机构自定"), "rows": found[True]},
    ]


def _row(value: ParameterValue, by: dict[Any, str | None]) -> dict[str, Any]:
    return {
        "value": written(value),
        "from": value.start,
        "ahead": value.start > g.today,
        "source": value.source,
        "status": "own" if value.origin == "district" else value.status,
        "by": by.get((value.name, value.start)),
    }


def written(value: ParameterValue) -> str:
    """In the units that people think in."""
    if value.value is None:
        return _("不再要求")
    if value.unit == "fen":
        return money(int(value.value), language())
    if value.unit == "rate":
        return percent(Decimal(value.value))
    units = {"months": _("个月"), "persons": _("人")}
    return f"{value.value} {units.get(value.unit, '')}".strip() if value.unit != "code" else str(value.value)
