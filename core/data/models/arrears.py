"""What is owed for long: on which day payments went to lines, and the letters that ask for what is overdue."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, OperatorPrivate, TenantScoped
from core.data.models.billing import Bill
from core.data.models.tenants import Tenant
from core.data.types import UTCDateTime, choice, utcnow


class AllocationMove(TenantScoped, Base):
    """That a part of a payment went to a line on a day, or, below zero, came back from it: what an allocation comes to
    as of any day is the sum of these."""

    __tablename__ = "allocation_moves"
    __table_args__ = (
        CheckConstraint("amount_fen <> 0", name="amount_not_zero"),
        # As of a day, what each line was paid is read from this index alone.
        Index("ix_allocation_moves_paid", "operator_id", "moved_on", "line_id", "amount_fen"),
    )

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("bill_lines.id"), index=True)
    moved_on: Mapped[date]
    amount_fen: Mapped[int]


class DunningLevel(StrEnum):
    """How firmly it is asked, in this order."""

    REMINDER = "reminder"  # 付款提醒
    DEMAND = "demand"  # 催缴函
    FINAL = "final"  # 最后通知


class DunningHow(StrEnum):
    MAIL = "mail"
    PRINT = "print"


class DunningRule(OperatorPrivate, Base):
    """An operator's way of asking: how many days after the due day each level is reached, and what letters say."""

    __tablename__ = "dunning_rules"
    __table_args__ = (
        UniqueConstraint("operator_id"),
        CheckConstraint(
            "reminder_days > 0 and demand_days > reminder_days and final_days > demand_days", name="days_rise"
        ),
        CheckConstraint("grace_days > 0", name="grace_positive"),
    )

    reminder_days: Mapped[int] = mapped_column(default=3)
    demand_days: Mapped[int] = mapped_column(default=15)
    final_days: Mapped[int] = mapped_column(default=30)
    grace_days: Mapped[int] = mapped_column(default=7)  # from the letter to the day it asks to pay by
    pay_to: Mapped[str | None] = mapped_column(String(300))  # the account, as it is printed
    by_itself: Mapped[bool] = mapped_column(default=False)  # the daily job mails letters, and not people alone


class DunningHold(OperatorPrivate, Base):
    """A tenant that is not to be dunned until a day: it pays by instalments, or disputes the sum."""

    __tablename__ = "dunning_holds"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)
    until: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    lifted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Dunning(TenantScoped, Base):
    """催缴: one letter to a tenant. It is printed from this record, so it says the same whenever it is asked for."""

    __tablename__ = "dunnings"
    __table_args__ = (
        UniqueConstraint("operator_id", "number"),
        CheckConstraint("total_fen > 0", name="total_positive"),
        Index(
            "ix_dunnings_waiting",
            "id",
            sqlite_where=text("how = 'mail' and mailed_at is null"),
            postgresql_where=text("how = 'mail' and mailed_at is null"),
        ),
    )

    number: Mapped[str] = mapped_column(String(40))
    level: Mapped[DunningLevel] = choice(DunningLevel)
    how: Mapped[DunningHow] = choice(DunningHow)
    sent_on: Mapped[date]
    pay_by: Mapped[date]
    total_fen: Mapped[int]
    pay_to: Mapped[str | None] = mapped_column(String(300))
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # NULL: the daily job
    mailed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    mailed_to: Mapped[str | None] = mapped_column(String(500))

    tenant: Mapped[Tenant] = relationship()
    bills: Mapped[list[DunningBill]] = relationship(cascade="all, delete-orphan", order_by="DunningBill.id")


class DunningBill(TenantScoped, Base):
    """A bill that a letter names, with what was owed of it then. `level`: the one it reached with this letter; NULL:
    it was told of before, and stands there so that the letter says all that is overdue."""

    __tablename__ = "dunning_bills"
    __table_args__ = (
        UniqueConstraint("dunning_id", "bill_id"),
        CheckConstraint("rest_fen > 0", name="rest_positive"),
        CheckConstraint("days > 0", name="late"),
        # Each level once a bill, unless dunning was begun anew.
        Index(
            "uq_dunning_bills_level",
            "bill_id",
            "level",
            unique=True,
            sqlite_where=text("restarted_at is null"),
            postgresql_where=text("restarted_at is null"),
        ),
    )

    dunning_id: Mapped[int] = mapped_column(ForeignKey("dunnings.id"), index=True)
    bill_id: Mapped[int] = mapped_column(ForeignKey("bills.id"), index=True)
    level: Mapped[DunningLevel | None] = choice(DunningLevel, nullable=True)
    rest_fen: Mapped[int]
    days: Mapped[int]  # late, on the day of the letter
    restarted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    bill: Mapped[Bill] = relationship()
