"""The form of support from outside."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.validators import DataRequired, Regexp
from wtforms.widgets import MonthInput

from core.data.models import EvidenceKind, SupportLevel
from core.web import words
from core.web.forms.accounts import REQUIRED, DomainForm
from core.web.forms.cases import MONTH_HELP
from core.web.forms.fields import DayField, Given, YuanField, one_of
from core.web.forms.tenants import text


class SupportForm(DomainForm):
    scheme = text(_("扶持名称"), 120, required=True, description=_("与批准文件一致，如科委房租补贴"))
    reference = text(_("文号"), 80)
    level = one_of(_("来自"), SupportLevel, words.SUPPORT_LEVELS, validators=[DataRequired(REQUIRED)])
    kind = one_of(_("用于"), EvidenceKind, words.SUPPORT_KINDS, validators=[DataRequired(REQUIRED)])
    month_from = StringField(_("起始月份"), [Regexp(r"\d{4}-\d{2}$", message=MONTH_HELP)], widget=MonthInput())
    month_to = StringField(_("截止月份"), [Regexp(r"\d{4}-\d{2}$", message=MONTH_HELP)], widget=MonthInput())
    amount_fen = YuanField(_("金额"), [Given(_("请填写金额"))], description=_("按月份平均计入各月"))
    granted_on = DayField(_("批准日期"), [Given()])
    file = FileField(_("批准文件"), description=_("PDF、JPG或PNG，不超过20MB"))
