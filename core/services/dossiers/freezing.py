"""Freezing: from an operator's records to the case file a rule sees."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from core.data.models import Tenant
from core.services.dossiers.frozen import Frozen


def freeze(
    session: Session,
    tenant: Tenant,
    *,
    period_from: str,
    period_to: str,
    applied_on: date,
    answers: Mapping[str, Any] | None = None,
) -> Frozen:
    """The facts of `tenant`'s enterprise in the whole district, for an application to `period_from`…`period_to`."""
    raise NotImplementedError


def counts_for_operator(session: Session, tenant: Tenant, months: Collection[str]) -> dict[str, int]:
    """How many persons `tenant` insured in each of `months`: all an operator may know of them."""
    raise NotImplementedError
