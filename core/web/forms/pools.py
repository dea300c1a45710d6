"""The forms of budgets: setting up a pool, changing one, and the second person's no."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from core.data.models import PoolChangeKind
from core.services.pools import Proposal, Shares
from core.web.forms.accounts import REQUIRED, DomainForm
from core.web.forms.fields import CountField, Given, YuanField, one_of
from core.web.forms.places import PercentField
from core.web.forms.tenants import text
from core.web.pool_words import POOL_CHANGES


class _Proposed(DomainForm):
    amount_fen = YuanField(_("金额"), [Given(_("请填写金额"))])
    document = text(_("依据文号"), 120, required=True, description=_("例如：示财〔2026〕18号"))
    reason = TextAreaField(_("事由"), [DataRequired(REQUIRED), Length(max=400)])

    def proposal(self) -> Proposal:
        return Proposal(self.amount_fen.data, self.document.data or "", self.reason.data or "")


class SetUpForm(_Proposed):
    policy = SelectField(_("政策"), [DataRequired(REQUIRED)])
    year = CountField(_("年度"), [Given()])
    budget_line = text(
        _("预算科目"), 80, required=True, description=_("科目编码和名称，例如：2080799 其他就业补助支出")
    )
    city = PercentField(_("市级分担"), [Given()])
    district = PercentField(_("区级分担"), [Given()], description=_("两项合计为100%"))

    def shares(self) -> Shares:
        city, district = (int(share * 10_000) for share in (self.city.data, self.district.data))
        return Shares(self.budget_line.data or "", city, district)


class ChangeForm(_Proposed):
    kind = one_of(_("办理事项"), PoolChangeKind, POOL_CHANGES, radio=True, validators=[DataRequired(REQUIRED)])
