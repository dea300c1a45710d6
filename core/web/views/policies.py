"""Policies as readers see them: the guide, and what a tenant is entitled to today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from core.data.models import Tenant
from core.errors import DomainError
from core.policy import AssessmentFailed, Decision, LoadedPolicy, Month, evaluate, parse_case
from core.services import dossiers, evidence
from core.web.errors import sentence
from core.web.views.case_page import registry

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One policy for one tenant today: what the rules say of the last twelve full months, or why they cannot."""

    loaded: LoadedPolicy
    decision: Decision | None
    failure: str
    period_from: str
    period_to: str


def last_months(today: date, count: int = MONTHS) -> tuple[str, str]:
    """The last `count` full months before the month of `today`."""
    this = Month.of(today)
    return str(this + -count), str(this + -1)


def entitlements(session: Session, tenant: Tenant, today: date) -> list[Entitlement]:
    """Every policy in service, by the same engine and ledger that decide."""
    period_from, period_to = last_months(today)
    found = []
    frozen = dossiers.freeze(
        session, tenant, period_from=period_from, period_to=period_to, applied_on=today, answers={}
    )
    for loaded in registry().policies:
        decision, failure = None, ""
        try:
            decision = _assess(session, tenant, loaded, frozen)
        except AssessmentFailed as error:
            failure = str(error)
        except DomainError as error:
            failure = sentence(error)
        found.append(Entitlement(loaded, decision, failure, period_from, period_to))
    return found


def _assess(session: Session, tenant: Tenant, loaded: LoadedPolicy, frozen: dossiers.Frozen) -> Decision:
    stacking = loaded.card.stacking
    district_id = tenant.operator.district_id
    spent: dict[str, str] = evidence.spent(session, district_id, frozen.evidence, stacking.group) if stacking else {}
    return evaluate(loaded, parse_case(frozen.case), spent=spent)
