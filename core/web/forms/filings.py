"""The forms of filing a case outside."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import HiddenField
from wtforms.validators import DataRequired, Optional

from core.data.models import EvidenceKind, FilingChannel, FilingResult, SupportLevel
from core.services.filings import Said
from core.web import words
from core.web.forms.accounts import REQUIRED, DomainForm
from core.web.forms.fields import DayField, Given, YuanField, one_of
from core.web.forms.tenants import text


class FilingForm(DomainForm):
    counter = text(_("受理地点"), 120, required=True, description=_("如区就业促进中心、一网通办"))
    channel = one_of(_("递交方式"), FilingChannel, words.FILING_CHANNELS, validators=[DataRequired(REQUIRED)])
    filed_on = DayField(_("递交日期"), [Given()])
    reference = text(_("受理编号"), 80, description=_("回执上的编号，没有可不填"))
    filed_by = text(_("递交人"), 60)
    result = one_of(_("结果"), FilingResult, words.FILING_RESULTS, empty=_("还没有结果"))
    result_on = DayField(_("结果日期"), [Optional()])
    amount_fen = YuanField(_("批准金额"), [Optional()], description=_("批准时填写"))
    note = text(_("说明"), 400)
    file = FileField(_("回执或批准文件"), description=_("PDF、JPG或PNG，不超过20MB"))
    seen = HiddenField()

    def said(self) -> Said:
        values = {name: self[name].data for name in Said.__slots__}
        return Said(**values)


class FilingSupportForm(DomainForm):
    scheme = text(_("扶持名称"), 120, required=True, description=_("与批准文件一致，如科委房租补贴"))
    level = one_of(_("来自"), SupportLevel, words.SUPPORT_LEVELS, validators=[DataRequired(REQUIRED)])
    kind = one_of(_("用于"), EvidenceKind, words.SUPPORT_KINDS, validators=[DataRequired(REQUIRED)])
