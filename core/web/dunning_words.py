"""What arrears, dunning and accounts are called on screen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models import DunningHow, DunningLevel
from core.data.queries.statement import Act
from core.web.words import Words

AGES: Words = {
    "d0": _("未到期"),
    "d30": _("1–30天"),
    "d60": _("31–60天"),
    "d90": _("61–90天"),
    "d180": _("91–180天"),
    "older": _("180天以上"),
}
STATES: Words = {"in": _("在租"), "ended": _("协议已结束"), "gone": _("已退出"), "none": _("没有协议")}
STATE_TONES = {"in": "success", "ended": "warning", "gone": "neutral", "none": "neutral"}
LEVELS: Words = {
    DunningLevel.REMINDER: _("付款提醒"),
    DunningLevel.DEMAND: _("催缴函"),
    DunningLevel.FINAL: _("最后通知"),
}
LEVEL_TONES = {DunningLevel.REMINDER: "info", DunningLevel.DEMAND: "warning", DunningLevel.FINAL: "danger"}
HOW: Words = {DunningHow.MAIL: _("邮件"), DunningHow.PRINT: _("打印送达")}
ACTS: Words = {
    Act.BILL: _("账单"),
    Act.VOID: _("账单作废"),
    Act.CREDIT: _("贷项单"),
    Act.CREDIT_UNDONE: _("贷项单撤销"),
    Act.REFUND: _("退款"),
    Act.REFUND_UNDONE: _("退款撤销"),
    Act.PAYMENT: _("收款"),
    Act.REVERSAL: _("收款冲销"),
}
