"""What tenants hold and pay: leases with their spaces and rent terms, and rent received."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, OperatorScoped, TenantScoped
from core.data.models.places import Space
from core.data.models.tenants import Tenant
from core.data.types import Month, choice


class LeaseStatus(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    ENDED = "ended"


class Lease(TenantScoped, Base):
    """入驻协议. `lawful` and `independent` are what the rules ask of premises; NULL is not known yet."""

    __tablename__ = "leases"
    __table_args__ = (
        UniqueConstraint("operator_id", "number"),
        CheckConstraint("ends_on is null or ends_on >= starts_on", name="range"),
        CheckConstraint("monthly_rent_fen >= 0", name="rent_not_negative"),
        CheckConstraint("deposit_fen >= 0", name="deposit_not_negative"),
    )

    number: Mapped[str] = mapped_column(String(60))
    status: Mapped[LeaseStatus] = choice(LeaseStatus, default=LeaseStatus.RUNNING)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    monthly_rent_fen: Mapped[int]
    deposit_fen: Mapped[int] = mapped_column(default=0)
    lawful: Mapped[bool | None]
    independent: Mapped[bool | None]
    region: Mapped[str | None] = mapped_column(String(6))
    paper_sha256: Mapped[str | None] = mapped_column(String(64))

    tenant: Mapped[Tenant] = relationship()
    spaces: Mapped[list[LeaseSpace]] = relationship(back_populates="lease", cascade="all, delete-orphan")
    terms: Mapped[list[RentTerm]] = relationship(
        back_populates="lease", cascade="all, delete-orphan", order_by="RentTerm.from_on"
    )


class LeaseSpace(OperatorScoped, Base):
    __tablename__ = "lease_spaces"
    __table_args__ = (UniqueConstraint("lease_id", "space_id"),)

    lease_id: Mapped[int] = mapped_column(ForeignKey("leases.id"), index=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("spaces.id"), index=True)

    lease: Mapped[Lease] = relationship(back_populates="spaces")
    space: Mapped[Space] = relationship()


class RentTerm(OperatorScoped, Base):
    """A step of the rent from a date on; 0 fen for a rent-free stretch."""

    __tablename__ = "rent_terms"
    __table_args__ = (
        UniqueConstraint("lease_id", "from_on"),
        CheckConstraint("monthly_rent_fen >= 0", name="rent_not_negative"),
    )

    lease_id: Mapped[int] = mapped_column(ForeignKey("leases.id"), index=True)
    from_on: Mapped[date]
    monthly_rent_fen: Mapped[int]

    lease: Mapped[Lease] = relationship(back_populates="terms")


class Payer(StrEnum):
    TENANT = "tenant"
    EXPLAINED = "explained"  # another payer, with a 情况说明 on file
    OTHER = "other"


class Grade(StrEnum):
    """Where a fact comes from, best first."""

    GOVERNMENT = "government"
    VERIFIED_ORIGINAL = "verified_original"
    OPERATOR = "operator"
    APPLICANT = "applicant"


class RentPayment(TenantScoped, Base):
    """租金收款: what was received on one voucher for one month of one lease. `paid_fen` NULL: not known."""

    __tablename__ = "rent_payments"
    __table_args__ = (
        UniqueConstraint("operator_id", "lease_id", "month", "voucher"),
        CheckConstraint("paid_fen >= 0", name="paid_not_negative"),
    )

    lease_id: Mapped[int] = mapped_column(ForeignKey("leases.id"), index=True)
    month: Mapped[str] = mapped_column(Month, index=True)
    paid_fen: Mapped[int | None]
    received_on: Mapped[date | None]
    payer: Mapped[Payer | None] = choice(Payer, nullable=True)
    payer_name: Mapped[str | None] = mapped_column(String(120))
    voucher: Mapped[str] = mapped_column(String(60), default="")
    grade: Mapped[Grade] = choice(Grade, default=Grade.OPERATOR)
    paper_sha256: Mapped[str | None] = mapped_column(String(64))

    lease: Mapped[Lease] = relationship()
