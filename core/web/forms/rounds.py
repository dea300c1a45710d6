"""The forms of rounds. What they mean is checked by the services."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import SelectField
from wtforms.validators import DataRequired, InputRequired

from core.data.models import WishKind
from core.web import words
from core.web.forms.accounts import REQUIRED, DomainForm, select
from core.web.forms.fields import one_of
from core.web.forms.tenants import text


class OpenForm(DomainForm):
    policy = SelectField(_("政策"), [DataRequired(REQUIRED)])
    name = text(_("名称"), 60, description=_("留空则以本月命名"))


class WishForm(DomainForm):
    case_id = select(_("申请企业"))
    offer_ref = SelectField(_("导师"), [DataRequired(REQUIRED)])
    kind = one_of(_("怎么办"), WishKind, words.WISH_KINDS, radio=True, validators=[InputRequired(REQUIRED)])
    reason = text(_("理由"), 200, required=True)
