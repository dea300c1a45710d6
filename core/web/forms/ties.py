"""Forms of 回避."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from core.data.models import IdType, Relation
from core.web import words
from core.web.forms.accounts import REQUIRED, DomainForm
from core.web.forms.fields import one_of
from core.web.forms.tenants import text


class DeclareForm(DomainForm):
    tenant = text(_("企业或团队"), 120, required=True, description=_("名称全称，或统一社会信用代码"))
    relation = one_of(_("关系"), Relation, words.RELATIONS, validators=[DataRequired(REQUIRED)])
    note = text(_("说明"), 200, required=True, description=_("例如“配偶为该公司股东”"))


class IdentityForm(DomainForm):
    id_type = one_of(_("证件类型"), IdType, words.ID_TYPES, validators=[DataRequired(REQUIRED)])
    id_number = StringField(_("证件号码"), [DataRequired(REQUIRED), Length(max=40)])


class WaiverForm(DomainForm):
    reason = TextAreaField(_("为什么须由您办理"), [DataRequired(REQUIRED), Length(max=400)])


class DecisionForm(DomainForm):
    opinion = TextAreaField(_("理由"), [DataRequired(REQUIRED), Length(max=400)])
