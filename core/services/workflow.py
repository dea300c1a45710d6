"""The workflow as one table: states with their two names, and moves with who may make them, from where, and what
must hold. `move()` is the only way a case changes state.

Staff and applicants read different names (the applicant is told what to do, not how the office is organised).
`docs/workflow.md` is made from this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.data.models import CaseState, Role
from core.errors import N_

S = CaseState


@dataclass(frozen=True, slots=True)
class StateName:
    """How a state is called: for staff, and for the applicant."""

    staff: str
    applicant: str


class Preset(StrEnum):
    """Which moves a policy's cases make: `workflow.preset` in policy.yaml."""

    STANDARD = "standard"  # money: window, two reviews, public notice, approval, payment
    ALLOCATION = "allocation"  # a place: the operator admits, and a round of `core.services.rounds` decides


STATES: dict[CaseState, StateName] = {
    S.DRAFT: StateName(N_("草稿"), N_("草稿，尚未提交")),
    S.SUBMITTED: StateName(N_("待受理"), N_("已提交，等待受理")),
    S.RETURNED: StateName(N_("待补正"), N_("请补正材料")),
    S.NOT_ADMITTED: StateName(N_("不予受理"), N_("不予受理")),
    S.ACCEPTED: StateName(N_("已受理，待初审"), N_("已受理，审核中")),
    S.FIRST_REVIEW: StateName(N_("初审完成，待复审"), N_("审核中")),
    S.SECOND_REVIEW: StateName(N_("复审通过，待公示"), N_("审核通过，即将公示")),
    S.PUBLISHED: StateName(N_("公示中"), N_("公示中")),
    S.OBJECTED: StateName(N_("有异议，待核查"), N_("公示收到异议，核查中")),
    S.APPROVED: StateName(N_("已批准，待发文"), N_("已批准，通知书制作中")),
    S.ISSUED: StateName(N_("已发文，待拨付"), N_("通知书已发出，等待拨付")),
    S.PAID: StateName(N_("已拨付"), N_("资金已拨付")),
    S.CLOSED: StateName(N_("已办结"), N_("已办结")),
    S.REFUSED: StateName(N_("不予核定"), N_("不予核定")),
    S.WITHDRAWN: StateName(N_("已撤回"), N_("已撤回")),
    S.APPEALED: StateName(N_("复核中"), N_("复核中")),
    S.REVOKING: StateName(N_("拟撤销，听取陈述"), N_("拟撤销，请陈述申辩")),
    S.REVOKED: StateName(N_("已撤销"), N_("已撤销")),
    S.RECOVERY: StateName(N_("追回中"), N_("追回中")),
}

# The main roads, as the applicant's tracker shows them.
ROAD = (S.SUBMITTED, S.ACCEPTED, S.FIRST_REVIEW, S.SECOND_REVIEW, S.PUBLISHED, S.APPROVED, S.ISSUED, S.PAID)
ROADS = {Preset.STANDARD: ROAD, Preset.ALLOCATION: (S.SUBMITTED, S.ACCEPTED, S.APPROVED, S.ISSUED)}

EDITABLE = frozenset({S.DRAFT, S.RETURNED})  # the applicant may still change what is in it
FINAL = frozenset({S.NOT_ADMITTED, S.CLOSED, S.REFUSED, S.WITHDRAWN, S.REVOKED})
# States in which a case still claims its evidence and its place: a second one for the same months is not opened.
OPEN = frozenset(S) - FINAL - {S.PAID, S.REVOKING, S.RECOVERY}


class Need(StrEnum):
    """What must hold, or be given, for a move; checked in this order by `core.services.needs`, so that a person whose
    evidence was spent meanwhile reads which award has it, not merely that the rules now say no."""

    ON_ROAD = "on_road"  # the policy of the case gives its notice there, and not elsewhere (`core.services.phases`)
    CONFIRMED = "confirmed"  # asked once more before it is done
    REASONS = "reasons"  # at least one reason code, quoted in the letter
    OPINION = "opinion"  # a written opinion
    FIRST_RETURN = "first_return"  # correction is asked for once, with everything listed
    OTHER_PERSON = "other_person"  # not the one who prepared
    UNINVOLVED = "uninvolved"  # no part in the decision that is appealed
    NOT_PROPOSER = "not_proposer"  # not the one who prepared the case or proposed the revocation
    APPEALABLE = "appealable"  # in time, and not appealed before
    NOT_ON_ITS_WAY = "not_on_its_way"  # no payment of it is with the bank
    HEARD = "heard"  # the tenant has stated its case, or the time for that is over
    DESKS = "desks"  # every desk of the policy has answered
    PANEL = "panel"  # the experts of the policy have scored, and it is enough
    PUBLICATION_OVER = "publication_over"
    UNOBJECTED = "unobjected"  # no objection waits to be looked at
    UNCHANGED = "unchanged"  # the content is what was reviewed
    FUNDED = "funded"  # its money is set aside: it does not wait for the pool
    PAYEE_VERIFIED = "payee_verified"  # the account was compared with a paper, as it stands
    ELIGIBLE = "eligible"  # the rules say eligible
    NOT_ELIGIBLE = "not_eligible"  # the rules do not say eligible


@dataclass(frozen=True, slots=True)
class Move:
    """One way from some states to another.

    `staff` is the button, `record` what the trail says, `applicant` the same in the applicant's words ("" = not shown),
    `presets` the kinds of policy that know it. Without a `target` it leads back to the state the case came from.
    """

    code: str
    sources: frozenset[CaseState]
    target: CaseState | None
    roles: frozenset[Role]
    staff: str
    record: str
    applicant: str
    needs: frozenset[Need] = frozenset()
    presets: frozenset[Preset] = frozenset({Preset.STANDARD})


def _move(
    code: str,
    sources: set[CaseState],
    target: CaseState | None,
    roles: set[Role],
    staff: str,
    record: str,
    applicant: str,
    *needs: Need,
    of: tuple[Preset, ...] = (Preset.STANDARD,),
) -> tuple[str, Move]:
    said = (staff, record, applicant)
    return code, Move(code, frozenset(sources), target, frozenset(roles), *said, frozenset(needs), frozenset(of))


STARTUP = {Role.FOUNDER, Role.TENANT_MEMBER}
OPERATOR = {Role.OPERATOR_MANAGER, Role.OPERATOR_STAFF}

MOVES: dict[str, Move] = dict(
    [
        _move("submit", {S.DRAFT, S.RETURNED}, S.SUBMITTED, STARTUP,
              N_("提交"), N_("提交申请"), N_("提交申请"), of=tuple(Preset)),
        _move("withdraw", {S.DRAFT, S.SUBMITTED, S.RETURNED, S.ACCEPTED, S.FIRST_REVIEW, S.SECOND_REVIEW, S.PUBLISHED},
              S.WITHDRAWN, STARTUP, N_("撤回"), N_("撤回申请"), N_("撤回申请"), Need.CONFIRMED, of=tuple(Preset)),
        _move("accept", {S.SUBMITTED}, S.ACCEPTED, {Role.WINDOW},
              N_("受理"), N_("受理"), N_("窗口已受理")),
        _move("return", {S.SUBMITTED}, S.RETURNED, {Role.WINDOW},
              N_("退回补正"), N_("一次性告知补正"), N_("请按清单补正"), Need.REASONS, Need.FIRST_RETURN),
        _move("not_admit", {S.SUBMITTED}, S.NOT_ADMITTED, {Role.WINDOW},
              N_("不予受理"), N_("不予受理"), N_("不予受理"), Need.REASONS, Need.CONFIRMED),
        _move("refresh", {S.ACCEPTED}, S.ACCEPTED, {Role.FIRST_REVIEWER},
              N_("重新取数"), N_("按运营机构最新记录重新取数"), "", Need.OPINION),
        _move("first_pass", {S.ACCEPTED}, S.FIRST_REVIEW, {Role.FIRST_REVIEWER},
              N_("初审通过"), N_("初审：建议核定"), N_("初审完成"),
              Need.ELIGIBLE, Need.DESKS, Need.PANEL),
        _move("first_refuse", {S.ACCEPTED}, S.FIRST_REVIEW, {Role.FIRST_REVIEWER},
              N_("建议不予核定"), N_("初审：建议不予核定"), N_("初审完成"), Need.NOT_ELIGIBLE, Need.OPINION),
        _move("send_back", {S.FIRST_REVIEW, S.SECOND_REVIEW}, S.ACCEPTED, {Role.SECOND_REVIEWER, Role.APPROVER},
              N_("退回初审"), N_("退回初审"), "", Need.OPINION),
        _move("second_pass", {S.FIRST_REVIEW}, S.SECOND_REVIEW, {Role.SECOND_REVIEWER},
              N_("复审通过"), N_("复审通过"), N_("复审通过"), Need.ELIGIBLE, Need.UNCHANGED, Need.OTHER_PERSON),
        _move("refuse", {S.FIRST_REVIEW}, S.REFUSED, {Role.SECOND_REVIEWER},
              N_("不予核定"), N_("决定不予核定"), N_("不予核定，决定书将送达"),
              Need.NOT_ELIGIBLE, Need.UNCHANGED, Need.OTHER_PERSON, Need.CONFIRMED),
        _move("publish", {S.SECOND_REVIEW}, S.PUBLISHED, {Role.SECOND_REVIEWER},
              N_("公示"), N_("公示"), N_("开始公示"), Need.ON_ROAD, Need.UNCHANGED),
        # Where the policy announces what was decided (决定后公示), the letter is out, and is paid when that is over.
        _move("announce", {S.ISSUED}, S.ISSUED, {Role.SECOND_REVIEWER},
              N_("公示核定结果"), N_("公示核定结果"), N_("开始公示核定结果"), Need.ON_ROAD),
        _move("object", {S.PUBLISHED, S.ISSUED}, S.OBJECTED, {Role.WINDOW, Role.SECOND_REVIEWER},
              N_("登记异议"), N_("登记异议"), N_("收到异议"), Need.ON_ROAD, Need.NOT_ON_ITS_WAY, Need.OPINION),
        _move("dismiss_objection", {S.OBJECTED}, None, {Role.SECOND_REVIEWER},
              N_("异议不成立"), N_("异议不成立"), N_("异议不成立"), Need.OPINION),
        _move("uphold_objection", {S.OBJECTED}, S.ACCEPTED, {Role.SECOND_REVIEWER},
              N_("异议成立，退回初审"), N_("异议成立，退回初审"), N_("异议成立，重新审核"), Need.ON_ROAD, Need.OPINION),
        _move("approve", {S.SECOND_REVIEW, S.PUBLISHED}, S.APPROVED, {Role.APPROVER},
              N_("批准"), N_("批准"), N_("已批准"),
              Need.ELIGIBLE, Need.UNCHANGED, Need.OTHER_PERSON, Need.PUBLICATION_OVER,
              Need.UNOBJECTED, Need.PAYEE_VERIFIED,
              Need.CONFIRMED, Need.FUNDED),
        _move("issue", {S.APPROVED}, S.ISSUED, set(),
              N_("发文"), N_("发出通知书"), N_("通知书已发出"), of=tuple(Preset)),
        _move("pay", {S.ISSUED}, S.PAID, {Role.PAYER},
              N_("拨付"), N_("拨付"), N_("资金已拨付"),
              Need.OTHER_PERSON, Need.PUBLICATION_OVER, Need.UNOBJECTED, Need.CONFIRMED),
        _move("payment_returned", {S.PAID, S.CLOSED}, S.ISSUED, {Role.PAYER},
              N_("退汇"), N_("银行退汇，恢复待拨付"), N_("银行退回了款项，请核对收款账户"),
              Need.OTHER_PERSON, Need.CONFIRMED),
        # Money that comes back later than a revocation was proposed, or decided: there is nothing to pay again.
        _move("returned_while_revoking", {S.REVOKING}, S.REVOKING, {Role.PAYER},
              N_("退汇"), N_("银行退汇，拟撤销继续办理"), N_("银行退回了款项"), Need.OTHER_PERSON, Need.CONFIRMED),
        _move("returned_after_revocation", {S.RECOVERY}, S.REVOKED, {Role.PAYER},
              N_("退汇"), N_("银行退汇，不再追回"), N_("银行退回了款项，不再需要退回"),
              Need.OTHER_PERSON, Need.CONFIRMED),
        _move("close", {S.PAID}, S.CLOSED, {Role.PAYER, Role.WINDOW},
              N_("办结"), N_("办结"), N_("已办结")),
        # 复核: the applicant asks for another look at a refusal, once.
        _move("appeal", {S.REFUSED, S.NOT_ADMITTED}, S.APPEALED, {Role.FOUNDER},
              N_("申请复核"), N_("申请复核"), N_("申请复核"), Need.APPEALABLE, Need.OPINION, Need.CONFIRMED),
        _move("uphold_appeal", {S.APPEALED}, S.ACCEPTED, {Role.SECOND_REVIEWER, Role.APPROVER},
              N_("复核成立，重新审核"), N_("复核成立，撤销原决定"), N_("复核成立，原决定撤销，重新审核"),
              Need.UNINVOLVED, Need.OPINION, Need.CONFIRMED),
        _move("dismiss_appeal", {S.APPEALED}, None, {Role.SECOND_REVIEWER, Role.APPROVER},
              N_("维持原决定"), N_("复核：维持原决定"), N_("复核：维持原决定"),
              Need.UNINVOLVED, Need.OPINION, Need.CONFIRMED),
        # 撤销: proposed by one, decided by another, and the tenant is heard between.
        _move("propose_revocation", {S.ISSUED, S.OBJECTED, S.PAID, S.CLOSED}, S.REVOKING, {Role.SECOND_REVIEWER},
              N_("提出撤销"), N_("拟撤销，告知陈述申辩"), N_("拟撤销核定，请陈述申辩"),
              Need.ON_ROAD, Need.NOT_ON_ITS_WAY, Need.REASONS, Need.OPINION),
        _move("statement", {S.REVOKING}, S.REVOKING, STARTUP,
              N_("提交陈述申辩"), N_("陈述申辩"), N_("已提交陈述申辩"), Need.OPINION),
        _move("revoke", {S.REVOKING}, S.REVOKED, {Role.APPROVER},
              N_("决定撤销"), N_("撤销核定"), N_("核定已撤销"),
              Need.NOT_PROPOSER, Need.NOT_ON_ITS_WAY, Need.HEARD, Need.OPINION, Need.CONFIRMED),
        _move("drop_revocation", {S.REVOKING}, None, {Role.SECOND_REVIEWER, Role.APPROVER},
              N_("不予撤销"), N_("不予撤销，核定继续有效"), N_("不予撤销，核定继续有效"), Need.OPINION),
        # 追回: decided in a file of its own (`core.services.recovery`), and over when all is back or nothing is owed.
        _move("recover", {S.REVOKED, S.PAID, S.CLOSED}, S.RECOVERY, set(),
              N_("转入追回"), N_("已拨付，转入追回"), N_("已拨付的资金须退回")),
        _move("recovered", {S.RECOVERY}, None, set(),
              N_("追回办结"), N_("追回办结"), N_("追回办结")),
        # Where a place is given and not money, the operator admits, and the round that is adopted decides.
        _move("admit", {S.SUBMITTED}, S.ACCEPTED, OPERATOR,
              N_("受理"), N_("运营机构受理"), N_("运营机构已受理"), of=(Preset.ALLOCATION,)),
        _move("hand_back", {S.SUBMITTED}, S.RETURNED, OPERATOR,
              N_("退回补正"), N_("一次性告知补正"), N_("请按清单补正"),
              Need.REASONS, Need.FIRST_RETURN, of=(Preset.ALLOCATION,)),
        _move("turn_away", {S.SUBMITTED}, S.NOT_ADMITTED, OPERATOR,
              N_("不予受理"), N_("不予受理"), N_("不予受理"), Need.REASONS, Need.CONFIRMED, of=(Preset.ALLOCATION,)),
        _move("place", {S.ACCEPTED}, S.APPROVED, {Role.OPERATOR_MANAGER},
              N_("采用匹配结果"), N_("匹配轮次安排"), N_("已作出安排"),
              Need.ELIGIBLE, Need.OTHER_PERSON, of=(Preset.ALLOCATION,)),
        _move("decline", {S.ACCEPTED}, S.REFUSED, {Role.OPERATOR_MANAGER},
              N_("不予安排"), N_("决定不予安排"), N_("不予安排，决定书将送达"),
              Need.NOT_ELIGIBLE, Need.OPINION, Need.CONFIRMED, of=(Preset.ALLOCATION,)),
        _move("finish", {S.ISSUED}, S.CLOSED, OPERATOR,
              N_("办结"), N_("办结"), N_("已办结"), of=(Preset.ALLOCATION,)),
    ]
)  # fmt: skip

# Made by something else than a button: a form of its own, the issuing job, the adoption of a round, another move, what
# the bank said of a payment.
BACK_FROM_THE_BANK = frozenset({"payment_returned", "returned_while_revoking", "returned_after_revocation"})
NOT_A_BUTTON = BACK_FROM_THE_BANK | {
    *("submit", "issue", "place", "appeal", "statement", "recover", "recovered", "pay"),
}
# Nobody waits for these: a case that can only go on by them is no work to be done.
AT_WILL = BACK_FROM_THE_BANK | {"object", "propose_revocation"}


def moves_from(state: CaseState, roles: frozenset[Role], preset: Preset | None = None) -> list[Move]:
    """The moves that people with `roles` may make from `state`, in the table's order; of one kind of policy, or any."""
    return [
        move
        for move in MOVES.values()
        if state in move.sources and not move.roles.isdisjoint(roles) and (preset is None or preset in move.presets)
    ]


def days_left(due_on: date | None, today: date) -> int | None:
    """Calendar days until a limit; negative when late."""
    return None if due_on is None else (due_on - today).days
