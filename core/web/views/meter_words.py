"""What meters are called on screen, and how their figures are written."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.metering import figure
from core.data.models import MeterKind
from core.services.metering.lines import yuan
from core.web.words import Words

KINDS: Words = {MeterKind.WATER: _("水表"), MeterKind.ELECTRICITY: _("电表")}
UNITS: Words = {MeterKind.WATER: _("m³"), MeterKind.ELECTRICITY: _("度")}
PRICE_UNITS: Words = {MeterKind.WATER: _("元/m³"), MeterKind.ELECTRICITY: _("元/度")}
ICONS = {MeterKind.WATER: "droplet", MeterKind.ELECTRICITY: "bolt"}
STATES: Words = {"active": _("在用"), "unread": _("超过一个月未抄"), "retired": _("已停用")}
TONES = {"active": "success", "unread": "warning", "retired": "neutral"}
SERVES: Words = {"unit": _("单元"), "shared": _("公摊")}

__all__ = ["ICONS", "KINDS", "PRICE_UNITS", "SERVES", "STATES", "TONES", "UNITS", "figure", "yuan"]
