"""外部办理: where a case was handed in outside, and what was said there. Recorded by the applicant or its operator,
confirmed by the window; of several the newest counts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.asker import Reach
from core.data.models import Case, EvidenceKind, OutsideFiling, OutsideSupport, SupportLevel, Tenant
from core.data.models.packages import FINAL, FilingChannel, FilingResult
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.services import audit, cases, files, supports


@dataclass(frozen=True, slots=True)
class Said:
    """What is written down of one filing."""

    counter: str
    channel: FilingChannel
    filed_on: date
    reference: str | None = None
    filed_by: str | None = None
    result: FilingResult | None = None
    result_on: date | None = None
    amount_fen: int | None = None
    note: str | None = None


_FIELDS = Said.__slots__


def record(
    session: Session, root: Path, case: Case, said: Said, *, paper: files.Paper | None = None, today: date
) -> OutsideFiling:
    """Note that the case was handed in. From the district it is confirmed at once. Raises `Invalid` with the field."""
    cases.lock(session, case)
    _check(said, today)
    asker = audit.asker_of(session)
    row = OutsideFiling(
        operator_id=case.operator_id,
        tenant_id=case.tenant_id,
        case_id=case.id,
        recorded_by_id=asker.user_id,
        **{name: getattr(said, name) for name in _FIELDS},
    )
    _keep(session, root, case, row, paper)
    _confirm_own(session, row)
    session.add(row)
    session.flush()
    audit.record(session, "filing.record", row, detail=_told(row))
    return row


def change(
    session: Session,
    root: Path,
    row: OutsideFiling,
    said: Said,
    *,
    seen: str,
    paper: files.Paper | None = None,
    today: date,
) -> None:
    """Put it right, or write down the result. What others than the district change has to be confirmed again; a result
    that is confirmed and final only the district changes."""
    cases.lock(session, row.case)
    session.refresh(row)
    _check(said, today)
    if not may_change(session, row):
        raise Forbidden("外部办理结果已由区级窗口确认，只能由窗口更正；如有误，请联系总窗")
    if seen != mark(row):
        raise Conflict("这条记录刚刚被别人更新过。请刷新页面，看过最新内容后再修改")
    if row.support_id is not None and said.result is not FilingResult.APPROVED:
        raise Conflict("这条记录已登记为系统外扶持；请先在企业档案撤回那条登记，再修改结果")
    changed = [name for name in _FIELDS if getattr(row, name) != getattr(said, name)]
    for name in changed:
        setattr(row, name, getattr(said, name))
    if paper is not None:
        _keep(session, root, row.case, row, paper)
        changed.append("file")
    if not changed:
        return
    row.confirmed_at = row.confirmed_by_id = None
    _confirm_own(session, row)
    session.flush()
    audit.record(session, "filing.change", row, detail={**_told(row), "changed": changed})


def confirm(session: Session, row: OutsideFiling, *, seen: str) -> None:
    """The district has checked it. `seen`: the `mark` of what was shown."""
    cases.lock(session, row.case)
    session.refresh(row)
    if row.confirmed_at is not None:
        raise Conflict("这条记录已经确认过了，请刷新页面查看")
    if seen != mark(row):
        raise Conflict("这条记录刚刚被更新过。请刷新页面，看过最新内容后再确认")
    _confirm_own(session, row)
    session.flush()
    audit.record(session, "filing.confirm", row, detail=_told(row))


def as_support(
    session: Session,
    root: Path,
    row: OutsideFiling,
    *,
    scheme: str,
    level: SupportLevel,
    kind: EvidenceKind,
    today: date,
) -> OutsideSupport:
    """Record an approved filing as support from outside, with its own paper: the months of the case count as spent."""
    cases.lock(session, row.case)
    session.refresh(row)
    if not may_be_support(row):
        raise Conflict("只有外部已批准、写明金额、附有批准文件且没有登记过的记录，才能登记为系统外扶持")
    assert row.file is not None  # as `may_be_support` asked
    assert row.amount_fen is not None
    assert row.result_on is not None
    path = files.path_of(root, row.file.sha256)
    if not path.exists():
        raise NotFound("这份材料的文件不在存储中，请联系平台管理人员")
    support = supports.record(
        session,
        root,
        session.scalars(select(Tenant).where(Tenant.id == row.tenant_id)).one(),
        files.Paper(row.file.name, path.read_bytes(), row.file.media_type, row.file.sha256),  # checked when it came
        scheme=scheme,
        reference=row.reference,
        level=level,
        kind=kind,
        month_from=row.case.period_from,
        month_to=row.case.period_to,
        amount_fen=row.amount_fen,
        granted_on=row.result_on,
        today=today,
    )
    row.support = support
    session.flush()
    audit.record(session, "filing.as_support", row, detail={**_told(row), "support": support.id})
    return support


def of_case(session: Session, case_id: int) -> list[OutsideFiling]:
    """All of a case, the one that counts first."""
    query = select(OutsideFiling).where(OutsideFiling.case_id == case_id)
    return list(session.scalars(query.order_by(OutsideFiling.id.desc())))


def load(session: Session, case: Case, filing_id: int) -> OutsideFiling:
    query = select(OutsideFiling).where(OutsideFiling.id == filing_id, OutsideFiling.case_id == case.id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("没有这条外部办理记录，或您无权查看")
    return found


def may_change(session: Session, row: OutsideFiling) -> bool:
    district = audit.asker_of(session).reach is Reach.DISTRICT
    return district or row.confirmed_at is None or row.result not in FINAL


def may_be_support(row: OutsideFiling) -> bool:
    """Approved, with an amount and its paper, and not recorded as support that stands."""
    recorded = row.support is not None and row.support.withdrawn_at is None
    return row.result is FilingResult.APPROVED and bool(row.amount_fen) and row.file is not None and not recorded


def mark(row: OutsideFiling) -> str:
    """A short digest of all that a reader sees of it."""
    seen = (*(getattr(row, name) for name in _FIELDS), row.file.sha256 if row.file else None)
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def _check(said: Said, today: date) -> None:
    if not said.counter.strip():
        raise Invalid("请填写受理地点，如区就业促进中心", field="counter")
    if said.filed_on > today:
        raise Invalid("递交日期不能晚于今天", field="filed_on")
    if (said.result is None) is not (said.result_on is None):
        raise Invalid("结果和结果日期要么都填，要么都不填", field="result_on" if said.result else "result")
    if said.result_on is not None and said.result_on > today:
        raise Invalid("结果日期不能晚于今天", field="result_on")
    if said.result_on is not None and said.result_on < said.filed_on:
        raise Invalid("结果日期不能早于递交日期", field="result_on")
    if said.amount_fen is not None and said.result is not FilingResult.APPROVED:
        raise Invalid("只有批准时才填写金额", field="amount_fen")
    if said.amount_fen is not None and said.amount_fen <= 0:
        raise Invalid("金额应大于0", field="amount_fen")


def _keep(session: Session, root: Path, case: Case, row: OutsideFiling, paper: files.Paper | None) -> None:
    if paper is not None:
        tenant = session.scalars(select(Tenant).where(Tenant.id == case.tenant_id)).one()
        row.file = files.accept(session, root, tenant, paper)


def _confirm_own(session: Session, row: OutsideFiling) -> None:
    asker = audit.asker_of(session)
    if asker.reach is Reach.DISTRICT:
        row.confirmed_at, row.confirmed_by_id = utcnow(), asker.user_id


def _told(row: OutsideFiling) -> dict[str, object]:
    return {
        "case": row.case_id,
        "filed_on": row.filed_on.isoformat(),
        "result": row.result.value if row.result else None,
        "amount_fen": row.amount_fen,
    }
