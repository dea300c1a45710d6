"""What people do with a round: open it, set and exclude pairs, have it run, adopt a run or discard the round."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import AllocationRound, RoundRun, RoundState, RoundWish, RunState, WishKind
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.policy import Registry
from core.services import assessments, audit, jobs, moves, offers
from core.services.needs import Act
from core.services.rounds.running import RUN, candidates, wishes_of
from core.services.typed import within


def load(session: Session, round_id: int) -> AllocationRound:
    """The round, if the asker may see it; raises `NotFound`."""
    found = session.scalars(select(AllocationRound).where(AllocationRound.id == round_id)).one_or_none()
    if found is None:
        raise NotFound("没有这个匹配轮次，或您无权查看")
    return found


def open_round(
    session: Session, registry: Registry, operator_id: int, policy_key: str, *, name: str, today: date
) -> AllocationRound:
    """A new round of a policy that shares out. An operator has one open at a time for each."""
    offers.of(assessments.policy_of(registry, policy_key))
    name = name.strip() or f"{today.year}年{today.month}月"
    if len(name) > 60:
        raise Invalid("名称请控制在 60 字以内", field="name")
    earlier = (AllocationRound.operator_id == operator_id, AllocationRound.policy_key == policy_key)
    there = session.scalars(select(AllocationRound).where(*earlier, AllocationRound.state == RoundState.OPEN)).first()
    if there is not None:
        raise Conflict("“%(name)s”还没有结束，请先采用或作废，再开始新的轮次", field="name", name=there.name)
    last = session.scalar(select(func.max(AllocationRound.number)).where(*earlier))
    made = AllocationRound(
        operator_id=operator_id,
        policy_key=policy_key,
        number=(last or 0) + 1,
        name=name,
        opened_on=today,
        opened_by_id=audit.asker_of(session).user_id,
    )
    session.add(made)
    session.flush()
    audit.record(session, "round.open", made, detail={"policy": policy_key, "number": made.number})
    return made


# ── pairs that people set and exclude ───────────────────────────────────────────────────────────────────────────────


def wish(
    session: Session,
    registry: Registry,
    it: AllocationRound,
    *,
    case_id: int,
    offer_ref: str,
    kind: WishKind,
    reason: str,
    today: date,
) -> RoundWish:
    """Set or exclude one pair from the next run on. Raises a domain error for a pair that cannot be, with names."""
    _hold(session, it)
    if not reason.strip():
        raise Invalid("请写明理由，采用结果的人和审计人员会看到", field="reason")
    case = next((case for case in candidates(session, it) if case.id == case_id), None)
    if case is None:
        raise Invalid("请选择一份已受理的申请", field="case_id")
    source = offers.of(assessments.policy_of(registry, it.policy_key))
    room = {there.ref: there for there in source.available(session, it.operator_id, today)}
    if offer_ref not in room:
        raise Invalid("请选择一位还有名额的导师", field="offer_ref")
    said = {wish.case_id: wish for wish in it.wishes if wish.kind is WishKind.PIN}
    if any(w.case_id == case_id and w.offer_ref == offer_ref for w in it.wishes):
        raise Conflict("这一对已经指定或排除过，请先取消再重新设定", field="offer_ref")
    if kind is WishKind.PIN:
        if case_id in said:
            raise Conflict("“%(tenant)s”已经指定过，请先取消", field="case_id", tenant=case.tenant.name)
        if source.apart(session, [offer_ref], [case.tenant_id], today):
            raise Conflict(
                "导师%(mentor)s与“%(tenant)s”有辅导以外的关系，不能指定",
                field="offer_ref",
                mentor=room[offer_ref].name,
                tenant=case.tenant.name,
            )
        if sum(w.offer_ref == offer_ref for w in said.values()) >= room[offer_ref].room:
            raise Conflict("导师%(mentor)s没有更多名额可以指定", field="offer_ref", mentor=room[offer_ref].name)
    made = RoundWish(
        operator_id=it.operator_id,
        round_id=it.id,
        case_id=case_id,
        offer_ref=offer_ref,
        kind=kind,
        reason=within(reason, 200, field="reason"),
        by_id=audit.asker_of(session).user_id,
    )
    session.add(made)
    audit.record(session, f"round.{kind.value}", it, detail={"case": case.number, "offer": offer_ref})
    session.flush()
    session.expire(it, ["wishes"])
    return made


def remove_wish(session: Session, it: AllocationRound, wish_id: int) -> None:
    """Take a set or excluded pair back; it was, and the trail says so."""
    _hold(session, it)
    there = next((w for w in it.wishes if w.id == wish_id), None)
    if there is None:
        raise NotFound("没有这条指定或排除，可能已有人取消；请刷新页面查看")
    audit.record(session, "round.remove", it, detail={"kind": there.kind.value, "offer": there.offer_ref})
    session.delete(there)
    session.flush()
    session.expire(it, ["wishes"])


# ── running, adopting, discarding ───────────────────────────────────────────────────────────────────────────────────


def ask(session: Session, registry: Registry, it: AllocationRound) -> RoundRun:
    """Have the round computed once this transaction commits. While one run waits, asking again is that one."""
    _hold(session, it)
    waiting = next((run for run in it.runs if run.state is RunState.WAITING), None)
    if waiting is not None:
        return waiting
    if not candidates(session, it):
        raise Conflict("还没有已受理的申请，受理之后才能计算")
    run = RoundRun(
        operator_id=it.operator_id,
        round_id=it.id,
        number=max((run.number for run in it.runs), default=0) + 1,
        asked_by_id=audit.asker_of(session).user_id,
    )
    session.add(run)
    session.flush()
    session.expire(it, ["runs"])
    audit.record(session, "round.run", it, detail={"run": run.number})
    jobs.enqueue(session, RUN, key=f"{RUN}:{run.id}", run_id=run.id)
    return run


def adopt(session: Session, registry: Registry, it: AllocationRound, run: RoundRun, *, today: date) -> int:
    """Give everyone what the run gave them, all of it or nothing; returns how many. Each case is approved on what the
    run was computed on: where anything of it changed since, it is refused, naming the pair.

    Whoever adopts is not who asked for the run.
    """
    _hold(session, it)
    asker = audit.asker_of(session)
    if run.round_id != it.id or run.state is not RunState.DONE or run.result is None:
        raise Conflict("这次计算没有结果，不能采用")
    if asker.user_id is None or asker.user_id == run.asked_by_id:
        raise Forbidden("发起计算和采用结果须由不同的人办理，请另一位运营负责人采用")
    if wishes_of(it) != run.result["wishes"]:
        raise Conflict("这次计算之后又指定或排除过，请重新计算后再采用")
    by_number = {case.number: case for case in candidates(session, it)}
    for match in run.result["matches"]:
        case = by_number.get(match["case"])
        if case is None:
            raise Conflict(
                "申请件%(case)s（%(tenant)s）已不在等待匹配，请重新计算后再采用",
                case=match["case"],
                tenant=run.result["tenants"].get(match["case"], ""),
            )
        case.prepared_by_id = run.asked_by_id
        given = {"round": it.number, "run": run.number, "sharing": run.digest} | {
            "demonstration": run.result["demonstration"],
            **{key: match[key] for key in ("offer", "fit", "reasons")},
        }
        act = Act(content_hash=match["content"], match=given, confirmed=True)
        moves.move(session, registry, case, "place", act, today=today)
    it.state, it.closed_at = RoundState.ADOPTED, utcnow()
    it.run_by_id, it.adopted_by_id = run.asked_by_id, asker.user_id
    audit.record(session, "round.adopt", it, detail={"run": run.number, "digest": run.digest})
    session.flush()
    return len(run.result["matches"])


def discard(session: Session, it: AllocationRound) -> None:
    """Nothing comes of the round; the applications wait for the next one."""
    _hold(session, it)
    it.state, it.closed_at = RoundState.DISCARDED, utcnow()
    audit.record(session, "round.discard", it, detail={})
    session.flush()


def _hold(session: Session, it: AllocationRound) -> None:
    """Hold the round until the transaction ends, as it now is; raises `Conflict` where it is over."""
    session.flush()
    session.refresh(it, with_for_update=True)
    session.expire(it, ["wishes", "runs"])
    if it.state is not RoundState.OPEN:
        raise Conflict("这个轮次已经结束，请刷新页面查看")
