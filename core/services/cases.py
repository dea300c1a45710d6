"""申请件: starting, saving and reading an application. What moves it on is in `core.services.moves`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import Award, Case, CaseDocument, Operator, StoredFile, Tenant
from core.data.queries.locks import lock_name
from core.data.types import MONTH, utcnow
from core.errors import Conflict, DomainError, Invalid, NotFound
from core.policy import Month, Registry
from core.services import audit, dossiers, files
from core.services.assessments import assess, card_of, policy_of
from core.services.failures import NotAssessed
from core.services.workflow import EDITABLE, OPEN

MAX_MONTHS = 12
PERIOD = ("period_from", "period_to")
MAX_PAPERS = 100  # of one case: more than anybody looks through


def load(session: Session, case_id: int) -> Case:
    """The case, if the asker may see it; raises `NotFound`."""
    case = session.scalars(select(Case).where(Case.id == case_id)).one_or_none()
    if case is None:
        raise NotFound("没有这份申请件，或您无权查看")
    return case


def lock(session: Session, case: Case) -> None:
    """Hold the case until the transaction ends, as it now is: of two who act at once, the second sees what the first
    did. (On SQLite a writing transaction holds everything anyway.) Rows that point to the case may still be written
    meanwhile: whoever frees money books it for cases that others hold and that wait for the pool themselves."""
    session.flush()  # what was written before, a refresh would forget
    session.refresh(case, with_for_update={"key_share": True})


def start(
    session: Session, registry: Registry, tenant: Tenant, *, policy_key: str, period_from: str, period_to: str
) -> Case:
    """Open a draft. One open case for a policy may not overlap another in its months."""
    policy_of(registry, policy_key)
    check_period(period_from, period_to)
    refuse_overlap(session, tenant.id, policy_key, period_from, period_to, but=None)
    district_id = session.scalars(select(Operator.district_id).where(Operator.id == tenant.operator_id)).one()
    case = Case(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        district_id=district_id,
        number="",
        policy_key=policy_key,
        period_from=period_from,
        period_to=period_to,
        payee_name=tenant.name,
        created_by_id=audit.asker_of(session).user_id,
    )
    # The number carries the row's id, which is only known after the row is written.
    case.number = uuid4().hex
    session.add(case)
    session.flush()
    initials = "".join(word[0] for word in policy_key.split("_")).upper()
    case.number = f"{initials}{utcnow():%Y}-{case.id:06d}"
    refuse_spent(session, registry, case, utcnow().astimezone(SHANGHAI).date())
    audit.record(session, "case.start", case, detail={"policy": policy_key, "period": [period_from, period_to]})
    return case


def check_period(period_from: str, period_to: str) -> None:
    """A period is one to twelve months, in order."""
    for name, month in (("period_from", period_from), ("period_to", period_to)):
        if not MONTH.match(month or ""):
            raise Invalid("“%(value)s”不是月份，请按“2026-03”的形式填写", field=name, value=month)
    if period_from > period_to:
        raise Invalid("起始月份晚于截止月份，请调换", field="period_from")
    if Month.parse(period_to) - Month.parse(period_from) >= MAX_MONTHS:
        raise Invalid("一次最多申请十二个月，请缩短期间或分次申请", field="period_to")


def refuse_overlap(
    session: Session, tenant_id: int, policy_key: str, period_from: str, period_to: str, *, but: int | None
) -> None:
    """Raises `Conflict` naming the open case that claims some of these months. Of two who begin at once, the second
    sees what the first did."""
    lock_name(session, f"applications:{tenant_id}:{policy_key}")
    other = session.scalars(
        select(Case).where(
            Case.tenant_id == tenant_id,
            Case.policy_key == policy_key,
            Case.state.in_(OPEN),
            Case.period_from <= period_to,
            Case.period_to >= period_from,
            Case.id != (but or 0),
        )
    ).first()
    if other is not None:
        raise Conflict(
            "申请件%(number)s已包含这些月份（%(from)s至%(to)s），请继续办理该件或先撤回",
            number=other.number,
            **{"from": other.period_from, "to": other.period_to},
            field="period_from",
        )


def _was_awarded(session: Session, case: Case) -> bool:
    standing = (Award.tenant_id == case.tenant_id, Award.policy_key == case.policy_key, Award.revoked_at.is_(None))
    return session.scalars(select(Award.id).where(*standing).limit(1)).first() is not None


def refuse_spent(session: Session, registry: Registry, case: Case, today: date) -> None:
    """Raises `Conflict` naming the award where the tenant was granted the policy before and all the evidence of these
    months is spent. What is left can be applied for; where the rules give no answer, nothing is known and the
    application goes on; and what the enterprise had at another operator is for an officer to look at."""
    if card_of(registry, case.policy_key).stacking is None or not _was_awarded(session, case):
        return
    try:
        assessed = assess(session, case, registry, today)
    except NotAssessed:
        return
    had = {row.line_id: row.award for row in assessed.decision.excluded}
    lines = assessed.frozen.evidence
    kinds = {lines[line].kind for line in had if line in lines}
    wanted = {line for line, it in lines.items() if it.kind in kinds and case.period_from <= it.month <= case.period_to}
    if wanted and wanted <= had.keys():
        raise Conflict(
            "%(from)s至%(to)s的凭据已由“%(awards)s”核定使用，同一凭据不能重复享受；请改申请其他月份，核定有误的请联系受理窗口",
            awards="、".join(sorted({had[line] for line in wanted})),
            **{"from": case.period_from, "to": case.period_to},
            field="period_from",
        )


def save(session: Session, case: Case, *, version: int | None, values: dict[str, Any]) -> Case:
    """Keep what was typed, all or nothing. `values` may hold period_from, period_to, payee_*, and `answers`.

    A stale `version` raises `Conflict`: another tab or colleague has saved since, and neither is overwritten.
    """
    lock(session, case)
    if case.state not in EDITABLE:
        raise Conflict("申请件已提交，不能再修改；如需更改，请先撤回或等待补正通知")
    if version is not None and version != case.version:
        raise Conflict("这份申请在另一窗口中已保存过更新的内容。您在此填写的内容仍在页面上，请复制后刷新再填")
    if not values.keys().isdisjoint(PERIOD):
        period_from, period_to = (values.get(name, getattr(case, name)) for name in PERIOD)
        check_period(period_from, period_to)
        refuse_overlap(session, case.tenant_id, case.policy_key, period_from, period_to, but=case.id)
    for name in (*PERIOD, "payee_name", "payee_bank", "payee_bank_code", "payee_account"):
        if name in values:
            setattr(case, name, values[name] or None)
    case.payee_own = values.get("payee_own", case.payee_own)
    if "answers" in values:
        case.answers = {**case.answers, **values["answers"]}
    case.version += 1
    case.saved_at = utcnow()
    session.flush()
    return case


def keep(session: Session, case: Case, *, version: int | None, values: dict[str, Any]) -> DomainError | None:
    """The same of a draft that is still being written (autosave): a period that cannot be had stays as it was, and what
    is wrong with it is handed back; the rest is kept all the same."""
    try:
        save(session, case, version=version, values=values)
    except (Conflict, Invalid) as error:
        if error.field not in PERIOD:
            raise
        rest = {name: value for name, value in values.items() if name not in PERIOD}
        save(session, case, version=version, values=rest)
        return error
    return None


def hand_in(
    session: Session, store: Path, case: Case, papers: Sequence[files.Paper], *, kind: str, registry: Registry
) -> None:
    """Keep the papers and `attach` them; what is there already, of a second click, is not kept again."""
    lock(session, case)  # before the tenant's files are, as whoever acts on the case does
    tenant = session.scalars(select(Tenant).where(Tenant.id == case.tenant_id)).one()
    for paper in papers:
        if _attached(session, case, kind, paper.sha256) is None:
            attach(session, case, kind=kind, file=files.accept(session, store, tenant, paper), registry=registry)


def attach(session: Session, case: Case, *, kind: str, file: StoredFile, registry: Registry) -> CaseDocument:
    """Add a paper under one of the policy's document keys; the same bytes twice are one."""
    lock(session, case)  # it may have been handed in while the paper was looked at
    _may_change_papers(case)
    if kind not in {d.key for d in card_of(registry, case.policy_key).documents}:
        raise Invalid("该政策没有名为“%(kind)s”的材料", kind=kind, field="kind")
    present = _attached(session, case, kind, file.sha256)
    if present is not None:
        return present
    count = select(func.count()).where(CaseDocument.case_id == case.id)
    if (session.scalar(count) or 0) >= MAX_PAPERS:
        raise Conflict(
            "这份申请已有材料%(most)s份，请先删去不用的，或合并成一个PDF后再上传", field="file", most=MAX_PAPERS
        )
    document = CaseDocument(
        operator_id=case.operator_id, tenant_id=case.tenant_id, case_id=case.id, kind=kind, file_id=file.id
    )
    session.add(document)
    audit.record(session, "case.attach", case, detail={"kind": kind, "sha256": file.sha256})
    return document


def _attached(session: Session, case: Case, kind: str, sha256: str) -> CaseDocument | None:
    """The paper of these bytes under this key."""
    same = (CaseDocument.case_id == case.id, CaseDocument.kind == kind, StoredFile.sha256 == sha256)
    return session.scalars(select(CaseDocument).join(CaseDocument.file).where(*same).limit(1)).first()


def detach(session: Session, case: Case, document: CaseDocument) -> None:
    """Take a paper off again; the stored file stays, because the trail names it."""
    lock(session, case)  # a colleague may be handing it in, with the papers that were there
    _may_change_papers(case)
    audit.record(session, "case.detach", case, detail={"kind": document.kind, "file": document.file_id})
    session.delete(document)
    session.flush()


def _may_change_papers(case: Case) -> None:
    if case.state not in EDITABLE:
        raise Conflict("申请件已提交，材料不能再增减；窗口通知补正后可以更换")


def missing_documents(session: Session, case: Case, registry: Registry) -> list[str]:
    """Keys of the required papers that are not attached yet, in the card's order."""
    have = set(session.scalars(select(CaseDocument.kind).where(CaseDocument.case_id == case.id)))
    return [d.key for d in card_of(registry, case.policy_key).documents if d.required and d.key not in have]


def freeze_into(session: Session, case: Case, frozen: dossiers.Frozen, applied_on: date) -> None:
    """Fix the facts the decision will rest on; persons apart and sealed."""
    case.facts = frozen.to_json()
    case.persons = json.dumps(frozen.persons)
    case.applied_on = applied_on
    session.flush()
