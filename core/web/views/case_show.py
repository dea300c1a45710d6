"""The page of a case that is handed in: one template, and what each reader of it is shown."""

from __future__ import annotations

from typing import Any

from flask import g, render_template

from core.data.asker import Reach
from core.data.models import Case, Role
from core.data.queries import publications as notices
from core.errors import DomainError
from core.extensions import db
from core.services import assessments, objections, pools, reasons
from core.services.failures import NotAssessed
from core.services.payees import CHECKABLE
from core.services.typed import OPINION
from core.services.workflow import OPEN, Need
from core.web.errors import sentence
from core.web.views import case_page as view
from core.web.views import (
    case_papers,
    case_words,
    clock_card,
    packages,
    panels,
    paper_view,
    payouts,
    publications,
    recoveries,
    remedies,
    tracker,
)


def assessed(case: Case) -> dict[str, Any]:
    """The assessment for a page, or the sentence why there is none. Operators are shown none: it rests on rows of
    persons that they only count."""
    if g.asker.reach is Reach.OPERATOR:
        return {"assessed": None, "failure": ""}
    try:
        found = assessments.assess(db.session, case, view.registry(), g.today)
    except NotAssessed as error:
        return {"assessed": None, "trouble": view.trouble(case, error)}
    except DomainError as error:
        return {"assessed": None, "failure": sentence(error)}
    return {
        "assessed": found,
        "checks": view.check_rows(found.loaded, found.decision),
        "lines": view.calculation_rows(found),
        "evidence": view.evidence_rows(found),
    }


def _objections(case: Case) -> dict[str, Any]:
    """For staff: the applicant learns that there was one, not in which words."""
    found = notices.objections(db.session, case_id=case.id) if g.asker.reach is Reach.DISTRICT else []
    return {
        "objections": found,
        "objection_states": publications.STATES,
        "objection_tones": publications.TONES,
        "may_handle": bool(g.asker.roles & objections.HANDLERS),
    }


def page(case: Case, *, problem: str = "", kept: dict[str, Any] | None = None) -> str:
    """The page of a case that is handed in. `kept`: what was typed into a form that could not be accepted, by its
    move."""
    asker, card = g.asker, assessments.card_of(view.registry(), case.policy_key)
    shown = assessed(case)
    clock = clock_card.card(case, asker)
    held = clock is not None and clock.get("held", False)  # by a colleague: to be taken over before anything else
    documents = paper_view.in_order(case) if asker.reach is not Reach.OPERATOR else []
    waiting = pools.place_of(db.session, case)
    choices = [
        choice
        for choice in view.choices(case, asker, shown["assessed"])
        if not held and not (waiting and Need.FUNDED in choice.needs)
    ]
    return render_template(
        "cases/show.html",
        case=case,
        waiting=waiting,
        staff=asker.reach is Reach.DISTRICT,
        may_reassess=Role.AUDITOR not in asker.roles,
        reach=asker.reach.value,
        card=card,
        state_word=view.state_word(case.state, asker, case.policy_key, view.phase_of(case)),
        steps=tracker.steps(case),
        next_step=tracker.next_step(case) if asker.reach is Reach.TENANT else "",
        events=view.trail(db.session, case, staff=asker.reach is Reach.DISTRICT),
        papers=view.papers(db.session, case) if asker.reach is not Reach.OPERATOR else [],
        clock=clock,
        notice_counted=clock_card.notice_counted(case),
        first_paper=paper_view.href(documents[0]) if documents else "",
        open_beside=case.state in OPEN,
        letter=view.letter_of(db.session, case),
        **_objections(case),
        panel=panels.card(case),
        case_papers=case_papers.rows(case),
        payee=payouts.badge_of(case) if asker.reach is not Reach.OPERATOR and not card.offers else None,
        may_check_payee=asker.may(Role.FIRST_REVIEWER) and case.state in CHECKABLE,
        choices=choices,
        reasons={choice.code: reasons.offered(choice.code) for choice in choices},
        Need=Need,
        secondary=view.SECONDARY,
        problem=problem,
        kept=kept or {},
        OPINION=OPINION,
        danger=case_words.DANGER,
        **packages.boxes(case),
        **recoveries.box(case),
        **remedies.shown(db.session, case, asker),
        **shown,
    )
