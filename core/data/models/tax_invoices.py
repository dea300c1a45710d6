"""发票 for lines of bills: asked for, issued in the tax system and noted here, taken back by red letters (红字)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, TenantScoped
from core.data.models.billing import Bill, BillLine
from core.data.models.cases import StoredFile
from core.data.models.tenants import Tenant
from core.data.types import UTCDateTime, choice, utcnow


class TaxInvoiceKind(StrEnum):
    ORDINARY = "ordinary"  # 普通发票
    SPECIAL = "special"  # 增值税专用发票


class TaxInvoiceItem(StrEnum):
    """What a 发票 is for. One has one item, because each has its rate, and 经营租赁 may not stand beside others."""

    LEASE = "lease"  # 经营租赁
    PROPERTY = "property"  # 物业管理服务
    SERVICE = "service"  # 孵化服务
    UTILITIES = "utilities"  # 水费、电费
    OTHER = "other"


class TaxInvoiceState(StrEnum):
    REQUESTED = "requested"
    ISSUED = "issued"
    REJECTED = "rejected"


NUMBERED = "number is not null"


class TaxInvoice(TenantScoped, Base):
    """发票 of one bill, amounts with tax. A red letter (红字发票) is one too, with negative amounts, of the blue one it
    takes back. What the number is checked for: no two of an instance have it, whichever operator wrote it down."""

    __tablename__ = "tax_invoices"
    __table_args__ = (
        CheckConstraint("amount_fen <> 0 and (amount_fen < 0) = (red_of_id is not null)", name="red_is_negative"),
        CheckConstraint("reversed_fen between 0 and abs(amount_fen)", name="reversed_within"),
        CheckConstraint("reversed_fen = 0 or (red_of_id is null and state = 'issued')", name="reversed_was_issued"),
        CheckConstraint(
            "(state = 'issued') = (number is not null) and (state = 'issued') = (issued_on is not null)"
            " and (state = 'issued') = (rate is not null)",
            name="issued_whole",
        ),
        CheckConstraint("(state = 'rejected' or red_of_id is not null) = (reason is not null)", name="reason"),
        CheckConstraint("red_of_id is null or state = 'issued'", name="red_is_issued"),
        CheckConstraint("rate between 0 and 1", name="rate_of_one"),
        CheckConstraint(
            "item <> 'lease' or state <> 'issued' or (premises is not null and certificate is not null"
            " and term_first is not null and term_last is not null)",
            name="lease_described",
        ),
        CheckConstraint("term_first <= term_last", name="term"),
        CheckConstraint("kind = 'ordinary' or taxpayer_no is not null", name="special_has_taxpayer"),
        Index(
            "uq_tax_invoices_number",
            "code",
            "number",
            unique=True,
            sqlite_where=text(NUMBERED),
            postgresql_where=text(NUMBERED),
        ),
    )

    bill_id: Mapped[int] = mapped_column(ForeignKey("bills.id"), index=True)
    item: Mapped[TaxInvoiceItem] = choice(TaxInvoiceItem)
    kind: Mapped[TaxInvoiceKind] = choice(TaxInvoiceKind)
    state: Mapped[TaxInvoiceState] = choice(TaxInvoiceState, default=TaxInvoiceState.REQUESTED)
    title: Mapped[str] = mapped_column(String(120))  # 抬头
    taxpayer_no: Mapped[str | None] = mapped_column(String(18))
    amount_fen: Mapped[int]  # 价税合计
    reversed_fen: Mapped[int] = mapped_column(default=0)  # what its red letters come to
    red_of_id: Mapped[int | None] = mapped_column(ForeignKey("tax_invoices.id"), index=True)
    note: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(String(200))  # of a rejection, of a red letter
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    # As in the tax system.
    code: Mapped[str] = mapped_column(String(12), default="")  # 发票代码 of paper ones; a 数电票 has none
    number: Mapped[str | None] = mapped_column(String(20))
    issued_on: Mapped[date | None]
    item_name: Mapped[str | None] = mapped_column(String(60))
    rate: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    premises: Mapped[str | None] = mapped_column(String(200))  # of 经营租赁: address, 租赁期起止, 产权证号
    term_first: Mapped[date | None]
    term_last: Mapped[date | None]
    certificate: Mapped[str | None] = mapped_column(String(120))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))

    bill: Mapped[Bill] = relationship()
    tenant: Mapped[Tenant] = relationship()
    file: Mapped[StoredFile | None] = relationship()
    red_of: Mapped[TaxInvoice | None] = relationship(remote_side="TaxInvoice.id", back_populates="reds")
    reds: Mapped[list[TaxInvoice]] = relationship(back_populates="red_of", order_by="TaxInvoice.id")
    lines: Mapped[list[TaxInvoiceLine]] = relationship(
        back_populates="invoice", cascade="all, delete-orphan", order_by="TaxInvoiceLine.id"
    )

    @property
    def rest_fen(self) -> int:
        """What red letters can still take back."""
        return self.amount_fen - self.reversed_fen if self.state is TaxInvoiceState.ISSUED and not self.red_of_id else 0


class TaxInvoiceLine(TenantScoped, Base):
    """How much of a line of a bill a 发票 covers; of a red letter, less than nothing."""

    __tablename__ = "tax_invoice_lines"
    __table_args__ = (
        UniqueConstraint("invoice_id", "line_id"),
        CheckConstraint("amount_fen <> 0", name="amount"),
    )

    invoice_id: Mapped[int] = mapped_column(ForeignKey("tax_invoices.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("bill_lines.id"), index=True)
    amount_fen: Mapped[int]

    invoice: Mapped[TaxInvoice] = relationship(back_populates="lines")
    line: Mapped[BillLine] = relationship()
