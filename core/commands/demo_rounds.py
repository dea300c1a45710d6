"""Rounds on the demonstration district: one adopted, with its letters, and one open with a run to compare and adopt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from core.commands.demo_stage import Scheme, Stage, after, asker_of
from core.data.asker import Asker, asking
from core.data.models import AllocationRound, Case, MentoringNeed, Pairing, RoundRun, Tenant, TenantKind
from core.data.models import Stage as Stages
from core.services import rounds

# Applications that no round sees.
BESIDE: tuple[tuple[str, ...], ...] = (
    (), ("submit",), ("submit", "hand_back"), ("submit", "turn_away"), ("submit", "withdraw"),
)  # fmt: skip
DECLINED = ("submit", "admit", "decline")  # of one that has a mentor
HOUR = 1  # working days after the application on which the rounds are run


def play(stage: Stage, scheme: Scheme, plan: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """Applications of tenants that need something: `adopted` of them through a round that one manager runs and another
    adopts, `open` more in a round that has been run."""
    runner, adopter = (stage.staff[plan[who]] for who in ("runner", "adopter"))
    waiting = _needing(stage, runner.memberships[0].operator_id)
    for road in BESIDE:
        stage.walk(scheme, waiting.pop(), road, who=plan["runner"])
    with_a_mentor = _needing(stage, runner.memberships[0].operator_id, paired=True)[0]
    stage.walk(scheme, with_a_mentor, DECLINED, who=plan["runner"])
    first, second = waiting[: plan["adopted"]], waiting[plan["adopted"] :][: plan["open"]]
    today = after(stage.applied_on, HOUR)
    for tenants, name, adopt in ((first, "2026年秋季", True), (second, "2026年11月增补", False)):
        for tenant in tenants:
            _admit(stage, scheme, tenant, plan["runner"])
        with asking(stage.session, asker_of(runner, None)):
            it = rounds.open_round(
                stage.session, stage.registry, runner.memberships[0].operator_id, scheme.key, name=name, today=today
            )
        run = _run(stage, it, runner)
        if adopt:
            with asking(stage.session, asker_of(adopter, None)):
                rounds.adopt(stage.session, stage.registry, it, run, today=today)
        say(f"{scheme.key}: round “{name}”, {run.matched} matched, {run.left} left")


def _needing(stage: Stage, operator_id: int | None, *, paired: bool = False) -> list[Tenant]:
    """Companies of the operator that have stated a need and have no mentor, or have one all the same."""
    pairs = select(Pairing.tenant_id).where(Pairing.ends_on.is_(None))
    wanted = (
        select(Tenant)
        .join(MentoringNeed, (MentoringNeed.tenant_id == Tenant.id) & MentoringNeed.withdrawn_on.is_(None))
        .where(
            Tenant.operator_id == operator_id,
            Tenant.kind == TenantKind.COMPANY,
            Tenant.stage.in_((Stages.NURSERY, Stages.INCUBATOR)),
            Tenant.id.in_(pairs) if paired else Tenant.id.not_in(pairs),
        )
        .order_by(Tenant.id)
    )
    return list(stage.session.scalars(wanted))


def _admit(stage: Stage, scheme: Scheme, tenant: Tenant, manager: str) -> Case:
    case = stage.walk(scheme, tenant, ("submit",))
    stage.act(case, "admit", who=manager)
    return case


def _run(stage: Stage, it: AllocationRound, runner: Any) -> RoundRun:
    """As the page and its job do it; the job finds it done."""
    today = after(stage.applied_on, HOUR)
    with asking(stage.session, asker_of(runner, None)):
        run = rounds.ask(stage.session, stage.registry, it)
    with asking(stage.session, Asker.system("seed")):
        rounds.compute(stage.session, stage.registry, run, today=today)
    return run
