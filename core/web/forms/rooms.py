"""The forms of bookings, of what rooms allow, and of events. What they mean is checked by the services."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import SelectField, TextAreaField, TimeField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from core import SHANGHAI
from core.data.models import EventKind
from core.services.bookings.hours import SLOTS, Hours
from core.web.forms.accounts import REQUIRED, DomainForm, select
from core.web.forms.fields import CountField, DayField, Given, one_of
from core.web.forms.tenants import text
from core.web.views import room_words


class ClockField(TimeField):
    """A time of day. What is not one is told in our own sentence."""

    def process_formdata(self, valuelist: Any) -> None:
        if valuelist and not "".join(valuelist).strip():
            self.data = None
            return
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(_("时间请按14:30的样式填写"))) from error

    @property
    def minutes(self) -> int:
        """Minutes since midnight."""
        return int(self.data.hour * 60 + self.data.minute)


def time_of(minutes: int) -> time:
    """A minute of the day as a form shows it; the midnight that ends a day is the last minute."""
    return time(23, 59) if minutes >= 24 * 60 else time(minutes // 60, minutes % 60)


class BookingForm(DomainForm):
    space_id = SelectField(_("会议室"), coerce=lambda v: int(v) if v else None, validators=[InputRequired(REQUIRED)])
    day = DayField(_("日期"), [Given()])
    at = ClockField(_("开始"), [Given()])
    until = ClockField(_("结束"), [Given()])
    title = text(_("用途"), 120, required=True, description=_("如“周会”“客户来访”；只有自己和运营机构看得到"))
    tenant_id = select(_("为谁预订"), description=_("运营机构自己用的不选"))
    over_reason = text(_("超出免费时长的原因"), 200, description=_("在免费时长以内不用填"))


class HoursForm(DomainForm):
    opens = ClockField(_("开放"), [Given()])
    closes = ClockField(_("关闭"), [Given()], description=_("23:59表示到零点"))
    slot = SelectField(
        _("每格"), choices=[SelectChoice(str(n), _("%(n)s分钟", n=n)) for n in SLOTS], coerce=int, default=30
    )
    days_ahead = CountField(_("可提前"), [Given()])

    @property
    def hours(self) -> Hours:
        closes = self.closes.minutes
        return Hours(
            self.opens.minutes, 24 * 60 if closes == 24 * 60 - 1 else closes, self.slot.data, self.days_ahead.data or 0
        )


class QuotaForm(DomainForm):
    per_sqm = CountField(_("每租"), [Optional()])
    hours = CountField(_("每月免费"), [Optional()])


class EventForm(DomainForm):
    title = text(_("活动名称"), 120, required=True)
    kind = one_of(_("类型"), EventKind, room_words.EVENT_KINDS, radio=True, validators=[InputRequired(REQUIRED)])
    site_id = SelectField(_("载体"), coerce=lambda v: int(v) if v else None, validators=[InputRequired(REQUIRED)])
    place = text(_("地点"), 120, description=_("如“三楼路演厅”"))
    on = DayField(_("日期"), [Given()])
    starts = ClockField(_("开始"), [Given()])
    ends = ClockField(_("结束"), [Given()])
    capacity = CountField(_("名额"), [Given()])
    description = TextAreaField(
        _("介绍"), [Optional(), Length(max=4000)], render_kw={"rows": 6, "maxlength": 4000},
        description=_("谁来讲、讲什么、适合谁参加"),
    )  # fmt: skip

    def values(self) -> dict[str, Any]:
        return {
            "kind": self.kind.data,
            "title": self.title.data or "",
            "starts_at": datetime.combine(self.on.data, self.starts.data, SHANGHAI),
            "ends_at": datetime.combine(self.on.data, self.ends.data, SHANGHAI),
            "capacity": self.capacity.data or 0,
            "place": self.place.data,
            "description": self.description.data,
        }


class RegisterForm(DomainForm):
    tenant_id = select(_("企业"))
    people = CountField(_("人数"), [Given()], default=1)


class CallOffForm(DomainForm):
    reason = text(_("取消的原因"), 200, required=True, description=_("报名的企业会看到"))
