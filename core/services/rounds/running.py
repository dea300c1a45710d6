"""The computation behind a run: who takes part with which facts, what there is, and what the policy makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.data.models import AllocationRound, Case, CaseState, Operator, RoundRun, RoundState, RunState, WishKind
from core.data.types import utcnow
from core.errors import N_, Conflict, DomainError, NotFound
from core.policy import AssessmentFailed, LoadedPolicy, Offer, Outcome, ParameterSet, Registry, allocate
from core.policy import Case as Facts
from core.services import assessments, audit, notices, offers, parameters
from core.services.assessments import Assessed

RUN = "run_round"


def run_of(session: Session, run_id: int) -> RoundRun:
    """The run, held until the transaction ends: computing it and giving it up come one after the other."""
    found = session.scalars(
        select(RoundRun)
        .where(RoundRun.id == run_id)
        .options(joinedload(RoundRun.round))
        .with_for_update(of=RoundRun)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("没有编号为%(id)s的计算", id=run_id)
    return found


def candidates(session: Session, it: AllocationRound) -> list[Case]:
    """The operator's admitted applications, the oldest first: those that a run takes, if they are eligible."""
    return list(
        session.scalars(
            select(Case)
            .where(
                Case.operator_id == it.operator_id,
                Case.policy_key == it.policy_key,
                Case.state == CaseState.ACCEPTED,
            )
            .options(selectinload(Case.tenant))
            .order_by(Case.applied_on, Case.id)
        )
    )


def wishes_of(it: AllocationRound) -> list[list[str]]:
    """What was set and excluded, as a run keeps it."""
    return sorted([w.kind.value, w.case.number, w.offer_ref] for w in it.wishes)


def compute(session: Session, registry: Registry, run: RoundRun, *, today: date) -> None:
    """Compute a run that waits, and keep its result; one that is done stays as it is. A policy that cannot share out,
    or a round that is over, makes the run a failed one with the reason."""
    if run.state is not RunState.WAITING:
        return
    it = run.round
    if it.state is not RoundState.OPEN:
        _fail(session, run, "轮次已经结束")
        return
    loaded = assessments.policy_of(registry, it.policy_key)
    taking = _taking_part(session, registry, it, today)
    there = offers.of(loaded).available(session, it.operator_id, today)
    wishes = wishes_of(it)
    pinned = {case: offer for kind, case, offer in wishes if kind == WishKind.PIN and case in taking.facts}
    shared = _shared(session, loaded, taking, there, wishes, today)
    try:
        _check_pins(session, offers.of(loaded), taking, shared, pinned)
        sharing = allocate(loaded, taking.facts, shared, on=today, pinned=pinned, params=_values(session, it, loaded))
    except DomainError as error:
        _fail(session, run, str(error))
        return
    except (AssessmentFailed, ValueError) as error:
        reason = error.reason if isinstance(error, AssessmentFailed) else str(error)
        _fail(session, run, f"规则未能完成匹配（{reason}）。申请和指定都保留着，请联系平台管理人员，修好后再重新计算")
        return
    names = {o.ref: o.name for o in there}
    matches = sorted(sharing.allocation.matches, key=lambda match: (-(match.fit or 0), match.case_ref))
    run.result = {
        "matches": [
            {
                "case": match.case_ref,
                "offer": match.offer_ref,
                "name": names[match.offer_ref],
                "fit": match.fit,
                "reasons": [list(reason) for reason in match.reasons],
                "content": taking.content[match.case_ref],
            }
            for match in matches
        ],
        "left": [{"case": one.case_ref, "reason": list(one.reason)} for one in sorted(sharing.allocation.left)],
        "skipped": taking.skipped,
        "wishes": wishes,
        "tenants": taking.names,
        "room": sum(o.room for o in there),
        "demonstration": any(value.demonstration for value in sharing.parameters),
    }
    run.digest, run.state, run.finished_at = sharing.digest, RunState.DONE, utcnow()
    run.matched, run.left = len(matches), len(sharing.allocation.left)
    run.total_fit = sum(match.fit or 0 for match in matches)
    audit.record(
        session, "round.computed", it, detail={"run": run.number, "matched": run.matched, "digest": run.digest}
    )
    notices.of_run(session, run)
    session.flush()


def report_failure(session: Session, run: RoundRun, reason: str) -> None:
    """A run that could not be made, for the people who asked for it: they may ask again."""
    if run.state is RunState.WAITING:
        _fail(session, run, reason)
        audit.record(session, "round.failed", run.round, detail={"run": run.number}, success=False)
        session.flush()


def wait_again(session: Session, run: RoundRun) -> None:
    """A run that failed waits once more, for its job that is to be run again. Raises `Conflict` where nobody can use
    what it would find."""
    if run.state is not RunState.FAILED:
        return
    if run.round.state is not RoundState.OPEN:
        raise Conflict("匹配轮次已经结束，这次计算不能重试")
    run.state, run.failure, run.finished_at = RunState.WAITING, None, None
    audit.record(session, "round.run", run.round, detail={"run": run.number, "again": True})
    session.flush()


@dataclass(slots=True)
class _TakingPart:
    """Who takes part, all by case number: facts, tenant, hash of the content. Of those who wait but do not, a code that
    pages have words for."""

    facts: dict[str, Facts] = field(default_factory=dict)
    tenants: dict[str, int] = field(default_factory=dict)
    content: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    skipped: list[dict[str, str]] = field(default_factory=list)


def _taking_part(session: Session, registry: Registry, it: AllocationRound, today: date) -> _TakingPart:
    """The admitted applications that are eligible now. Of two of one tenant the older takes part."""
    waiting = candidates(session, it)
    source = offers.of(assessments.policy_of(registry, it.policy_key))
    served = source.served(session, {case.tenant_id for case in waiting})
    found = _TakingPart()
    for case in waiting:
        found.names[case.number] = case.tenant.name
        assessed = None
        if case.tenant_id in served:
            why = "served"
        elif case.tenant_id in found.tenants.values():
            why = "twice"
        else:
            why, assessed = _assessed(session, registry, case, today)
        if assessed is None:
            found.skipped.append({"case": case.number, "why": why})
        else:
            found.facts[case.number] = assessed.frozen.parsed()
            found.tenants[case.number] = case.tenant_id
            found.content[case.number] = assessed.content_hash
    return found


def _assessed(session: Session, registry: Registry, case: Case, today: date) -> tuple[str, Assessed | None]:
    try:
        assessed = assessments.assess(session, case, registry, today)
    except DomainError:
        return "failed", None
    return ("", assessed) if assessed.decision.outcome is Outcome.ELIGIBLE else ("ineligible", None)


def _shared(
    session: Session,
    loaded: LoadedPolicy,
    taking: _TakingPart,
    there: Sequence[offers.Available],
    wishes: list[list[str]],
    today: date,
) -> list[Offer]:
    """What there is, for the policy, with who must not get it: what lies between the two, and what people excluded."""
    apart = offers.of(loaded).apart(session, [o.ref for o in there], set(taking.tenants.values()), today)
    banned = {(offer, case) for kind, case, offer in wishes if kind == WishKind.BAN}
    return [
        Offer(
            o.ref,
            o.room,
            o.facts,
            forbidden=tuple(
                case for case, tenant in taking.tenants.items() if (o.ref, tenant) in apart or (o.ref, case) in banned
            ),
        )
        for o in there
    ]


def _check_pins(
    session: Session, source: offers.Source, taking: _TakingPart, there: Sequence[Offer], pinned: dict[str, str]
) -> None:
    """Raises `Conflict`, with names, for a pair that was set and can no longer be made."""
    known, wanted = {offer.ref: offer for offer in there}, Counter(pinned.values())
    for case, ref in pinned.items():
        offer = known.get(ref)
        if offer is None or wanted[ref] > offer.capacity:
            why = N_("没有足够的名额，或已不再聘任")
        elif case in offer.forbidden:
            why = N_("有辅导以外的关系")
        else:
            continue
        raise Conflict(
            "导师%(mentor)s和“%(tenant)s”这一对不能再指定（%(why)s）。请取消这条指定，再重新计算",
            mentor=source.names(session, [ref]).get(ref, ref),
            tenant=taking.names[case],
            why=why,
        )


def _values(session: Session, it: AllocationRound, loaded: LoadedPolicy) -> ParameterSet | None:
    """What the district has published for the policy."""
    district = session.scalars(select(Operator.district_id).where(Operator.id == it.operator_id)).one()
    return parameters.published(session, district, loaded)


def _fail(session: Session, run: RoundRun, reason: str) -> None:
    run.state, run.failure, run.finished_at = RunState.FAILED, reason[:2000], utcnow()
    notices.of_run(session, run)
