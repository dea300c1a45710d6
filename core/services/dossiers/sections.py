"""The sections of a case file that spend nothing: company, founders, stages, awards."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.data.queries.dossiers import Records
from core.services.dossiers.persons import Persons


def company(known: Records) -> dict[str, Any]:
    """As the applicant's own operator has it on file."""
    tenant = known.tenant
    return {
        "uscc": known.uscc,
        "legal_form": tenant.legal_form.value if tenant.legal_form else None,
        "small_or_micro": tenant.small_or_micro,
        "registered_on": _day(tenant.registered_on),
        "registered_region": tenant.registered_region,
        "operating_region": tenant.operating_region,
        "industry": tenant.industry,
        "labour_dispatch": tenant.labour_dispatch,
        "untrustworthy": tenant.untrustworthy,
    }


def founders(known: Records, persons: Persons) -> list[dict[str, Any]]:
    """One row for each founder."""
    return [
        {
            "ref": ref,
            "legal_representative": founder.legal_representative,
            "household": founder.household,
            "permit": founder.permit.value if founder.permit else None,
            "categories": _codes(founder.categories),
            "graduated_on": _day(founder.graduated_on),
            "first_company": founder.first_company,
        }
        for ref, founder in persons.founders
    ]


def stages(known: Records) -> list[dict[str, Any]]:
    """Stretches at all tenancies, in time; one recorded by two operators is one."""
    moves = {(move.from_on, move.to_on or date.max, move.stage.value): move for move in known.stages}
    return [
        {"stage": move.stage.value, "from": _day(move.from_on), "to": _day(move.to_on)}
        for _, move in sorted(moves.items())
    ]


def awards(known: Records, persons: Persons) -> list[dict[str, Any]]:
    """What this enterprise, and others with a founder of it, were granted in the district and have not lost again, with
    the founders they share."""
    then: dict[int, set[str]] = {}
    for founder in known.founders:
        ref = persons.refs.get(founder.id_number_once or f"founder:{founder.id}")
        if ref is not None:
            then.setdefault(founder.tenant_id, set()).add(ref)
    return [
        {
            "policy": granted.award.policy_key,
            "award": granted.number,
            "period": {"from": granted.period[0], "to": granted.period[1]},
            "amount_fen": granted.award.amount_fen,
            "founders": sorted(then.get(granted.award.tenant_id, ()), key=lambda ref: int(ref[1:])),
        }
        for granted in sorted(known.awards, key=lambda it: (it.award.approved_at, it.number))
    ]


def mentoring(known: Records) -> dict[str, Any]:
    """The needs that stand, in the tenant's words, and how many pairings run, at all tenancies."""
    hours = [need.hours for need in known.needs if need.hours is not None]
    return {
        "needs": ["：".join(filter(None, ("、".join(need.topics), need.text))) for need in known.needs],
        "running_pairs": known.running_pairs,
        "languages": sorted({language for need in known.needs for language in need.languages}),
        "hours": max(hours, default=None),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _codes(text: str | None) -> list[str] | None:
    return None if text is None else sorted(filter(None, text.split(",")))
