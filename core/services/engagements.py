"""审计项目: an audit of one period, in which samples are drawn and findings are made. Auditors alone write here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

import core
from core.data.models import AuditEngagement, AuditReport, AuditSample, District, EngagementState, Role
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.services import audit, files
from core.services.typed import within
from core.uploads.kinds import PDF

AUDITORS = frozenset({Role.AUDITOR})
TITLE, OBJECTIVE = 200, 2000


@dataclass(frozen=True, slots=True)
class Terms:
    """What an engagement is about."""

    title: str
    objective: str
    period_from: date
    period_to: date


def auditor(session: Session) -> int:
    """Who acts: an auditor. Raises `Forbidden` for anybody else."""
    asker = audit.asker_of(session)
    if asker.user_id is None or not asker.may(*AUDITORS):
        raise Forbidden("只有审计人员可以办理这一步")
    return asker.user_id


def begin(session: Session, terms: Terms) -> AuditEngagement:
    """A new engagement, led by whoever opens it."""
    by = auditor(session)
    district = audit.asker_of(session).district_id
    if district is None:
        raise Forbidden("只有区级审计人员可以立项")
    made = AuditEngagement(district_id=district, number=uuid4().hex, lead_by_id=by, **_checked(terms))
    session.add(made)
    session.flush()
    made.number = f"XM{core.today():%Y}-{made.id:04d}"
    period = {"from": terms.period_from.isoformat(), "to": terms.period_to.isoformat()}
    audit.record(session, "engagement.begin", made, detail=period)
    session.flush()
    return made


def change(session: Session, engagement: AuditEngagement, terms: Terms) -> None:
    """Other words or another period; the period stays once a population was fixed in it."""
    auditor(session)
    hold(session, engagement)
    given = _checked(terms)
    period = (engagement.period_from, engagement.period_to)
    if _samples(session, engagement) and (given["period_from"], given["period_to"]) != period:
        raise Conflict("已经按原期间固定了抽样总体，期间不能再改；如需另一期间，请另立审计项目")
    for name, value in given.items():
        setattr(engagement, name, value)
    audit.record(session, "engagement.change", engagement)
    session.flush()


def move(session: Session, engagement: AuditEngagement, state: EngagementState) -> None:
    """From fieldwork to reporting, and back. Raises `Conflict` while a sample is open."""
    auditor(session)
    hold(session, engagement)
    if engagement.state is state:
        raise Conflict("审计项目已经处于这一状态，请刷新页面")
    if state is not EngagementState.FIELDWORK:
        _require_checked(session, engagement)
    engagement.state = state
    audit.record(session, "engagement.move", engagement, detail={"state": state.value})
    session.flush()


def require_closable(session: Session, engagement: AuditEngagement) -> int:
    """Who closes it. Raises `Conflict` where it is not at its report yet, or a sample was begun since."""
    by = auditor(session)
    hold(session, engagement)
    if engagement.state is not EngagementState.REPORTING:
        raise Conflict("请先转入报告阶段，报告定稿后再办结")
    _require_checked(session, engagement)
    return by


def close(session: Session, engagement: AuditEngagement, root: Path, report: bytes) -> None:
    """Close it with its report (PDF), which is kept as it is now. `root`: where uploads are kept."""
    by = require_closable(session, engagement)
    sha = files.put(root, report)
    engagement.state, engagement.closed_at = EngagementState.CLOSED, utcnow()
    session.add(
        AuditReport(
            district_id=engagement.district_id,
            engagement_id=engagement.id,
            sha256=sha,
            size=len(report),
            media_type=PDF,
            name=f"{engagement.number}.pdf",
            uploaded_by_id=by,
        )
    )
    audit.record(session, "engagement.close", engagement, detail={"report_sha256": sha})
    session.flush()


def _require_checked(session: Session, engagement: AuditEngagement) -> None:
    if left := _samples(session, engagement, AuditSample.closed_at.is_(None)):
        raise Conflict("还有%(count)s个样本没有结束检查；请先检查完每一件并结束，或删除未抽取的样本", count=left)


def _samples(session: Session, engagement: AuditEngagement, *which: ColumnElement[bool]) -> int:
    """How many there are now, whatever was read before."""
    query = select(func.count()).where(AuditSample.engagement_id == engagement.id, *which)
    return session.scalar(query) or 0


def hold(session: Session, engagement: AuditEngagement) -> None:
    """Hold it until the transaction ends, as it now is: before any of its samples is held. Raises `Conflict` where it
    is closed."""
    held = select(AuditEngagement).where(AuditEngagement.id == engagement.id).with_for_update()
    session.scalars(held.execution_options(populate_existing=True)).one()
    require_open(engagement)


def require_open(engagement: AuditEngagement) -> None:
    """Raises `Conflict` for one that is closed."""
    if engagement.state is EngagementState.CLOSED:
        raise Conflict("审计项目已办结，不能再改动；如需补充，请另立审计项目")


def load(session: Session, engagement_id: int) -> AuditEngagement:
    """The engagement, if the asker may see it; raises `NotFound`."""
    found = session.scalars(select(AuditEngagement).where(AuditEngagement.id == engagement_id)).one_or_none()
    if found is None:
        raise NotFound("没有这个审计项目，或不在您可以查看的范围")
    return found


def _checked(terms: Terms) -> dict[str, object]:
    title = within(terms.title, TITLE, field="title")
    if len(title) < 2:
        raise Invalid("请填写审计项目名称", field="title")
    if terms.period_from > terms.period_to:
        raise Invalid("截止日不能早于起始日", field="period_to")
    return {
        "title": title,
        "objective": within(terms.objective, OBJECTIVE, field="objective"),
        "period_from": terms.period_from,
        "period_to": terms.period_to,
    }


def is_demonstration(session: Session, engagement: AuditEngagement) -> bool:
    """Whether the district's data are invented: its papers say so."""
    found = session.scalars(select(District.demonstration).where(District.id == engagement.district_id))
    return bool(found.one())
