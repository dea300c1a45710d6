"""A draft of an auditor with a note, a paper and a proposal, for the worlds of the access matrix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core.data import models as m
from core.services import files
from tests.scenes import Scene, paper

NAMES = ("finding", "finding_paper", "finding_proposal")


def rows(session: Session, store: Path, scene: Scene, letter: m.Letter, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    of = {"district_id": scene.district.id}
    auditor = scene.staff["auditor"]
    finding = m.Finding(
        number=f"{mark}SJ2026-{letter.id}", title=f"{mark}标题", fact=f"{mark}事实", criterion=f"{mark}依据",
        recommendation=f"{mark}建议", amount_fen=1, letter_id=letter.id, case_id=letter.case_id,
        about_tenant_id=letter.tenant_id, about_operator_id=letter.operator_id, policy_key=letter.case.policy_key,
        to_operator_id=letter.operator_id, written_by_id=auditor.id, **of,
    )  # fmt: skip
    session.add(finding)
    session.flush()
    act = m.FindingAct(
        finding_id=finding.id, kind=m.FindingActKind.NOTED, side=m.FindingSide.AUDITOR, actor_id=auditor.id,
        said=f"{mark}备注", shown=False, **of,
    )  # fmt: skip
    proposal = m.FindingProposal(
        finding_id=finding.id, case_id=letter.case_id, kind=m.ProposalKind.RECOVER, said=f"{mark}建议追回",
        proposed_by_id=auditor.id, **of,
    )  # fmt: skip
    session.add_all([act, proposal])
    session.flush()
    body = paper()
    kept = m.FindingPaper(
        finding_id=finding.id, act_id=act.id, shown=False, sha256=files.put(store, body), size=len(body),
        media_type="application/pdf", name=f"{mark}说明.pdf", uploaded_by_id=auditor.id, **of,
    )  # fmt: skip
    session.add(kept)
    session.flush()
    return {"finding": finding, "finding_paper": kept, "finding_proposal": proposal}


# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "findings.create": lambda w: {"letter": w.letter.id, "title": "标题", "severity": "minor", "source": "observation"},
    "findings.save": lambda w: {"title": "标题", "severity": "minor", "source": "observation"},
    "findings.act": lambda w: {"noted-said": "备注备注"},
    "findings.take_up": lambda w: {},
    "findings.decline": lambda w: {f"decline-{w.findings['finding_proposal'].id}-reason": "不成立"},
}
