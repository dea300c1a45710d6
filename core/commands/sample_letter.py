"""A sample letter of a golden decision: the same templates and renderer as real letters, with an invented payee."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from core.letters.context import (
    CheckRow,
    EvidenceRow,
    GrantedRow,
    Issuer,
    LegalBasis,
    LetterContext,
    LineRow,
    Payment,
    Publicity,
)
from core.letters.render import render
from core.policy import Decision, LoadedPolicy, canonical, digest

if TYPE_CHECKING:
    from core.policy import Text

PAYEE = "示例（上海）信息科技有限公司"


def render_sample(loaded: LoadedPolicy, decision: Decision, capsule: dict[str, Any]) -> bytes:
    """The unsigned PDF, marked 样稿. Raises LetterRefusedError when the template cannot make a letter of it."""
    template = loaded.policy.letter_template
    path = loaded.folder / "templates" / template if template else None
    return render(_context(loaded, decision, capsule), canonical(capsule), template=path)


def _context(loaded: LoadedPolicy, decision: Decision, capsule: dict[str, Any]) -> LetterContext:
    card, award = loaded.card, decision.amount_fen > 0
    rule_from = decision.rule_from or decision.reference_on
    applied_on = date.fromisoformat(capsule["case"]["applied_on"])
    period = capsule["case"]["period"]
    title = f"关于{'' if award else '不予'}核定{PAYEE}{applied_on.year}年度{card.title.zh}的通知"
    return LetterContext(
        kind="award" if award else "refusal",
        issuer=Issuer("示例区人才服务中心", "示才", authority=True),
        year=applied_on.year,
        title=title,
        payee_name=PAYEE,
        uscc=capsule["case"]["dossier"]["company"]["uscc"],
        policy=loaded.key,
        policy_title=card.title.zh,
        legal_basis=tuple(LegalBasis(basis.document, basis.article.zh, basis.title.zh) for basis in card.legal_basis),
        application_number="样例-1",
        applied_on=applied_on,
        period=f"{period['from']}至{period['to']}",
        amount_fen=decision.amount_fen,
        issued_on=applied_on + timedelta(days=30),
        capsule_digest=digest(capsule),
        licence_name=PAYEE,
        lines=tuple(
            LineRow(
                label=card.lines[line.code].label.zh,
                quantity=line.quantity,
                unit_fen=line.unit_fen if line.amount_fen >= 0 else None,
                amount_fen=line.amount_fen,
                clause=card.lines[line.code].clause(rule_from).zh,
                note=line.note,
            )
            for line in decision.lines
        ),
        checks=tuple(
            CheckRow(
                code=check.code,
                label=card.checks[check.code].label.zh,
                passed=check.passed,
                observed=_shown(check.observed),
                required=_shown(check.required),
                clause=card.checks[check.code].clause(rule_from).zh,
                explain="" if check.passed else card.checks[check.code].explain.zh,
            )
            for check in decision.checks
        ),
        publicity=Publicity(applied_on, applied_on + timedelta(days=7), "公示期满无异议")
        if award and card.workflow.publishes_first
        else None,
        announced_for=card.workflow.publication_days if award and card.workflow.announces else 0,
        granted=(GrantedRow("安排", "示例"),) if award and card.offers else (),
        payment=Payment(PAYEE, "示例银行", "****1234", _zh(card.letter.payment)) if decision.amount_fen else None,
        duties=tuple(duty.zh for duty in card.letter.duties) if award else (),
        remedies=tuple(remedy.zh for remedy in card.letter.remedies),
        evidence=tuple(EvidenceRow(use.line_id, "租金", "", use.amount_fen, "运营机构记录") for use in decision.uses),
        sample=True,
    )


def _shown(value: object) -> str:
    return "、".join(value) if isinstance(value, (tuple, list)) else str(value)


def _zh(text: Text | None) -> str:
    return text.zh if text else ""
