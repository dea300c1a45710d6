"""A policy's own questions as a form, made from the `answers` of its policy.yaml where it brings no form class: so that
a third party's policy asks what it wants, and none of its code runs here."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import DateInput

from core.policy import Card
from core.policy.card import Question
from core.web.forms.fields import CountField, Given, yes_no
from core.web.templating import bilingual


def questions_of(card: Card) -> BaseForm | None:
    """The form, not filled yet; None where nothing is asked."""
    if not card.answers:
        return None
    return BaseForm({name: _field(question) for name, question in card.answers.items()}, prefix="answers-")


def _field(question: Question) -> Any:
    label = bilingual(question.label)
    more = {"description": bilingual(question.help) if question.help else ""}
    need = [Given()] if question.required else [Optional()]
    match question.kind:
        case "confirm":
            return BooleanField(label, [InputRequired(_("请勾选后再提交"))], **more)
        case "yes_no":
            return yes_no(label, **more)
        case "number":
            return CountField(label, need, **more)
        case "date":
            return StringField(label, [*need, _is_day], widget=DateInput(), **more)
        case "choice":
            options = [SelectChoice(code, bilingual(text)) for code, text in question.choices.items()]
            return RadioField(label, need, choices=options, validate_choice=True, **more)
        case "long_text":
            return TextAreaField(label, [*need, Length(max=2000, message=_("请控制在2000字以内"))], **more)
        case _:
            return StringField(label, [*need, Length(max=200, message=_("请控制在200字以内"))], **more)


def _is_day(form: BaseForm, field: StringField) -> None:
    try:
        date.fromisoformat(field.data or "")
    except ValueError:
        raise ValidationError(str(_("日期不存在，请按2026-03-01的样式填写"))) from None
