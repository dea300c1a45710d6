"""The forms of keys: proposing one, taking a proposal back or returning it, giving a key up."""

from __future__ import annotations

from pathlib import Path

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from core.data.models import KeyPurpose
from core.services.keys import material
from core.web.forms.accounts import REQUIRED, DomainForm
from core.web.forms.fields import DayField, Given

PURPOSES = {KeyPurpose.LETTERS: _("通知书签名证书"), KeyPurpose.LOG: _("日志签名密钥")}


class ProposalForm(DomainForm):
    place = SelectField(
        _("新密钥"), [DataRequired(REQUIRED)], description=_("服务器密钥目录下的子目录，里面已放好私钥和证书")
    )
    reason = TextAreaField(
        _("更换原因"), [DataRequired(REQUIRED), Length(max=400)], description=_("例如：证书将于12月到期")
    )

    def offer(self, signing: Path, known: frozenset[tuple[str, str]] = frozenset()) -> bool:
        """Offer what lies in the folders; returns whether there is anything. `known`: purpose and folder of keys that
        signed, or wait."""
        found = [
            SelectChoice(f"{purpose}:{place}", f"{place} · {PURPOSES[purpose]}")
            for purpose in KeyPurpose
            for place in material.places(signing, purpose)
            if (purpose, place) not in known
        ]
        self.place.choices = [SelectChoice("", gettext("请选择")), *found]
        return bool(found)

    def chosen(self) -> tuple[KeyPurpose, str]:
        purpose, _colon, place = str(self.place.data).partition(":")
        return KeyPurpose(purpose), place


class WithdrawalForm(DomainForm):
    why = TextAreaField(_("原因"), [Length(max=400)], description=_("不是本人提出的必须填写，提出人会看到"))


class RetirementForm(DomainForm):
    cause = RadioField(
        _("情况"),
        [DataRequired(REQUIRED)],
        choices=[
            SelectChoice("lost", _("遗失：没有人再有这个密钥")),
            SelectChoice("compromised", _("泄露：别人有或可能有这个密钥")),
        ],
    )
    since = DayField(_("自哪天起"), [Given()], description=_("泄露的，这一天之前签出且有日志或时间戳证明的仍然有效"))
    why = TextAreaField(_("说明"), [DataRequired(REQUIRED), Length(max=400)], description=_("何时何地如何发现"))
