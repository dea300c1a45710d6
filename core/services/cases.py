"""申请件: starting, saving and reading an application. What moves it on is in `core.services.moves`."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Case, CaseDocument, Operator, StoredFile, Tenant
from core.data.types import MONTH, utcnow
from core.errors import Conflict, Invalid, NotFound
from core.policy import Month, Registry
from core.services import audit, dossiers
from core.services.assessments import card_of, policy_of
from core.services.workflow import EDITABLE, OPEN

MAX_MONTHS = 12


def load(session: Session, case_id: int) -> Case:
    """The case, if the asker may see it; raises `NotFound`."""
    case = session.scalars(select(Case).where(Case.id == case_id)).one_or_none()
    if case is None:
        raise NotFound("没有这份申请件，或您无权查看")
    return case


def lock(session: Session, case: Case) -> None:
    """Hold the case until the transaction ends, as it now is: of two who act at once, the second sees what the first
    did. (On SQLite a writing transaction holds everything anyway.)"""
    session.flush()  # what was written before, a refresh would forget
    session.refresh(case, with_for_update=True)


def start(
    session: Session, registry: Registry, tenant: Tenant, *, policy_key: str, period_from: str, period_to: str
) -> Case:
    """Open a draft. One open case for a policy may not overlap another in its months."""
    policy_of(registry, policy_key)
    check_period(period_from, period_to)
    _refuse_overlap(session, tenant.id, policy_key, period_from, period_to, but=None)
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


def _refuse_overlap(
    session: Session, tenant_id: int, policy_key: str, period_from: str, period_to: str, *, but: int | None
) -> None:
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


def save(session: Session, case: Case, *, version: int | None, values: dict[str, Any]) -> Case:
    """Keep what was typed (autosave). `values` may hold period_from, period_to, payee_*, and `answers`.

    A stale `version` raises `Conflict`: another tab or colleague has saved since, and neither is overwritten.
    """
    lock(session, case)
    if case.state not in EDITABLE:
        raise Conflict("申请件已提交，不能再修改；如需更改，请先撤回或等待补正通知")
    if version is not None and version != case.version:
        raise Conflict("这份申请在另一窗口中已保存过更新的内容。您在此填写的内容仍在页面上，请复制后刷新再填")
    for name in ("period_from", "period_to", "payee_name", "payee_bank", "payee_account"):
        if name in values:
            setattr(case, name, values[name] or None)
    if "period_from" in values or "period_to" in values:
        check_period(case.period_from, case.period_to)
        _refuse_overlap(session, case.tenant_id, case.policy_key, case.period_from, case.period_to, but=case.id)
    if "answers" in values:
        case.answers = {**case.answers, **values["answers"]}
    case.version += 1
    case.saved_at = utcnow()
    session.flush()
    return case


def attach(session: Session, case: Case, *, kind: str, file: StoredFile, registry: Registry) -> CaseDocument:
    """Add a paper under one of the policy's document keys."""
    _may_change_papers(case)
    if kind not in {d.key for d in card_of(registry, case.policy_key).documents}:
        raise Invalid("该政策没有名为“%(kind)s”的材料", kind=kind, field="kind")
    present = session.scalars(
        select(CaseDocument).where(
            CaseDocument.case_id == case.id, CaseDocument.kind == kind, CaseDocument.file_id == file.id
        )
    ).one_or_none()
    if present is not None:
        return present
    document = CaseDocument(
        operator_id=case.operator_id, tenant_id=case.tenant_id, case_id=case.id, kind=kind, file_id=file.id
    )
    session.add(document)
    audit.record(session, "case.attach", case, detail={"kind": kind, "sha256": file.sha256})
    return document


def detach(session: Session, case: Case, document: CaseDocument) -> None:
    """Take a paper off again; the stored file stays, because the trail names it."""
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
