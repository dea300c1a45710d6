"""一企一档: what an operator keeps about a tenant beside its registration, from contacts to its leaving."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, OperatorPrivate, TenantScoped
from core.data.models.cases import StoredFile
from core.data.models.tenants import Tenant
from core.data.types import UTCDateTime, choice, utcnow


class Contact(TenantScoped, Base):
    """Someone to call beside the main contact, who is on the tenant itself."""

    __tablename__ = "contacts"

    name: Mapped[str] = mapped_column(String(60))
    duty: Mapped[str | None] = mapped_column(String(60))
    phone: Mapped[str | None] = mapped_column(String(40))
    email: Mapped[str | None] = mapped_column(String(120))


class TenantDocumentKind(StrEnum):
    LICENCE = "licence"  # 营业执照
    INCUBATION_AGREEMENT = "incubation_agreement"  # 孵化协议
    PERMIT = "permit"  # a permit of the trade
    QUALIFICATION = "qualification"  # a certificate
    INTELLECTUAL_PROPERTY = "intellectual_property"
    FINANCIAL = "financial"
    OTHER = "other"


class TenantDocument(TenantScoped, Base):
    """A paper in the tenant's file, with the day it runs out."""

    __tablename__ = "tenant_documents"
    __table_args__ = (
        CheckConstraint("expires_on is null or issued_on is null or expires_on >= issued_on", name="range"),
    )

    kind: Mapped[TenantDocumentKind] = choice(TenantDocumentKind)
    title: Mapped[str] = mapped_column(String(120))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"))
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None] = mapped_column(index=True)

    file: Mapped[StoredFile] = relationship()


class Indicator(TenantScoped, Base):
    """What a tenant reports for one quarter (`2026Q3`). NULL is not reported; 0 is none."""

    __tablename__ = "indicators"
    __table_args__ = (
        UniqueConstraint("tenant_id", "quarter"),
        CheckConstraint("revenue_fen >= 0 and rnd_fen >= 0", name="money_not_negative"),
        CheckConstraint("staff >= 0 and ip_applied >= 0 and ip_held >= 0", name="counts_not_negative"),
    )

    quarter: Mapped[str] = mapped_column(String(6))
    revenue_fen: Mapped[int | None]  # of the quarter
    rnd_fen: Mapped[int | None]  # spent on research and development in the quarter
    staff: Mapped[int | None]  # at its end
    ip_applied: Mapped[int | None]  # applications filed in the quarter
    ip_held: Mapped[int | None]  # rights held at its end


class FundingKind(StrEnum):
    ANGEL = "angel"  # 天使投资
    VENTURE = "venture"  # 创业投资
    INCUBATION_FUND = "incubation_fund"  # the operator's own fund
    OTHER = "other"


class FundingRound(TenantScoped, Base):
    """Money that an investor put in."""

    __tablename__ = "funding_rounds"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount_positive"),)

    on: Mapped[date]
    kind: Mapped[FundingKind] = choice(FundingKind)
    name: Mapped[str] = mapped_column(String(60))  # 轮次: 天使轮, A轮
    investor: Mapped[str | None] = mapped_column(String(120))
    amount_fen: Mapped[int]


class MilestoneKind(StrEnum):
    HIGH_TECH = "high_tech"  # 高新技术企业
    MERGED = "merged"  # 被兼并
    ACQUIRED = "acquired"  # 被收购
    LISTED = "listed"  # 挂牌、上市
    PRIZE = "prize"
    OTHER = "other"


class PrizeLevel(StrEnum):
    """Of a prize, the lowest first."""

    DISTRICT = "district"
    CITY = "city"
    NATIONAL = "national"


class Milestone(TenantScoped, Base):
    """Something a tenant reached, from a day on (and, for a qualification, until one).

    A prize says which: `contest` without its level, the year of its `edition`, the `level`. Prizes recorded before
    these were asked for have none of the three, and are no evidence.
    """

    __tablename__ = "milestones"
    __table_args__ = (
        CheckConstraint("until is null or until >= reached_on", name="range"),
        CheckConstraint(
            "contest is null and edition is null and level is null"
            " or kind = 'prize' and contest is not null and edition is not null and level is not null",
            name="prize_whole",
        ),
    )

    kind: Mapped[MilestoneKind] = choice(MilestoneKind)
    title: Mapped[str] = mapped_column(String(120))
    number: Mapped[str | None] = mapped_column(String(80))
    reached_on: Mapped[date]
    until: Mapped[date | None]
    contest: Mapped[str | None] = mapped_column(String(120))
    edition: Mapped[int | None]
    level: Mapped[PrizeLevel | None] = choice(PrizeLevel, nullable=True)


class Note(OperatorPrivate, Base):
    """What an operator's people write down about a tenant, for themselves."""

    __tablename__ = "notes"

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)
    body: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class Departure(TenantScoped, Base):
    """退出清单: what must be settled before a tenant is gone. One at a time; kept when it is done."""

    __tablename__ = "departures"

    planned_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    handed_over_on: Mapped[date | None]  # 场地交接
    address_moved_on: Mapped[date | None]  # 注册地址迁出
    deposit_settled_on: Mapped[date | None]  # 押金结清
    deposit_note: Mapped[str | None] = mapped_column(String(200))
    completed_on: Mapped[date | None]
    cancelled_on: Mapped[date | None]

    tenant: Mapped[Tenant] = relationship()
