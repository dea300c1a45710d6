"""Forms about limits, who has a case, orders and the calendar. What they mean is checked by the services."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from core.services import clocks, green_lane
from core.web.forms.accounts import DomainForm, select
from core.web.forms.fields import Given

WORDS = [Given(), Length(max=400)]


def _codes(words: dict[str, str]) -> list[SelectChoice]:
    return [SelectChoice("", ""), *(SelectChoice(code, gettext(word)) for code, word in words.items())]


class PauseForm(DomainForm):
    reason = SelectField(_("理由"), [Given(_("请选择暂停的理由"))], validate_choice=False)
    note = TextAreaField(
        _("说明"), WORDS, description=_("等什么、预计多久。工作人员看得到；申请人只看到理由和起始日期")
    )

    def offer(self) -> PauseForm:
        self.reason.choices = _codes({code.value: name.staff for code, name in clocks.PAUSE_REASONS.items()})
        return self


class GreenForm(DomainForm):
    reason = SelectField(_("理由"), [Given(_("请选择进入绿色通道的理由"))], validate_choice=False)
    note = TextAreaField(_("说明"), WORDS, description=_("具体情况和依据，例如会议纪要、项目名称"))

    def offer(self) -> GreenForm:
        self.reason.choices = _codes({code.value: word for code, word in green_lane.REASONS.items()})
        return self


class WhyForm(DomainForm):
    reason = TextAreaField(_("原因"), WORDS)


class GiveForm(DomainForm):
    user_id = select(_("分派给"))


class OrderForm(DomainForm):
    text = TextAreaField(_("督办要求"), WORDS, description=_("写明要办什么，对方会回复"))
    wanted_on = DateField(_("要求办结日期"), [Given()])


class AnswerForm(DomainForm):
    answer = TextAreaField(_("回复"), WORDS, description=_("进展、原因和预计办结日期；只能回复一次"))


class DaysForm(DomainForm):
    """Read from the query string first, so that what it would change can be looked at."""

    first = DateField(_("从"), [Given()])
    last = DateField(_("到"), [Optional()], description=_("只有一天可以不填，一次最多31天"))
    working = RadioField(
        _("这些天"), [Given()], choices=[SelectChoice("no", _("不上班")), SelectChoice("yes", _("上班"))], default="no"
    )
    note = StringField(_("说明"), [Given(), Length(max=120)], description=_("例如：台风停工，市政府通知第12号"))
