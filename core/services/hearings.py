"""What the applicant says for itself, with papers: an appeal against a refusal, a statement before a revocation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import ActPaper, Case, CaseEvent, StoredFile, Tenant
from core.errors import Conflict, Invalid, NotFound
from core.policy import Registry
from core.services import audit, clocks, files, moves, revocations
from core.services.needs import Act
from core.services.typed import OPINION, within

MAX_PAPERS = 10


def say(
    session: Session,
    registry: Registry,
    store: Path,
    case: Case,
    code: str,
    act: Act,
    sent: Sequence[files.Paper],
    *,
    today: date,
) -> CaseEvent:
    """Make the move `code` (`appeal`, `statement`) with the papers that were `sent`."""
    require_few(sent)
    clocks.hold(session, case)
    said = within(act.opinion, OPINION, field="opinion")
    if code == "statement" and any(it.opinion == said for it in revocations.statements(session, case)):
        raise Conflict("这份陈述已经提交过，没有重复记录；补充陈述请写明新的内容")
    event = moves.move(session, registry, case, code, act, today=today)
    tenant = session.scalars(select(Tenant).where(Tenant.id == case.tenant_id)).one()
    kept = accepted(session, store, tenant, sent)
    owner = {"operator_id": case.operator_id, "tenant_id": case.tenant_id, "case_id": case.id, "event_id": event.id}
    session.add_all(ActPaper(file_id=file.id, **owner) for file in kept.values())
    if kept:
        audit.record(session, "case.act_papers", case, detail={"move": code, "sha256": sorted(kept)})
    session.flush()
    return event


def require_few(sent: Sequence[files.Paper]) -> None:
    """Raises `Invalid` where more is handed in at once than an act may have."""
    if len(sent) > MAX_PAPERS:
        raise Invalid("一次最多提交%(n)s份材料，请合并后再提交", field="papers", n=MAX_PAPERS)


def accepted(session: Session, store: Path, tenant: Tenant, sent: Sequence[files.Paper]) -> dict[str, StoredFile]:
    """The papers of an act, kept, by their SHA-256: the same paper picked twice is one."""
    kept: dict[str, StoredFile] = {}
    for paper in sent:
        file = files.accept(session, store, tenant, paper)
        kept.setdefault(file.sha256, file)
    return kept


def papers(session: Session, case: Case) -> dict[int, list[ActPaper]]:
    """The papers handed in with acts of the case, by act."""
    found: dict[int, list[ActPaper]] = {}
    of_case = select(ActPaper).where(ActPaper.case_id == case.id)
    for paper in session.scalars(of_case.order_by(ActPaper.id)):
        found.setdefault(paper.event_id, []).append(paper)
    return found


def one(session: Session, case: Case, paper_id: int) -> ActPaper:
    """One of them; raises `NotFound`."""
    wanted = select(ActPaper).where(ActPaper.id == paper_id, ActPaper.case_id == case.id)
    found = session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound("没有这份材料，或您无权查看")
    return found
