"""How checkouts, refunds, disputes and differences are named on pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models import CheckoutState, DifferenceEnd, DifferenceKind, ReturnKind
from core.web.words import Words

CHECKOUTS: Words = {
    CheckoutState.OPEN: _("未完成"),
    CheckoutState.WAITING: _("款项在途"),
    CheckoutState.FAILED: _("没有成功"),
    CheckoutState.EXPIRED: _("已过期"),
    CheckoutState.PAID: _("已付"),
}
# What a bill says of its newest checkout; nothing once it is paid: the payment is in the list.
SAID: Words = {
    CheckoutState.OPEN: _("有一次在线支付没有完成：付款页面还开着，可以继续。没有付款就不会入账。"),
    CheckoutState.WAITING: _("在线支付已提交，款项在途。到账后自动入账，请不要重复付款。"),
    CheckoutState.FAILED: _("上次在线支付没有成功，没有收款。可以重新支付。"),
    CheckoutState.EXPIRED: _("上次的付款页面已过期，没有收款。可以重新支付。"),
}
RETURNS: Words = {ReturnKind.REFUND: _("退款"), ReturnKind.DISPUTE: _("拒付")}
RETURN_STATES: Words = {
    "pending": _("处理中"),
    "requires_action": _("等付款人操作"),
    "succeeded": _("已退回"),
    "failed": _("失败，款未退出"),
    "canceled": _("已取消"),
    "needs_response": _("待申诉"),
    "warning_needs_response": _("预警，待回应"),
    "warning_under_review": _("预警，审核中"),
    "warning_closed": _("预警已结束"),
    "under_review": _("审核中"),
    "prevented": _("已避免"),
    "won": _("申诉成功"),
    "lost": _("款已退回付款人"),
}
RETURN_TONES = {
    "succeeded": "success", "won": "success", "failed": "danger", "lost": "danger", "needs_response": "warning",
    "warning_needs_response": "warning", "pending": "info", "under_review": "info",
}  # fmt: skip
DIFFERENCES: Words = {
    DifferenceKind.MISSED_PAYMENT: _("Stripe已收款，这里没有登记"),
    DifferenceKind.NOT_THERE: _("这里登记了，Stripe上没有这笔收款"),
    DifferenceKind.AMOUNT: _("金额不同"),
    DifferenceKind.CURRENCY: _("币种不是人民币"),
    DifferenceKind.MISSED_REFUND: _("Stripe已退款，这里没有冲销"),
    DifferenceKind.PART_REFUND: _("Stripe退了一部分，这里已付在账单上"),
    DifferenceKind.FAILED_REFUND: _("退款失败，这里已冲销"),
    DifferenceKind.ONLY_REVERSED: _("这里冲销了，Stripe没有退款"),
    DifferenceKind.TWICE: _("同一笔支付登记了两次"),
    DifferenceKind.STATE: _("付款页面的状态不同"),
    DifferenceKind.OTHER_TENANT: _("付款所写的企业与账单不同"),
    DifferenceKind.UNKNOWN: _("Stripe上的收款不属于这里的账单"),
    DifferenceKind.DISPUTE: _("付款人向发卡行拒付"),
}
REMEDIES: Words = {
    DifferenceKind.MISSED_PAYMENT: _("下次核对会补登记；仍在这里的，请按Stripe的金额手工登记，流水号填支付编号"),
    DifferenceKind.NOT_THERE: _("核对银行和Stripe：没有收到的，冲销这笔收款"),
    DifferenceKind.AMOUNT: _("以Stripe的金额为准：冲销这笔收款，再按实收登记"),
    DifferenceKind.CURRENCY: _("在Stripe上退款，请企业用人民币重付"),
    DifferenceKind.MISSED_REFUND: _("下次核对会冲销；仍在这里的，先撤销这笔收款的退款或抵扣"),
    DifferenceKind.PART_REFUND: _("在账单上对这部分开贷项单，下次核对会登记退款"),
    DifferenceKind.FAILED_REFUND: _("钱还在Stripe账户：用别的方式退给企业，或重新登记这笔收款"),
    DifferenceKind.ONLY_REVERSED: _("该退的，在Stripe上退款；冲销错的，重新登记这笔收款"),
    DifferenceKind.TWICE: _("冲销多登记的一笔"),
    DifferenceKind.STATE: _("下次核对会更新"),
    DifferenceKind.OTHER_TENANT: _("核对是谁付的：登记到正确的企业，或在Stripe上退款"),
    DifferenceKind.UNKNOWN: _("在Stripe上查这笔收款的来历：属于某张账单的，由运营机构手工登记；否则退款"),
    DifferenceKind.DISPUTE: _("在Stripe上限期提交证据；败诉后这里自动冲销"),
}
ENDS: Words = {
    DifferenceEnd.APPLIED: _("已自动补上"),
    DifferenceEnd.GONE: _("已不存在"),
    DifferenceEnd.PERSON: _("已处理"),
}
