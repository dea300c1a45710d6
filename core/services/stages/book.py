"""The rows of a tenant's stages: read as a history, and written so that they are one again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from core.data.models import StageMove, Tenant
from core.errors import Conflict
from core.services.stages.history import History, Stretch


def read(tenant: Tenant) -> History:
    """What is recorded, in time."""
    rows = sorted(tenant.stage_moves, key=lambda row: row.from_on)
    return tuple(Stretch(row.stage, row.from_on, row.to_on) for row in rows)


def locked(session: Session, tenant: Tenant) -> History:
    """The history as it is now; nobody else changes it until this transaction ends. Raises `Conflict` for a file that
    was merged into another: its company's stages are there."""
    session.flush()
    now = session.scalars(
        select(Tenant)
        .where(Tenant.id == tenant.id)
        .options(selectinload(Tenant.stage_moves))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if now.merged_into_id is not None:
        raise Conflict("“%(name)s”已经并入另一份档案，请打开保留的那一份", name=now.name)
    return read(tenant)


def write(tenant: Tenant, history: History, *, criteria: Sequence[Any] | None = None, note: str | None = None) -> None:
    """Make the tenant's rows and its stage those of `history`. `criteria` and `note` go to its last stretch, if new.

    A stretch that stays, or whose beginning was corrected, keeps its row with what was checked when it began.
    """
    old = {(row.stage, row.from_on): row for row in tenant.stage_moves}
    rows = [old.pop((stretch.stage, stretch.start), None) for stretch in history]
    for index, stretch in enumerate(history):
        row = rows[index] or next((row for row in old.values() if row.stage is stretch.stage), None)
        if row is None:
            row = StageMove(operator_id=tenant.operator_id, stage=stretch.stage)
            if stretch is history[-1]:
                row.criteria, row.note = list(criteria) if criteria is not None else None, note
        elif rows[index] is None:
            del old[row.stage, row.from_on]
        row.from_on, row.to_on = stretch.start, stretch.end
        rows[index] = row
    tenant.stage_moves[:] = [row for row in rows if row is not None]
    tenant.stage = history[-1].stage
