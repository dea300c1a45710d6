"""What the rules say about a case, now: the one way from a case to the kernel.

What can still be changed is assessed on today's records, a submitted case on the facts frozen with it. Rules are told
what evidence other awards have, so what a tenant is shown and what is decided come from one place. The
parameter values are those of the case's district (`core.services.parameters`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Award, Case, CaseDocument, CaseEvent, CasePanel, StoredFile, Tenant
from core.data.queries.across import across
from core.errors import Invalid
from core.policy import (
    AssessmentFailed,
    Card,
    Decision,
    LoadedPolicy,
    Registry,
    Spent,
    UnknownPolicy,
    digest,
    evaluate,
    parse_case,
)
from core.policy import Case as Facts
from core.services import dossiers, evidence, failures, panel_results, parameters
from core.services.failures import NotAssessed
from core.services.workflow import EDITABLE, Preset


@dataclass(frozen=True, slots=True)
class Assessed:
    """A case, what the rules say of it, and the content hash that approvals are bound to.

    `other_values`: it is no longer what was reviewed, for no other reason than parameters published since.
    """

    loaded: LoadedPolicy
    frozen: dossiers.Frozen
    decision: Decision
    content_hash: str
    other_values: bool = False


def card_of(registry: Registry, key: str) -> Card:
    """The policy's texts and limits, also while it is out of service: what was begun under it can be shown, and what
    needs no rule can be done. Raises `Invalid` where there is not even that."""
    try:
        return registry.card(key)
    except UnknownPolicy as error:
        raise Invalid("政策“%(key)s”目前不可用：插件未安装或已停用，请联系平台管理人员", key=key) from error


def policy_of(registry: Registry, key: str) -> LoadedPolicy:
    """The loaded policy; raises `Invalid` where it is not installed or was taken out of service."""
    try:
        return registry.get(key)
    except UnknownPolicy as error:
        raise Invalid("政策“%(key)s”目前不可用：插件未安装或已停用，请联系平台管理人员", key=key) from error


def preset_of(registry: Registry, key: str) -> Preset:
    """Which moves the cases of a policy make."""
    return Preset(card_of(registry, key).workflow.preset)


def facts_of(session: Session, case: Case, today: date) -> dossiers.Frozen:
    """The facts frozen with a submitted case; today's while the applicant may still change it, for they are frozen
    (again) on submission."""
    if case.facts is not None and case.state not in EDITABLE:
        return dossiers.Frozen.from_json(case.facts, case.persons)
    return freeze(session, case, case.applied_on or today)


def freeze(session: Session, case: Case, applied_on: date) -> dossiers.Frozen:
    tenant = session.scalars(select(Tenant).where(Tenant.id == case.tenant_id)).one()
    return dossiers.freeze(
        session,
        tenant,
        period_from=case.period_from,
        period_to=case.period_to,
        applied_on=applied_on,
        answers=case.answers,
    )


def assess(session: Session, case: Case, registry: Registry, today: date) -> Assessed:
    """Run the rules. Raises `NotAssessed` where the policy is out of service or its rule fails: nothing is decided
    then, and the case is marked as one that could not be assessed."""
    try:
        assessed = _assess(session, case, registry, today)
    except NotAssessed as error:
        failures.note(session, case, error, title_of(registry, case.policy_key))
        raise
    failures.note(session, case, None)
    return assessed


def title_of(registry: Registry, key: str) -> dict[str, str] | None:
    """What people call the policy; None where not even its texts are there."""
    try:
        title = registry.card(key).title
    except UnknownPolicy:
        return None
    return {"zh": title.zh, "en": title.en}


def _assess(session: Session, case: Case, registry: Registry, today: date) -> Assessed:
    try:
        loaded = registry.get(case.policy_key)
    except UnknownPolicy as error:
        raise NotAssessed(str(error)) from error
    frozen = facts_of(session, case, today)
    panel = None
    if loaded.card.workflow.panel is not None:
        panel = panel_results.standing(session, case)
        seen = frozen.case | {"answers": panel_results.answers(panel, frozen.case["answers"])}
        frozen = replace(frozen, case=seen)
    spent = spent_by_others(session, case, frozen, loaded)
    facts = parse_case(frozen.case)
    try:
        decision = evaluate(loaded, facts, params=parameters.of_case(session, case, loaded), spent=spent)
    except AssessmentFailed as error:
        raise NotAssessed(error.reason, passing=error.passing) from error
    except Invalid as error:  # a published value that a newer version of the plugin cannot take
        raise NotAssessed(str(error)) from error
    found = content_hash(session, case, decision, panel)
    other_values = case.content_hash not in (None, found) and _as_reviewed(session, case, loaded, facts, spent, panel)
    return Assessed(loaded, frozen, decision, found, other_values)


def _as_reviewed(
    session: Session,
    case: Case,
    loaded: LoadedPolicy,
    facts: Facts,
    spent: Mapping[str, Spent],
    panel: CasePanel | None,
) -> bool:
    """Whether the values that were published when the case was reviewed still give what was reviewed then."""
    reviewed = select(CaseEvent.at).where(CaseEvent.case_id == case.id, CaseEvent.content_hash == case.content_hash)
    at = session.scalars(reviewed.order_by(CaseEvent.id.desc()).limit(1)).first()
    if at is None:
        return False
    try:
        then = evaluate(
            loaded, facts, params=parameters.published(session, case.district_id, loaded, at=at), spent=spent
        )
    except AssessmentFailed:
        return False
    return content_hash(session, case, then, panel) == case.content_hash


def spent_by_others(session: Session, case: Case, frozen: dossiers.Frozen, loaded: LoadedPolicy) -> dict[str, Spent]:
    """Evidence lines of the case that awards of other cases have, and how much of them."""
    if loaded.card.stacking is None:
        return {}
    with across(session, "ledger") as district:
        own = district.scalar(select(Award).where(Award.case_id == case.id))
    return evidence.spent(session, frozen.evidence, loaded.card.stacking, apart_from=own)


def content_hash(session: Session, case: Case, decision: Decision, panel: CasePanel | None = None) -> str:
    """What an approval is bound to: the facts, the papers, the payee, the result, and what experts scored where the
    policy has them. Change anything and it falls; but what evidence is left out counts, not how the award that has it
    is called, which its letter's number changes."""
    result = replace(decision, excluded=tuple(row._replace(award="") for row in decision.excluded))
    papers = session.execute(
        select(CaseDocument.kind, StoredFile.sha256)
        .join(StoredFile, StoredFile.id == CaseDocument.file_id)
        .where(CaseDocument.case_id == case.id)
        .order_by(CaseDocument.kind, StoredFile.sha256)
    ).all()
    content: dict[str, Any] = {
        "case": case.uid,
        "facts": case.facts,
        "answers": case.answers,
        "payee": {
            "name": case.payee_name,
            "bank": case.payee_bank,
            "bank_code": case.payee_bank_code,
            "account": case.payee_account,
            "own": case.payee_own,
        },
        "papers": [[kind, sha] for kind, sha in papers],
        "decision": result.digest,
    }
    if panel is not None:
        content["panel"] = panel.digest
    return digest(content)
