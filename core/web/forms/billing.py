"""The form of a monthly run."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import Optional, Regexp
from wtforms.widgets import MonthInput

from core.web.forms.accounts import DomainForm
from core.web.forms.cases import MONTH_HELP
from core.web.forms.fields import Given

MONTH = r"\d{4}-(0[1-9]|1[0-2])$"


class RunForm(DomainForm):
    month = StringField(
        _("出账到哪个月"), [Given(), Regexp(MONTH, message=MONTH_HELP)], widget=MonthInput(),
        description=_("到这个月底为止应付、还没有出过的账单都会生成"),
    )  # fmt: skip
    from_month = StringField(
        _("账从哪个月开始"), [Optional(), Regexp(MONTH, message=MONTH_HELP)], widget=MonthInput(),
        description=_("只问这一次：更早的期间在别处收过，这里不出"),
    )  # fmt: skip
