"""Where things are: districts and their offices, operators, sites with their papers, floors and spaces."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, DistrictScoped, OperatorScoped, Unscoped
from core.data.models.kept import KeptFile
from core.data.types import UTCDateTime, choice


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


class RecognitionLevel(StrEnum):
    """认定级别 of a site, lowest first."""

    NONE = "none"
    DISTRICT = "district"
    CITY = "city"
    NATIONAL = "national"


class Site(OperatorScoped, Base):
    """载体. What is not incubation or public area is other area. Staff and fund feed the recognition checklist."""

    __tablename__ = "sites"
    __table_args__ = (
        UniqueConstraint("operator_id", "name"),
        CheckConstraint("floor_area_cm2 > 0", name="area_positive"),
        CheckConstraint("private_capital between 0 and 1", name="share_of_one"),
        CheckConstraint(
            "coalesce(incubation_area_cm2, 0) >= 0 and coalesce(public_area_cm2, 0) >= 0 "
            "and coalesce(incubation_area_cm2, 0) + coalesce(public_area_cm2, 0) <= floor_area_cm2",
            name="areas_within",
        ),
        CheckConstraint("professional_staff_count <= staff_count", name="professionals_are_staff"),
    )

    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[SiteKind] = choice(SiteKind)
    address: Mapped[str] = mapped_column(String(200))
    region: Mapped[str] = mapped_column(String(6))  # GB/T 2260
    floor_area_cm2: Mapped[int]
    incubation_area_cm2: Mapped[int | None]  # 孵化面积
    public_area_cm2: Mapped[int | None]  # 公共服务面积
    ownership: Mapped[SiteOwnership] = choice(SiteOwnership)
    private_capital: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    opened_on: Mapped[date | None]
    recognition: Mapped[str | None] = mapped_column(String(80))  # what it is called, as on the plate
    recognition_level: Mapped[RecognitionLevel | None] = choice(RecognitionLevel, nullable=True)
    recognised_on: Mapped[date | None]
    fund_fen: Mapped[int | None]  # 孵化资金
    staff_count: Mapped[int | None]
    professional_staff_count: Mapped[int | None]
    mentor_count: Mapped[int | None]
    yearly_event_count: Mapped[int | None]

    operator: Mapped[Operator] = relationship(back_populates="sites")
    spaces: Mapped[list[Space]] = relationship(back_populates="site", order_by="Space.code")
    papers: Mapped[list[SitePaper]] = relationship(back_populates="site", order_by="SitePaper.id")
    floors: Mapped[list[Floor]] = relationship(back_populates="site", order_by="Floor.building, Floor.level")

    def paper(self, kind: SitePaperKind) -> SitePaper | None:
        """The site's one paper of a kind."""
        return next((paper for paper in self.papers if paper.kind is kind), None)


class PlaceFile(KeptFile, OperatorScoped, Base):
    """A file about a place: a paper, a photograph, a plan."""

    __tablename__ = "place_files"


class SitePaperKind(StrEnum):
    PROPERTY_CERTIFICATE = "property_certificate"  # 产权证明
    HEAD_LEASE = "head_lease"  # the lease of an operator that is itself a lessee
    SUBLEASE_CONSENT = "sublease_consent"  # 转租同意书
    RECOGNITION = "recognition"  # 认定文件


class SitePaper(OperatorScoped, Base):
    """A paper of a site, held once: every case of every tenant there reuses it, once the window has confirmed it.

    A change of its dates or file takes the confirmation back.
    """

    __tablename__ = "site_papers"
    __table_args__ = (
        UniqueConstraint("site_id", "kind"),
        CheckConstraint("valid_until is null or dated_on is null or valid_until >= dated_on", name="range"),
        CheckConstraint("(confirmed_at is null) = (confirmed_by_id is null)", name="confirmed_by_someone"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    kind: Mapped[SitePaperKind] = choice(SitePaperKind)
    number: Mapped[str | None] = mapped_column(String(80))
    dated_on: Mapped[date | None]
    valid_until: Mapped[date | None]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("place_files.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    site: Mapped[Site] = relationship(back_populates="papers")
    file: Mapped[PlaceFile | None] = relationship()


class Floor(OperatorScoped, Base):
    """A floor of a building of a site, with its plan picture if there is one. Without one, the plan is a grid."""

    __tablename__ = "floors"
    __table_args__ = (UniqueConstraint("site_id", "building", "name"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    building: Mapped[str] = mapped_column(String(60), default="")
    name: Mapped[str] = mapped_column(String(20))
    level: Mapped[int] = mapped_column(default=0)  # orders the floors: 2 for 2F, -1 for B1
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("place_files.id"))
    plan_width: Mapped[int | None]  # pixels of the picture
    plan_height: Mapped[int | None]

    site: Mapped[Site] = relationship(back_populates="floors")
    plan: Mapped[PlaceFile | None] = relationship()
    spaces: Mapped[list[Space]] = relationship(back_populates="floor", order_by="Space.code")


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
    """场地单元. A shared desk is not independent premises; a room, a lab is.

    `status` says what no lease can: whether it is held back or under repair; who has it is in the leases. Its place on
    the floor's plan is in ten-thousandths of the plan's width and height.
    """

    __tablename__ = "spaces"
    __table_args__ = (
        UniqueConstraint("site_id", "code"),
        CheckConstraint("area_cm2 > 0", name="area_positive"),
        CheckConstraint("list_price_fen >= 0", name="price_not_negative"),
        CheckConstraint(
            "plan_x is null or (plan_x >= 0 and plan_y >= 0 and plan_width > 0 and plan_height > 0 "
            "and plan_x + plan_width <= 10000 and plan_y + plan_height <= 10000)",
            name="within_plan",
        ),
        CheckConstraint(
            "(plan_x is null) = (plan_y is null) and (plan_x is null) = (plan_width is null) "
            "and (plan_x is null) = (plan_height is null)",
            name="placed_whole",
        ),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    floor_id: Mapped[int | None] = mapped_column(ForeignKey("floors.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    kind: Mapped[SpaceKind] = choice(SpaceKind)
    area_cm2: Mapped[int]
    capacity: Mapped[int | None]
    list_price_fen: Mapped[int | None]
    price_unit: Mapped[PriceUnit | None] = choice(PriceUnit, nullable=True)
    status: Mapped[SpaceStatus] = choice(SpaceStatus, default=SpaceStatus.VACANT)
    independent: Mapped[bool] = mapped_column(default=True)
    plan_x: Mapped[int | None]
    plan_y: Mapped[int | None]
    plan_width: Mapped[int | None]
    plan_height: Mapped[int | None]

    site: Mapped[Site] = relationship(back_populates="spaces")
    floor: Mapped[Floor | None] = relationship(back_populates="spaces")
    photos: Mapped[list[Photo]] = relationship(back_populates="space", order_by="Photo.id")


class Photo(OperatorScoped, Base):
    """A photograph of a site or of one of its spaces."""

    __tablename__ = "photos"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("place_files.id"))
    caption: Mapped[str] = mapped_column(String(120), default="")

    space: Mapped[Space | None] = relationship(back_populates="photos")
    file: Mapped[PlaceFile] = relationship()
