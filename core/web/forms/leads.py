"""What an auditor says of a lead."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from core.data.models import LeadState
from core.services.leads.judging import REASON
from core.web.forms.accounts import REQUIRED, DomainForm
from core.web.forms.fields import Given

VERDICTS = [SelectChoice(LeadState.CONFIRMED.value, _("属实")), SelectChoice(LeadState.FALSE.value, _("排除"))]


class JudgeForm(DomainForm):
    verdict = RadioField(_("结论"), [Given(_("请选择属实或排除"))], choices=VERDICTS)
    reason = TextAreaField(
        _("理由"),
        [DataRequired(REQUIRED), Length(max=REASON)],
        description=_("查了哪些材料、问了谁、看到什么；不写身份证号码"),
    )


class ReopenForm(DomainForm):
    reason = TextAreaField(_("重新打开的理由"), [DataRequired(REQUIRED), Length(max=REASON)])
