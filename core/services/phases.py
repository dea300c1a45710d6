"""Where a case stands with its public notice, which its state alone does not say: a policy gives one before the
approval, after the letter, or not at all. What the case is called then, and which moves of the table are not its own.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Protocol

from core.data.models import CaseState, Role
from core.errors import N_
from core.policy.card import Workflow
from core.services import workflow
from core.services.workflow import AT_WILL, STATES, Move, Preset, StateName

S = CaseState


class Phase(StrEnum):
    PLAIN = "plain"
    UNNOTICED = "unnoticed"  # reviewed, and approved without a notice before
    TO_ANNOUNCE = "to_announce"  # issued: what was decided is still to be announced
    ANNOUNCED = "announced"  # issued, and under notice
    OVER = "over"  # issued, and the notice is over
    AWARDED = "awarded"  # objected to after the decision


class Noticed(Protocol):
    """A case, or as much of its row as says where it stands."""

    @property
    def state(self) -> CaseState: ...
    @property
    def notice_days(self) -> int | None: ...
    @property
    def published_on(self) -> date | None: ...
    @property
    def publication_ends_on(self) -> date | None: ...


def phase_of(case: Noticed, of_policy: Workflow, today: date) -> Phase:
    """As `core.data.queries.publications.phase` has it for many."""
    if case.state is S.SECOND_REVIEW:
        return Phase.PLAIN if of_policy.publishes_first else Phase.UNNOTICED
    if case.notice_days is None:
        return Phase.PLAIN
    if case.state is S.OBJECTED:
        return Phase.AWARDED
    return issued(case, today) if case.state is S.ISSUED else Phase.PLAIN


def issued(case: Noticed, today: date) -> Phase:
    """Of a case whose letter is out: whether anything of its notice is still to be waited for."""
    if case.notice_days is None:
        return Phase.PLAIN
    if case.published_on is None or case.publication_ends_on is None:
        return Phase.TO_ANNOUNCE
    return Phase.ANNOUNCED if today <= case.publication_ends_on else Phase.OVER


_NAMES = {
    (S.SECOND_REVIEW, Phase.UNNOTICED): StateName(N_("复审通过，待批准"), N_("审核通过，等待批准")),
    (S.ISSUED, Phase.TO_ANNOUNCE): StateName(N_("已发文，待公示"), N_("通知书已发出，即将公示")),
    (S.ISSUED, Phase.ANNOUNCED): StateName(N_("已发文，公示中"), N_("通知书已发出，公示中")),
}
_SHUT = {
    (S.SECOND_REVIEW, Phase.PLAIN): {"approve"},
    (S.SECOND_REVIEW, Phase.UNNOTICED): {"publish"},
    (S.ISSUED, Phase.PLAIN): {"announce", "object"},
    (S.ISSUED, Phase.TO_ANNOUNCE): {"object", "pay"},
    (S.ISSUED, Phase.ANNOUNCED): {"announce", "pay"},
    (S.ISSUED, Phase.OVER): {"announce"},
    (S.OBJECTED, Phase.PLAIN): {"propose_revocation"},
    (S.OBJECTED, Phase.AWARDED): {"uphold_objection"},
}
# Why a move is not made there (`Need.ON_ROAD`).
WHY: dict[tuple[str, Phase], str] = {
    ("publish", Phase.UNNOTICED): N_("这项政策批准之前不公示，复审通过后直接报批"),
    ("announce", Phase.PLAIN): N_("本件发文之后不需要公示"),
    ("announce", Phase.ANNOUNCED): N_("本件已在公示中，不能重复公示；请刷新页面查看"),
    ("announce", Phase.OVER): N_("本件的公示已经期满，不能重复公示；请刷新页面查看"),
    ("object", Phase.PLAIN): N_("本件发文之后没有公示，不能登记异议；核定确有问题的，请提出撤销"),
    ("object", Phase.TO_ANNOUNCE): N_("本件还没有公示，不能登记异议"),
    ("propose_revocation", Phase.PLAIN): N_("本件还没有核定，没有可以撤销的；异议成立的，请退回初审"),
    ("uphold_objection", Phase.AWARDED): N_(
        "本件已经核定发文，不能退回初审；异议成立的，请提出撤销，听取陈述申辩之后决定"
    ),
}


def shut(state: CaseState, phase: Phase) -> frozenset[str]:
    """Moves that lead from the state, but not on the road of a case in this phase."""
    return frozenset(_SHUT.get((state, phase), ()))


def name_of(state: CaseState, phase: Phase) -> StateName:
    return _NAMES.get((state, phase)) or STATES[state]


def moves_from(state: CaseState, phase: Phase, roles: frozenset[Role], preset: Preset) -> list[Move]:
    """The moves that people with `roles` may make from there, in the table's order."""
    closed = shut(state, phase)
    return [move for move in workflow.moves_from(state, roles, preset) if move.code not in closed]


def waiting(roles: frozenset[Role], preset: Preset) -> list[tuple[CaseState, Phase]]:
    """Where cases wait for people with `roles`: states, in their order, with the phases of each."""
    return [
        (state, phase)
        for state in CaseState
        for phase in Phase
        if any(move.code not in AT_WILL for move in moves_from(state, phase, roles, preset))
    ]
