"""Who is incubated: enterprises, tenants, founders, their occupancy and stages."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    event,
    inspect,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data import search
from core.data.base import Base, DistrictScoped, OperatorScoped, TenantScoped
from core.data.models.places import Operator
from core.data.types import Sealable, Sealed, choice


class Enterprise(DistrictScoped, Base):
    """One company in the district, whichever operators it sits with. Known by its 统一社会信用代码 (GB 32100)."""

    __tablename__ = "enterprises"
    __table_args__ = (UniqueConstraint("district_id", "uscc"),)

    uscc: Mapped[str] = mapped_column(String(18))
    name: Mapped[str] = mapped_column(String(120))


class TenantKind(StrEnum):
    TEAM = "team"
    COMPANY = "company"


class LegalForm(StrEnum):
    COMPANY = "company"
    SOLE_PROPRIETORSHIP = "sole_proprietorship"
    PARTNERSHIP = "partnership"
    INDIVIDUAL_BUSINESS = "individual_business"
    COOPERATIVE = "cooperative"
    PRIVATE_NONPROFIT = "private_nonprofit"


class Stage(StrEnum):
    NURSERY = "nursery"
    INCUBATOR = "incubator"
    ACCELERATOR = "accelerator"
    GRADUATED = "graduated"
    EXITED = "exited"


class Tenant(OperatorScoped, Base):
    """在孵团队或企业 at one operator. Unknown facts are NULL, never a guessed no."""

    __tablename__ = "tenants"
    __table_args__ = (
        UniqueConstraint("operator_id", "uscc"),
        UniqueConstraint("operator_id", "name"),
        # What a list shows (no duplicates that were merged), in its order: all tenants, and those in one stage.
        Index("ix_tenants_listed", "operator_id", "merged_into_id", "name"),
        Index("ix_tenants_listed_by_stage", "operator_id", "merged_into_id", "stage", "name"),
    )

    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprises.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[TenantKind] = choice(TenantKind)
    uscc: Mapped[str | None] = mapped_column(String(18), index=True)
    legal_form: Mapped[LegalForm | None] = choice(LegalForm, nullable=True)
    small_or_micro: Mapped[bool | None]
    registered_on: Mapped[date | None]
    registered_region: Mapped[str | None] = mapped_column(String(6))
    registered_address: Mapped[str | None] = mapped_column(String(200))
    operating_region: Mapped[str | None] = mapped_column(String(6))
    industry: Mapped[str | None] = mapped_column(String(80))
    labour_dispatch: Mapped[bool | None]
    untrustworthy: Mapped[bool | None]  # 失信被执行人
    stage: Mapped[Stage] = choice(Stage, index=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"), index=True)  # it was a duplicate
    contact_name: Mapped[str | None] = mapped_column(String(60))
    contact_phone: Mapped[str | None] = mapped_column(String(40))
    contact_email: Mapped[str | None] = mapped_column(String(120))
    # Made of the columns in SEARCHED (core/data/search.py); nobody reads it.
    search_text: Mapped[str] = mapped_column(Text, default="", server_default="", deferred=True)

    operator: Mapped[Operator] = relationship()
    founders: Mapped[list[Founder]] = relationship(back_populates="tenant", order_by="Founder.id")
    stage_moves: Mapped[list[StageMove]] = relationship(
        back_populates="tenant", order_by="StageMove.from_on", cascade="all, delete-orphan"
    )
    occupancies: Mapped[list[Occupancy]] = relationship(back_populates="tenant", order_by="Occupancy.from_on")


SEARCHED = ("name", "uscc", "industry", "contact_name", "contact_phone")


@event.listens_for(Tenant, "before_insert")
@event.listens_for(Tenant, "before_update")
def _index(mapper: object, connection: Connection, tenant: Tenant) -> None:
    state = inspect(tenant)
    if not state.has_identity or any(state.attrs[name].history.has_changes() for name in SEARCHED):
        tenant.search_text = search.index_text([getattr(tenant, name) for name in SEARCHED])


@event.listens_for(Tenant.__table__, "after_create")
def _create_index(table: object, connection: Connection, **_: object) -> None:
    for statement in search.create("tenants", connection.dialect.name):
        connection.exec_driver_sql(statement)


class IdType(StrEnum):
    RESIDENT = "resident"  # 居民身份证, GB 11643
    HK_MO_TW = "hk_mo_tw"  # 港澳台居民居住证
    PASSPORT = "passport"
    FOREIGN_PERMANENT = "foreign_permanent"


class Permit(StrEnum):
    RESIDENCE_PERMIT = "residence_permit"
    HK_MO_TW_RESIDENCE_PERMIT = "hk_mo_tw_residence_permit"
    OVERSEAS_TALENT_PERMIT = "overseas_talent_permit"
    RETURNEE_ENTERPRISE = "returnee_enterprise"
    NONE = "none"


class Household(StrEnum):
    """户籍, as seen from the district that decides."""

    DISTRICT = "district"
    CITY = "city"
    ELSEWHERE = "elsewhere"


class Founder(Sealable, TenantScoped, Base):
    """创始人. Identity number, household and categories (disability among them) are sealed."""

    __tablename__ = "founders"

    name: Mapped[str] = mapped_column(String(60))
    id_type: Mapped[IdType | None] = choice(IdType, nullable=True)
    id_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number_search: Mapped[str | None] = mapped_column(String(32), index=True)
    id_number_once: Mapped[str | None] = mapped_column(String(32), index=True)
    household_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    categories_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # comma-separated codes; NULL is not known
    permit: Mapped[Permit | None] = choice(Permit, nullable=True)
    legal_representative: Mapped[bool | None]
    graduated_on: Mapped[date | None]
    first_company: Mapped[bool | None]
    phone: Mapped[str | None] = mapped_column(String(40))

    id_number = Sealed()
    household = Sealed()
    categories = Sealed()

    tenant: Mapped[Tenant] = relationship(back_populates="founders")


class OccupancyKind(StrEnum):
    PHYSICAL = "physical"  # 实体入驻: the only one that counts as 在孵
    REGISTERED_ONLY = "registered_only"  # 仅注册
    OFFICE_ONLY = "office_only"  # 仅办公


class Occupancy(TenantScoped, Base):
    __tablename__ = "occupancies"
    __table_args__ = (CheckConstraint("to_on is null or to_on >= from_on", name="range"),)

    kind: Mapped[OccupancyKind] = choice(OccupancyKind)
    from_on: Mapped[date]
    to_on: Mapped[date | None]

    tenant: Mapped[Tenant] = relationship(back_populates="occupancies")


class StageMove(TenantScoped, Base):
    """One stretch of a tenant in a stage, with the criteria that were checked when it began."""

    __tablename__ = "stage_moves"
    __table_args__ = (CheckConstraint("to_on is null or to_on >= from_on", name="range"),)

    stage: Mapped[Stage] = choice(Stage)
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    criteria: Mapped[list[Any] | None]
    note: Mapped[str | None] = mapped_column(String(400))

    tenant: Mapped[Tenant] = relationship(back_populates="stage_moves")
