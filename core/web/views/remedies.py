"""What a case page shows of appeals, of a proposed revocation, and of the desks."""

from __future__ import annotations

from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.data.asker import Asker, Reach
from core.data.models import TENANT_ROLES, ActPaper, Case, CaseEvent, CaseState, DeskState, Role
from core.services import appeals, desks, hearings, reasons, revocations
from core.services.assessments import card_of
from core.services.workflow import STATES
from core.web.templating import bilingual
from core.web.views import case_page
from core.web.views.case_words import reason_word

LOOKS = {
    DeskState.OPEN: ("neutral", "circle-dashed"),
    DeskState.PASSED: ("success", "circle-check"),
    DeskState.OBJECTED: ("danger", "alert-circle"),
}


def desk_word(state: DeskState) -> str:
    words = {DeskState.OPEN: _("待核查"), DeskState.PASSED: _("通过"), DeskState.OBJECTED: _("有问题")}
    return words[state]


def shown(session: Session, case: Case, asker: Asker) -> dict[str, Any]:
    """For the template of the case page. An operator reads that there was an appeal or a hearing, not what was said."""
    registry, reader = case_page.registry(), asker.reach is not Reach.OPERATOR
    by_act = hearings.papers(session, case) if reader else {}
    appeal = appeals.appeal_of(session, case)
    may_appeal = asker.may(Role.FOUNDER) and appeals.is_open(session, registry, case, g.today)
    return {
        "refusal": _refusal(session, case) if reader else None,
        "appeal_until": appeals.until(session, registry, case) if may_appeal else None,
        "appeal": _said(appeal, by_act) if appeal is not None and reader else None,
        "hearing": _hearing(session, case, asker, by_act) if case.state is CaseState.REVOKING and reader else None,
        "revoked_on": revocations.revoked_on(session, case),
        "desks": _desks(session, case, asker) if asker.reach is Reach.DISTRICT else [],
    }


def _refusal(session: Session, case: Case) -> dict[str, Any] | None:
    """Why the case is refused, for the top of its page."""
    if case.state not in (CaseState.REFUSED, CaseState.NOT_ADMITTED, CaseState.APPEALED):
        return None
    decision = appeals.decision_of(session, case)
    if decision is None:
        return None
    return {
        "reasons": _reasons(case, decision),
        "opinion": decision.opinion,
        "title": _(STATES[decision.to_state].applicant),
    }


def _hearing(session: Session, case: Case, asker: Asker, by_act: dict[int, list[ActPaper]]) -> dict[str, Any] | None:
    proposal = revocations.proposal_of(session, case)
    if proposal is None:
        return None
    until = revocations.heard_until(session, case_page.registry(), case)
    return {
        "until": until,
        "over": g.today > until,
        "facts": proposal.opinion,
        "reasons": _reasons(case, proposal),
        "statements": [_said(it, by_act) for it in revocations.statements(session, case)],
        "may_state": asker.may(*TENANT_ROLES),
    }


def _reasons(case: Case, event: CaseEvent) -> list[str]:
    card = card_of(case_page.registry(), case.policy_key)
    return [reason_word(card, code) for code in event.reasons or []]


def _said(event: CaseEvent, by_act: dict[int, list[ActPaper]]) -> dict[str, Any]:
    return {"when": event.at, "text": event.opinion, "papers": [_file(it) for it in by_act.get(event.id, [])]}


def _file(paper: ActPaper) -> dict[str, Any]:
    file = paper.file
    href = url_for("remedies.paper", case_id=paper.case_id, act_paper_id=paper.id)
    return {"name": file.name, "size": file.size, "when": file.uploaded_at, "href": href}


def _desks(session: Session, case: Case, asker: Asker) -> list[dict[str, Any]]:
    """Each desk with its answer, and whether the reader may give one now."""
    if case.applied_on is None:
        return []
    waits = case.state is CaseState.ACCEPTED and asker.may(Role.FIRST_REVIEWER)
    rows = []
    for it in desks.answers(session, case_page.registry(), case):
        if it.state is DeskState.OPEN and case.state is not CaseState.ACCEPTED:
            continue  # the case went on without it: refused, or withdrawn
        tone, sign = LOOKS[it.state]
        rows.append(
            {
                "key": it.key,
                "title": bilingual(it.desk.title),
                "asks": bilingual(it.desk.asks),
                "state": it.state.value,
                "word": desk_word(it.state),
                "tone": tone,
                "sign": sign,
                "opinion": it.task.opinion if it.task else None,
                "who": _who(it.task) if it.task else "",
                "when": it.task.answered_at if it.task else None,
                "mine": waits and desks.may_answer(session, asker, case, it.desk),
            }
        )
    return rows


def _who(task: Any) -> str:
    names = (task.department.name if task.department else "", task.answered_by.name if task.answered_by else "")
    return " ".join(name for name in names if name)


def reason_options() -> list[tuple[str, str]]:
    """Every reason a case may carry, for the filter of the list: the lists, then the checks of the policies in
    service. Checks of one code in two policies are one option, by the first one's name."""
    checks: dict[str, str] = {}
    for loaded in case_page.registry().policies:
        for code, text in loaded.card.checks.items():
            checks.setdefault(reasons.CHECK + code, _("未满足：%(check)s", check=bilingual(text.label)))
    return [*((code, _(name)) for code, name in reasons.REASONS.items()), *checks.items()]
