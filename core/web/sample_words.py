"""What engagements and samples are called on screen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models import EngagementState, SampleMethod

STATES = {
    EngagementState.FIELDWORK: _("实施"),
    EngagementState.REPORTING: _("报告"),
    EngagementState.CLOSED: _("办结"),
}
TONES = {EngagementState.FIELDWORK: "info", EngagementState.REPORTING: "warning", EngagementState.CLOSED: "success"}
METHODS = {
    SampleMethod.MONETARY_UNIT: _("货币单元抽样"),
    SampleMethod.SIMPLE: _("简单随机抽样"),
    SampleMethod.STRATIFIED: _("分层随机抽样"),
}
# Which limit of a monetary-unit sample is the larger one.
DIRECTIONS = {"over": _("多支"), "under": _("少支"), "both": _("多支或少支")}
ITEM_STATES = {"open": _("待检查"), "right": _("无差错"), "wrong": _("有差错")}
ITEM_TONES = {"open": "neutral", "right": "success", "wrong": "danger"}
CONFIDENCES = {"0.9": "90%", "0.95": "95%", "0.99": "99%"}
