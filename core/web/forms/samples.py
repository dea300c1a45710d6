"""The forms of engagements and samples."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from core.data.models import SampleMethod
from core.services import samples
from core.services.engagements import OBJECTIVE, TITLE, Terms
from core.services.populations import BY, Range
from core.services.sampling.plans import WHOLE_BP
from core.web import sample_words as words
from core.web.forms.accounts import REQUIRED, DomainForm, select
from core.web.forms.fields import CountField, DayField, Given, YuanField, one_of, several
from core.web.forms.places import PercentField
from core.web.forms.tenants import text


class EngagementForm(DomainForm):
    title = text(_("名称"), TITLE, required=True, description=_("例如：2026年度创业扶持资金审计"))
    period_from = DayField(_("期间起"), [Given(_("请填写起始日"))])
    period_to = DayField(_("期间止"), [Given(_("请填写截止日"))])
    objective = TextAreaField(_("审计目标"), [Length(max=OBJECTIVE)], description=_("要回答什么问题；写进底稿和报告"))

    def terms(self) -> Terms:
        return Terms(self.title.data or "", self.objective.data or "", self.period_from.data, self.period_to.data)


class PlanForm(DomainForm):
    """What a sample is drawn of, and how. Read from the address too, for it only computes until it is fixed."""

    RANGE = ("policy", "operator_id", "amount_from_fen", "amount_to_fen", "standing")  # say which letters

    method = one_of(_("方法"), SampleMethod, words.METHODS, radio=True, default=SampleMethod.MONETARY_UNIT)
    policy = SelectField(_("政策"), [Optional()])
    operator_id = select(_("运营机构"))
    amount_from_fen = YuanField(_("金额自"), [Optional()])
    amount_to_fen = YuanField(_("金额至"), [Optional()])
    standing = BooleanField(_("不含已撤销的核定"))
    confidence = SelectField(
        _("置信水平"), choices=[SelectChoice(k, v) for k, v in words.CONFIDENCES.items()], default="0.95"
    )
    tolerable_fen = YuanField(_("可容忍误差"), [Optional()], description=_("总体中多支或少支合计到多少元仍可接受"))
    expected_fen = YuanField(_("预期误差"), [Optional()], description=_("根据以往审计估计；没有填0"))
    tolerable_rate = PercentField(_("可容忍差错率"), [Optional()], description=_("有差错的通知书占多少仍可接受"))
    expected_rate = PercentField(_("预期差错率"), [Optional()], description=_("根据以往审计估计；没有填0"))
    by = SelectField(_("分层依据"), [Optional()])
    size = CountField(
        _("样本量"),
        [Optional(), NumberRange(1, samples.LARGEST, message=_("样本量应在1到%(most)s之间", most=samples.LARGEST))],
        description=_("不填则按上面的条件计算"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by.choices = [SelectChoice("", ""), *(SelectChoice(key, str(_(word))) for key, word in BY.items())]

    def range(self) -> Range:
        return Range(
            self.policy.data or None,
            self.operator_id.data,
            self.amount_from_fen.data,
            self.amount_to_fen.data,
            bool(self.standing.data),
        )

    def limits(self) -> tuple[Decimal, int, int]:
        """Confidence, tolerable and expected error, as `core.services.sampling.plans.Plan` takes them."""
        confidence = Decimal(self.confidence.data)
        if self.method.data is SampleMethod.MONETARY_UNIT:
            return confidence, self.tolerable_fen.data or 0, self.expected_fen.data or 0
        rates = (self.tolerable_rate.data or Decimal(0), self.expected_rate.data or Decimal(0))
        return confidence, *(int(rate * WHOLE_BP) for rate in rates)  # type: ignore[return-value]


class SeedForm(DomainForm):
    seed = StringField(_("种子"), [DataRequired(REQUIRED), Length(max=samples.SEED)])


class CheckForm(DomainForm):
    """What was found of one letter."""

    audited_fen = YuanField(_("审定金额"), [Given(_("请填写审定金额；没有差错的，填通知书金额"))])
    note = TextAreaField(
        _("说明"),
        [Length(max=samples.NOTE)],
        description=_("与通知书金额不同，或没有与原始单据核对的必填：差在哪里，依据什么"),
    )
    steps = several(_("已做的检查"), {name: _(word) for name, word in samples.STEPS.items()})
