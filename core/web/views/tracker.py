"""进度: how far an application has come and what its applicant does next, in the applicant's words."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext as _

from core import SHANGHAI
from core.data.models import Case, CaseEvent, CaseState
from core.errors import N_
from core.services import assessments
from core.services.phases import Phase
from core.services.workflow import ROADS, STATES, Preset
from core.web.formats import day
from core.web.templating import bilingual, language
from core.web.views.case_page import phase_of, registry
from core.web.views.case_words import reason_word

S = CaseState
STOPPED = frozenset({S.NOT_ADMITTED, S.REFUSED, S.WITHDRAWN, S.REVOKED, S.RECOVERY})
# What has a decision, as it was made: with a notice after it, or without.
DECIDED = frozenset({S.APPROVED, S.ISSUED, S.PAID, S.CLOSED, S.REVOKING, S.REVOKED, S.RECOVERY})
PAUSED = frozenset({S.RETURNED, S.OBJECTED, S.APPEALED, S.REVOKING})
STEP_NAMES = {
    S.SUBMITTED: N_("提交"),
    S.ACCEPTED: N_("受理"),
    S.FIRST_REVIEW: N_("初审"),
    S.SECOND_REVIEW: N_("复审"),
    S.PUBLISHED: N_("公示"),
    S.APPROVED: N_("批准"),
    S.ISSUED: N_("发文"),
    S.PAID: N_("拨付"),
}
# What the applicant does now, or that there is nothing to do. Where a box of the page says it (an appeal, a hearing, a
# correction), it is said there.
NEXT = {
    S.SUBMITTED: N_("正在核对材料是否齐全，您暂时不用做什么。需要补正时，会在这里一次列清。"),
    S.ACCEPTED: N_("正在审核，您暂时不用做什么。运营机构的记录有误的，请尽快联系它更正。"),
    S.FIRST_REVIEW: N_("正在审核，您暂时不用做什么。"),
    S.SECOND_REVIEW: N_("审核已通过，接下来公示。您暂时不用做什么。"),
    S.PUBLISHED: N_("公示到%(day)s。期满没有异议就报请批准，您暂时不用做什么。"),
    S.OBJECTED: N_("公示期间收到异议，正在核查。需要您说明时会联系您。"),
    S.APPROVED: N_("通知书正在制作，做好后可以在这里下载。"),
    S.ISSUED: N_("请下载通知书。资金会付到下面的收款账户；账户有变的，请在“收款账户”中申请变更。"),
    S.PAID: N_("资金已付到您的收款账户，请查收。"),
    S.CLOSED: N_("本件已经办结，您不用再做什么。"),
    S.WITHDRAWN: N_("本件已经撤回，不再办理。需要时可以重新申请。"),
    S.REFUSED: N_("本件没有获得核定。情况有变化后，可以重新申请。"),
    S.NOT_ADMITTED: N_("本件没有受理。情况有变化后，可以重新申请。"),
    S.APPEALED: N_("由没有参与原决定的人员重新审查，结果会在这里告诉您。您暂时不用做什么。"),
    S.REVOKING: N_("请在下面陈述和申辩，听取之后才会决定。"),
    S.REVOKED: N_("核定已经撤销，没有拨付的资金不再拨付。"),
    S.RECOVERY: N_("请在期限前退回资金：金额、收款账户和复核的途径见本页的“追回”。"),
}
NOTICE_OVER = N_("公示已于%(day)s期满，正在报请批准，您暂时不用做什么。")
# Where the policy gives its notice after the letter, or none.
IN_PHASE = {
    (S.SECOND_REVIEW, Phase.UNNOTICED): N_("审核已通过，正在报请批准。您暂时不用做什么。"),
    (S.ISSUED, Phase.TO_ANNOUNCE): N_("请下载通知书。核定结果接下来公示%(n)s个工作日，期满没有异议再拨付。"),
    (S.ISSUED, Phase.ANNOUNCED): N_(
        "请下载通知书。核定结果公示到%(day)s，期满没有异议就拨付；账户有变的，请在“收款账户”中申请变更。"
    ),
}
# Where no money is paid, and the operator handles the case.
NEXT_OF_A_PLACE = {
    S.ACCEPTED: N_("正在统一安排，结果出来后会在这里告诉您。您暂时不用做什么。"),
    S.ISSUED: N_("请下载通知书，按其中的安排开始。"),
}


def steps(case: Case) -> list[dict[str, Any]]:
    """The applicant's progress along the main road; a side road stops or pauses it."""
    card = assessments.card_of(registry(), case.policy_key)
    reached = {e.to_state: e.at.astimezone(SHANGHAI).date() for e in case.events}
    announced = case.notice_days is not None and case.published_on is not None
    if announced:
        reached[S.PUBLISHED] = case.published_on
    stopped = case.state in STOPPED
    road = _road(case)
    here = max((i for i, s in enumerate(road) if s in reached), default=-1)
    if case.state in road:
        here = road.index(S.PUBLISHED if case.state is S.ISSUED and announced else case.state)
    if case.state in (S.RETURNED, S.NOT_ADMITTED):
        here = road.index(S.SUBMITTED)
    if case.state is S.CLOSED:
        here = len(road)
    rows = []
    for i, state in enumerate(road):
        mark = "done" if i <= here else "todo"
        if i == here + 1 and not stopped:
            mark = "waiting" if case.state in PAUSED else "now"
        rows.append(
            {
                "label": _(STEP_NAMES[state]),
                "state": mark,
                "date": reached.get(state) if i <= here else None,
                "who": bilingual(card.workflow.institutions.get(state.value)),
                "note": _(STATES[case.state].applicant) if mark == "waiting" else "",
            }
        )
    if stopped:
        rows = [r for r in rows if r["state"] == "done"]
        label, on = _(STATES[case.state].applicant), reached.get(case.state)
        rows.append({"label": label, "state": "stopped", "date": on, "who": "", "note": ""})
    return rows


def _road(case: Case) -> tuple[CaseState, ...]:
    """The states of the main road; the public notice where the policy gives it, if it does."""
    workflow = assessments.card_of(registry(), case.policy_key).workflow
    road = ROADS[assessments.preset_of(registry(), case.policy_key)]
    if case.notice_days is None and (workflow.publishes_first or case.published_on is not None):
        return road
    road = tuple(state for state in road if state is not S.PUBLISHED)
    decided = case.state in DECIDED
    if case.notice_days is None and (decided or not workflow.announces):
        return road
    after = road.index(S.ISSUED) + 1
    return (*road[:after], S.PUBLISHED, *road[after:])


def next_step(case: Case) -> str:
    """What the applicant does next."""
    preset = assessments.preset_of(registry(), case.policy_key)
    of_a_place = NEXT_OF_A_PLACE if preset is Preset.ALLOCATION else {}
    sentence = of_a_place.get(case.state) or NEXT.get(case.state, "")
    phase, ends = phase_of(case), case.publication_ends_on
    sentence = IN_PHASE.get((case.state, phase), sentence)
    if case.state is S.PUBLISHED and ends is not None and ends < g.today:
        sentence = NOTICE_OVER
    said = {"day": day(ends, language()) if ends else "", "n": case.notice_days}
    return _(sentence, **said) if sentence else ""


def correction(case: Case) -> dict[str, Any] | None:
    """What a returned case lacks, all of it, as the window listed it."""
    if case.state is not S.RETURNED:
        return None
    asked: CaseEvent = next(event for event in reversed(case.events) if event.to_state is S.RETURNED)
    card = assessments.card_of(registry(), case.policy_key)
    return {
        "reasons": [reason_word(card, code) for code in asked.reasons or []],
        "words": asked.opinion or "",
        "by": case.due_on,
    }
