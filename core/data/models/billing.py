"""What tenants are asked to pay: bills with their lines, and the monthly runs that make them. A bill is no 发票."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, OperatorPrivate, TenantScoped
from core.data.models.leases import Lease
from core.data.models.tenants import Tenant
from core.data.types import Month, UTCDateTime, choice, utcnow


class Fee(StrEnum):
    """What a line of a bill is for."""

    RENT = "rent"  # 房租
    PROPERTY = "property"  # 物业费
    UTILITIES = "utilities"  # 水电
    SERVICE = "service"  # 孵化服务
    DEPOSIT = "deposit"  # 押金: never income, never rent
    OTHER = "other"


class BillKind(StrEnum):
    REGULAR = "regular"  # an instalment of a lease
    DEPOSIT = "deposit"
    UTILITIES = "utilities"  # 水电 of a lease for a period
    OPENING = "opening"  # 期初余额: owed from before the operator began here
    EXTRA = "extra"  # asked for by hand


class BillStatus(StrEnum):
    OPEN = "open"
    VOID = "void"  # taken back; stays on record with the reason


class BillingState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class BillingBook(OperatorPrivate, Base):
    """From which month on an operator bills here. What was due before was kept elsewhere."""

    __tablename__ = "billing_books"
    __table_args__ = (UniqueConstraint("operator_id"),)

    from_month: Mapped[str] = mapped_column(Month)


class BillingRun(OperatorPrivate, Base):
    """One monthly run (出账): makes the bills that are due by the end of its month and are not there yet."""

    __tablename__ = "billing_runs"
    __table_args__ = (
        Index(
            "uq_billing_runs_waiting",
            "operator_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    month: Mapped[str] = mapped_column(Month)
    state: Mapped[BillingState] = choice(BillingState, default=BillingState.WAITING)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done: Mapped[int] = mapped_column(default=0)  # leases looked at
    whole: Mapped[int] = mapped_column(default=0)  # of so many
    failure: Mapped[str | None] = mapped_column(String(300))

    bills: Mapped[list[Bill]] = relationship(back_populates="run")


OWED = "amount_fen > paid_fen + credited_fen"  # said so in queries too: else SQLite does not see the index
PERIODIC = "status = 'open' and kind in ('regular', 'deposit', 'utilities')"


class Bill(TenantScoped, Base):
    """账单. One of a kind for a period of a lease: a second open one is refused by the index below, whoever writes it.
    Only an opening balance or a bill made by hand may have no lease."""

    __tablename__ = "bills"
    __table_args__ = (
        UniqueConstraint("operator_id", "number"),
        CheckConstraint("first <= last", name="range"),
        CheckConstraint("total_fen > 0", name="total_positive"),
        CheckConstraint("(status = 'void') = (void_reason is not null)", name="void_with_reason"),
        Index(
            "uq_bills_period",
            "lease_id",
            "kind",
            "first",
            unique=True,
            sqlite_where=text(PERIODIC),
            postgresql_where=text(PERIODIC),
        ),
        CheckConstraint("lease_id is not null or kind in ('opening', 'extra')", name="lease_of_period"),
    )

    number: Mapped[str] = mapped_column(String(40))
    kind: Mapped[BillKind] = choice(BillKind)
    status: Mapped[BillStatus] = choice(BillStatus, default=BillStatus.OPEN)
    lease_id: Mapped[int | None] = mapped_column(ForeignKey("leases.id"), index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("billing_runs.id"), index=True)
    first: Mapped[date]
    last: Mapped[date]
    issued_on: Mapped[date]
    due_on: Mapped[date] = mapped_column(index=True)
    total_fen: Mapped[int]
    note: Mapped[str | None] = mapped_column(String(200))
    void_reason: Mapped[str | None] = mapped_column(String(200))
    voided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    lease: Mapped[Lease | None] = relationship()
    tenant: Mapped[Tenant] = relationship()
    run: Mapped[BillingRun | None] = relationship(back_populates="bills")
    lines: Mapped[list[BillLine]] = relationship(
        back_populates="bill", cascade="all, delete-orphan", order_by="BillLine.place"
    )

    @property
    def rest_fen(self) -> int:
        """What is still to be paid."""
        return 0 if self.status is BillStatus.VOID else sum(line.rest_fen for line in self.lines)


class BillLine(TenantScoped, Base):
    """One thing on a bill. Rent is a line for each month, so that what is paid can be told by month. Of its amount a
    part is paid, a part is credited (贷项), the rest is owed."""

    __tablename__ = "bill_lines"
    __table_args__ = (
        UniqueConstraint("bill_id", "place"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("paid_fen between 0 and amount_fen", name="paid_within"),
        CheckConstraint("credited_fen between 0 and amount_fen - paid_fen", name="credited_within"),
        CheckConstraint("invoiced_fen between 0 and amount_fen", name="invoiced_within"),
        # The few lines among all of which something is owed.
        Index(
            "ix_bill_lines_owed",
            "operator_id",
            "tenant_id",
            "bill_id",
            sqlite_where=text(OWED),
            postgresql_where=text(OWED),
        ),
    )

    bill_id: Mapped[int] = mapped_column(ForeignKey("bills.id"), index=True)
    place: Mapped[int]
    fee: Mapped[Fee] = choice(Fee)
    month: Mapped[str | None] = mapped_column(Month)
    what: Mapped[str | None] = mapped_column(String(80))  # more words where the fee does not say all
    amount_fen: Mapped[int]
    paid_fen: Mapped[int] = mapped_column(default=0)  # what allocations of payments that stand come to
    credited_fen: Mapped[int] = mapped_column(default=0)  # what credit notes that stand come to
    invoiced_fen: Mapped[int] = mapped_column(default=0)  # what 发票 asked for or issued come to, less red letters

    bill: Mapped[Bill] = relationship(back_populates="lines")
    allocations: Mapped[list[Allocation]] = relationship(back_populates="line")

    @property
    def rest_fen(self) -> int:
        return self.amount_fen - self.paid_fen - self.credited_fen


class PaymentMethod(StrEnum):
    TRANSFER = "transfer"
    CARD = "card"
    CASH = "cash"
    OFFSET = "offset"  # 押金抵扣: a deposit that became money for what is owed
    OPENING = "opening"  # 期初预收: what was there before the operator began here
    OTHER = "other"


class Payment(TenantScoped, Base):
    """收款: money that came in. What bills do not take is the tenant's, 预收. Taken back, it stays on record."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("free_fen between 0 and amount_fen", name="free_within"),
        CheckConstraint("refunded_fen between 0 and amount_fen - free_fen", name="refunded_within"),
        CheckConstraint("(reversed_at is null) = (reversal_reason is null)", name="reversed_with_reason"),
        Index(
            "uq_payments_reference",
            "operator_id",
            "reference",
            unique=True,
            sqlite_where=text("reversed_at is null"),
            postgresql_where=text("reversed_at is null"),
        ),
    )

    received_on: Mapped[date]
    amount_fen: Mapped[int]
    free_fen: Mapped[int]  # not allocated yet
    refunded_fen: Mapped[int] = mapped_column(default=0)  # what refunds that stand come to
    method: Mapped[PaymentMethod] = choice(PaymentMethod)
    payer_name: Mapped[str | None] = mapped_column(String(120))
    reference: Mapped[str | None] = mapped_column(
        String(60)
    )  # 流水号 or number of the voucher: the same one is one payment
    note: Mapped[str | None] = mapped_column(String(200))
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    reversed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reversal_reason: Mapped[str | None] = mapped_column(String(200))

    tenant: Mapped[Tenant] = relationship()
    allocations: Mapped[list[Allocation]] = relationship(back_populates="payment", cascade="all, delete-orphan")


class Allocation(TenantScoped, Base):
    """How much of a payment went to a line of a bill. Of a payment taken back: what it had paid."""

    __tablename__ = "allocations"
    __table_args__ = (
        UniqueConstraint("payment_id", "line_id"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("bill_lines.id"), index=True)
    amount_fen: Mapped[int]

    payment: Mapped[Payment] = relationship(back_populates="allocations")
    line: Mapped[BillLine] = relationship(back_populates="allocations")
