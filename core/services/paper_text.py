"""What a paper of the procedure says, as plain values: frozen with its number, and all that its form may use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import (
    Award,
    Case,
    CaseDocument,
    CaseEvent,
    CasePaper,
    CaseState,
    Department,
    District,
    Issuer,
    Letter,
    LetterStatus,
    PaperKind,
    PaperStatus,
    Tenant,
)
from core.errors import Conflict
from core.letters.money import amount_in_words, yuan
from core.letters.typeset import host
from core.policy import Card, Registry
from core.services import assessments
from core.services.reasons import REASONS
from core.services.recovery.wording import calculation
from core.services.wording import period_in_words

FORMAT = "hongcai-paper/1"
# Decisions, which can be taken to 行政复议 (行政复议法第二十条) and to court (行政诉讼法第四十六条).
DECISIONS = frozenset({PaperKind.NOT_ADMITTED, PaperKind.REVOCATION, PaperKind.REPAYMENT})
REMEDIES = (
    "不服本决定的，可以自收到本决定书之日起60日内依法申请行政复议，"
    "也可以自收到本决定书之日起6个月内依法向人民法院提起行政诉讼。"
)
_OF_LETTER = frozenset({PaperKind.REVOCATION_NOTICE, PaperKind.REVOCATION, PaperKind.REPAYMENT})


def content_of(
    session: Session, paper: CasePaper, issuer: Issuer, registry: Registry, *, title: str, on: date, base_url: str
) -> dict[str, Any]:
    """Everything on the paper but its number. Raises `Conflict` where the case lacks what it must name."""
    event, case = paper.event, paper.case
    card = assessments.card_of(registry, case.policy_key)
    tenant = session.scalars(select(Tenant).where(Tenant.id == case.tenant_id)).one()
    district = session.scalars(select(District).where(District.id == case.district_id)).one()
    if case.applied_on is None:
        raise Conflict("申请件%(case)s尚未提交，不能制作文书", case=case.number)
    grounds = _grounds(session, paper)
    reasons = list(dict.fromkeys(reason for act in grounds for reason in _reasons(card, act)))
    opinion = "".join(dict.fromkeys(filter(None, map(_sentence, grounds))))
    content: dict[str, Any] = {
        "format": FORMAT,
        "kind": paper.kind.value,
        "title": title,
        "issuer": issuer.name,
        "mark": issuer.mark,
        "authority": issuer.authority,
        "issued_on": on.isoformat(),
        "to": tenant.name,
        "uscc": tenant.uscc or "",
        "case_number": case.number,
        "policy": case.policy_key,
        "policy_title": card.title.zh,
        "applied_on": case.applied_on.isoformat(),
        "period": period_in_words(*paper.terms.get("period", (case.period_from, case.period_to))),
        "acted_on": event.at.astimezone(SHANGHAI).date().isoformat(),
        "due_on": paper.terms.get("due_on", ""),
        "reasons": reasons,
        "opinion": opinion,
        "ask": _whom_to_ask(session, card, event) or issuer.name,
        "remedies": REMEDIES if issuer.authority and paper.kind in DECISIONS else "",
        "verify_at": f"{host(base_url)}/verify",
        "sample": district.demonstration,
    }
    said = [*reasons, opinion, case.number, content["remedies"]]
    if paper.kind is PaperKind.ACCEPTANCE:
        content["documents"] = _documents(session, card, case)
        said = [case.number, *content["documents"]]
    if paper.kind in _OF_LETTER:
        of_letter = _of_letter(session, paper)
        content |= of_letter
        said += [of_letter["letter_number"], of_letter["awarded"]]
    if paper.kind is PaperKind.REPAYMENT:
        back = paper.terms["back_fen"]
        content |= {"back": yuan(back), "back_in_words": amount_in_words(back), "pay_to": paper.terms["pay_to"]}
        content["revoked"] = event.from_state is CaseState.REVOKED
        said += [content["back_in_words"], content["pay_to"]]
        said.remove(content["awarded"])
        if lines := paper.terms.get("lines"):
            awarded = session.scalars(select(Award.amount_fen).where(Award.case_id == case.id)).one()
            evidence = (case.facts or {}).get("evidence", {})
            made = calculation(lines, card=card, evidence=evidence, awarded_fen=awarded)
            content["calculation"] = made
            said += [made["back"], *(cell for row in made["rows"] for cell in (row["ref"], row["back"]))]
    return content | {"says": [words for words in said if words]}


def _reasons(card: Card, event: CaseEvent) -> list[str]:
    return [REASONS[code] for code in event.reasons or [] if code in REASONS]


def _grounds(session: Session, paper: CasePaper) -> list[CaseEvent]:
    """The acts whose reasons the paper gives: its own; of a revocation, and of what is to be had back by one, the
    proposal in which the facts are, and the decision."""
    if paper.kind is not PaperKind.REVOCATION and (paper.kind is not PaperKind.REPAYMENT or paper.event.opinion):
        return [paper.event]
    found: list[CaseEvent] = []
    for move in ("propose_revocation", "revoke"):
        acts = select(CaseEvent).where(CaseEvent.case_id == paper.case_id, CaseEvent.id <= paper.event_id)
        found += session.scalars(acts.where(CaseEvent.move == move).order_by(CaseEvent.id.desc()).limit(1)).all()
    return found or [paper.event]


def _sentence(act: CaseEvent) -> str:
    said = " ".join((act.opinion or "").split()).rstrip("。；")
    return f"{said}。" if said else ""


def _whom_to_ask(session: Session, card: Card, event: CaseEvent) -> str:
    """The institution in whose name the act was done."""
    named = session.scalar(select(Department.name).where(Department.id == event.department_id))
    known = card.workflow.institutions.get(event.to_state.value)
    return named or (known.zh if known else "")


def _documents(session: Session, card: Card, case: Case) -> list[str]:
    there = set(session.scalars(select(CaseDocument.kind).where(CaseDocument.case_id == case.id)))
    return [document.title.zh for document in card.documents if document.key in there]


def _of_letter(session: Session, paper: CasePaper) -> Mapping[str, Any]:
    """The award's letter that the paper is about, and the papers that came before it."""
    wanted = select(Letter).where(
        Letter.case_id == paper.case_id, Letter.award_id.is_not(None), Letter.status != LetterStatus.VOID
    )
    letter = session.scalars(wanted.order_by(Letter.id.desc()).limit(1)).first()
    if letter is None:
        raise Conflict("申请件%(case)s没有已发出的核定通知书", case=paper.case.number)
    before = select(CasePaper.kind, CasePaper.number).where(
        CasePaper.case_id == paper.case_id, CasePaper.id < paper.id, CasePaper.status != PaperStatus.DUE
    )
    numbers: dict[PaperKind, str | None] = {row.kind: row.number for row in session.execute(before)}
    acts = select(CaseEvent.id).where(CaseEvent.case_id == paper.case_id, CaseEvent.id <= paper.event_id)
    proposed = session.scalar(acts.where(CaseEvent.move == "propose_revocation").order_by(CaseEvent.id.desc()).limit(1))
    heard = acts.where(CaseEvent.move == "statement", CaseEvent.id > (proposed or 0))
    return {
        "letter_number": letter.number,
        "letter_on": letter.issued_on.isoformat(),
        "awarded": yuan(letter.amount_fen) if letter.amount_fen else "",
        "notice_number": numbers.get(PaperKind.REVOCATION_NOTICE) or "",
        "decision_number": numbers.get(PaperKind.REVOCATION) or "",
        "heard": session.scalar(heard.limit(1)) is not None,
    }
