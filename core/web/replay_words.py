"""Words of replay, for lists and pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models import ReplayAnswer, ReplayState

STATES = {
    ReplayState.WAITING: _("进行中"),
    ReplayState.DONE: _("完成"),
    ReplayState.STOPPED: _("已停止"),
    ReplayState.FAILED: _("失败"),
}
STATE_TONES = {
    ReplayState.WAITING: "info",
    ReplayState.DONE: "success",
    ReplayState.STOPPED: "warning",
    ReplayState.FAILED: "danger",
}
ANSWERS = {
    ReplayAnswer.SAME: _("一致"),
    ReplayAnswer.ALTERED: _("决定包被改动"),
    ReplayAnswer.OTHER_FACTS: _("事实不同"),
    ReplayAnswer.OTHER_PARAMETERS: _("参数不同"),
    ReplayAnswer.OTHER_CODE: _("规则代码不同"),
    ReplayAnswer.OTHER_RULES: _("按今日规则不同"),
    ReplayAnswer.UNAVAILABLE: _("无法重算"),
}
ANSWER_TONES = {
    ReplayAnswer.SAME: "success",
    ReplayAnswer.ALTERED: "danger",
    ReplayAnswer.OTHER_FACTS: "danger",
    ReplayAnswer.OTHER_PARAMETERS: "warning",
    ReplayAnswer.OTHER_CODE: "warning",
    ReplayAnswer.OTHER_RULES: "info",
    ReplayAnswer.UNAVAILABLE: "warning",
}
MEANINGS = {
    ReplayAnswer.SAME: _("按决定包重新计算，结果与当时逐项一致。"),
    ReplayAnswer.ALTERED: _(
        "决定包的摘要与登记或通知书上的不符：决定作出之后有人改过它。请核对透明日志，并与通知书内附的决定包比对。"
    ),
    ReplayAnswer.OTHER_FACTS: _("用决定包所载的事实、参数和同一版规则，得不出所载的结果：决定包自身不一致。"),
    ReplayAnswer.OTHER_PARAMETERS: _("决定作出之后，当时所用的参数被更正；用更正后的参数，结果不同。"),
    ReplayAnswer.OTHER_CODE: _("决定作出之后，当时适用的规则代码有改动；用现在的代码，结果不同。"),
    ReplayAnswer.OTHER_RULES: _("用今天生效的规则和参数，结果会不同。当时的决定不因此有误。"),
    ReplayAnswer.UNAVAILABLE: _("没有算出结果：政策不在本机、规则报错或决定包不能读取，原因见下。"),
}
