"""What 追回 is called on screen: its causes and states, what was done, and why a part of an award is had back."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models import CreditKind, CreditState, RecoveryActKind, RecoveryCause, RecoveryState
from core.services.recovery import wording
from core.web.words import Words

CAUSES: Words = {
    RecoveryCause.REVOKED: _("核定撤销"),
    RecoveryCause.MOVED_OUT: _("提前迁出"),
    RecoveryCause.HEADS: _("参保减少"),
    RecoveryCause.TAX_INVOICE: _("发票冲红"),
    RecoveryCause.REFUND: _("房租退回"),
    RecoveryCause.CREDIT_NOTE: _("房租减免"),
    RecoveryCause.OTHER: _("其他事由"),
}
STATES: Words = {
    RecoveryState.LEAD: _("线索，待核对"),
    RecoveryState.PROPOSED: _("拟追回，听取陈述"),
    RecoveryState.DECIDED: _("已决定，待退回"),
    RecoveryState.SETTLED: _("已收回"),
    RecoveryState.DROPPED: _("不予追回"),
}
TONES = {
    RecoveryState.LEAD: "warning",
    RecoveryState.PROPOSED: "info",
    RecoveryState.DECIDED: "danger",
    RecoveryState.SETTLED: "success",
    RecoveryState.DROPPED: "neutral",
}
ACTS: Words = {
    RecoveryActKind.OPENED: _("立卷"),
    RecoveryActKind.PROPOSED: _("拟追回，告知陈述申辩"),
    RecoveryActKind.RECOMPUTED: _("重新核算"),
    RecoveryActKind.STATED: _("陈述申辩"),
    RecoveryActKind.DECIDED: _("决定追回"),
    RecoveryActKind.DEMANDED: _("发出退回决定书"),
    RecoveryActKind.APPEALED: _("申请复核"),
    RecoveryActKind.UPHELD: _("复核成立，减少应追回金额"),
    RecoveryActKind.DISMISSED: _("复核：维持原决定"),
    RecoveryActKind.REOPENED: _("抵扣撤回，恢复追回"),
    RecoveryActKind.SETTLED: _("全部收回，办结"),
    RecoveryActKind.DROPPED: _("不予追回"),
}
ACT_TONES = {
    RecoveryActKind.DECIDED: "danger",
    RecoveryActKind.DEMANDED: "danger",
    RecoveryActKind.SETTLED: "success",
    RecoveryActKind.UPHELD: "success",
    RecoveryActKind.STATED: "info",
    RecoveryActKind.APPEALED: "info",
}
WHYS: Words = {why: _(word) for why, word in wording.WHYS.items()}
KINDS: Words = {CreditKind.RECEIPT: _("收款"), CreditKind.OFFSET: _("抵扣拨付")}
CREDITS: Words = {
    CreditState.RECORDED: _("待确认"),
    CreditState.CONFIRMED: _("已入账"),
    CreditState.VOID: _("已撤回"),
}
CREDIT_TONES = {CreditState.RECORDED: "warning", CreditState.CONFIRMED: "success", CreditState.VOID: "neutral"}
BY_HAND = tuple(cause for cause in RecoveryCause if cause is not RecoveryCause.REVOKED)
