"""Before there is a tenant: who asks for space, what was shown and offered."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, OperatorPrivate
from core.data.models.places import Space, SpaceKind
from core.data.models.tenants import Tenant
from core.data.types import UTCDateTime, choice, utcnow


class EnquiryState(StrEnum):
    NEW = "new"  # 咨询
    VISITED = "visited"  # 已看房
    OFFERED = "offered"  # 已报价
    WON = "won"  # 已入驻
    LOST = "lost"  # 未成


class Enquiry(OperatorPrivate, Base):
    """招商线索: from the first call to an accepted offer, which makes the tenant."""

    __tablename__ = "enquiries"
    __table_args__ = (
        CheckConstraint("wanted_area_cm2 > 0", name="area_positive"),
        CheckConstraint("(state = 'won') = (tenant_id is not null)", name="won_is_a_tenant"),
    )

    name: Mapped[str] = mapped_column(String(120))  # of the team or company
    uscc: Mapped[str | None] = mapped_column(String(18))
    industry: Mapped[str | None] = mapped_column(String(80))
    contact_name: Mapped[str] = mapped_column(String(60))
    contact_phone: Mapped[str | None] = mapped_column(String(40))
    contact_email: Mapped[str | None] = mapped_column(String(120))
    source: Mapped[str | None] = mapped_column(String(80))  # how they found us
    headcount: Mapped[int | None]
    wanted_kind: Mapped[SpaceKind | None] = choice(SpaceKind, nullable=True)
    wanted_area_cm2: Mapped[int | None]
    wanted_from: Mapped[date | None]
    state: Mapped[EnquiryState] = choice(EnquiryState, default=EnquiryState.NEW, index=True)
    next_step: Mapped[str | None] = mapped_column(String(120))
    next_on: Mapped[date | None] = mapped_column(index=True)
    lost_reason: Mapped[str | None] = mapped_column(String(200))
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    tenant: Mapped[Tenant | None] = relationship()
    steps: Mapped[list[EnquiryStep]] = relationship(back_populates="enquiry", order_by="EnquiryStep.on, EnquiryStep.id")


class EnquiryStepKind(StrEnum):
    CALL = "call"
    VISIT = "visit"
    OFFER = "offer"


class EnquiryStep(OperatorPrivate, Base):
    """What happened on an enquiry. An offer names a space, a rent and how long it stands."""

    __tablename__ = "enquiry_steps"
    __table_args__ = (
        CheckConstraint("monthly_rent_fen >= 0", name="rent_not_negative"),
        CheckConstraint(
            "kind <> 'offer' or (space_id is not null and monthly_rent_fen is not null)", name="offer_whole"
        ),
    )

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiries.id"), index=True)
    kind: Mapped[EnquiryStepKind] = choice(EnquiryStepKind)
    on: Mapped[date]
    note: Mapped[str | None] = mapped_column(Text)
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"))
    monthly_rent_fen: Mapped[int | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    stands_until: Mapped[date | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    enquiry: Mapped[Enquiry] = relationship(back_populates="steps")
    space: Mapped[Space | None] = relationship()
