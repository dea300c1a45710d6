"""A budget with a change that waits for its second person, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.types import utcnow
from tests.scenes import Scene

NAMES = ("pool", "pool_change")


def rows(session: Session, scene: Scene, case: m.Case, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    pool = session.scalars(select(m.Pool).where(m.Pool.district_id == scene.district.id)).one()
    pool.budget_line, pool.city_bp, pool.district_bp = f"{mark}科目", 4_000, 6_000
    change = m.PoolChange(
        district_id=scene.district.id, policy_key=pool.policy_key, year=pool.year, pool_id=pool.id,
        kind=m.PoolChangeKind.RAISE, amount_fen=100, document=f"{mark}文号", reason=f"{mark}事由",
        proposed_by_id=scene.staff["admin"].id,
    )  # fmt: skip
    wait = m.PoolWait(
        district_id=scene.district.id, pool_id=pool.id, case_id=case.id, amount_fen=10**12, since=utcnow()
    )
    session.add_all([change, wait])
    session.flush()
    return {"pool": pool, "pool_change": change}


def _proposed(world: Any) -> dict[str, Any]:
    return {"kind": "lower", "amount_fen": "1", "document": "文号", "reason": "事由"}


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "pools.create": lambda w: _proposed(w) | {
        "policy": "rent_subsidy", "year": "2031", "budget_line": "科目", "city": "40", "district": "60",
    },
    "pools.propose": _proposed,
    "pools.confirm": lambda w: {"confirmed": "yes"},
    "pools.decline": lambda w: {"reason": "不同意"},
}  # fmt: skip
