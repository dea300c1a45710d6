"""What an expert reads: the cases they were given, as plain values. No identity number, no account, no paper, and of
the scores their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.data.models import Case, CasePanel, CaseState, PanelScore, PanelSeat
from core.data.queries.across import across
from core.errors import NotFound
from core.policy import Card, Registry, Text
from core.services import audit, panels
from core.services.assessments import card_of


@dataclass(frozen=True, slots=True)
class Sitting:
    """A case that an expert scores, or scored. `answers` are what the applicant wrote, by question."""

    case_id: int
    number: str
    tenant: str
    policy: Text
    period: tuple[str, str]
    due_on: date
    sheet: Mapping[str, Any]
    handed_in: bool
    open: bool
    mean: int | None
    answers: tuple[tuple[Text, str], ...] = ()
    scores: Mapping[str, tuple[int, str]] = field(default_factory=dict)


def given(session: Session, registry: Registry) -> list[Sitting]:
    """The asker's cases: what is to be scored first, by due day; then the others, the newest first."""
    asker = audit.asker_of(session)
    wanted = (
        select(PanelSeat)
        .join(PanelSeat.panel)
        .where(
            PanelSeat.user_id == asker.user_id,
            PanelSeat.district_id == asker.district_id,
            PanelSeat.replaced_at.is_(None),
            CasePanel.superseded_at.is_(None),
        )
        .options(joinedload(PanelSeat.panel).joinedload(CasePanel.case).joinedload(Case.tenant))
        .order_by(PanelSeat.id.desc())
    )
    with across(session, "panel") as wide:
        found = [_sitting(registry, it) for it in wide.scalars(wanted)]
    return sorted(found, key=lambda it: (not it.open, it.due_on if it.open else date.min))


def one(session: Session, registry: Registry, case_id: int) -> Sitting:
    """One of them, whole. Raises `NotFound` for any other case, `Forbidden` where a tie came up."""
    asker = audit.asker_of(session)
    with across(session, "panel") as wide:
        case = wide.get(Case, case_id)
        seat = panels.seat_of(wide, asker, case) if case is not None else None
        if case is None or seat is None:
            raise NotFound("没有请您评审的这份申请件，或已改由其他专家评审")
        panels.refuse_tied(wide, asker, case)
        scores = wide.scalars(select(PanelScore).where(PanelScore.seat_id == seat.id))
        return _sitting(registry, seat, whole={it.criterion: (it.points, it.comment) for it in scores})


def _sitting(registry: Registry, seat: PanelSeat, whole: Mapping[str, tuple[int, str]] | None = None) -> Sitting:
    panel, case = seat.panel, seat.panel.case
    card = card_of(registry, case.policy_key)
    return Sitting(
        case.id,
        case.number,
        case.tenant.name,
        card.title,
        (case.period_from, case.period_to),
        panel.due_on,
        panel.sheet,
        seat.handed_in_at is not None,
        panel.closed_at is None and seat.handed_in_at is None and case.state is CaseState.ACCEPTED,
        panel.mean,
        _written(card, case.answers) if whole is not None else (),
        whole or {},
    )


def _written(card: Card, answers: Mapping[str, Any]) -> tuple[tuple[Text, str], ...]:
    """Promises that were ticked say nothing about the project."""
    return tuple(
        (question.label, str(answers[key]))
        for key, question in card.answers.items()
        if answers.get(key) not in (None, "") and not isinstance(answers[key], bool)
    )
