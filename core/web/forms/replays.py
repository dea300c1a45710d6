"""What is to be replayed."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from core.errors import Invalid
from core.services.replays import Selection
from core.web.forms.accounts import DomainForm
from core.web.forms.fields import DayField

RULES = (("recorded", _("按当时的规则和参数")), ("today", _("按今日的规则和参数（看会有什么不同）")))


class ReplayForm(DomainForm):
    """Nothing chosen: all decisions of the district."""

    policy = SelectField(_("政策"), [Optional()])
    operator = SelectField(_("运营机构"), [Optional()])
    since = DayField(_("决定日期自"), [Optional()])
    until = DayField(_("决定日期至"), [Optional()])
    rules = RadioField(
        _("用什么规则"), choices=[SelectChoice(value, word) for value, word in RULES], default="recorded"
    )

    def selection(self, district_id: int | None) -> Selection:
        """Raises `Invalid` for days the wrong way round."""
        if self.since.data and self.until.data and self.since.data > self.until.data:
            raise Invalid("结束日期早于开始日期", field="until")
        return Selection(
            policy=self.policy.data or "",
            operator_id=int(self.operator.data) if self.operator.data else None,
            since=self.since.data,
            until=self.until.data,
            district_id=district_id,
        )
