"""The form with which a list from outside comes in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models import OutsideKind
from core.services.outside.lists import Said
from core.web.forms.accounts import REQUIRED, DomainForm
from core.web.forms.fields import DayField, Given, one_of
from core.web.forms.tenants import text
from core.web.outside_words import OUTSIDE_KINDS


class OutsideForm(DomainForm):
    kind = one_of(_("名单种类"), OutsideKind, OUTSIDE_KINDS, validators=[Given()])
    given_by = text(_("提供单位"), 120, required=True, description=_("例如：示例区社会保险事业管理中心"))
    document = text(_("批准或移送文号"), 120, required=True, description=_("例如：示审函〔2026〕12号"))
    basis = text(_("法律依据"), 300, required=True, description=_("允许调取和使用这份名单的法律法规条款"))
    data_on = DayField(_("数据日期"), [Given(REQUIRED)], description=_("名单反映的是哪一天的情况"))
    keep_until = DayField(_("保存到"), [Given(REQUIRED)])

    def said(self) -> Said:
        return Said(
            self.given_by.data or "",
            self.document.data or "",
            self.basis.data or "",
            self.data_on.data,  # type: ignore[arg-type]  # Given has made sure
            self.keep_until.data,  # type: ignore[arg-type]
        )
