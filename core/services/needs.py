"""What moves need: one check for each `Need` of the workflow table. A check raises a domain error or passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from core.data.asker import Asker
from core.data.models import Case, CaseState, Publication
from core.data.queries import payouts
from core.errors import Conflict, Forbidden, Invalid
from core.policy import PANEL_CHECK, Outcome, Registry
from core.services import appeals, desks, objections, panels, payees, phases, publications, reasons, revocations
from core.services.assessments import Assessed, card_of
from core.services.pools import waiting
from core.services.reasons import CHECK
from core.services.workflow import Need


@dataclass(frozen=True, slots=True)
class Act:
    """What a person says with a move. `content_hash` is the one shown on the page they decided on, `match` what a round
    gave the case (see `core.services.rounds`), `released_by_id` comes from a batch (`core.services.disbursement`),
    `notice` is the public notice to put the case in, if not one of its own."""

    opinion: str = ""
    reasons: tuple[str, ...] = ()
    confirmed: bool = False
    content_hash: str | None = None
    match: Mapping[str, Any] | None = None
    released_by_id: int | None = None
    notice: Publication | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a check may look at."""

    session: Session
    registry: Registry
    case: Case
    move: str
    asker: Asker
    act: Act
    assessed: Assessed | None
    today: date


Check = Callable[[Situation], None]

# The needs for which the rules are run before the move.
RULE_NEEDS = frozenset({Need.ELIGIBLE, Need.NOT_ELIGIBLE, Need.UNCHANGED})


def _on_road(it: Situation) -> None:
    """A policy gives its notice before the decision, after it, or not at all."""
    of_policy = card_of(it.registry, it.case.policy_key).workflow
    phase = phases.phase_of(it.case, of_policy, it.today)
    if it.move in phases.shut(it.case.state, phase):
        raise Conflict(phases.WHY[it.move, phase])


def _opinion(it: Situation) -> None:
    if len(it.act.opinion.strip()) < 2:
        raise Invalid("请写明意见，当事人和审计人员都会看到它", field="opinion")


def _reasons(it: Situation) -> None:
    if not it.act.reasons:
        raise Invalid("请至少选择一项理由", field="reasons")


def _eligible(it: Situation) -> None:
    if it.assessed and it.assessed.decision.outcome is not Outcome.ELIGIBLE:
        if it.assessed.decision.outcome is Outcome.NOT_IN_FORCE:
            raise Conflict("申请时政策不在执行期内，不能通过")
        checks = it.assessed.loaded.card.checks
        codes = [code.removeprefix(CHECK) for code in reasons.found(it.assessed.decision)]
        raise Conflict(
            "规则核算结果不是“符合条件”，不能通过；未满足：%(checks)s",
            checks="、".join(checks[code].label.zh for code in codes),
        )


def _not_eligible(it: Situation) -> None:
    if it.assessed and it.assessed.decision.outcome is Outcome.ELIGIBLE:
        raise Conflict("规则核算结果为“符合条件”，不能作出不予核定；如事实有误，请先更正事实并重新取数")
    if it.assessed and reasons.found(it.assessed.decision) == [CHECK + PANEL_CHECK]:
        panels.require_closed(it.session, it.registry, it.case)


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


def _payee_verified(it: Situation) -> None:
    if not payees.is_checked(it.case):
        raise Conflict("收款账户还没有核对，或核对之后有变更；请初审人员在申请件的“收款账户”中核对后再批准")


def _publication(it: Situation) -> None:
    if it.case.state is CaseState.ISSUED:
        if awaited := publications.awaited(it.case, it.today):
            raise awaited
        return
    workflow = card_of(it.registry, it.case.policy_key).workflow
    if not workflow.publication_days:
        return
    if it.case.publication_ends_on is None:
        if workflow.announces:
            return
        raise Conflict("本件还没有公示，请先公示")
    if it.today <= it.case.publication_ends_on:
        raise Conflict("公示期尚未结束，%(day)s之后方可批准", day=str(it.case.publication_ends_on))


def _first_return(it: Situation) -> None:
    if it.case.returned_once:
        raise Conflict("补正只能告知一次，本件已告知过；请受理，或作出不予受理决定")
    if len(it.act.opinion.strip()) < 2:
        raise Invalid("请一次写全需要补正的内容，申请人将据此办理", field="opinion")


def _unobjected(it: Situation) -> None:
    if count := objections.waiting(it.session, it.case):
        raise Conflict("公示期间收到%(n)s份异议尚未处理，请先登记异议核查，或答复不予核查", n=count)


def _funded(it: Situation) -> None:
    waiting.refuse_waiting(it.session, it.case)


def _uninvolved(it: Situation) -> None:
    """Whoever had a part in the decision does not judge the appeal against it."""
    if it.asker.user_id is not None and it.asker.user_id in appeals.judges(it.session, it.case):
        raise Forbidden("您参与过本件的审核或决定，复核须由未参与的人员作出")


def _not_proposer(it: Situation) -> None:
    if it.asker.user_id is not None and it.asker.user_id in revocations.proposers(it.session, it.case):
        raise Forbidden("撤销须由初审人、提出人以外的人员决定；您办理过其中一步")


def _appealable(it: Situation) -> None:
    appeals.require_open(it.session, it.registry, it.case, it.today)


def _not_on_its_way(it: Situation) -> None:
    """What was released to the bank cannot be set free: nobody knows yet whether it was paid."""
    if payouts.on_its_way(it.session, it.case.id):
        if it.move == "object":
            raise Conflict("这笔资金已经发放或送银行，不能再登记异议；有线索的，请在登记银行结果之后提出撤销")
        raise Conflict(
            "这笔资金已经发放或送银行，请先登记银行结果，再办理撤销；批次还没有送银行的，请先退回草稿或作废批次"
        )


def _heard(it: Situation) -> None:
    if revocations.statements(it.session, it.case):
        return
    until = revocations.heard_until(it.session, it.registry, it.case)
    if it.today <= until:
        raise Conflict("陈述申辩期至%(day)s，申请人尚未陈述；期满或收到陈述之后方可决定", day=str(until))


def _desks(it: Situation) -> None:
    desks.require_answered(it.session, it.registry, it.case, it.act.opinion)


def _panel(it: Situation) -> None:
    panels.require_passed(it.session, it.registry, it.case)


def _confirmed(it: Situation) -> None:
    if not it.act.confirmed:
        raise Invalid("这一步办理后不能撤销，请确认后再提交", field="confirmed")


NEEDS: dict[Need, Check] = {
    Need.ON_ROAD: _on_road,
    Need.OPINION: _opinion,
    Need.REASONS: _reasons,
    Need.ELIGIBLE: _eligible,
    Need.NOT_ELIGIBLE: _not_eligible,
    Need.UNCHANGED: _unchanged,
    Need.OTHER_PERSON: _other_person,
    Need.UNINVOLVED: _uninvolved,
    Need.NOT_PROPOSER: _not_proposer,
    Need.APPEALABLE: _appealable,
    Need.NOT_ON_ITS_WAY: _not_on_its_way,
    Need.HEARD: _heard,
    Need.DESKS: _desks,
    Need.PANEL: _panel,
    Need.PUBLICATION_OVER: _publication,
    Need.PAYEE_VERIFIED: _payee_verified,
    Need.FIRST_RETURN: _first_return,
    Need.CONFIRMED: _confirmed,
    Need.UNOBJECTED: _unobjected,
    Need.FUNDED: _funded,
}
