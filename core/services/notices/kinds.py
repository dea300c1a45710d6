"""The kinds of notices, in one table: what each says, where it leads, which group it belongs to.

A sentence is made where it is shown or mailed, in the reader's language, from the kind and the plain values kept with
the notice. A new kind is a line in `KINDS`; what tells it is a function beside `of_move`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.data.models import (
    DISTRICT_ROLES,
    OFFICERS,
    OPERATOR_ROLES,
    TENANT_ROLES,
    CaseState,
    MailMode,
    NoticeGroup,
    Role,
)
from core.errors import N_
from core.services.phases import Phase, name_of
from core.services.workflow import MOVES, StateName

G = NoticeGroup
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Group:
    """What people choose by: who gets such notices at all, and whether they are mailed where nothing was chosen."""

    title: str
    about: str
    roles: frozenset[Role]
    mail: MailMode = MailMode.AT_ONCE


GROUPS: dict[NoticeGroup, Group] = {
    G.TURN: Group(
        N_("轮到我办理"),
        N_("申请件、发票申请、参数草案、审计发现等到了您这一步"),
        DISTRICT_ROLES | OPERATOR_ROLES | TENANT_ROLES | {Role.EXPERT},
    ),
    G.DEADLINE: Group(N_("办理时限"), N_("时限将到，或已经超期"), DISTRICT_ROLES | OPERATOR_ROLES | TENANT_ROLES),
    G.PROGRESS: Group(N_("申请进展"), N_("本单位的申请走到了下一步"), TENANT_ROLES),
    G.LETTER: Group(
        N_("通知书与拨付"), N_("通知书和文书发出或未能制成、资金拨付"), TENANT_ROLES | {Role.DISTRICT_ADMIN}
    ),
    G.HOUSE: Group(N_("园区事务"), N_("导师结对、活动名额、发票开具"), TENANT_ROLES),
    G.LOG: Group(
        N_("日志签名点"), N_("定期寄来日志首部的签名，由您留存在平台之外"), frozenset({Role.AUDITOR, Role.AUDIT_ADMIN})
    ),
    G.SYSTEM: Group(N_("系统"), N_("政策规则出错、任务失败、签名密钥"), OFFICERS),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """`title` is a line, `text` says more, `until` is added where there is a day to keep (`due`). `path` is the page,
    with the subject's id and a key (of a policy, of a job) in it. `mail`: whether it is ever mailed (not where another
    mail already says it); `enclosed`: the value that a mail has below its text, to the letter, to be kept."""

    code: str
    group: NoticeGroup
    subject: str
    path: str
    title: str
    text: str
    until: str = ""
    mail: bool = True
    enclosed: str = ""
    fields: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        said = re.findall(r"%\((\w+)\)s", self.title + self.text)
        object.__setattr__(self, "fields", frozenset(said))


PAYEE = "/cases/{id}/payee"
CASE, LETTER, DRAFT = "/cases/{id}", "/letters/{id}", "/policies/{key}/parameters/drafts/{id}"
RECOVERY, FINDING = "/recoveries/{id}", "/findings/{id}"
KEYS = "/admin/keys"
WHAT = {"revoke": N_("撤销"), "recover": N_("追回")}  # that auditors ask of the desks
BY_DUE = N_("请在%(due)s前办理。")

_ALL = (
    # of applications: whose turn it is, and what the applicant reads
    Kind("case_turn", G.TURN, "case", CASE, N_("申请件%(case)s：%(state)s"),
         N_("“%(tenant)s”申请的%(policy)s轮到您办理。"), BY_DUE),
    Kind("panel_turn", G.TURN, "case", "/reviews/{id}", N_("请评审申请件%(case)s"),
         N_("请您评审“%(tenant)s”申请的%(policy)s，独立评分。"), N_("请在%(due)s前提交评分。")),
    Kind("case_returned", G.TURN, "case", CASE, N_("请补正申请%(case)s"),
         N_("您申请的%(policy)s需要补正，清单见申请页面。补正后请重新提交。"), BY_DUE),
    Kind("case_hearing", G.TURN, "case", CASE, N_("申请%(case)s：%(standing)s"),
         N_("您申请的%(policy)s要听取您的意见，请打开申请页面查看。"), BY_DUE),
    Kind("case_moved", G.PROGRESS, "case", CASE, N_("申请%(case)s：%(move)s"),
         N_("您申请的%(policy)s现在的状态：%(standing)s。")),
    Kind("case_paid", G.LETTER, "case", CASE, N_("申请%(case)s：资金已拨付"),
         N_("您申请的%(policy)s资金已拨付，请留意收款账户。")),
    # of money that a case waited for
    Kind("case_funded", G.PROGRESS, "case", CASE, N_("申请%(case)s：资金已预留"),
         N_("资金候补轮到了您的申请，所需资金已经预留，审核照常进行。")),
    Kind("case_fundable", G.TURN, "case", CASE, N_("申请件%(case)s：资金已预留，待批准"),
         N_("“%(tenant)s”的申请公示期已满，候补的资金已经预留，轮到您审批。")),
    # of the account that is paid to
    Kind("payee_doubted", G.TURN, "case", PAYEE, N_("申请%(case)s：请变更收款账户"),
         N_("核对时发现收款账户与材料不一致，说明见收款账户页面。请在那里申请变更；变更批准之前，资金不会拨付。")),
    Kind("payee_change_refused", G.PROGRESS, "case", PAYEE, N_("申请%(case)s：不同意变更收款账户"),
         N_("收款账户没有变更，理由见收款账户页面。账户确实有误的，可以重新申请变更。")),
    Kind("payment_failed", G.LETTER, "case", PAYEE, N_("申请%(case)s：资金没有付成"),
         N_("银行没有付成%(amount)s，原因见收款账户页面。请核对账户，有误的请申请变更，核对后会再次拨付。")),
    # of time limits
    Kind("case_near", G.DEADLINE, "case", CASE, N_("申请件%(case)s时限将到"),
         N_("“%(tenant)s”申请的%(policy)s（%(state)s）还没有办理。"), N_("办理时限是%(due)s。")),
    Kind("case_late", G.DEADLINE, "case", CASE, N_("申请件%(case)s已超过时限"),
         N_("“%(tenant)s”申请的%(policy)s（%(state)s）还没有办理。"), N_("办理时限是%(due)s。")),
    Kind("case_yours_near", G.DEADLINE, "case", CASE, N_("申请%(case)s时限将到"),
         N_("您申请的%(policy)s：%(standing)s。"), N_("请在%(due)s前办理。")),
    Kind("case_yours_late", G.DEADLINE, "case", CASE, N_("申请%(case)s已超过时限"),
         N_("您申请的%(policy)s：%(standing)s。"), N_("时限是%(due)s。")),
    # of letters
    Kind("letter_award", G.LETTER, "letter", LETTER, N_("核定通知书%(letter)s已发出"),
         N_("申请%(case)s的核定通知书可以下载和核验。")),
    Kind("letter_refusal", G.LETTER, "letter", LETTER, N_("不予核定决定书%(letter)s已发出"),
         N_("申请%(case)s不予核定，理由见决定书。")),
    Kind("letter_failed", G.LETTER, "case", CASE, N_("申请件%(case)s的通知书没有制成"),
         N_("申请件没有变化。请核对发文机关等设置，再请平台管理人员重试。")),
    Kind("letter_job_failed", G.SYSTEM, "decision", "/admin/jobs/{key}", N_("一份通知书没有制成"),
         N_("原因见任务页面，处理之后可以重试。")),
    # of papers of the procedure, a kind for each (`PaperKind`)
    Kind("paper_acceptance", G.LETTER, "case", CASE, N_("受理通知书%(paper)s已发出"),
         N_("申请%(case)s的受理通知书可以在申请页面下载。")),
    Kind("paper_correction", G.LETTER, "case", CASE, N_("补正告知书%(paper)s已发出"),
         N_("申请%(case)s需要补正的内容和期限见告知书，可以在申请页面下载。")),
    Kind("paper_not_admitted", G.LETTER, "case", CASE, N_("不予受理决定书%(paper)s已发出"),
         N_("申请%(case)s不予受理，理由和不服时的救济途径见决定书，可以在申请页面下载。")),
    Kind("paper_revocation_notice", G.LETTER, "case", CASE, N_("拟撤销告知书%(paper)s已发出"),
         N_("申请%(case)s的核定拟撤销，理由和陈述申辩的期限见告知书，可以在申请页面下载。")),
    Kind("paper_revocation", G.LETTER, "case", CASE, N_("撤销决定书%(paper)s已发出"),
         N_("申请%(case)s的核定已撤销，理由和不服时的救济途径见决定书，可以在申请页面下载。")),
    Kind("paper_repayment", G.LETTER, "case", CASE, N_("退回决定书%(paper)s已发出"),
         N_("申请%(case)s应退回的金额、期限和账户见决定书，可以在申请页面下载。")),
    Kind("paper_failed", G.LETTER, "case", CASE, N_("申请件%(case)s有一份文书没有制成"),
         N_("办理结果没有变化。请核对发文机关等设置，再请平台管理人员重试。")),
    Kind("paper_job_failed", G.SYSTEM, "casepaper", "/admin/jobs/{key}", N_("一份文书没有制成"),
         N_("原因见任务页面，处理之后可以重试。")),
    # of what is to be had back
    Kind("recovery_lead", G.TURN, "recovery", RECOVERY, N_("追回线索%(recovery)s"),
         N_("“%(tenant)s”的申请件%(case)s，凭据在拨付后有变化，按规则应追回%(amount)s，请核对。")),
    Kind("recovery_proposed", G.TURN, "recovery", RECOVERY, N_("申请%(case)s：拟追回%(amount)s"),
         N_("您可以先陈述申辩，之后由另一人决定。"), BY_DUE),
    Kind("recovery_stated", G.TURN, "recovery", RECOVERY, N_("追回卷%(recovery)s收到陈述"),
         N_("“%(tenant)s”的申请件%(case)s拟追回%(amount)s，企业已陈述，请提出人以外的人决定。")),
    Kind("recovery_demanded", G.LETTER, "recovery", RECOVERY, N_("申请%(case)s：请退回%(amount)s"),
         N_("理由、收款账户和救济途径见追回页面和退回决定书。"), N_("请在%(due)s前退回。")),
    Kind("recovery_appealed", G.TURN, "recovery", RECOVERY, N_("追回卷%(recovery)s申请复核"),
         N_("“%(tenant)s”的申请件%(case)s，请未参与提出和决定的人复核。")),
    Kind("recovery_judged", G.PROGRESS, "recovery", RECOVERY, N_("申请%(case)s：追回的复核有结果"),
         N_("复核后应追回%(amount)s，意见见追回页面。")),
    Kind("recovery_settled", G.PROGRESS, "recovery", RECOVERY, N_("申请%(case)s：追回已办结"),
         N_("应追回的%(amount)s已全部收回。")),
    Kind("recovery_dropped", G.PROGRESS, "recovery", RECOVERY, N_("申请%(case)s：不予追回"),
         N_("先前拟追回的%(amount)s不再追回，理由见追回页面。")),
    # of what auditors found
    Kind("finding_issued", G.TURN, "finding", FINDING, N_("审计发现%(finding)s：请答复"),
         N_("%(about)s。事实、依据和建议见审计发现页面，请说明是否认可。"), N_("请在%(due)s前答复。")),
    Kind("finding_responded", G.TURN, "finding", FINDING, N_("审计发现%(finding)s：收到答复"),
         N_("%(about)s。请审核答复，要求整改或不予采纳。")),
    Kind("finding_dismissed", G.TURN, "finding", FINDING, N_("审计发现%(finding)s：答复未被采纳"),
         N_("%(about)s。理由见审计发现页面，请重新答复。"), N_("请在%(due)s前答复。")),
    Kind("finding_escalated", G.TURN, "finding", FINDING, N_("审计发现%(finding)s：提交区级决定"),
         N_("%(about)s。双方意见不一致或逾期未办，请决定是否要求整改。")),
    Kind("finding_ordered", G.TURN, "finding", FINDING, N_("审计发现%(finding)s：请整改"),
         N_("%(about)s。整改要求见审计发现页面，整改后请报告结果并附材料。"), N_("请在%(due)s前报告整改结果。")),
    Kind("finding_reported", G.TURN, "finding", FINDING, N_("审计发现%(finding)s：已报整改，请复查"),
         N_("%(about)s。请撰写人以外的审计人员复查后销号，或退回整改。")),
    Kind("finding_reopened", G.TURN, "finding", FINDING, N_("审计发现%(finding)s：退回整改"),
         N_("%(about)s。原因见审计发现页面，请继续整改。"), N_("请在%(due)s前报告整改结果。")),
    Kind("finding_extended", G.DEADLINE, "finding", FINDING, N_("审计发现%(finding)s：期限已延长"),
         N_("%(about)s。"), N_("新的期限是%(due)s。")),
    Kind("finding_commented", G.TURN, "finding", FINDING, N_("审计发现%(finding)s有新的意见"),
         N_("%(about)s。请打开审计发现页面查看。")),
    Kind("finding_closed", G.TURN, "finding", FINDING, N_("审计发现%(finding)s：已销号"),
         N_("%(about)s。复查通过，不需要再办理。")),
    Kind("finding_withdrawn", G.TURN, "finding", FINDING, N_("审计发现%(finding)s：已撤回"),
         N_("%(about)s。审计发现已撤回，不需要再办理。")),
    Kind("finding_proposed", G.TURN, "finding", FINDING, N_("审计发现%(finding)s：建议%(what)s"),
         N_("申请件%(case)s。请核对后办理，或说明不予采纳的理由。")),
    Kind("finding_decided", G.TURN, "finding", FINDING, N_("审计发现%(finding)s：建议有了结果"),
         N_("%(about)s。经办部门已办理或不予采纳，见审计发现页面。")),
    Kind("finding_near", G.DEADLINE, "finding", FINDING, N_("审计发现%(finding)s期限将到"),
         N_("%(about)s。"), BY_DUE),
    Kind("finding_late", G.DEADLINE, "finding", FINDING, N_("审计发现%(finding)s已逾期"),
         N_("%(about)s。"), N_("期限是%(due)s。")),
    # of rounds and mentors
    Kind("round_computed", G.TURN, "round", "/rounds/{id}", N_("匹配轮次“%(round)s”已算出结果"),
         N_("第%(run)s次计算：匹配%(matched)s家，未匹配%(left)s家。请发起人以外的运营负责人核对后采用。")),
    Kind("round_failed", G.TURN, "round", "/rounds/{id}", N_("匹配轮次“%(round)s”没有算成"),
         N_("第%(run)s次计算没有结果，原因见轮次页面。申请和指定都保留着。")),
    Kind("pairing_begun", G.HOUSE, "pairing", "/mentoring", N_("已与导师%(mentor)s结对"),
         N_("从%(on)s起由%(mentor)s辅导，可以预约会面。")),
    Kind("pairing_ended", G.HOUSE, "pairing", "/mentoring", N_("与导师%(mentor)s的结对已结束"),
         N_("结对到%(on)s为止，已预约的会面取消。")),
    # of events and 发票
    Kind("event_seated", G.HOUSE, "event", "/events/{id}", N_("活动“%(event)s”候补成功"),
         N_("已为您保留%(people)s个名额，%(at)s开始。不能来的，请尽早退出报名。")),
    Kind("event_called_off", G.HOUSE, "event", "/events/{id}", N_("活动“%(event)s”已取消"),
         N_("原定%(at)s开始，取消的原因见活动页面。")),
    Kind("tax_invoice_requested", G.TURN, "taxinvoice", "/tax-invoices/{id}", N_("“%(tenant)s”申请开票"),
         N_("账单%(bill)s，价税合计%(amount)s。请在税务系统开具后登记。")),
    Kind("tax_invoice_issued", G.HOUSE, "taxinvoice", "/tax-invoices/{id}", N_("账单%(bill)s的发票已开好"),
         N_("发票号码%(number)s，价税合计%(amount)s。")),
    Kind("tax_invoice_rejected", G.HOUSE, "taxinvoice", "/tax-invoices/{id}", N_("账单%(bill)s的开票申请被驳回"),
         N_("原因见发票页面，改正后可以重新申请。")),
    # of the log
    Kind("checkpoint", G.LOG, "logcheckpoint", "/log", N_("请留存日志签名点（%(size)s条）"),
         N_("%(at)s签名的日志首部，请留存在平台之外。以后把它整段粘贴到日志核验页面，或存成文件用 hongcai audit verify "
            "--held 核对，就知道日志此后是否只增未改。"), enclosed="note"),
    # of policies
    Kind("draft_submitted", G.TURN, "parameterdraft", DRAFT, N_("%(policy)s的参数草案待发布"),
         N_("请起草人以外的人核对后发布，或退回。")),
    Kind("draft_returned", G.TURN, "parameterdraft", DRAFT, N_("您起草的参数草案被退回"),
         N_("退回的原因见草案页面，修改后可以再次提交。")),
    Kind("policy_failing", G.SYSTEM, "policy", "/admin/plugins", N_("政策“%(policy)s”有申请件未能核算"),
         N_("申请件都已保留，没有作出任何决定。原因见插件页面。"), mail=False),
    # of what letters and the log are signed with
    Kind("key_proposed", G.SYSTEM, "signingkey", KEYS, N_("请确认新的签名密钥“%(key_name)s”"),
         N_("另一位管理员提出更换密钥。核对指纹和有效期之后，在密钥页面确认或退回；确认之前仍用原密钥。")),
    Kind("key_changed", G.SYSTEM, "signingkey", KEYS, N_("签名密钥已更换为“%(key_name)s”"),
         N_("已由两人提出和确认，从下一份起使用新密钥。以前签发的仍然有效。")),
    Kind("key_gone", G.SYSTEM, "signingkey", KEYS, N_("签名密钥“%(key_name)s”已停用"),
         N_("密钥已声明遗失或泄露，原因和日期见密钥页面。换用新密钥之前，用它的签发暂停，等待的不会丢失。")),
    Kind("key_ending", G.SYSTEM, "signingkey", KEYS, N_("签名证书“%(key_name)s”即将到期"),
         N_("到期之后不能再签发通知书，以前签发的仍然有效。"), N_("有效期至%(due)s，请在此之前换用新证书。")),
)  # fmt: skip
KINDS: dict[str, Kind] = {kind.code: kind for kind in _ALL}


@dataclass(frozen=True, slots=True)
class Said:
    """A notice in words."""

    title: str
    text: str


def say(kind: Kind, params: Mapping[str, Any], translate: Translate, language: str) -> Said:
    """The sentences of a notice. `translate` looks a sentence up in the reader's language, which is `language`."""
    values = {name: _word(name, value, translate, language) for name, value in params.items()}
    parts = [kind.text] + ([kind.until] if kind.until and params.get("due") else [])
    joined = (" " if language == "en" else "").join(translate(part) % values for part in parts)
    return Said(translate(kind.title) % values, joined)


def path_of(kind: Kind, subject_id: int | None, params: Mapping[str, Any]) -> str:
    """The page of the thing, below the instance's address."""
    return kind.path.format(id=subject_id, key=params.get("key"))


def _word(name: str, value: Any, translate: Translate, language: str) -> str:
    """One value in words: titles are kept in both languages, states and moves by their codes, days as ISO, money in
    fen."""
    if isinstance(value, dict):
        return str(value.get(language) or value.get("zh", ""))
    match name:
        case "state":
            return translate(_name(value).staff)
        case "standing":
            return translate(_name(value).applicant)
        case "move":
            return translate(MOVES[value].applicant)
        case "what":
            return translate(WHAT[value])
        case "due" | "on":
            return _day(value, language)
        case "at":
            return f"{_day(value[:10], language)} {value[11:16]}"
        case "amount":
            figure = f"{'-' if value < 0 else ''}{abs(value) // 100:,}.{abs(value) % 100:02d}"
            return f"CNY {figure}" if language == "en" else f"{figure}元"
    return str(value)


def _name(said: str) -> StateName:
    """What a state is called, and where it says so, a state in a phase of its notice: `issued:announced`."""
    state, _colon, phase = said.partition(":")
    return name_of(CaseState(state), Phase(phase) if phase else Phase.PLAIN)


def _day(value: str | None, language: str) -> str:
    if not value:
        return ""
    day = date.fromisoformat(value)
    return (
        f"{day.day} {MONTHS[day.month - 1]} {day.year}" if language == "en" else f"{day.year}年{day.month}月{day.day}日"
    )
