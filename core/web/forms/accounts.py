"""Forms about people: invitations, accepting one, ending a role, leave. What they mean is checked by the services."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, EmailField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, EqualTo, Length, Optional

from core.errors import DomainError
from core.web.errors import sentence

REQUIRED = _("请填写此项")


def select(label: Any, **kwargs: Any) -> SelectField:
    """A choice of a row by its id, or of nothing."""
    return SelectField(label, coerce=lambda v: int(v) if v else None, validators=[Optional()], **kwargs)


def options(rows: Any, *, empty: Any = "") -> list[SelectChoice]:
    """(value, label) pairs as choices, after one that means nothing."""
    return [SelectChoice("", empty), *(SelectChoice(str(value), label) for value, label in rows)]


class DomainForm(FlaskForm):
    def say(self, error: DomainError) -> None:
        """Show what a service refused: at its field if the form has it, else above the form."""
        if error.field and error.field in self:
            field = self[error.field]
            field.errors = [*field.errors, sentence(error)]
        else:
            self.form_errors.append(sentence(error))

    def values(self) -> dict[str, Any]:
        """What was filled in, by field, for a service that takes just these."""
        return {field.short_name: field.data for field in self if field.short_name != "csrf_token"}


class InviteForm(DomainForm):
    """Which of the places are asked depends on who invites (`core.web.views.people`)."""

    email = EmailField(_("邮箱"), [DataRequired(REQUIRED), Length(max=255)], description=_("邀请链接发到这个邮箱"))
    role = SelectField(_("角色"), [DataRequired(REQUIRED)])
    tenant_id = select(_("企业或团队"), description=_("邀请创始人或企业成员时选择"))
    department_id = select(_("部门"), description=_("审计岗位可以不选"))
    operator_id = select(_("运营机构"), description=_("邀请运营负责人时选择"))
    district_id = select(_("区"), description=_("邀请区级管理人员时选择"))


class AcceptForm(DomainForm):
    name = StringField(_("姓名"), [DataRequired(REQUIRED), Length(max=60)])
    password = PasswordField(
        _("设置密码"),
        [DataRequired(REQUIRED)],
        description=_("至少 12 个字符，可以用一句话；不要用单位名称、姓名拼音或常见密码。"),
    )
    again = PasswordField(_("再输一遍密码"), [EqualTo("password", _("两次输入的密码不一致"))])


class ReasonForm(DomainForm):
    reason = StringField(_("原因"), [DataRequired(REQUIRED), Length(max=200)])


class LeaveForm(DomainForm):
    membership_id = select(_("委托哪个岗位"))
    to_user_id = select(_("由谁代办"), description=_("只能选本区的同事"))
    starts_on = DateField(_("从"), [DataRequired(REQUIRED)])
    ends_on = DateField(_("到"), [DataRequired(REQUIRED)], description=_("当天仍由同事代办"))
    reason = StringField(
        _("原因"), [DataRequired(REQUIRED), Length(max=200)], description=_("例如：年假、产假、外出培训")
    )
