"""What leases, bills and payments are called on screen, and the tones of their states."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models import (
    BillingState,
    BillKind,
    CreditReason,
    Fee,
    FeeKind,
    NoticeBy,
    PaymentMethod,
    RateBasis,
    TaxInvoiceItem,
    TaxInvoiceKind,
)
from core.services.leases import Phase
from core.web.words import Words

RATE_BASES: Words = {
    RateBasis.MONTH: _("元/月（合计）"),
    RateBasis.SQM_DAY_MEAN: _("元/㎡/天，每月按365÷12天"),
    RateBasis.SQM_DAY: _("元/㎡/天，按当月实际天数"),
    RateBasis.SQM_MONTH: _("元/㎡/月"),
    RateBasis.DESK_MONTH: _("元/工位/月"),
}
RATE_UNITS: Words = {
    RateBasis.MONTH: _("元/月"),
    RateBasis.SQM_DAY_MEAN: _("元/㎡/天"),
    RateBasis.SQM_DAY: _("元/㎡/天"),
    RateBasis.SQM_MONTH: _("元/㎡/月"),
    RateBasis.DESK_MONTH: _("元/工位/月"),
}
FEES: Words = {
    FeeKind.PROPERTY: _("物业费"),
    FeeKind.SERVICE: _("孵化服务费"),
    FeeKind.OTHER: _("其他费用"),
}
NOTICE_BY: Words = {
    NoticeBy.TENANT: _("企业提出"),
    NoticeBy.OPERATOR: _("运营机构提出"),
    NoticeBy.BOTH: _("协商一致"),
}
LEASE_PHASES: Words = {
    Phase.DRAFT: _("草稿"),
    Phase.OFFERED: _("待签"),
    Phase.LAPSED: _("要约过期"),
    Phase.SIGNED: _("已签，未起租"),
    Phase.RUNNING: _("履行中"),
    Phase.NOTICE: _("已通知终止"),
    Phase.ENDED: _("已结束"),
    Phase.RENEWED: _("已续签"),
}
LEASE_TONES = {
    Phase.DRAFT: "neutral",
    Phase.OFFERED: "info",
    Phase.LAPSED: "warning",
    Phase.SIGNED: "info",
    Phase.RUNNING: "success",
    Phase.NOTICE: "warning",
    Phase.ENDED: "neutral",
    Phase.RENEWED: "neutral",
}
BILL_FEES: Words = {
    Fee.RENT: _("房租"),
    Fee.PROPERTY: _("物业费"),
    Fee.UTILITIES: _("水电费"),
    Fee.SERVICE: _("孵化服务费"),
    Fee.DEPOSIT: _("押金"),
    Fee.OTHER: _("其他费用"),
}
PAYMENT_METHODS: Words = {
    PaymentMethod.TRANSFER: _("银行转账"),
    PaymentMethod.CARD: _("刷卡、扫码"),
    PaymentMethod.CASH: _("现金"),
    PaymentMethod.OFFSET: _("押金抵扣"),
    PaymentMethod.OPENING: _("期初预收"),
    PaymentMethod.OTHER: _("其他"),
}
BY_HAND: Words = {it: word for it, word in PAYMENT_METHODS.items() if it is not PaymentMethod.OFFSET}
RETURNED_BY: Words = {it: word for it, word in BY_HAND.items() if it is not PaymentMethod.OPENING}
BILL_KINDS: Words = {
    BillKind.REGULAR: _("租费"),
    BillKind.DEPOSIT: _("押金"),
    BillKind.UTILITIES: _("水电"),
    BillKind.OPENING: _("期初欠款"),
    BillKind.EXTRA: _("其他收费"),
}
CREDIT_REASONS: Words = {
    CreditReason.WAIVER: _("减免"),
    CreditReason.CORRECTION: _("更正"),
    CreditReason.EARLY_END: _("提前终止"),
    CreditReason.DEPOSIT: _("押金退还或抵扣"),
}
CREDIT_BY_HAND: Words = {it: CREDIT_REASONS[it] for it in (CreditReason.WAIVER, CreditReason.CORRECTION)}
TAX_INVOICE_KINDS: Words = {
    TaxInvoiceKind.ORDINARY: _("普通发票"),
    TaxInvoiceKind.SPECIAL: _("增值税专用发票"),
}
TAX_INVOICE_ITEMS: Words = {
    TaxInvoiceItem.LEASE: _("经营租赁"),
    TaxInvoiceItem.PROPERTY: _("物业管理服务"),
    TaxInvoiceItem.SERVICE: _("孵化服务"),
    TaxInvoiceItem.UTILITIES: _("水费、电费"),
    TaxInvoiceItem.OTHER: _("其他"),
}
BILLING_STATES: Words = {
    BillingState.WAITING: _("出账中"),
    BillingState.DONE: _("已完成"),
    BillingState.FAILED: _("中断"),
}
BILLING_TONES = {BillingState.WAITING: "info", BillingState.DONE: "success", BillingState.FAILED: "danger"}
