"""Forms of 补发."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from core.data.models import ReplacementCause
from core.web import words
from core.web.forms.accounts import REQUIRED, DomainForm
from core.web.forms.fields import one_of


class ReplacementForm(DomainForm):
    cause = one_of(_("情形"), ReplacementCause, words.REPLACEMENTS, radio=True, validators=[DataRequired(REQUIRED)])
    reason = TextAreaField(
        _("理由"),
        [DataRequired(REQUIRED), Length(max=400)],
        description=_("错在哪里、应为什么，或遗失的经过；单位名称有误的，先在企业档案中更正"),
    )


class ReplacementOpinionForm(DomainForm):
    opinion = TextAreaField(_("意见"), [Length(max=400)], description=_("不同意的，须写明理由"))
