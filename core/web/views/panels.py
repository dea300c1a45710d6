"""What a case page shows of its panel: all of it to staff, its result to the applicant."""

from __future__ import annotations

from typing import Any

from flask import g

from core.data.asker import Reach
from core.data.models import Case, CasePanel, CaseState, PanelSeat, User
from core.data.queries import people
from core.extensions import db
from core.services import panel_results, panels
from core.services.assessments import card_of
from core.web.views import case_page


def card(case: Case) -> dict[str, Any] | None:
    """None where the policy has no panel, or there is nothing to show of it to this reader."""
    asked = card_of(case_page.registry(), case.policy_key).workflow.panel
    if asked is None or case.applied_on is None or g.asker.reach is Reach.OPERATOR:
        return None
    panel = panel_results.standing(db.session, case)
    result = _result(panel)
    if g.asker.reach is not Reach.DISTRICT:
        return {"staff": False, "result": result} if result else None
    waits = case.state is CaseState.ACCEPTED and g.asker.may(*panels.CONVENERS)
    if panel is None and case.state is not CaseState.ACCEPTED:
        return None
    seats = panels.seats(db.session, panel) if panel else []
    all_in = bool(seats) and all(it.handed_in_at for it in seats)
    open_ = waits and (panel is None or panel.closed_at is None)
    return {
        "staff": True,
        "asked": asked,
        "panel": panel,
        "result": result,
        "seats": seats,
        "totals": _totals(panel, seats) if panel and all_in else {},
        "closed_by": people.names(db.session, [panel.closed_by_id]).get(panel.closed_by_id, "")
        if panel and panel.closed_by_id
        else "",
        "may": open_,
        "may_close": open_ and all_in and g.asker.user_id not in {it.user_id for it in seats},
        "experts": _choosable(case, panel) if open_ else [],
    }


def _result(panel: CasePanel | None) -> dict[str, Any] | None:
    if panel is None or panel.mean is None:
        return None
    return {
        "mean": points(panel.mean),
        "least": panel.sheet["pass_score"],
        "passed": panel_results.passes(panel),
        "experts": panel.sheet["experts"],
        "on": panel.closed_at,
    }


def _totals(panel: CasePanel, seats: list[PanelSeat]) -> dict[int, dict[str, Any]]:
    """By seat: each criterion's points and comment, and the total of 100."""
    found = {}
    for seat in seats:
        by_key = {it.criterion: it for it in seat.scores}
        exact = panel_results.mean(panel.sheet, [{key: it.points for key, it in by_key.items()}])
        rows = [(it, by_key[it["key"]].points, by_key[it["key"]].comment) for it in panel.sheet["criteria"]]
        found[seat.id] = {"rows": rows, "total": points(exact)}
    return found


def _choosable(case: Case, panel: CasePanel | None) -> list[User]:
    """The experts in post who were not named before. A tie is found when one is chosen."""
    named = panels.named(db.session, panel) if panel else set()
    return [it for it in panels.candidates(db.session, case.district_id, g.today) if it.id not in named]


def points(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}"
