"""What tenants hold and pay: leases with their spaces and rent terms, and rent received."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, OperatorPrivate, OperatorScoped, TenantScoped
from core.data.models.places import Space
from core.data.models.tenants import Tenant
from core.data.types import Month, UTCDateTime, choice, utcnow


class LeaseStatus(StrEnum):
    """How far a lease has come. Whether one in force has begun, or is over by its own last day, its dates say."""

    DRAFT = "draft"
    OFFERED = "offered"  # with the tenant, to be signed
    RUNNING = "running"  # signed
    NOTICE = "notice"  # somebody has given notice; `ends_on` is the day that was settled
    ENDED = "ended"


IN_FORCE = (LeaseStatus.RUNNING, LeaseStatus.NOTICE)
HOLDING = (*IN_FORCE, LeaseStatus.ENDED)  # they give their units to their tenant on the days they name


class RateBasis(StrEnum):
    """How rent is quoted."""

    MONTH = "month"  # 元/月, for all units together
    SQM_DAY_MEAN = "sqm_day_mean"  # 元/㎡/天, each month 365/12 days
    SQM_DAY = "sqm_day"  # 元/㎡/天, by actual days
    SQM_MONTH = "sqm_month"  # 元/㎡/月
    DESK_MONTH = "desk_month"  # 元/工位/月


class FeeKind(StrEnum):
    """What a lease asks for beside rent, by the month."""

    PROPERTY = "property"  # 物业费
    SERVICE = "service"  # 孵化服务费
    OTHER = "other"


class NoticeBy(StrEnum):
    TENANT = "tenant"
    OPERATOR = "operator"
    BOTH = "both"  # 协商一致


class Lease(TenantScoped, Base):
    """入驻协议. `lawful` and `independent` are what the rules ask of premises; NULL is not known yet."""

    __tablename__ = "leases"
    __table_args__ = (
        UniqueConstraint("operator_id", "number"),
        CheckConstraint("ends_on is null or ends_on >= starts_on", name="range"),
        CheckConstraint("monthly_rent_fen >= 0", name="rent_not_negative"),
        CheckConstraint("deposit_fen >= 0", name="deposit_not_negative"),
        CheckConstraint("pay_months between 1 and 12", name="pay_months"),
        CheckConstraint("(rate_basis = 'month') = (rate_e4 is null)", name="rate_of_its_basis"),
        CheckConstraint("(notice_on is null) = (notice_by is null)", name="notice_whole"),
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

    # Terms. `monthly_rent_fen` is the month's rent of the first step whatever the basis, for lists and sums.
    rate_basis: Mapped[RateBasis] = choice(RateBasis, default=RateBasis.MONTH)
    rate_e4: Mapped[int | None]  # ten-thousandths of a yuan for each square metre or desk
    rate_quantity: Mapped[int | None]  # cm², or desks, as agreed
    deposit_months: Mapped[int | None]  # 押几
    pay_months: Mapped[int] = mapped_column(default=1)  # 付几
    due_days: Mapped[int] = mapped_column(default=0)  # so many days before the first day of what is paid for

    # Its way.
    offer_until: Mapped[date | None]
    signed_on: Mapped[date | None]
    notice_on: Mapped[date | None]
    notice_by: Mapped[NoticeBy | None] = choice(NoticeBy, nullable=True)
    agreed_until: Mapped[date | None]  # the last day before notice was given; NULL also where there was none
    renews_id: Mapped[int | None] = mapped_column(ForeignKey("leases.id"), unique=True)

    tenant: Mapped[Tenant] = relationship()
    renews: Mapped[Lease | None] = relationship(remote_side="Lease.id", back_populates="renewed_by")
    renewed_by: Mapped[Lease | None] = relationship(back_populates="renews")
    fees: Mapped[list[LeaseFee]] = relationship(back_populates="lease", cascade="all, delete-orphan")
    spaces: Mapped[list[LeaseSpace]] = relationship(back_populates="lease", cascade="all, delete-orphan")
    terms: Mapped[list[RentTerm]] = relationship(
        back_populates="lease", cascade="all, delete-orphan", order_by="RentTerm.from_on"
    )


class LeaseSpace(OperatorScoped, Base):
    """A unit of a lease. Triggers refuse two leases that hold one unit on one day (core/data/holding.py)."""

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
    rate_e4: Mapped[int | None]  # as `Lease.rate_e4`

    lease: Mapped[Lease] = relationship(back_populates="terms")


class LeaseFee(OperatorScoped, Base):
    """What a lease asks for each month beside rent."""

    __tablename__ = "lease_fees"
    __table_args__ = (
        UniqueConstraint("lease_id", "kind"),
        CheckConstraint("monthly_fen > 0", name="fee_positive"),
    )

    lease_id: Mapped[int] = mapped_column(ForeignKey("leases.id"), index=True)
    kind: Mapped[FeeKind] = choice(FeeKind)
    monthly_fen: Mapped[int]

    lease: Mapped[Lease] = relationship(back_populates="fees")


class LeaseReminder(OperatorPrivate, Base):
    """That people were told, so many days ahead, that a lease ends; told anew when its end moves."""

    __tablename__ = "lease_reminders"
    __table_args__ = (UniqueConstraint("lease_id", "days", "ends_on"),)

    lease_id: Mapped[int] = mapped_column(ForeignKey("leases.id"), index=True)
    days: Mapped[int]
    ends_on: Mapped[date]
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


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
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), index=True)  # NULL: entered in the book
    grade: Mapped[Grade] = choice(Grade, default=Grade.OPERATOR)
    paper_sha256: Mapped[str | None] = mapped_column(String(64))

    lease: Mapped[Lease] = relationship()
