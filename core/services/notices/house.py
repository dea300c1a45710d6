"""What is told of the house: rounds, pairings, events, 发票; and of policies."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

import core
from core.data.models import (
    OPERATOR_ROLES,
    Event,
    EventRegistration,
    Pairing,
    ParameterDraft,
    Role,
    RoundRun,
    RunState,
    TaxInvoice,
    TaxInvoiceState,
)
from core.data.types import utcnow
from core.policy import Card
from core.services.notices.telling import Telling, To, tell, tenant_of
from core.services.rights import PARAMETER_DRAFTERS, PARAMETER_PUBLISHERS

MANAGERS = frozenset({Role.OPERATOR_MANAGER})
PLATFORM = frozenset({Role.PLATFORM_ADMIN})


def of_run(session: Session, run: RoundRun) -> None:
    """A run has its result: the managers who did not ask for it may adopt it. One that failed: who asked is told."""
    params = {"round": run.round.name, "run": run.number, "matched": run.matched, "left": run.left}
    if run.state is RunState.DONE:
        kind, to = "round_computed", To(MANAGERS, operator_id=run.operator_id, but=run.asked_by_id)
    else:
        kind, to = "round_failed", To(OPERATOR_ROLES, operator_id=run.operator_id, only=run.asked_by_id)
    tell(session, Telling(kind, to, run.round_id, f"run:{run.id}:{run.finished_at:%Y%m%d%H%M%S}", params))


def of_pairing(session: Session, pairing: Pairing) -> None:
    """A tenant has a mentor, or has one no longer. Where an application was answered by it, that tells of it."""
    if pairing.ends_on is None and pairing.case_id is not None:
        return
    kind, day = ("pairing_begun", pairing.starts_on) if pairing.ends_on is None else ("pairing_ended", pairing.ends_on)
    params = {"mentor": pairing.mentor.name, "on": day.isoformat()}
    tell(session, Telling(kind, tenant_of(pairing), pairing.id, f"{kind}:{pairing.id}", params))


def of_seat(session: Session, event: Event, registration: EventRegistration) -> None:
    """Who waited has a seat now."""
    params = {"event": event.title, "people": registration.people, "at": _at(event)}
    tell(session, Telling("event_seated", tenant_of(registration), event.id, f"seat:{registration.id}", params))


def of_event_called_off(session: Session, event: Event, registrations: list[EventRegistration]) -> None:
    """Who meant to come is told that it does not take place."""
    params = {"event": event.title, "at": _at(event)}
    key = f"event_off:{event.id}"
    tell(session, *(Telling("event_called_off", tenant_of(it), event.id, key, params) for it in registrations))


def of_tax_invoice(session: Session, it: TaxInvoice) -> None:
    """发票: asked for by a tenant, the operator's people are told; issued or rejected, the tenant is."""
    params = {"bill": it.bill.number, "amount": it.amount_fen, "number": it.number}
    key = f"tax_invoice:{it.id}:{it.state}"
    if it.state is TaxInvoiceState.REQUESTED:
        to = To(OPERATOR_ROLES, operator_id=it.operator_id)
        tell(session, Telling("tax_invoice_requested", to, it.id, key, params, tenant_id=it.tenant_id))
    else:
        tell(session, Telling(f"tax_invoice_{it.state}", tenant_of(it), it.id, key, params))


def of_draft(session: Session, draft: ParameterDraft, card: Card) -> None:
    """A draft of parameters waits for whoever may publish it."""
    to = To(PARAMETER_PUBLISHERS, district_id=draft.district_id)
    params = {"policy": {"zh": card.title.zh, "en": card.title.en}, "key": draft.policy_key}
    tell(session, Telling("draft_submitted", to, draft.id, f"draft:{draft.id}:{draft.version}", params))


def of_draft_returned(session: Session, draft: ParameterDraft) -> None:
    """Its author has to look at it again."""
    to = To(PARAMETER_DRAFTERS, district_id=draft.district_id, only=draft.author_id)
    key = f"draft:{draft.id}:{draft.version}"
    tell(session, Telling("draft_returned", to, draft.id, key, {"key": draft.policy_key}))


def of_failing_policy(session: Session, policy: str, title: Mapping[str, str] | None) -> None:
    """The platform's administrators are told of the first case that a policy could not assess."""
    key = f"policy_failing:{policy}:{utcnow():%Y%m%d%H%M}"
    about = " ".join([*(title or {}).values(), policy])
    params = {"policy": dict(title) if title else policy}
    tell(session, Telling("policy_failing", To(PLATFORM), None, key, params, about=about))


def _at(event: Event) -> str:
    """When it begins, as people in Shanghai read it."""
    return event.starts_at.astimezone(core.SHANGHAI).isoformat(timespec="minutes")
