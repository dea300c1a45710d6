"""Papers that a tenant hands in with a statement or an appeal of a recovery: checked, limited and kept as those of a
case are (`core.services.files`, docs/files.md), and shown to whoever may read the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Recovery, RecoveryAct, RecoveryPaper
from core.errors import NotFound
from core.services import audit, hearings
from core.services.files import Paper


class Enclosed(NamedTuple):
    """What is handed in with an act, and where files are kept."""

    store: Path
    papers: Sequence[Paper]


def attach(session: Session, recovery: Recovery, act: RecoveryAct, enclosed: Enclosed | None) -> None:
    """Keep them with the act. Raises `Invalid` where they are too many or too large. The case is held."""
    if enclosed is None or not enclosed.papers:
        return
    hearings.require_few(enclosed.papers)
    kept = hearings.accepted(session, enclosed.store, recovery.tenant, enclosed.papers)
    owner = {"operator_id": recovery.operator_id, "tenant_id": recovery.tenant_id, "recovery_id": recovery.id}
    session.add_all(RecoveryPaper(file_id=file.id, act_id=act.id, **owner) for file in kept.values())
    audit.record(session, "recovery.papers", recovery, detail={"act": act.kind, "sha256": sorted(kept)})
    session.flush()


def of_file(session: Session, recovery: Recovery) -> dict[int, list[RecoveryPaper]]:
    """The papers of a file, by act."""
    found: dict[int, list[RecoveryPaper]] = {}
    of_it = select(RecoveryPaper).where(RecoveryPaper.recovery_id == recovery.id)
    for paper in session.scalars(of_it.order_by(RecoveryPaper.id)):
        found.setdefault(paper.act_id, []).append(paper)
    return found


def one(session: Session, recovery: Recovery, paper_id: int) -> RecoveryPaper:
    """One of them; raises `NotFound`."""
    wanted = select(RecoveryPaper).where(RecoveryPaper.id == paper_id, RecoveryPaper.recovery_id == recovery.id)
    found = session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound("没有这份材料，或您无权查看")
    return found
