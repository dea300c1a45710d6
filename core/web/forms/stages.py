"""The forms of stages: a move, a correction of the record, an operator's own criteria."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, MultipleFileField, RadioField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core.data.models import Stage
from core.services.stages import Decider
from core.web.forms.accounts import REQUIRED, DomainForm
from core.web.forms.fields import DayField
from core.web.forms.tenants import text

PEOPLE = ("decider", "duty"), ("decider_2", "duty_2"), ("decider_3", "duty_3")


class DecidedForm(DomainForm):
    """By whom, and why."""

    decider = text(_("决定人"), 60, required=True)
    duty = text(_("职务"), 60, required=True)
    decider_2 = text(_("第二位决定人"), 60)
    duty_2 = text(_("第二位的职务"), 60)
    decider_3 = text(_("第三位决定人"), 60)
    duty_3 = text(_("第三位的职务"), 60)
    reason = TextAreaField(
        _("原因"), [Optional(), Length(max=400)], filters=[lambda value: (value or "").strip() or None]
    )

    def deciders(self) -> list[Decider]:
        return [Decider(self[name].data or "", self[duty].data or "") for name, duty in PEOPLE]

    def say(self, error: Any) -> None:
        """The stages speak of deciders; here the one that is missing is a field of its own."""
        if error.field == "deciders":
            error.field = "decider_2" if self.decider.data and self.duty.data else "decider"
        super().say(error)


class MoveForm(DecidedForm):
    """`kept` are papers sent with an earlier round of this form, `picked` those of the tenant's file."""

    seen = HiddenField()
    to = RadioField(_("转入阶段"), coerce=Stage)
    on = DayField(_("变动日期"), [InputRequired(REQUIRED)])
    evidence = MultipleFileField(_("上传依据材料"))
    titles = TextAreaField(
        _("依据材料名称"),
        [Optional(), Length(max=1000)],
        description=_("没有电子件的，写明材料名称，每行一份，例如：2026年第6次评审会纪要"),
    )
    picked = SelectMultipleField(
        _("选用档案中的材料"), coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    kept = SelectMultipleField(
        _("已上传的依据材料"), coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )

    def named(self) -> list[str]:
        return [line.strip() for line in (self.titles.data or "").splitlines() if line.strip()]


class CorrectionForm(DecidedForm):
    """The stretches themselves are rows beside it: `stage-N` and `on-N` (`core.web.views.stages`)."""

    seen = HiddenField()
    titles = TextAreaField(_("依据材料名称"), [Optional(), Length(max=1000)], description=_("选填，每行一份"))

    def named(self) -> list[str]:
        return [line.strip() for line in (self.titles.data or "").splitlines() if line.strip()]


class OwnCriterionForm(DomainForm):
    """A value of an operator's own from a day on; none: the criterion is no longer asked."""

    value = text(_("新的值"), 80, description=_("留空表示不再要求"))
    from_on = DayField(_("自何日起"), [InputRequired(REQUIRED)])
    source = text(_("依据"), 200, required=True, description=_("例如：总经理办公会2026年第12次会议"))


def beginnings(given: Any) -> tuple[list[dict[str, str]], list[tuple[Stage, date]], str | None]:
    """The stretches as typed, what they mean, and what is wrong with them, from a form's `stage-N` and `on-N`."""
    typed: list[dict[str, str]] = []
    for number in range(40):
        if f"stage-{number}" not in given:
            break
        typed.append({"stage": given[f"stage-{number}"], "on": given.get(f"on-{number}", "").strip()})
    meant: list[tuple[Stage, date]] = []
    for row in typed:
        if not row["stage"]:
            continue
        try:
            meant.append((Stage(row["stage"]), date.fromisoformat(row["on"])))
        except ValueError:
            return typed, [], str(_("日期不存在，请按2026-03-01的样式填写"))
    return typed, sorted(meant, key=_day), None


def _day(begun: Sequence[Any]) -> date:
    day: date = begun[1]
    return day
