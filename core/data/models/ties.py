"""回避: what ties a member of staff to an applicant, and who let them act all the same."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, DistrictPrivate, Unscoped
from core.data.models.accounts import User
from core.data.models.cases import Case
from core.data.models.tenants import IdType, Tenant
from core.data.types import Sealable, Sealed, UTCDateTime, choice, utcnow


class UserIdentity(Sealable, Unscoped, Base):
    """The identity number a member of staff has given, so that it is found among founders and insured persons. Only
    they and the search for ties use it."""

    __tablename__ = "user_identities"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), unique=True)
    id_type: Mapped[IdType] = choice(IdType)
    id_number_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    id_number_once: Mapped[str] = mapped_column(String(32), index=True)
    given_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    id_number = Sealed()


class Relation(StrEnum):
    """What someone says ties them to an applicant; what follows from records is not declared."""

    FAMILY = "family"  # 近亲属
    SHAREHOLDING = "shareholding"  # 持股
    BUSINESS = "business"  # 业务往来
    OTHER = "other"


class DeclaredTie(DistrictPrivate, Base):
    """A tie that a member of staff declared. It holds for the company wherever it sits. Withdrawn, never deleted."""

    __tablename__ = "declared_ties"
    __table_args__ = (
        Index(
            "uq_declared_ties_standing",
            "user_id",
            "tenant_id",
            "relation",
            unique=True,
            sqlite_where=text("withdrawn_at is null"),
            postgresql_where=text("withdrawn_at is null"),
        ),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), index=True)
    relation: Mapped[Relation] = choice(Relation)
    note: Mapped[str] = mapped_column(String(200))
    declared_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_because: Mapped[str | None] = mapped_column(String(200))

    tenant: Mapped[Tenant] = relationship()


class TieWaiver(DistrictPrivate, Base):
    """Asked for by the person who is tied, decided by a second one; for one case, and for the ties there were then."""

    __tablename__ = "tie_waivers"
    __table_args__ = (
        CheckConstraint("decided_by_id is null or decided_by_id <> user_id", name="second_person"),
        CheckConstraint("(decided_at is null) = (granted is null)", name="decided_whole"),
        Index(
            "uq_tie_waivers_open",
            "case_id",
            "user_id",
            unique=True,
            sqlite_where=text("decided_at is null"),
            postgresql_where=text("decided_at is null"),
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    causes: Mapped[list[Any]]  # TieCause values, sorted
    reason: Mapped[str] = mapped_column(String(400))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    granted: Mapped[bool | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    opinion: Mapped[str | None] = mapped_column(String(400))

    case: Mapped[Case] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
