"""Who is ready for what, what is missing, and until when: the criteria over what is on record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from core.data.models import FundingKind, MilestoneKind, OccupancyKind, Stage, Tenant
from core.data.queries import stages as queries
from core.data.queries.stages import Known
from core.policy import Params
from core.services.dossiers.keys import lies_at
from core.services.quarters import quarter_of
from core.services.stages import criteria
from core.services.stages.criteria import Assessed, Clock
from core.services.stages.facts import TenantFacts
from core.services.stages.history import INCUBATED, NEXT, Stretch

SOON_DAYS = 90
# Of targets that are equally near, the one that says more about a company comes first.
_PREFERRED = (Stage.GRADUATED, Stage.ACCELERATOR, Stage.INCUBATOR, Stage.NURSERY)
_NEAR = {True: 0, None: 1, False: 2}
_INVESTED = (FundingKind.ANGEL, FundingKind.VENTURE)
_EXITS = (MilestoneKind.MERGED, MilestoneKind.ACQUIRED, MilestoneKind.LISTED)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Where a tenant stands on a day. `target` is the nearest of `targets`; None for who has graduated or left."""

    facts: TenantFacts
    clock: Clock | None
    entry_clock: Clock | None
    targets: tuple[Assessed, ...]
    target: Assessed | None
    demonstration: bool  # a value that nobody verified was used

    @property
    def ready(self) -> bool:
        return self.target is not None and self.target.passed is True

    @property
    def due(self) -> Clock | None:
        """The clock that runs out first."""
        clocks = [it for it in (self.clock, self.entry_clock) if it is not None]
        return min(clocks, key=lambda it: it.until, default=None)

    @property
    def days_left(self) -> int | None:
        return self.due.days_left(self.facts.on) if self.due else None

    @property
    def overdue(self) -> bool:
        return self.days_left is not None and self.days_left < 0

    @property
    def soon(self) -> bool:
        return self.days_left is not None and 0 <= self.days_left <= SOON_DAYS


def of(facts: TenantFacts, params: Params) -> Readiness:
    """Pure: every next stage assessed, the nearest first, and the clocks."""
    stage = facts.stage
    if stage not in INCUBATED:
        return Readiness(facts, None, None, (), None, False)
    nexts = [to for to in NEXT[stage] if to is not Stage.EXITED]
    targets = tuple(criteria.assess(facts, to, params) for to in nexts)
    near = min(targets, key=lambda it: (_NEAR[it.passed], len(it.open), _PREFERRED.index(it.stage)))
    clock, entry_clock = criteria.clock(facts, params), criteria.entry_clock(facts, params)
    return Readiness(facts, clock, entry_clock, targets, near, any(value.demonstration for value in params.read))


def facts_of(known: Known, on: date) -> TenantFacts:
    """What is on record, as the criteria ask for it on a day. Of the future it knows nothing."""
    quarter = quarter_of(on)
    reported = [row for row in known.indicators if row.quarter <= quarter]
    reached = [row for row in known.milestones if row.reached_on <= on]
    staff = [row.staff for row in reported if row.staff is not None]
    return TenantFacts(
        on=on,
        history=tuple(Stretch(row.stage, row.from_on, row.to_on) for row in known.moves if row.from_on <= on),
        team=known.kind == "team",
        registered_on=known.registered_on,
        industry=known.industry,
        registered_here=_registered_here(known),
        physical=_physical(known, on),
        high_tech=any(
            row.kind is MilestoneKind.HIGH_TECH and (row.until is None or row.until >= on) for row in reached
        ),
        exit_event=any(row.kind in _EXITS for row in reached),
        funding_fen=sum(row.amount_fen for row in known.rounds if row.on <= on and row.kind in _INVESTED),
        revenue={row.quarter: row.revenue_fen for row in reported if row.revenue_fen is not None},
        staff=staff[-1] if staff else None,
    )


def _registered_here(known: Known) -> bool | None:
    if not known.registered_address or not known.sites:
        return None
    return any(lies_at(known.registered_address, site, known.district) for site in known.sites)


def _physical(known: Known, on: date) -> bool | None:
    if not known.occupancies:
        return None
    return any(
        row.kind is OccupancyKind.PHYSICAL and row.from_on <= on and (row.to_on is None or row.to_on >= on)
        for row in known.occupancies
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """One tenant in a list: who it is, and where it stands."""

    id: int
    name: str
    readiness: Readiness


def standings(
    session: Session,
    on: date,
    *,
    ids: Collection[int] | None = None,
    stages: Collection[Stage] | None = None,
) -> list[Standing]:
    """Where tenants stand on a day, by name, in as many queries for one as for all."""
    tenants = queries.known(session, ids=ids, stages=stages)
    own = queries.parameters(session, {it.operator_id for it in tenants})
    books = {operator: criteria.parameters(rows) for operator, rows in own.items()}
    default = criteria.defaults()
    return [Standing(it.id, it.name, of(facts_of(it, on), books.get(it.operator_id, default).on(on))) for it in tenants]


def params_of(session: Session, operator_id: int, on: date) -> Params:
    """An operator's parameters on a day."""
    rows = queries.parameters(session, [operator_id]).get(operator_id, [])
    return criteria.parameters(rows).on(on)


def assess(session: Session, tenant: Tenant, to: Stage, on: date) -> Assessed:
    """What `to` asks of a tenant that would go there on that day, and what of it is met."""
    session.flush()
    known = queries.known(session, ids=[tenant.id])[0]
    facts = facts_of(known, on)
    if facts.stage is Stage.EXITED:  # whoever comes back begins anew
        facts = replace(facts, history=())
    return criteria.assess(facts, to, params_of(session, tenant.operator_id, on))
