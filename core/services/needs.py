"""What moves need: one check for each `Need` of the workflow table. A check raises a domain error or passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.data.asker import Asker
from core.data.models import Case
from core.errors import Conflict, Forbidden, Invalid
from core.policy import Outcome
from core.services.assessments import Assessed
from core.services.workflow import REASONS, Need


@dataclass(frozen=True, slots=True)
class Act:
    """What a person says with a move. `content_hash` is the one shown on the page they decided on, `match` what a round
    gave the case (see `core.services.rounds`)."""

    opinion: str = ""
    reasons: tuple[str, ...] = ()
    confirmed: bool = False
    content_hash: str | None = None
    match: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a check may look at."""

    case: Case
    asker: Asker
    act: Act
    assessed: Assessed | None
    today: date


Check = Callable[[Situation], None]

# The needs for which the rules are run before the move.
RULE_NEEDS = frozenset({Need.ELIGIBLE, Need.NOT_ELIGIBLE, Need.UNCHANGED})


def _opinion(it: Situation) -> None:
    if len(it.act.opinion.strip()) < 2:
        raise Invalid("请写明意见，当事人和审计人员都会看到它", field="opinion")


def _reasons(it: Situation) -> None:
    if not it.act.reasons or not set(it.act.reasons) <= set(REASONS):
        raise Invalid("请至少选择一项理由", field="reasons")


def _eligible(it: Situation) -> None:
    if it.assessed and it.assessed.decision.outcome is not Outcome.ELIGIBLE:
        raise Conflict("规则核算结果不是“符合条件”，不能通过；请查看未满足的条款")


def _not_eligible(it: Situation) -> None:
    if it.assessed and it.assessed.decision.outcome is Outcome.ELIGIBLE:
        raise Conflict("规则核算结果为“符合条件”，不能作出不予核定；如事实有误，请先更正事实并重新取数")


def _unchanged(it: Situation) -> None:
    now = it.assessed.content_hash if it.assessed else None
    if it.case.content_hash != now:
        if others := sorted({row.award for row in it.assessed.decision.excluded} if it.assessed else ()):
            raise Conflict(
                "初审之后内容有了变化：其中的凭据已由%(awards)s使用，原审核意见失效；请退回初审重新审核",
                awards="、".join(others),
            )
        if it.assessed and it.assessed.other_values:
            raise Conflict("初审之后公布了新的参数值，核算结果随之改变，原审核意见失效；请退回初审重新审核")
        raise Conflict("初审之后内容有了变化，原审核意见失效；请退回初审重新审核")


def _other_person(it: Situation) -> None:
    """Preparer, approver and payer are different people; the database holds the same rule."""
    if it.asker.user_id is not None and it.asker.user_id in {it.case.prepared_by_id, it.case.approved_by_id}:
        raise Forbidden("初审、批准、拨付须由不同的人办理；您已办理过本件的前一步")


def _publication(it: Situation) -> None:
    if it.case.publication_ends_on is None or it.today <= it.case.publication_ends_on:
        raise Conflict("公示期尚未结束，%(day)s之后方可批准", day=str(it.case.publication_ends_on))


def _first_return(it: Situation) -> None:
    if it.case.returned_once:
        raise Conflict("补正只能告知一次，本件已告知过；请受理，或作出不予受理决定")
    if len(it.act.opinion.strip()) < 2:
        raise Invalid("请一次写全需要补正的内容，申请人将据此办理", field="opinion")


def _confirmed(it: Situation) -> None:
    if not it.act.confirmed:
        raise Invalid("这一步办理后不能撤销，请确认后再提交", field="confirmed")


NEEDS: dict[Need, Check] = {
    Need.OPINION: _opinion,
    Need.REASONS: _reasons,
    Need.ELIGIBLE: _eligible,
    Need.NOT_ELIGIBLE: _not_eligible,
    Need.UNCHANGED: _unchanged,
    Need.OTHER_PERSON: _other_person,
    Need.PUBLICATION_OVER: _publication,
    Need.FIRST_RETURN: _first_return,
    Need.CONFIRMED: _confirmed,
}
