"""Reasons as codes, so that they can be counted and quoted: a list for each kind of move, and beside what staff choose
the checks of the policy that failed, which name themselves."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import N_
from core.policy import Card, Decision, Outcome, Text

CHECK = "check:"  # before the code of a check of the policy's card

# Why a case is returned or not admitted.
RETURN = {
    "missing_document": N_("申请材料不齐全"),
    "unclear_document": N_("材料不清晰或不符合形式要求"),
    "inconsistent": N_("材料之间内容不一致"),
    "payee": N_("收款账户信息有误"),
    "not_competent": N_("不属于本窗口受理范围"),
    "not_subject": N_("申请人不属于政策对象"),
    "out_of_time": N_("超过申请期限"),
    "duplicate": N_("同一事项已在办理"),
}
# Why a case is refused, beside the checks that failed.
REFUSAL = {
    "not_in_force": N_("申请时政策不在执行期内"),
    "not_proved": N_("事实无法核实"),
    "untrue": N_("申请材料与事实不符"),
    "no_cooperation": N_("不配合核查"),
    "had_elsewhere": N_("同一事项已享受其他财政补贴"),
}
# Why an award is revoked.
REVOCATION = {
    "false_statement": N_("提供虚假材料或隐瞒情况"),
    "wrong_decision": N_("核定有误"),
    "conditions_lost": N_("不再符合享受条件"),
    "received_twice": N_("同一事项重复享受"),
    "misused": N_("未按规定用途使用"),
}
REASONS = RETURN | REFUSAL | REVOCATION

_NONE: dict[str, str] = {}
_OFFERED = {
    **dict.fromkeys(("return", "not_admit", "hand_back", "turn_away"), RETURN),
    **dict.fromkeys(("first_refuse", "refuse"), REFUSAL),
    "propose_revocation": REVOCATION,
}


def offered(move: str) -> Mapping[str, str]:
    """The reasons one may give with a move, by code; of most moves none."""
    return _OFFERED.get(move, _NONE)


def found(decision: Decision) -> list[str]:
    """Why the rules do not say eligible: the checks that failed, or else those that nobody knows the answer to."""
    if decision.outcome is Outcome.NOT_IN_FORCE:
        return ["not_in_force"]
    failed = [check.code for check in decision.checks if check.passed is False]
    open_ = [check.code for check in decision.checks if check.passed is None]
    return [CHECK + code for code in failed or open_]


def check_label(card: Card, code: str) -> Text | None:
    """What the check is called that a reason names; None for a reason of the lists."""
    text = card.checks.get(code.removeprefix(CHECK)) if code.startswith(CHECK) else None
    return text.label if text is not None else None
