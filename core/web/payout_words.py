"""What batches, payments and changes of accounts are called on screen, and the tones of their states."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models import BatchState, ChangeState, PayoutState
from core.web.words import Words

BATCH_STATES: Words = {
    BatchState.DRAFT: _("草稿"),
    BatchState.PREPARED: _("已准备，待发放"),
    BatchState.RELEASED: _("已发放，待送银行"),
    BatchState.SENT: _("已送银行，待结果"),
    BatchState.SETTLED: _("已结清"),
    BatchState.CANCELLED: _("已作废"),
}
BATCH_TONES = {
    BatchState.DRAFT: "neutral",
    BatchState.PREPARED: "warning",
    BatchState.RELEASED: "info",
    BatchState.SENT: "info",
    BatchState.SETTLED: "success",
    BatchState.CANCELLED: "neutral",
}
PAYOUT_STATES: Words = {
    PayoutState.PENDING: _("待付款"),
    PayoutState.PAID: _("已付"),
    PayoutState.FAILED: _("未付成"),
    PayoutState.RETURNED: _("已退汇"),
    PayoutState.CANCELLED: _("已作废"),
}
PAYOUT_TONES = {
    PayoutState.PENDING: "info",
    PayoutState.PAID: "success",
    PayoutState.FAILED: "danger",
    PayoutState.RETURNED: "danger",
    PayoutState.CANCELLED: "neutral",
}
CHANGE_STATES: Words = {
    ChangeState.REQUESTED: _("待核对"),
    ChangeState.CHECKED: _("已核对，待批准"),
    ChangeState.APPROVED: _("已批准"),
    ChangeState.REFUSED: _("未同意"),
    ChangeState.WITHDRAWN: _("已撤回"),
}
CHANGE_TONES = {
    ChangeState.REQUESTED: "warning",
    ChangeState.CHECKED: "info",
    ChangeState.APPROVED: "success",
    ChangeState.REFUSED: "danger",
    ChangeState.WITHDRAWN: "neutral",
}
STANDINGS: dict[str, object] = {
    "ready": _("可以拨付"),
    "to_announce": _("待公示"),
    "announced": _("公示中"),
    "objected": _("异议待处理"),
    "unchecked": _("账户待核对"),
    "changing": _("账户变更中"),
}
STANDING_TONES = {"ready": "success", "announced": "info"} | dict.fromkeys(
    ("to_announce", "objected", "unchecked", "changing"), "warning"
)
