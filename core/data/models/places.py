"""Where things are: districts and their offices, operators, sites, spaces."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, DistrictScoped, OperatorScoped, Unscoped
from core.data.types import choice


class District(Unscoped, Base):
    """区: top of the tree. `region` is its six-digit code of GB/T 2260."""

    __tablename__ = "districts"

    name: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    region: Mapped[str] = mapped_column(String(6), unique=True)
    demonstration: Mapped[bool] = mapped_column(default=False)


class Department(DistrictScoped, Base):
    """An institution of the district that performs steps of the workflow."""

    __tablename__ = "departments"
    __table_args__ = (UniqueConstraint("district_id", "code"),)

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))


class Issuer(DistrictScoped, Base):
    """Who signs letters. An authority writes official letters (GB/T 9704-2012), an operator uses its letterhead."""

    __tablename__ = "issuers"
    __table_args__ = (UniqueConstraint("district_id", "mark"),)

    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    mark: Mapped[str] = mapped_column(String(20))  # 机关代字, as in 虹人社〔2026〕12号
    authority: Mapped[bool] = mapped_column(default=False)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))


class OperatorKind(StrEnum):
    STATE_PARK = "state_park"
    PRIVATE = "private"
    UNIVERSITY = "university"
    FOREIGN = "foreign"


class Operator(DistrictScoped, Base):
    """运营机构: a customer of the service and the unit of isolation."""

    __tablename__ = "operators"
    __table_args__ = (UniqueConstraint("district_id", "name"),)

    name: Mapped[str] = mapped_column(String(120))
    uscc: Mapped[str | None] = mapped_column(String(18))
    kind: Mapped[OperatorKind] = choice(OperatorKind)
    phone: Mapped[str | None] = mapped_column(String(40))

    sites: Mapped[list[Site]] = relationship(back_populates="operator", order_by="Site.name")


class SiteKind(StrEnum):
    NURSERY = "nursery"
    MAKER_SPACE = "maker_space"
    INCUBATOR = "incubator"
    ACCELERATOR = "accelerator"


class SiteOwnership(StrEnum):
    OWNED = "owned"
    LEASED = "leased"


class Site(OperatorScoped, Base):
    """载体. Its papers are held once, with dates; every case of every tenant there reuses them."""

    __tablename__ = "sites"
    __table_args__ = (
        UniqueConstraint("operator_id", "name"),
        CheckConstraint("floor_area_cm2 > 0", name="area_positive"),
        CheckConstraint("private_capital between 0 and 1", name="share_of_one"),
    )

    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[SiteKind] = choice(SiteKind)
    address: Mapped[str] = mapped_column(String(200))
    region: Mapped[str] = mapped_column(String(6))  # GB/T 2260
    floor_area_cm2: Mapped[int]
    ownership: Mapped[SiteOwnership] = choice(SiteOwnership)
    private_capital: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    recognition: Mapped[str | None] = mapped_column(String(80))
    property_certificate_on: Mapped[date | None]  # 产权证明
    head_lease_until: Mapped[date | None]  # where the operator is itself a lessee
    sublease_consent_on: Mapped[date | None]  # 转租同意书

    operator: Mapped[Operator] = relationship(back_populates="sites")
    spaces: Mapped[list[Space]] = relationship(back_populates="site", order_by="Space.code")


class SpaceKind(StrEnum):
    ROOM = "room"
    DESK = "desk"
    LAB = "lab"
    MEETING_ROOM = "meeting_room"


class SpaceStatus(StrEnum):
    VACANT = "vacant"
    OCCUPIED = "occupied"
    RESERVED = "reserved"
    MAINTENANCE = "maintenance"


class PriceUnit(StrEnum):
    SQM_DAY = "sqm_day"
    SQM_MONTH = "sqm_month"
    UNIT_MONTH = "unit_month"


class Space(OperatorScoped, Base):
    """场地单元. A shared desk is not independent premises; a room, a lab is."""

    __tablename__ = "spaces"
    __table_args__ = (
        UniqueConstraint("site_id", "code"),
        CheckConstraint("area_cm2 > 0", name="area_positive"),
        CheckConstraint("list_price_fen >= 0", name="price_not_negative"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    floor: Mapped[str | None] = mapped_column(String(20))
    kind: Mapped[SpaceKind] = choice(SpaceKind)
    area_cm2: Mapped[int]
    capacity: Mapped[int | None]
    list_price_fen: Mapped[int | None]
    price_unit: Mapped[PriceUnit | None] = choice(PriceUnit, nullable=True)
    status: Mapped[SpaceStatus] = choice(SpaceStatus, default=SpaceStatus.VACANT)
    independent: Mapped[bool] = mapped_column(default=True)

    site: Mapped[Site] = relationship(back_populates="spaces")
