"""The forms of mentors, needs, pairings and sessions. What they mean is checked by the services."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import EmailField, IntegerField, RadioField, SelectField, StringField, TelField, TextAreaField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from core import SHANGHAI
from core.data.models import Appointer, MentorKind, SessionForm, TieKind
from core.services import mentors
from core.web import words
from core.web.forms.accounts import REQUIRED, DomainForm, select
from core.web.forms.fields import CountField, DayField, Given, WordsField, one_of, several
from core.web.forms.tenants import text

MINUTES = (30, 45, 60, 90, 120, 180)


class MentorForm(DomainForm):
    name = text(_("姓名"), 60, required=True)
    kind = one_of(_("导师类型"), MentorKind, words.MENTOR_KINDS, radio=True, validators=[InputRequired(REQUIRED)])
    organisation = text(_("单位"), 120)
    position = text(_("职务"), 80)
    appointed_by = one_of(_("聘任单位"), Appointer, words.APPOINTERS, radio=True, validators=[InputRequired(REQUIRED)])
    appointed_on = DayField(_("聘任日期"), [Given()])
    areas = several(_("行业领域"), validate_choice=False, description=_("与企业档案里的行业同一套词"))
    other_areas = WordsField(_("其他领域"), [Optional(), Length(max=200)], description=_("多个用顿号分开"))
    skills = TextAreaField(
        _("能帮企业做什么"),
        [DataRequired(REQUIRED), Length(max=1000)],
        render_kw={"rows": 4, "maxlength": 1000},
        description=_("用几句话写，如：帮硬件团队定价、找代工厂、见天使投资人。匹配时与企业的需求比对"),
    )
    languages = several(_("辅导语言"), words.LANGUAGES, default=["zh"])
    stages = several(_("辅导哪些阶段的企业"), words.ENTRY_STAGES, default=["nursery", "incubator"])
    hours_per_month = CountField(_("每月可用"), [Given()], default=4)
    capacity = CountField(_("最多同时结对"), [Given()], default=3)
    phone = StringField(_("电话"), [Optional(), Length(max=40)], widget=TelField.widget)
    email = EmailField(_("邮箱"), [Optional(), Length(max=120)])
    notes = TextAreaField(_("内部备注"), [Optional(), Length(max=2000)], render_kw={"rows": 3, "maxlength": 2000})

    def offer(self, known: Iterable[str]) -> None:
        """The areas to tick: those of the operator's tenants and mentors, and what is ticked already."""
        ticked = self.areas.data or []
        self.areas.choices = [SelectChoice(word, word) for word in sorted({*known, *ticked})]

    def values(self) -> dict[str, Any]:
        skipped = ("csrf_token", "other_areas")
        given = {field.short_name: field.data for field in self if field.short_name not in skipped}
        return given | {"areas": [*(self.areas.data or []), *(self.other_areas.data or [])]}


class PauseForm(DomainForm):
    until = DayField(_("暂停到"), [Optional()], description=_("含这一天；没有说好的留空，恢复时再点“恢复”"))


class EndForm(DomainForm):
    on = DayField(_("结束日期"), [Given()])
    reason = text(_("原因"), 200, required=True)


class TieForm(DomainForm):
    tenant_id = select(_("企业"))
    kind = one_of(_("关系"), TieKind, words.TIE_KINDS, validators=[DataRequired(REQUIRED)])
    note = text(_("说明"), 200, description=_("如持股比例、职务；选“其他关系”时必填"))
    from_on = DayField(_("从"), [Optional()], description=_("一直都有的留空"))
    to_on = DayField(_("到"), [Optional()], description=_("仍存在的留空"))


class PairTenantForm(DomainForm):
    """From a mentor's page."""

    tenant_id = select(_("企业"))
    starts_on = DayField(_("结对日期"), [Given()])


class PairMentorForm(DomainForm):
    """From a tenant's page."""

    mentor_id = select(_("导师"))
    starts_on = DayField(_("结对日期"), [Given()])


class NeedForm(DomainForm):
    topics = several(_("想谈的方面"), words.TOPICS)
    other_topics = WordsField(_("其他方面"), [Optional(), Length(max=100)], description=_("多个用顿号分开"))
    text = TextAreaField(
        _("具体想请导师帮什么"),
        [DataRequired(REQUIRED), Length(max=1000)],
        render_kw={"rows": 5, "maxlength": 1000},
        description=_("用自己的话写：现在卡在哪里、希望得到什么。写得越具体，匹配越准"),
    )
    languages = several(_("希望用的语言"), words.LANGUAGES, description=_("都可以的不用勾"))
    hours = CountField(_("希望每月"), [Optional()], description=_("没有要求留空"))

    def values(self) -> dict[str, Any]:
        return {
            "topics": [*(self.topics.data or []), *(self.other_topics.data or [])],
            "text": self.text.data or "",
            "languages": self.languages.data or [],
            "hours": self.hours.data,
        }


class BookForm(DomainForm):
    on = DayField(_("日期"), [Given()])
    at = TimeField(_("开始时间"), [Given()])
    minutes = SelectField(_("时长"), choices=[SelectChoice(str(n), str(n)) for n in MINUTES], coerce=int, default=60)
    form = one_of(_("方式"), SessionForm, words.SESSION_FORMS, radio=True, default=SessionForm.IN_PERSON)
    topic = text(_("想谈什么"), 120, required=True)

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.on.data, self.at.data, SHANGHAI)


class HeldForm(DomainForm):
    minutes = IntegerField(_("实际时长"), [InputRequired(REQUIRED)])
    summary = TextAreaField(
        _("辅导内容和结论"),
        [DataRequired(REQUIRED), Length(max=4000)],
        render_kw={"rows": 4, "maxlength": 4000},
        description=_("企业和运营机构都能看到"),
    )


class FeedbackForm(DomainForm):
    rating = RadioField(
        _("评分"),
        [InputRequired(REQUIRED)],
        choices=[SelectChoice(str(n), _("%(n)s分", n=n)) for n in range(mentors.BEST, mentors.WORST - 1, -1)],
        coerce=int,
        default=None,
    )
    words = text(_("想说的"), 400)
