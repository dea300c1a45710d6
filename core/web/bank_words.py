"""What bank lines, proposals and their reasons are called on screen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.services.bank import Certainty, Reason

STATES = {"waits": _("待入账"), "booked": _("已入账"), "aside": _("已搁置")}
STATE_TONES = {"waits": "warning", "booked": "success", "aside": "neutral"}
CERTAINTIES = {Certainty.CERTAIN: _("能确定"), Certainty.LIKELY: _("有建议"), Certainty.NONE: _("没有建议")}
CERTAINTY_TONES = {Certainty.CERTAIN: "success", Certainty.LIKELY: "info", Certainty.NONE: "neutral"}
REASONS = {
    Reason.NUMBER: _("附言写有账单号"),
    Reason.NAME: _("付款户名就是这家企业"),
    Reason.PAYER: _("这个户名以前为它付过"),
    Reason.REMARK: _("附言提到这家企业"),
    Reason.REST: _("金额等于账单待付"),
    Reason.ALL: _("金额等于全部待付合计"),
    Reason.NOTHING_OPEN: _("没有待付的账单"),
    Reason.ALREADY: _("可能已登记过：流水号，或同日同额的收款"),
}
AGAINST = frozenset({Reason.NOTHING_OPEN, Reason.ALREADY})
ASIDE = (_("利息"), _("退款"), _("内部转账"), _("保证金"), _("政府补助"))
