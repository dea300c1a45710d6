"""Merging two files, one change after the other, each written down before the next (`core.services.undo`)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import StageMove, Tenant, UndoStep
from core.data.queries.across import across
from core.errors import Invalid
from core.services import audit, undo
from core.services.merging import rows
from core.services.merging.plan import FACTS, refuse


def merge(
    session: Session,
    kept: Tenant,
    merged: Tenant,
    *,
    take: Collection[str] = (),
    stages_of: Tenant | None = None,
    title: str,
) -> UndoStep:
    """`merged` becomes part of `kept`. `take`: the facts whose value is the merged file's, where both have one;
    `stages_of`: whose history of stages the kept file has from now on (its own, if not said). `title` names the act
    beside 撤销. Raises what `plan` raises.
    """
    unknown = set(take) - set(FACTS)
    if unknown:
        raise Invalid("没有可以选择的这一项，请刷新页面后再合并")
    both = sorted((kept.id, merged.id))
    session.execute(select(Tenant.id).where(Tenant.id.in_(both)).order_by(Tenant.id).with_for_update())
    session.refresh(kept)
    session.refresh(merged)
    refuse(session, kept, merged)
    # Insured persons and memberships move too, which the operator does not read: the system moves them, and nothing
    # of them is handed back.
    with across(session, "merge") as wide:
        log = undo.Log(wide)
        one, other = wide.get_one(Tenant, kept.id), wide.get_one(Tenant, merged.id)
        found = rows.find(wide, one, other)
        for row, values in found.moved:
            log.set(row, **values)
        _facts(log, one, other, take)
        if stages_of is not None and stages_of.id == merged.id:
            _swap_stages(wide, log, one, other)
        log.set(other, merged_into_id=one.id)
    session.expire_all()
    step = undo.record(session, action="tenant.merge", title=title, subject=kept, changes=log.changes)
    audit.record(
        session,
        "tenant.merge",
        kept,
        detail={
            "merged": merged.id,
            "rows": len(found.moved),
            "staying": len(found.staying),
            "taken": sorted(take),
            "undo": step.id,
        },
    )
    session.flush()
    return step


def _facts(log: undo.Log, one: Tenant, other: Tenant, take: Collection[str]) -> None:
    """Names and codes are unique at an operator, so the merged file lets go of one before the kept one takes it."""
    if one.uscc is None and other.uscc is not None:
        code, enterprise = other.uscc, other.enterprise_id
        log.set(other, uscc=None, enterprise_id=None)
        log.set(one, uscc=code, enterprise_id=enterprise)
    else:
        # The district reads all files of one enterprise: what stays behind must not be counted a second time.
        log.set(other, enterprise_id=None)
    for name in FACTS:
        mine, theirs = getattr(one, name), getattr(other, name)
        if theirs is None or (mine is not None and name not in take) or mine == theirs:
            continue
        if name == "name":
            log.set(other, name=f"{theirs}#{other.id}")
            log.set(one, name=theirs)
            log.set(other, name=mine)
        else:
            log.set(one, **{name: theirs})


def _swap_stages(wide: Session, log: undo.Log, one: Tenant, other: Tenant) -> None:
    """A history is whole or it is nothing: the two files change theirs with each other."""
    mine, theirs = (
        list(wide.scalars(select(StageMove).where(StageMove.tenant_id == tenant.id).order_by(StageMove.from_on)))
        for tenant in (one, other)
    )
    for row in mine:
        log.set(row, tenant_id=other.id)
    for row in theirs:
        log.set(row, tenant_id=one.id)
    stage, before = other.stage, one.stage
    log.set(one, stage=stage)
    log.set(other, stage=before)
    # Whoever moves on after this closes a stretch that is no longer theirs: the histories cannot be changed back then.
    for row in (*mine, *theirs):
        log.witness(row, "stage", "from_on", "to_on")
