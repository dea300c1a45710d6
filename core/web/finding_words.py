"""What 审计发现 are called on screen: states, sources, how grave, and what was done."""

from __future__ import annotations

from typing import NamedTuple

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from core.data.models import (
    FindingActKind,
    FindingSeverity,
    FindingSide,
    FindingSource,
    FindingState,
    ProposalKind,
    ProposalState,
)
from core.web.words import Words

STATES: Words = {
    FindingState.DRAFT: _("草稿"),
    FindingState.ISSUED: _("已送达，待答复"),
    FindingState.RESPONDED: _("已答复，待审核"),
    FindingState.NOT_ACCEPTED: _("答复未采纳"),
    FindingState.ESCALATED: _("提交区级决定"),
    FindingState.CORRECTING: _("整改中"),
    FindingState.CORRECTED: _("已报整改，待复查"),
    FindingState.REOPENED: _("退回整改"),
    FindingState.CLOSED: _("已销号"),
    FindingState.WITHDRAWN: _("已撤回"),
}
TONES = {
    FindingState.DRAFT: "neutral",
    FindingState.ISSUED: "warning",
    FindingState.RESPONDED: "info",
    FindingState.NOT_ACCEPTED: "danger",
    FindingState.ESCALATED: "danger",
    FindingState.CORRECTING: "warning",
    FindingState.CORRECTED: "info",
    FindingState.REOPENED: "danger",
    FindingState.CLOSED: "success",
    FindingState.WITHDRAWN: "neutral",
}
SEVERITIES: Words = {
    FindingSeverity.MINOR: _("轻微"),
    FindingSeverity.MODERATE: _("一般"),
    FindingSeverity.SERIOUS: _("严重"),
}
SEVERITY_TONES = {
    FindingSeverity.MINOR: "neutral",
    FindingSeverity.MODERATE: "warning",
    FindingSeverity.SERIOUS: "danger",
}
SOURCES: Words = {
    FindingSource.LEAD: _("疑点"),
    FindingSource.SAMPLE: _("抽样"),
    FindingSource.REPLAY: _("重算"),
    FindingSource.VERIFICATION: _("核验通知书或日志"),
    FindingSource.OBSERVATION: _("审计人员发现"),
}
ACTS: Words = {
    FindingActKind.WRITTEN: _("起草"),
    FindingActKind.ISSUED: _("送达"),
    FindingActKind.COMMENTED: _("意见"),
    FindingActKind.NOTED: _("内部备注"),
    FindingActKind.RESPONDED: _("答复"),
    FindingActKind.DISMISSED: _("答复不予采纳"),
    FindingActKind.ESCALATED: _("提交区级决定"),
    FindingActKind.ORDERED: _("要求整改"),
    FindingActKind.REPORTED: _("报告整改结果"),
    FindingActKind.EXTENDED: _("延长期限"),
    FindingActKind.CLOSED: _("复查通过，销号"),
    FindingActKind.REOPENED: _("退回整改"),
    FindingActKind.WITHDRAWN: _("撤回"),
    FindingActKind.PROPOSED: _("提出建议"),
    FindingActKind.TAKEN_UP: _("建议已办理"),
    FindingActKind.DECLINED: _("建议不予采纳"),
}
SIDES: Words = {
    FindingSide.AUDITOR: _("审计"),
    FindingSide.RESPONDENT: _("被审计单位"),
    FindingSide.DISTRICT: _("区级"),
}
SIDE_TONES = {FindingSide.AUDITOR: "info", FindingSide.RESPONDENT: "neutral", FindingSide.DISTRICT: "warning"}
PROPOSALS: Words = {ProposalKind.REVOKE: _("建议撤销"), ProposalKind.RECOVER: _("建议追回")}
PROPOSAL_STATES: Words = {
    ProposalState.WAITING: _("等经办部门处理"),
    ProposalState.TAKEN_UP: _("已办理"),
    ProposalState.DECLINED: _("不予采纳"),
}
PROPOSAL_TONES = {
    ProposalState.WAITING: "warning",
    ProposalState.TAKEN_UP: "success",
    ProposalState.DECLINED: "neutral",
}
# What is to be done where a finding waits for the reader.
DUE: Words = {
    FindingState.ISSUED: _("答复"),
    FindingState.NOT_ACCEPTED: _("重新答复"),
    FindingState.CORRECTING: _("整改并报告"),
    FindingState.REOPENED: _("继续整改并报告"),
    FindingState.ESCALATED: _("决定"),
}


class Step(NamedTuple):
    """How a step is offered: its title, the button, its sign, how the button looks, and what happens then."""

    title: LazyString
    button: LazyString
    icon: str
    look: str = "main"
    help: LazyString | str = ""


STEPS: dict[FindingActKind, Step] = {
    FindingActKind.ISSUED: Step(
        _("送达"),
        _("送达"),
        "send",
        help=_("被审计单位会看到全文并收到通知，内容从此不能再改。期限按本区工作日历计算。"),
    ),
    FindingActKind.RESPONDED: Step(
        _("答复"), _("提交答复"), "message-circle", help=_("说明是否认可、情况和理由，可附材料。")
    ),
    FindingActKind.REPORTED: Step(
        _("报告整改结果"), _("报告整改结果"), "circle-check", help=_("逐项说明做了什么，并附能证明的材料。")
    ),
    FindingActKind.CLOSED: Step(
        _("复查销号"), _("复查通过，销号"), "checks", help=_("由撰写人以外的审计人员办理；写明核对了什么。")
    ),
    FindingActKind.ORDERED: Step(_("要求整改"), _("要求整改"), "gavel", help=_("写明整改要求。期限按工作日计算。")),
    FindingActKind.DISMISSED: Step(
        _("答复不予采纳"), _("不予采纳，请重新答复"), "x", "plain", _("写明理由，被审计单位在期限内重新答复。")
    ),
    FindingActKind.REOPENED: Step(_("退回整改"), _("退回整改"), "arrow-back-up", "plain", _("写明还差什么。")),
    FindingActKind.EXTENDED: Step(
        _("延长期限"), _("延长期限"), "calendar-plus", "plain", _("从今天起算的工作日数，须晚于现在的期限；写明理由。")
    ),
    FindingActKind.ESCALATED: Step(
        _("提交区级决定"), _("提交区级决定"), "arrow-big-up", "plain", _("由区级管理人员决定是否要求整改。")
    ),
    FindingActKind.PROPOSED: Step(
        _("建议撤销或追回"),
        _("提出建议"),
        "bulb",
        "plain",
        _("审计只提建议：由经办部门按原有程序办理，或说明不予采纳的理由，结果会显示在这里。"),
    ),
    FindingActKind.WITHDRAWN: Step(_("撤回"), _("撤回"), "trash", "danger", _("写明理由；撤回后不能恢复。")),
    FindingActKind.COMMENTED: Step(_("发表意见"), _("发表"), "message", "plain", _("另一方会看到。")),
    FindingActKind.NOTED: Step(_("内部备注"), _("记入"), "note", "plain", _("只有审计人员和区级管理人员看到。")),
}
