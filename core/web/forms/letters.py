"""Forms of the auditors' letters."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from core.data.models import IdType
from core.web import words
from core.web.forms.accounts import REQUIRED, DomainForm
from core.web.forms.fields import one_of


class PersonForm(DomainForm):
    id_type = one_of(
        _("证件类型"), IdType, words.ID_TYPES, validators=[DataRequired(REQUIRED)], default=IdType.RESIDENT.value
    )
    id_number = StringField(
        _("证件号码"),
        [DataRequired(REQUIRED), Length(max=40)],
        description=_("号码不进入网址，查找一次记一条日志"),
        render_kw={"autocomplete": "off"},
    )
