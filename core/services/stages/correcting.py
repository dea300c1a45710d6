"""更正履历: what was recorded wrongly is put right by two people who say why. What it said before is kept for ever."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from core.data.models import Stage, StageDecision, StageDecisionKind, Tenant
from core.errors import Conflict, Invalid
from core.services import audit
from core.services.stages import book, history
from core.services.stages.history import NEXT, History, OutOfOrder
from core.services.stages.moving import LONGEST, Decider, Evidence, named
from core.services.stages.words import word


def correct(
    session: Session,
    tenant: Tenant,
    beginnings: Sequence[tuple[Stage, date]],
    *,
    deciders: Sequence[Decider],
    reason: str,
    today: date,
    evidence: Sequence[Evidence] = (),
    seen: History | None = None,
) -> StageDecision:
    """Replace the tenant's history by the one with these beginnings. Plugins are not told: nothing moved today.

    Raises `Invalid` without a reason or two deciders, for days that do not rise or lie ahead, for a step that no move
    could make and the history did not have before, and where nothing would change; `Conflict` where the history is no
    longer the one `seen`.
    """
    before = book.locked(session, tenant)
    if seen is not None and seen != before:
        raise Conflict("“%(name)s”的履历刚刚有了变动，请刷新后再更正", name=tenant.name)
    after = _history(before, beginnings, today)
    reason = reason.strip()
    if not reason:
        raise Invalid("更正履历须说明原因", field="reason")
    if len(reason) > LONGEST:
        raise Invalid("原因请控制在%(most)s字以内", field="reason", most=LONGEST)
    decision = StageDecision(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        kind=StageDecisionKind.CORRECTION,
        from_stage=before[-1].stage,
        to_stage=after[-1].stage,
        moved_on=after[-1].start,
        deciders=[it._asdict() for it in named(deciders, at_least=2)],
        evidence=[{"title": it.title, "file_id": it.file.id if it.file else None} for it in evidence],
        checks=[],
        effects=[],
        reason=reason,
        before=history.to_json(before),
        after=history.to_json(after),
        decided_by_id=audit.asker_of(session).user_id,
    )
    book.write(tenant, after)
    session.add(decision)
    session.flush()
    audit.record(
        session,
        f"stage.{decision.kind}",
        decision,
        detail={"tenant": tenant.id, "before": decision.before, "after": decision.after},
    )
    return decision


def take_back(session: Session, tenant: Tenant, **decided: object) -> StageDecision:
    """Correct the last move away: the stage before it runs on. With the arguments of `correct`, but the beginnings."""
    stretches = book.locked(session, tenant)
    if len(stretches) < 2:
        raise Invalid("履历中只有入孵一项，没有可以撤回的变动")
    return correct(session, tenant, history.beginnings(stretches)[:-1], **decided)  # type: ignore[arg-type]


def _history(before: History, beginnings: Sequence[tuple[Stage, date]], today: date) -> History:
    if not before:
        raise Invalid("还没有入孵记录，没有可以更正的履历")
    if not beginnings:
        raise Invalid("履历不能清空，至少保留入孵一项", field="beginnings")
    try:
        after = history.of(beginnings)
    except OutOfOrder as error:
        (first, first_on), (second, second_on) = error.first, error.second
        if first is second:
            raise Invalid("“%(stage)s”连续出现了两次，请合并成一段", field="beginnings", stage=word(first)) from error
        raise Invalid(
            "“%(second)s”的开始日期%(second_on)s应晚于“%(first)s”的开始日期%(first_on)s",
            field="beginnings", first=word(first), first_on=first_on, second=word(second), second_on=second_on,
        ) from error  # fmt: skip
    if after[-1].start > today:
        raise Invalid("日期在今天之后，还没有发生的变动不能登记；请在当天办理", field="beginnings")
    for one, other in sorted(history.skips(after) - history.skips(before)):
        raise Invalid(
            "不能从“%(stage)s”直接转入“%(to)s”，不可跳过阶段；下一步可以是：%(next)s",
            field="beginnings",
            stage=word(one),
            to=word(other),
            next="、".join(word(it) for it in NEXT[one]),
        )
    if after == before:
        raise Invalid("与现有履历相同，没有需要更正的内容", field="beginnings")
    return after
