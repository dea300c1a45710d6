"""The forms of 审计发现: its text, and one for each act."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional

from core.data.models import FindingActKind, FindingSeverity, FindingSource, ProposalKind
from core.services import reasons
from core.services.findings.steps import SAID
from core.services.findings.writing import ANSWER_DAYS, CORRECT_DAYS, TEXTS
from core.web import finding_words as words
from core.web.forms.accounts import REQUIRED, DomainForm, options, select
from core.web.forms.fields import CountField, Given, YuanField, one_of, several

Act = FindingActKind
ROWS = {"rows": 5}
# What an auditor may say; that it came of a lead or a sample is known.
OWN_SOURCES = {
    source: words.SOURCES[source]
    for source in (FindingSource.OBSERVATION, FindingSource.REPLAY, FindingSource.VERIFICATION)
}


def _text(name: str, label: Any, **more: Any) -> TextAreaField:
    """Of a draft: it may be empty until it is served."""
    return TextAreaField(label, [Optional(), Length(max=TEXTS[name])], render_kw=ROWS, **more)


class TextForm(DomainForm):
    """What a draft says. `respondent`: `d3`, a department, or `o7`, an operator."""

    title = StringField(_("标题"), [Optional(), Length(max=TEXTS["title"])], description=_("一句话说明问题"))
    severity = one_of(_("严重程度"), FindingSeverity, words.SEVERITIES, radio=True, default=FindingSeverity.MODERATE)
    source = one_of(_("来源"), FindingSource, OWN_SOURCES, default=FindingSource.OBSERVATION)
    engagement_id = select(_("审计项目"))
    fact = _text("fact", _("事实"), description=_("查到了什么；引用申请编号和凭据行，不写身份证号码"))
    criterion = _text("criterion", _("依据"), description=_("违反了哪份文件的哪一条"))
    cause = _text("cause", _("原因"))
    effect = _text("effect", _("影响"))
    amount_fen = YuanField(_("涉及金额"), [Optional()])
    recommendation = _text("recommendation", _("建议"), description=_("要求怎样整改"))
    respondent = SelectField(_("被审计单位"), [Optional()])
    ask_tenant = BooleanField(_("同时送达申请单位，请它补充材料"))

    def address(self) -> dict[str, int | None]:
        """What was chosen as respondent, as the service takes it."""
        said = self.respondent.data or ""
        chosen = int(said[1:]) if said[1:].isdecimal() else None
        return {
            "to_department_id": chosen if said.startswith("d") else None,
            "to_operator_id": chosen if said.startswith("o") else None,
        }


class IssueForm(DomainForm):
    days = CountField(_("答复期限"), [Given()], default=ANSWER_DAYS)
    confirmed = BooleanField(_("内容已核对，送达后不能再改"))


class SayForm(DomainForm):
    said = TextAreaField(_("内容"), [DataRequired(REQUIRED), Length(max=SAID)], render_kw=ROWS)


class RespondForm(SayForm):
    agreed = RadioField(
        _("是否认可"),
        [Given(_("请选择是否认可"))],
        choices=[SelectChoice("yes", _("认可，将整改")), SelectChoice("no", _("有异议"))],
    )


class AnswerDaysForm(SayForm):
    days = CountField(_("期限"), [Given()], default=ANSWER_DAYS)


class CorrectDaysForm(SayForm):
    days = CountField(_("整改期限"), [Given()], default=CORRECT_DAYS)


class CloseForm(SayForm):
    confirmed = BooleanField(_("我已逐项核对整改结果和材料"))


class ProposeForm(SayForm):
    kind = one_of(_("建议"), ProposalKind, words.PROPOSALS, radio=True, validators=[Given(_("请选择一项"))])


class TakeUpForm(DomainForm):
    reasons = several(_("撤销的理由"), reasons.offered("propose_revocation"))
    opinion = TextAreaField(_("事实和理由"), [Optional(), Length(max=SAID)], render_kw=ROWS)


class DeclineForm(DomainForm):
    reason = TextAreaField(_("不予采纳的理由"), [DataRequired(REQUIRED), Length(max=SAID)], render_kw=ROWS)


FORMS: dict[FindingActKind, type[DomainForm]] = {
    Act.ISSUED: IssueForm,
    Act.RESPONDED: RespondForm,
    Act.REPORTED: SayForm,
    Act.CLOSED: CloseForm,
    Act.ORDERED: CorrectDaysForm,
    Act.DISMISSED: AnswerDaysForm,
    Act.REOPENED: CorrectDaysForm,
    Act.EXTENDED: AnswerDaysForm,
    Act.ESCALATED: SayForm,
    Act.PROPOSED: ProposeForm,
    Act.WITHDRAWN: SayForm,
    Act.COMMENTED: SayForm,
    Act.NOTED: SayForm,
}
WITH_PAPERS = frozenset({Act.RESPONDED, Act.REPORTED, Act.COMMENTED, Act.NOTED})


def text_form(respondents: list[tuple[str, str]], engagements: list[tuple[int, str]], **more: Any) -> TextForm:
    form = TextForm(**more)
    form.respondent.choices = options(respondents, empty=_("请选择"))
    form.engagement_id.choices = options(engagements, empty=_("不属于项目"))
    return form
