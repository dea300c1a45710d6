"""Two files side by side: each fact as both have it, and which one will stand."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _

from core.data.models import LegalForm, Tenant, TenantKind
from core.services.merging import FACTS, Plan
from core.services.tenants import FACTS as ALL
from core.web import words
from core.web.formats import day
from core.web.templating import language


def choices(plan: Plan, kept: Tenant, merged: Tenant) -> list[dict[str, Any]]:
    """One row per fact that at least one file knows: `choose` where both do and differ, `filled` where only the merged
    one does. A company's word on what it is goes before a team's."""
    rows = []
    for name in ALL:
        one, other = getattr(kept, name), getattr(merged, name)
        if one is None and other is None:
            continue
        rows.append(
            {
                "name": name,
                "label": words.FACTS[name],
                "kept": shown(one),
                "merged": shown(other),
                "choose": name in plan.differing and name in FACTS,
                "filled": name in plan.filled,
                "prefer": "merged" if name == "kind" and other is TenantKind.COMPANY else "kept",
            }
        )
    return rows


def shown(value: Any) -> str | None:
    """A fact for a reader; None where it is not known."""
    if value is None or isinstance(value, bool):
        return None if value is None else _("是") if value else _("否")
    if isinstance(value, date):
        return day(value, language())
    if isinstance(value, TenantKind):
        return str(words.TENANT_KINDS[value])
    if isinstance(value, LegalForm):
        return str(words.LEGAL_FORMS[value])
    return value.value if isinstance(value, StrEnum) else str(value)
