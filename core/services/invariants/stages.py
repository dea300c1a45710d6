"""I11: each tenant is in exactly one stage on every day since its entry, and its stage is today's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, select

from core.data.models import StageMove, Tenant

_moves, _tenants = StageMove.__table__, Tenant.__table__


def check(connection: Connection) -> Iterator[tuple[str, str]]:
    """Stretches follow each other day by day, the last has no end, and the tenant's stage is the last one's. A file
    that was merged into another is no tenant any more."""
    stretches: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(
        select(_moves.c.tenant_id, _moves.c.stage, _moves.c.from_on, _moves.c.to_on).order_by(
            _moves.c.tenant_id, _moves.c.from_on, _moves.c.id
        )
    ):
        stretches[row.tenant_id].append(row)
    listed = select(_tenants.c.id, _tenants.c.stage).where(_tenants.c.merged_into_id.is_(None))
    for tenant_id, stage in connection.execute(listed.order_by(_tenants.c.id)):
        rows = stretches[tenant_id]
        if not rows:
            yield f"tenant {tenant_id}", f"is in stage {stage}, and has no stretch of any"
            continue
        for first, second in pairwise(rows):
            if first.to_on is None or first.to_on + timedelta(days=1) != second.from_on:
                yield (
                    f"tenant {tenant_id}",
                    f"{first.stage} ends on {first.to_on}, {second.stage} begins on {second.from_on}",
                )
        if rows[-1].to_on is not None:
            yield f"tenant {tenant_id}", f"is in no stage after {rows[-1].to_on}"
        if rows[-1].stage != stage:
            yield f"tenant {tenant_id}", f"says it is in stage {stage}, its stretches end in {rows[-1].stage}"
