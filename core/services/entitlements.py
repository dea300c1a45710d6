"""What a tenant is entitled to today: every policy in service, by the same engine and the same ledger that decide.

No rule stands here a second time. *When* is found by asking the rule again for other days of application, with the
facts as they are: what time alone opens or closes is what changes then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Case as CaseRow
from core.data.models import Tenant
from core.errors import DomainError
from core.policy import (
    AssessmentFailed,
    Case,
    Decision,
    LoadedPolicy,
    Month,
    Outcome,
    ParameterSet,
    Spent,
    add_months,
    evaluate,
)
from core.services import dossiers, evidence, parameters
from core.services.assessments import Assessed
from core.services.workflow import OPEN

MONTHS = 12
AHEAD = 24  # months that are looked ahead for the day on which something opens or closes


class Standing(StrEnum):
    """How a tenant stands with a policy today, the best first."""

    ELIGIBLE = "eligible"
    RUNNING = "running"  # an application for these months is under way
    INFORMATION = "needs_information"
    NOT_YET = "not_yet"  # time alone will make it eligible, on `opens_on`
    HAD = "had"
    NOT_ELIGIBLE = "ineligible"
    NOT_IN_FORCE = "not_in_force"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One policy for one tenant today, over the months from `period_from` to `period_to`.

    `failure`: why the rules could not answer (`decision` is None then). `opens_on`: the first day on which it will be
    eligible; `closes_on`: the last day on which it still is. `had`: the numbers of the awards that it was granted
    before. `uses`: the first and last month and the number of evidence lines that this award would take.
    """

    loaded: LoadedPolicy
    standing: Standing
    period_from: str
    period_to: str
    decision: Decision | None = None
    failure: DomainError | AssessmentFailed | None = None
    opens_on: date | None = None
    closes_on: date | None = None
    had: tuple[str, ...] = ()
    running: CaseRow | None = None
    uses: Uses | None = None


@dataclass(frozen=True, slots=True)
class Uses:
    first: str
    last: str
    lines: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Policies that compete for the same evidence, of which a tenant may have one: the highest amount first."""

    group: str
    options: tuple[Entitlement, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    entitlements: tuple[Entitlement, ...]
    choices: tuple[Choice, ...] = field(default=())


def last_months(today: date, count: int = MONTHS) -> tuple[str, str]:
    """The last `count` full months before the month of `today`."""
    this = Month.of(today)
    return str(this + -count), str(this + -1)


def overview(
    session: Session, tenant: Tenant, policies: Sequence[LoadedPolicy], cases: Collection[CaseRow], today: date
) -> Overview:
    """Every policy for `tenant` today, the best first. `cases` are the tenant's own. Raises what freezing raises."""
    period_from, period_to = last_months(today)
    frozen = dossiers.freeze(
        session, tenant, period_from=period_from, period_to=period_to, applied_on=today, answers={}
    )
    facts = frozen.parsed()
    months = {line: source.month for line, source in frozen.evidence.items()}
    district = tenant.operator.district_id
    found = []
    for loaded in policies:
        spent = evidence.spent(session, frozen.evidence, loaded.card.stacking)
        running = next((case for case in cases if _covers(case, loaded.key, period_from, period_to)), None)
        try:
            params = parameters.published(session, district, loaded)
        except DomainError as error:
            found.append(Entitlement(loaded, Standing.FAILED, period_from, period_to, failure=error, running=running))
            continue
        found.append(_one(_Asked(loaded, facts, params, spent), months, running, today))
    order = list(Standing)
    found.sort(key=lambda it: (order.index(it.standing), -(it.decision.amount_fen if it.decision else 0)))
    return Overview(tuple(found), choices(found))


def rivals(
    session: Session, case: CaseRow, assessed: Assessed, policies: Sequence[LoadedPolicy], today: date
) -> Choice | None:
    """What else a draft's evidence could pay for: its own policy and those of its stacking group that are open over its
    own months, the highest amount first. None where nothing competes, and then no rule is asked."""
    own = assessed.loaded.card.stacking
    if own is None or own.rule == "stackable":
        return None
    others = [
        loaded
        for loaded in policies
        if loaded.key != case.policy_key
        and (theirs := loaded.card.stacking)
        and theirs.group == own.group
        and theirs.rule != "stackable"
    ]
    if not others:
        return None
    frozen, facts = assessed.frozen, assessed.frozen.parsed()
    months = {line: source.month for line, source in frozen.evidence.items()}
    under_way = session.scalars(select(CaseRow).where(CaseRow.tenant_id == case.tenant_id, CaseRow.id != case.id)).all()
    options = []
    for loaded in (assessed.loaded, *others):
        running = next((it for it in under_way if _covers(it, loaded.key, case.period_from, case.period_to)), None)
        with suppress(AssessmentFailed, DomainError):  # one that cannot answer is told on the home page
            if loaded is assessed.loaded:
                decision = assessed.decision
            else:
                params = parameters.published(session, case.district_id, loaded)
                spent = evidence.spent(session, frozen.evidence, loaded.card.stacking)
                decision = _Asked(loaded, facts, params, spent).on(case.applied_on or today)
            if decision.outcome is Outcome.ELIGIBLE:
                found = Entitlement(loaded, Standing.ELIGIBLE, case.period_from, case.period_to, decision)
                options.append(replace(found, running=running, uses=_uses(decision, months)))
    options.sort(key=lambda it: -(it.decision.amount_fen if it.decision else 0))
    return Choice(own.group, tuple(options)) if len(options) > 1 else None


def choices(found: Collection[Entitlement]) -> tuple[Choice, ...]:
    """Where several policies of one stacking group are open at once: one line of evidence pays for one of them."""
    groups: dict[str, list[Entitlement]] = defaultdict(list)
    for it in found:
        stacking = it.loaded.card.stacking
        if it.standing is Standing.ELIGIBLE and stacking is not None and stacking.rule != "stackable":
            groups[stacking.group].append(it)
    return tuple(
        Choice(group, tuple(sorted(options, key=lambda it: -(it.decision.amount_fen if it.decision else 0))))
        for group, options in sorted(groups.items())
        if len(options) > 1
    )


def _covers(case: CaseRow, key: str, first: str, last: str) -> bool:
    overlaps = case.period_from <= last and first <= case.period_to
    return case.policy_key == key and case.state in OPEN and overlaps


@dataclass(frozen=True, slots=True)
class _Asked:
    """A policy with all that its answer depends on but the day."""

    loaded: LoadedPolicy
    facts: Case
    params: ParameterSet | None
    spent: Mapping[str, Spent]

    def on(self, day: date) -> Decision:
        return evaluate(self.loaded, replace(self.facts, applied_on=day), params=self.params, spent=self.spent)


def _one(asked: _Asked, months: Mapping[str, str], running: CaseRow | None, today: date) -> Entitlement:
    loaded, facts = asked.loaded, asked.facts
    period = str(facts.period.first), str(facts.period.last)
    try:
        decision = asked.on(today)
    except (AssessmentFailed, DomainError) as error:
        return Entitlement(loaded, Standing.FAILED, *period, failure=error, running=running)
    # What is granted once was had with any award; what can be had again, only where its evidence is spent.
    once = facts.dossier.awards if loaded.card.once else ()
    had = tuple(award.award or "" for award in once or () if award.policy == loaded.key)
    opens = closes = None
    if decision.outcome is Outcome.ELIGIBLE:
        standing = Standing.ELIGIBLE
        closes = _turns(asked, today, eligible=False)
    elif had or decision.excluded:
        standing = Standing.HAD
    elif decision.outcome is Outcome.INELIGIBLE:
        opens = _turns(asked, today, eligible=True)
        standing = Standing.NOT_YET if opens else Standing.NOT_ELIGIBLE
    else:
        standing = Standing(decision.outcome.value)
    return Entitlement(
        loaded,
        Standing.RUNNING if running is not None else standing,
        *period,
        decision=decision,
        opens_on=opens,
        closes_on=closes + timedelta(days=-1) if closes else None,
        had=had or tuple(sorted({it.award for it in decision.excluded})),
        running=running,
        uses=_uses(decision, months),
    )


def _uses(decision: Decision, months: Mapping[str, str]) -> Uses | None:
    """What an award would take of the evidence, by month."""
    lines = sorted(months[use.line_id] for use in decision.uses if use.amount_fen and use.line_id in months)
    return Uses(lines[0], lines[-1], len(lines)) if lines else None


def _turns(asked: _Asked, today: date, *, eligible: bool) -> date | None:
    """The first day after today, within two years, on which the answer to "eligible?" is `eligible`."""

    def is_so(day: date) -> bool:
        try:
            decision = asked.on(day)
        except (AssessmentFailed, DomainError):
            return not eligible
        return (decision.outcome is Outcome.ELIGIBLE) is eligible

    before = today
    for ahead in range(1, AHEAD + 1):
        after = add_months(today, ahead)
        if is_so(after):
            while (after - before).days > 1:  # between the two it turns once
                middle = before + (after - before) / 2
                before, after = (before, middle) if is_so(middle) else (middle, after)
            return after
        before = after
    return None
