"""What tells that two files may be one company: read for the whole house, compared by `core.services.merging`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Founder, Tenant


def marks(session: Session) -> Sequence[Any]:
    """Every file that is not merged: what it is called and whom one calls."""
    return session.execute(
        select(Tenant.id, Tenant.name, Tenant.kind, Tenant.uscc, Tenant.stage, Tenant.contact_phone)
        .where(Tenant.merged_into_id.is_(None))
        .order_by(Tenant.id)
    ).all()


def founders(session: Session) -> Sequence[Any]:
    """The founders that are known by their number, as (tenant_id, keyed hash)."""
    return session.execute(
        select(Founder.tenant_id, Founder.id_number_search)
        .join(Tenant, Tenant.id == Founder.tenant_id)
        .where(Founder.id_number_search.is_not(None), Tenant.merged_into_id.is_(None))
        .order_by(Founder.tenant_id)
    ).all()
