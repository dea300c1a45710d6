"""Whom a tenant insures, month by month. The operator never reads these rows, it only sees counts."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, TenantPrivate
from core.data.models.leases import Grade
from core.data.models.tenants import IdType
from core.data.types import Month, Sealable, Sealed, choice


class InsuredPerson(Sealable, TenantPrivate, Base):
    """参保人员 of one tenant. Name and identity number are sealed; the blind indexes find the same person again."""

    __tablename__ = "insured_persons"
    __table_args__ = (UniqueConstraint("tenant_id", "id_number_search"),)

    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    id_type: Mapped[IdType] = choice(IdType)
    id_number_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    id_number_search: Mapped[str] = mapped_column(String(32), index=True)
    id_number_once: Mapped[str] = mapped_column(String(32), index=True)

    name = Sealed()
    id_number = Sealed()


class Employment(Sealable, TenantPrivate, Base):
    """用工参保: one person insured in one month. `employer_uscc`: 社保缴费单位; `filing_uscc`: 用工备案单位."""

    __tablename__ = "employments"
    __table_args__ = (UniqueConstraint("person_id", "month", "employer_uscc"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("insured_persons.id"), index=True)
    month: Mapped[str] = mapped_column(Month, index=True)
    employer_uscc: Mapped[str] = mapped_column(String(18))
    filing_uscc: Mapped[str | None] = mapped_column(String(18))
    household_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    grade: Mapped[Grade] = choice(Grade)
    paper_sha256: Mapped[str | None] = mapped_column(String(64))

    household = Sealed()

    person: Mapped[InsuredPerson] = relationship()
