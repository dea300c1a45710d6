"""The forms of parameter drafts. A draft's rows are forms of their own, `rows-0-name` and so on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Form, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from core.services.parameters.rows import FIELDS, MAX_ROWS, UNITS, Problem
from core.web.errors import sentence
from core.web.forms.accounts import DomainForm

STATUSES = {"verified": _("已核实"), "secondary": _("二手来源"), "demonstration": _("演示值")}


class RowForm(Form):
    """One value as typed. What it means, and what is wrong with it, is said by the services."""

    name = SelectField(_("参数"), validate_choice=False)
    value = StringField(_("数值"))
    ended = BooleanField(_("从这一天起不再有值"), false_values=("", None))
    start = StringField(_("自何日起"))
    source = StringField(_("出处"), description=_("文件名称、文号和条款"))
    status = SelectField(
        _("可信程度"),
        choices=[SelectChoice("", ""), *(SelectChoice(code, word) for code, word in STATUSES.items())],
        validate_choice=False,
    )
    checked_on = StringField(_("查证日期"))

    def say(self, problem: Problem) -> None:
        field = self[_to_form(problem.field)]
        field.errors = [*field.errors, sentence(problem.error)]


class DraftForm(DomainForm):
    version = HiddenField()
    note = StringField(
        _("说明"), [Optional(), Length(max=400)], description=_("为什么要改，例如：区办公会2026年第12次会议决定")
    )
    correction = TextAreaField(
        _("更正原因"),
        [Optional(), Length(max=400)],
        description=_("只有当某个值从今天以前开始时才填。公布后，已核定的申请件不变，在办的会改变，并会列给公布人看。"),
    )


def row_forms(
    rows: Sequence[Mapping[str, str]], choices: Sequence[tuple[str, str]], problems: Sequence[Problem] = ()
) -> list[RowForm]:
    """The rows of a draft as forms, each with what is wrong with it; a row not begun yet is left in peace."""
    forms = []
    for number, row in enumerate(rows):
        data = {_to_form(name): row[name] for name in FIELDS} | {"ended": bool(row["ended"])}
        form = RowForm(prefix=f"rows-{number}-", data=data)
        form["name"].choices = [SelectChoice("", ""), *(SelectChoice(code, word) for code, word in choices)]  # type: ignore[attr-defined]
        if any(row[name] for name in ("value", "ended", "from", "source", "status")):
            for problem in problems:
                if problem.row == number:
                    form.say(problem)
        forms.append(form)
    return forms


def sent_rows() -> list[dict[str, str]]:
    """The rows of a posted draft, as typed, in order."""
    found = []
    for number in range(MAX_ROWS + 1):
        prefix = f"rows-{number}-"
        if f"{prefix}name" not in request.form:
            break
        found.append({name: request.form.get(prefix + _to_form(name), "") for name in FIELDS})
    return found


def _to_form(name: str) -> str:
    """`from` is no name for an attribute."""
    return "start" if name == "from" else name


def unit_word(unit: str) -> str:
    word = UNITS[unit]
    return gettext(word) if word not in ("", "%") else word


def choices_of(titles: Mapping[str, Any], units: Mapping[str, str]) -> list[tuple[str, str]]:
    """The parameters of a policy as choices: title and, in brackets, what is typed."""
    found = []
    for name, title in titles.items():
        unit = unit_word(units[name])
        found.append((name, f"{title}（{unit}）" if unit else str(title)))
    return found
