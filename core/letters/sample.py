"""A policy's letter with invented names, from a decision of a golden case: does the policy's template work at all?

Used by `hongcai policies check`. The whole pipeline runs short of signing: the page is read back as a verifier would.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.letters.context import (
    CheckRow,
    EvidenceRow,
    Issuer,
    LegalBasis,
    LetterContext,
    LineRow,
    Payment,
    Publicity,
)
from core.letters.numbering import check_code, format_number
from core.letters.render import render
from core.policy import canonical, digest

if TYPE_CHECKING:
    from core.policy import Decision, LoadedPolicy

ISSUER = Issuer("示例区人才服务中心", "示才服", authority=False)
PAYEE = "示例（上海）科技有限公司"


def render_sample(loaded: LoadedPolicy, decision: Decision, capsule: dict[str, Any]) -> bytes:
    """The unsigned sample letter of a decision. Raises LetterRefusedError where the template or a text is at fault."""
    return render(sample_context(loaded, capsule), canonical(capsule), template=letter_template(loaded))


def letter_template(loaded: LoadedPolicy) -> Path | None:
    """The policy's own letter.html, if it has one."""
    form = loaded.policy.letter_template
    return loaded.folder / "templates" / form if form else None


def sample_context(loaded: LoadedPolicy, capsule: dict[str, Any]) -> LetterContext:
    """What the sample letter says: the capsule's figures, the card's words, invented names."""
    card, award = loaded.card, capsule["outcome"] == "eligible"
    on = date.fromisoformat(capsule["reference_on"])
    case = capsule["case"]
    period = case.get("period") or {}
    capsule_digest = digest(capsule)
    number = format_number(ISSUER.mark, on.year, 1)
    code = check_code(number, capsule_digest)
    return LetterContext(
        kind="award" if award else "refusal",
        issuer=ISSUER,
        year=on.year,
        title=f"关于{'核定' if award else '不予核定'}{PAYEE}{on.year}年度{card.title.zh}的通知",
        payee_name=PAYEE,
        uscc=case.get("dossier", {}).get("company", {}).get("uscc") or "91310109MA1G5XY15Q",
        policy=loaded.key,
        policy_title=card.title.zh,
        legal_basis=tuple(LegalBasis(b.document, b.article.zh, b.title.zh) for b in card.legal_basis),
        application_number=capsule["application"].get("number", "样例"),
        applied_on=on,
        period=f"{period.get('from', '')}至{period.get('to', '')}",
        amount_fen=capsule["amount_fen"],
        issued_on=on,
        capsule_digest=capsule_digest,
        licence_name=PAYEE,
        number=number,
        seq=1,
        check_code=code,
        verify_url=f"https://hongcai.example.cn/verify?code={code}",
        lines=tuple(
            LineRow(
                card.lines[row["code"]].label.zh,
                row["quantity"],
                row["unit_fen"],
                row["amount_fen"],
                row["clause"],
                row["note"],
            )
            for row in capsule["lines"]
        ),
        checks=tuple(
            CheckRow(
                row["code"],
                card.checks[row["code"]].label.zh,
                row["passed"],
                str(row["observed"]),
                f"{row['relation']} {row['required']}",
                row["clause"],
                card.checks[row["code"]].explain.zh,
            )
            for row in capsule["checks"]
        ),
        publicity=Publicity(on, on, "公示期满无异议") if award and card.workflow.publishes_first else None,
        announced_for=card.workflow.publication_days if award and card.workflow.announces else 0,
        payment=Payment(PAYEE, "示例银行", "3100********0123", card.letter.payment.zh if card.letter.payment else "")
        if award
        else None,
        duties=tuple(duty.zh for duty in card.letter.duties) if award else (),
        remedies=tuple(remedy.zh for remedy in card.letter.remedies),
        evidence=tuple(
            EvidenceRow(use["line"], "凭据", "", use["amount_fen"], "申请人自报") for use in capsule["uses"]
        ),
        notes=("样稿：用于检查政策插件的通知书模板",),
        sample=True,
    )
