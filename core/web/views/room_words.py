"""The words of bookings and events."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models import EventKind, EventState

EVENT_KINDS = {
    EventKind.TRAINING: _("培训"),
    EventKind.ROADSHOW: _("路演"),
    EventKind.SALON: _("沙龙"),
    EventKind.BRIEFING: _("政策宣讲"),
    EventKind.OTHER: _("其他活动"),
}
EVENT_STATES = {
    EventState.DRAFT: _("草稿"),
    EventState.PUBLISHED: _("报名中"),
    EventState.HELD: _("已举办"),
    EventState.CANCELLED: _("已取消"),
}
EVENT_TONES = {
    EventState.DRAFT: "neutral",
    EventState.PUBLISHED: "info",
    EventState.HELD: "success",
    EventState.CANCELLED: "danger",
}
BOOKING_STATES = {"coming": _("已预订"), "over": _("已结束"), "cancelled": _("已取消")}
BOOKING_TONES = {"coming": "info", "over": "neutral", "cancelled": "neutral"}
WEEKDAYS = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
