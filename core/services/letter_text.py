"""What a letter says: from decision, capsule, case and policy card to the plain values of a `LetterContext`.

Figures come from the capsule alone, so that the letter says what was decided and not what the tables say today;
labels, clauses, duties and remedies come from the policy's card.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import (
    Award,
    Case,
    CaseEvent,
    Decision,
    District,
    Enterprise,
    Issuer,
    Letter,
    LetterKind,
    PoolEntry,
    PoolMove,
    Tenant,
)
from core.letters import context as text
from core.policy import LoadedPolicy
from core.services.dossiers import Frozen
from core.services.identifiers import mask_account
from core.services.wording import EVIDENCE, GRADES, condition, period_in_words, value_in_words

# Where no rule was in force there is nothing to check by, and the letter says just that.
_NOT_IN_FORCE = text.CheckRow(
    code="in_force",
    label="申请时该政策有现行有效的规定",
    passed=False,
    observed="没有",
    required="有",
    clause="",
    explain="该政策在申请之日没有现行有效的规定，因此不能核定。有新规定之后可以重新申请。",
)

DECIDING = ("approve", "refuse", "place", "decline")  # the moves that a letter follows


def template_of(loaded: LoadedPolicy) -> Path | None:
    """The policy's own form of a letter; None where it uses the house's."""
    name = loaded.policy.letter_template
    return loaded.folder / "templates" / name if name else None


def context_for(session: Session, letter: Letter, loaded: LoadedPolicy, *, base_url: str) -> text.LetterContext:
    """The numbered letter as it is to be printed. The same letter gives the same context whenever it is asked for."""
    draft = draft_context(session, letter.decision, loaded, letter.issuer, kind=letter.kind, on=letter.issued_on)
    if letter.replaces is not None:
        draft = replace(draft, replaces=letter.replaces.number)
    return draft.numbered(
        number=letter.number,
        seq=letter.seq,
        check_code=letter.check_code,
        verify_url=f"{base_url}/verify?code={letter.check_code}",
    )


def draft_context(
    session: Session, decision: Decision, loaded: LoadedPolicy, issuer: Issuer, *, kind: LetterKind, on: date
) -> text.LetterContext:
    """The letter of a decision before it has a number, dated `on`."""
    case = session.scalars(select(Case).where(Case.id == decision.case_id)).one()
    tenant = session.scalars(select(Tenant).where(Tenant.id == case.tenant_id)).one()
    district = session.scalars(select(District).where(District.id == case.district_id)).one()
    capsule: dict[str, Any] = json.loads(decision.capsule)
    card = loaded.card
    award = kind is LetterKind.AWARD
    granted = _granted(session, decision, capsule, loaded) if award else ()
    applied_on = date.fromisoformat(capsule["application"]["applied_on"])
    verb = "核定" if award else "不予核定"
    return text.LetterContext(
        kind=kind.value,
        issuer=text.Issuer(issuer.name, issuer.mark, authority=issuer.authority),
        year=on.year,
        title=f"关于{tenant.name}{card.letter.title.zh}的通知"
        if granted
        else f"关于{verb}{tenant.name}{applied_on.year}年度{card.letter.title.zh}的通知",
        payee_name=tenant.name,
        uscc=tenant.uscc or "",
        policy=case.policy_key,
        policy_title=card.title.zh,
        legal_basis=_legal_basis(loaded, date.fromisoformat(capsule["reference_on"])),
        application_number=capsule["application"]["number"],
        applied_on=applied_on,
        period=period_in_words(case.period_from, case.period_to),
        amount_fen=capsule["amount_fen"],
        issued_on=on,
        capsule_digest=decision.capsule_digest,
        licence_name=_licence_name(session, tenant),
        lines=_lines(capsule, loaded) if award else (),
        granted=granted,
        checks=_checks(capsule, loaded),
        publicity=_publicity(case) if award else None,
        announced_for=(case.notice_days or 0) if award else 0,
        payment=_payment(case, loaded) if award and capsule["amount_fen"] else None,
        duties=tuple(duty.zh for duty in card.letter.duties) if award else (),
        remedies=tuple(remedy.zh for remedy in card.letter.remedies) if issuer.authority else (),
        evidence=_evidence(capsule, case) if award else (),
        notes=_notes(decision, district),
        sample=decision.demonstration or district.demonstration,
        approved_digest=_approved_digest(session, case, decision),
        pool_committed=_committed(session, decision, case),
    )


def _legal_basis(loaded: LoadedPolicy, day: date) -> tuple[text.LegalBasis, ...]:
    """The rules in force on the day that the decision goes by; all of the policy's where none was."""
    known = loaded.card.legal_basis
    there = [basis for basis in known if basis.start <= day and (basis.end is None or day <= basis.end)]
    return tuple(text.LegalBasis(b.document, b.article.zh, b.title.zh) for b in there or known)


def _licence_name(session: Session, tenant: Tenant) -> str:
    """The name on the licence, as the district knows the enterprise; a team without one has its own name."""
    name = session.scalar(select(Enterprise.name).where(Enterprise.id == tenant.enterprise_id))
    return name or tenant.name


def _lines(capsule: dict[str, Any], loaded: LoadedPolicy) -> tuple[text.LineRow, ...]:
    rows = []
    for line in capsule["lines"]:
        words = loaded.card.lines[line["code"]]
        rows.append(
            text.LineRow(
                label=words.label.zh,
                quantity=line["quantity"],
                unit_fen=line["unit_fen"] if line["amount_fen"] >= 0 else None,
                amount_fen=line["amount_fen"],
                clause=line["clause"],
                note=line["note"],
            )
        )
    return tuple(rows)


def _granted(
    session: Session, decision: Decision, capsule: dict[str, Any], loaded: LoadedPolicy
) -> tuple[text.GrantedRow, ...]:
    """What was given where it is not money, and why this: the capsule's reasons in the card's words."""
    given = session.scalar(select(Award.granted).where(Award.decision_id == decision.id))
    if not given:
        return ()
    said = [(loaded.card.reasons[code].zh, note) for code, note in capsule["match"]["reasons"]]
    why = "；".join(f"{label}：{note}" if note else label for label, note in said)
    return tuple(text.GrantedRow(label, value) for label, value in [*given, ("匹配理由", why)] if value)


def _checks(capsule: dict[str, Any], loaded: LoadedPolicy) -> tuple[text.CheckRow, ...]:
    if capsule["outcome"] == "not_in_force" and not capsule["checks"]:
        return (_NOT_IN_FORCE,)
    rows = []
    for check in capsule["checks"]:
        words = loaded.card.checks[check["code"]]
        unit = check.get("unit", "")
        explain = {True: "", False: words.explain.zh, None: words.missing.zh}[check["passed"]]
        rows.append(
            text.CheckRow(
                code=check["code"],
                label=words.label.zh,
                passed=check["passed"],
                observed=value_in_words(check["observed"], unit),
                required=condition(check["relation"], check["required"], unit),
                clause=check["clause"],
                explain=explain,
            )
        )
    return tuple(rows)


def _publicity(case: Case) -> text.Publicity | None:
    """The notice that the decision was made after. One that follows it says what became of it elsewhere."""
    if case.notice_days is not None or case.published_on is None or case.publication_ends_on is None:
        return None
    return text.Publicity(case.published_on, case.publication_ends_on, f"公示期满{case.publication_result or ''}")


def _payment(case: Case, loaded: LoadedPolicy) -> text.Payment:
    words = loaded.card.letter.payment
    return text.Payment(
        account_name=case.payee_name or "",
        bank=case.payee_bank or "",
        account_masked=mask_account(case.payee_account or ""),
        own=case.payee_own,
        text=words.zh if words else "",
    )


def _evidence(capsule: dict[str, Any], case: Case) -> tuple[text.EvidenceRow, ...]:
    """The lines this award spends, as the annex lists them."""
    sources = Frozen.from_json(case.facts or {"case": {}, "evidence": {}}).evidence
    rows = []
    for use in capsule["uses"]:
        source = sources[use["line"]]
        rows.append(
            text.EvidenceRow(
                ref=use["line"],
                label=EVIDENCE[source.kind],
                period=period_in_words(source.month, source.month),
                amount_fen=source.amount_fen,
                grade=GRADES[source.grade],
                paper=source.paper or "",
            )
        )
    return tuple(rows)


def _notes(decision: Decision, district: District) -> tuple[str, ...]:
    if decision.demonstration:
        return ("样稿：本件核算使用了未经核实的演示参数，不作为拨付依据",)
    if district.demonstration:
        return ("样稿：演示区，不作为拨付依据",)
    return ()


def _approved_digest(session: Session, case: Case, decision: Decision) -> str:
    """The digest the approval stands for: that of the capsule as kept, if what was approved is what was reviewed."""
    approved = session.scalar(
        select(CaseEvent.content_hash)
        .where(CaseEvent.case_id == case.id, CaseEvent.move.in_(DECIDING))
        .order_by(CaseEvent.id.desc())
        .limit(1)
    )
    if approved is None or approved != case.content_hash:
        return ""
    return "sha256:" + hashlib.sha256(decision.capsule).hexdigest()


def _committed(session: Session, decision: Decision, case: Case) -> bool:
    """Whether the pool holds exactly the award's amount for this case."""
    award = session.scalar(select(Award.amount_fen).where(Award.decision_id == decision.id))
    bound = session.scalar(
        select(func.coalesce(func.sum(PoolEntry.amount_fen), 0)).where(
            PoolEntry.case_id == case.id, PoolEntry.move == PoolMove.COMMIT
        )
    )
    return award is not None and bound == award
