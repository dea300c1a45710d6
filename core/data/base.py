"""The declarative base, and the marks that say who may see a table's rows.

Every model carries exactly one scope mark; a test walks the metadata and fails for a table without one.
The marks are read in one place, `core.data.asker`, which adds the matching WHERE to every query.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, ForeignKey, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

# Named constraints: SQLite rebuilds tables by name and PostgreSQL drops by name.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Plain SQLAlchemy 2 models; nothing here knows Flask."""

    metadata = MetaData(naming_convention=NAMING)
    # Ids are 64 bit on PostgreSQL; SQLite only autoincrements INTEGER.
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BigInteger().with_variant(Integer, "sqlite"),
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }

    id: Mapped[int] = mapped_column(primary_key=True)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"


class AuditorWrites:
    """Beside a scope mark: a table that auditors work in (engagements, samples, findings …). All others are closed to
    them (`core.data.read_only`). Adding one is a decision: a test has the list."""


class Unscoped:
    """Rows that carry no operator's facts: accounts, calendars, counters. Guarded by services and roles."""


class DistrictScoped:
    """Rows of one district: its departments, pools, issuers."""

    @declared_attr
    def district_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("districts.id"), index=True)


class DistrictPrivate(DistrictScoped):
    """Rows of a district's own work (drafts of parameters): its staff see them, its operators and tenants do not."""


class OperatorScoped:
    """Rows of one operator, the isolation unit. District staff read them across their district."""

    @declared_attr
    def operator_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("operators.id"), index=True)


class TenantScoped(OperatorScoped):
    """Rows about one tenant: its operator sees them, and the tenant's own people."""

    @declared_attr
    def tenant_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("tenants.id"), index=True)


class TenantOptional(OperatorScoped):
    """Rows of an operator that may be about one of its tenants (a booking): a tenant's people see their own alone."""

    @declared_attr
    def tenant_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("tenants.id"), index=True)


class OperatorPrivate(OperatorScoped):
    """Rows of an operator's own work (enquiries, notes, what can be undone): neither its tenants nor the district see
    them."""


class TenantPrivate(TenantScoped):
    """Rows that the tenant and the district see and the operator does not: persons it insures, whom the operator only
    counts, and the accounts it is paid to."""
