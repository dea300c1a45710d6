"""入孵、阶段变动、退出: a tenant enters, moves on, leaves. Each is decided by named people, on evidence, and dated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import policy
from core.data.after_commit import after_commit
from core.data.models import Stage, StageDecision, StageDecisionKind, StoredFile, Tenant
from core.errors import N_, Conflict, Invalid
from core.policy import Registry
from core.services import audit, pairings
from core.services.stages import book, history, readiness
from core.services.stages.criteria import Assessed
from core.services.stages.history import ENTRIES, NEXT, History
from core.services.stages.words import word

LONGEST = 400  # characters of a reason
_TOO_FEW = {1: N_("请填写决定人的姓名和职务"), 2: N_("更正履历须由两人共同决定，请填写两位决定人的姓名和职务")}


class Decider(NamedTuple):
    """Who decided, and as what: 王芳, 孵化部经理."""

    name: str
    duty: str


class Evidence(NamedTuple):
    """A paper that the decision stands on: named, and kept with us where `file` is given."""

    title: str
    file: StoredFile | None = None


def enter(
    session: Session,
    tenant: Tenant,
    stage: Stage,
    on: date,
    *,
    deciders: Sequence[Decider],
    evidence: Sequence[Evidence],
    today: date,
    registry: Registry,
    reason: str | None = None,
) -> StageDecision:
    """The tenant's first stage, from `on`. Raises `Conflict` where it has one already, and `Invalid` as `move` does.

    A house may take tenants that don't count as incubated: what an entry lacks is recorded, not refused.
    """
    if book.locked(session, tenant):
        raise Conflict("“%(name)s”已经入孵，请在其页面办理阶段变动", name=tenant.name)
    if stage not in ENTRIES:
        raise Invalid("入孵只能进入苗圃、孵化器或加速器", field="to")
    _refuse_future(on, today)
    assessed = readiness.assess(session, tenant, stage, on)
    decision = _decision(StageDecisionKind.ENTRY, tenant, None, assessed, on, deciders, evidence, reason)
    return _enact(session, tenant, decision, (), history.of([(stage, on)]), registry)


def move(
    session: Session,
    tenant: Tenant,
    to: Stage,
    on: date,
    *,
    deciders: Sequence[Decider],
    evidence: Sequence[Evidence],
    today: date,
    registry: Registry,
    reason: str | None = None,
    effects: Sequence[Any] = (),
    seen: Stage | None = None,
) -> StageDecision:
    """From its present stage to the next, from `on`; plugins are told once this is committed.

    The criteria of the target are checked as of `on` and kept with the decision, as are the `effects` that were shown.
    `seen` is the stage that the people who decide had before them. Raises `Invalid` (with the form's field) for a stage
    that is skipped, a day that cannot be, missing evidence or deciders, and where a criterion is not met and fewer than
    two decide or none says why; `Conflict` where the stage has changed meanwhile.
    """
    before = book.locked(session, tenant)
    if not before:
        raise Invalid("“%(name)s”还没有入孵记录，请先办理入孵", name=tenant.name)
    last = before[-1]
    if seen is not None and seen is not last.stage:
        raise Conflict(
            "“%(name)s”的阶段刚刚变为“%(stage)s”，您看到的是变动之前的情况；请刷新后再办理",
            name=tenant.name,
            stage=word(last.stage),
        )
    _refuse_step(last.stage, to)
    _refuse_future(on, today)
    if on <= last.start:
        raise Invalid(
            "本阶段自%(start)s起，变动日期须晚于这一天；如果本阶段的开始日期有误，请改用“更正履历”",
            field="on",
            start=last.start,
        )
    if on < today and not (reason or "").strip():
        raise Invalid("变动日期早于今天，属于补登，请说明原因", field="reason")
    assessed = readiness.assess(session, tenant, to, on)
    decision = _decision(StageDecisionKind.MOVE, tenant, last.stage, assessed, on, deciders, evidence, reason)
    _refuse_exception(assessed, decision)
    decision.effects = list(effects)
    return _enact(session, tenant, decision, before, history.then(before, to, on), registry)


def exit(session: Session, tenant: Tenant, on: date, **decided: Any) -> StageDecision:  # noqa: A001 - the glossary's word
    """The tenant leaves: `move` to `exited`, with the same arguments."""
    return move(session, tenant, Stage.EXITED, on, **decided)


def _refuse_step(stage: Stage, to: Stage) -> None:
    if to is stage:
        raise Invalid("企业已经处于“%(stage)s”阶段", field="to", stage=word(stage))
    if to not in NEXT[stage]:
        raise Invalid(
            "不能从“%(stage)s”直接转入“%(to)s”，不可跳过阶段；下一步可以是：%(next)s",
            field="to",
            stage=word(stage),
            to=word(to),
            next="、".join(word(it) for it in NEXT[stage]),
        )


def _refuse_future(on: date, today: date) -> None:
    if on > today:
        raise Invalid("日期在今天之后，还没有发生的变动不能登记；请在当天办理", field="on")


def _decision(
    kind: StageDecisionKind,
    tenant: Tenant,
    stage: Stage | None,
    assessed: Assessed,
    on: date,
    deciders: Sequence[Decider],
    evidence: Sequence[Evidence],
    reason: str | None,
) -> StageDecision:
    """Everything but what comes of it. Raises `Invalid` where it is not decided as it must be."""
    reason = (reason or "").strip() or None
    if reason and len(reason) > LONGEST:
        raise Invalid("原因请控制在%(most)s字以内", field="reason", most=LONGEST)
    decide = named(deciders)
    papers = [it for it in evidence if it.title.strip()]
    if not papers:
        raise Invalid("没有依据材料不能办理：请上传文件，或写明所依据材料的名称", field="evidence")
    if any(it.file is not None and it.file.tenant_id != tenant.id for it in papers):
        raise Invalid("依据材料中有别家企业的文件，请重新选择", field="evidence")
    return StageDecision(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        kind=kind,
        from_stage=stage,
        to_stage=assessed.stage,
        moved_on=on,
        deciders=[it._asdict() for it in decide],
        evidence=[{"title": it.title.strip(), "file_id": it.file.id if it.file else None} for it in papers],
        checks=[to_row(check) for check in assessed.checks]
        + [to_row(check) | {"option": True} for check in assessed.options],
        effects=[],
        reason=reason,
    )


def _refuse_exception(assessed: Assessed, decision: StageDecision) -> None:
    """Against a criterion that is not met, two decide and say why. What is not known stands in nobody's way: it is on
    record as not known."""
    if assessed.passed is not False:
        return
    if len(decision.deciders) < 2:
        raise Invalid("有条件未达到，破例办理须由两人共同决定，请填写第二位决定人", field="deciders")
    if decision.reason is None:
        raise Invalid("有条件未达到，请说明破例办理的原因", field="reason")


def named(deciders: Sequence[Decider], *, at_least: int = 1) -> list[Decider]:
    """The deciders, each a person of their own with a duty. Raises `Invalid` where there are too few."""
    given = [Decider(it.name.strip(), it.duty.strip()) for it in deciders]
    given = [it for it in given if it.name or it.duty]
    if any(not (it.name and it.duty) for it in given):
        raise Invalid("每位决定人都要写姓名和职务", field="deciders")
    if len({it.name for it in given}) < len(given):
        raise Invalid("同一位决定人写了两次，请填写另一位", field="deciders")
    if len(given) < at_least:
        raise Invalid(_TOO_FEW[at_least], field="deciders")
    return given


def to_row(check: policy.Check) -> dict[str, Any]:
    """A check as it is kept: plain values, as the kernel writes them."""
    plain = {name: str(value) if isinstance(value, date) else value for name, value in check._asdict().items()}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}


def _enact(
    session: Session,
    tenant: Tenant,
    decision: StageDecision,
    before: History,
    after: History,
    registry: Registry,
) -> StageDecision:
    decision.before, decision.after = history.to_json(before), history.to_json(after)
    decision.decided_by_id = audit.asker_of(session).user_id
    book.write(tenant, after, criteria=decision.checks or None, note=decision.reason)
    session.add(decision)
    session.flush()
    stage = decision.from_stage
    audit.record(
        session,
        f"stage.{decision.kind}",
        decision,
        detail={
            "tenant": tenant.id,
            "from": stage.value if stage else None,
            "to": decision.to_stage.value,
            "on": decision.moved_on.isoformat(),
            "deciders": len(decision.deciders),
            "evidence": [paper["file_id"] for paper in decision.evidence],
            "failed": [it["code"] for it in decision.checks if it["passed"] is False and not it.get("option")],
        },
    )
    if tenant.stage is Stage.EXITED:
        pairings.tenant_left(session, tenant, decision.moved_on)
    told = policy.StageMove(f"tenant:{tenant.id}", stage.value if stage else None, decision.to_stage, decision.moved_on)
    after_commit(session, partial(registry.broadcast, "tenant_stage_moved", move=told))
    return decision
