"""Forms of 公示 and 异议."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from core.services.objections import LONGEST
from core.web.forms.accounts import REQUIRED, DomainForm
from core.web.forms.tenants import text


class ObjectionForm(DomainForm):
    """From anybody. `place` is the row objected to."""

    place = SelectField(_("对哪一家有异议"), [DataRequired(REQUIRED)])
    statement = TextAreaField(
        _("异议内容"),
        [DataRequired(REQUIRED), Length(max=LONGEST)],
        description=_("写明对什么有异议、依据是什么。请勿填写他人的证件号码等个人信息。"),
    )
    name = text(
        _("您的姓名或单位名称"), 60, required=True, description=_("实名提出；只有核查人员能看到，不告知申请单位")
    )
    contact = text(_("手机号或邮箱"), 120, required=True)

    def offer(self, rows: Iterable[tuple[int, str]]) -> None:
        self.place.choices = [SelectChoice(str(place), name) for place, name in rows]


class ReceiptForm(DomainForm):
    code = StringField(_("回执码"), [DataRequired(REQUIRED), Length(max=40)])


class AsideForm(DomainForm):
    answer = TextAreaField(_("不予核查的理由"), [DataRequired(REQUIRED), Length(max=1000)])
