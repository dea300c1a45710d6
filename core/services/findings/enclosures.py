"""Papers that either side hands in with an act: checked and kept as those of a case are (docs/files.md), and seen by
whoever sees the act."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import Finding, FindingAct, FindingPaper
from core.errors import Invalid, NotFound
from core.services import audit, files, hearings
from core.services.files import Paper

MOST = 100  # papers of one finding


class Enclosed(NamedTuple):
    """What is handed in with an act, and where files are kept."""

    store: Path
    papers: Sequence[Paper]


def attach(session: Session, finding: Finding, act: FindingAct, enclosed: Enclosed | None) -> None:
    """Keep them with the act; the same one picked twice is one. Raises `Invalid` where they are too many. The finding
    is held."""
    if enclosed is None or not enclosed.papers:
        return
    hearings.require_few(enclosed.papers)
    held = session.scalar(select(func.count()).where(FindingPaper.finding_id == finding.id)) or 0
    if held + len(enclosed.papers) > MOST:
        raise Invalid("一项审计发现最多存%(most)s份材料，请合并后再提交", field="papers", most=MOST)
    by = audit.asker_of(session).user_id
    for paper in {it.sha256: it for it in enclosed.papers}.values():
        session.add(
            FindingPaper(
                district_id=finding.district_id,
                finding_id=finding.id,
                act_id=act.id,
                shown=act.shown,
                uploaded_by_id=by,
                **files.written(enclosed.store, paper),
            )
        )
    hashes = sorted({paper.sha256 for paper in enclosed.papers})
    audit.record(session, "finding.papers", finding, detail={"act": act.kind, "sha256": hashes})
    session.flush()
    session.expire(act, ["papers"])


def one(session: Session, finding: Finding, paper_id: int) -> FindingPaper:
    """One of them; raises `NotFound`."""
    wanted = select(FindingPaper).where(FindingPaper.id == paper_id, FindingPaper.finding_id == finding.id)
    found = session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound("没有这份材料，或您无权查看")
    return found
