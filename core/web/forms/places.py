"""The forms about places. What the values mean is checked by the services."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from core.data.models import PriceUnit, RecognitionLevel, SiteKind, SiteOwnership, SpaceKind, SpaceStatus
from core.services.imports.problems import CellError
from core.services.imports.values import to_decimal
from core.services.spaces import SAID
from core.web.forms.accounts import REQUIRED, DomainForm
from core.web.forms.fields import CountField, DayField, SquareMetresField, TypedField, YuanField, one_of
from core.web.views import place_words as words


def text(label: Any, longest: int, *, required: bool = False, **more: Any) -> StringField:
    """One line, trimmed; empty is an empty text."""
    return StringField(
        label,
        [InputRequired(REQUIRED) if required else Optional(), Length(max=longest, message=_("不能超过%(max)d个字"))],
        filters=[lambda value: " ".join((value or "").split())],
        **more,
    )


class PercentField(TypedField):
    """A share: percent on the page, a Decimal between 0 and 1 in `data`."""

    def read(self, text: str) -> Decimal:
        share = to_decimal(text.strip().removesuffix("%").removesuffix("％")) / 100
        if not 0 <= share <= 1:
            raise CellError(_("占比应在0到100之间。"), _("请填写百分数，例如45。"))
        return share.quantize(Decimal("0.0001"))

    def written(self, value: Decimal) -> str:
        return f"{(value * 100).normalize():f}"


def count(label: Any, **more: Any) -> CountField:
    return CountField(label, [Optional(), NumberRange(0, message=_("不能为负数"))], **more)


class PlaceForm(DomainForm):
    def values(self) -> dict[str, Any]:
        """What was typed, by the names of the columns; an empty text is not known."""
        return {
            name: (None if field.data == "" else field.data)
            for name, field in self._fields.items()
            if name not in ("csrf_token", "file")
        }


class SiteForm(PlaceForm):
    name = text(_("名称"), 120, required=True)
    kind = one_of(_("类型"), SiteKind, words.SITE_KINDS)
    address = text(_("地址"), 200, required=True)
    region = StringField(
        _("行政区划代码"),
        [InputRequired(REQUIRED), Regexp(r"\d{6}$", message=_("行政区划代码是6位数字，例如310109"))],
        filters=[lambda value: (value or "").strip()],
        description=_("GB/T 2260的6位数字，例如虹口区是310109"),
    )
    ownership = one_of(_("场地来源"), SiteOwnership, words.OWNERSHIPS)
    floor_area_cm2 = SquareMetresField(_("建筑面积"), [InputRequired(REQUIRED)])
    incubation_area_cm2 = SquareMetresField(_("孵化面积"), [Optional()], description=_("在孵企业使用的面积"))
    public_area_cm2 = SquareMetresField(
        _("公共服务面积"), [Optional()], description=_("共享会议室、路演厅、实验平台等")
    )
    private_capital = PercentField(_("社会资本占比"), [Optional()])
    opened_on = DayField(_("开业日期"), [Optional()])
    recognition_level = one_of(_("认定级别"), RecognitionLevel, words.LEVELS, empty=_("未知"))
    recognition = text(_("认定名称"), 80, description=_("与牌匾一致，例如“国家级科技企业孵化器”"))
    recognised_on = DayField(_("认定日期"), [Optional()])
    fund_fen = YuanField(_("孵化资金"), [Optional()], description=_("自有种子资金或合作的孵化资金合计"))
    staff_count = count(_("工作人员"))
    professional_staff_count = count(_("其中专业孵化服务人员"))
    mentor_count = count(_("创业导师"), description=_("导师库里有登记的，以导师库为准"))
    yearly_event_count = count(_("每年创业活动"))


class FloorForm(PlaceForm):
    building = text(_("楼栋"), 60, description=_("只有一栋楼时可以不填"))
    name = text(_("楼层"), 20, required=True, description=_("例如3F、B1"))
    level = CountField(
        _("层次"),
        [InputRequired(REQUIRED), NumberRange(-20, 200, message=_("层次应在-20到200之间"))],
        description=_("用来排列楼层：3层填3，地下一层填-1"),
    )

    def values(self) -> dict[str, Any]:
        return {"building": self.building.data or "", "name": self.name.data, "level": self.level.data}


class SpaceForm(PlaceForm):
    code = text(_("编号"), 40, required=True, description=_("与门牌一致，例如A-301"))
    kind = one_of(_("类型"), SpaceKind, words.SPACE_KINDS)
    floor_id = SelectField(_("楼层"), [Optional()], coerce=lambda value: int(value) if value else None)
    area_cm2 = SquareMetresField(_("面积"), [InputRequired(REQUIRED)])
    capacity = count(_("容纳人数"))
    list_price_fen = YuanField(_("挂牌价"), [Optional()])
    price_unit = one_of(_("计价单位"), PriceUnit, words.PRICE_UNITS, empty=_("不计价"))
    independent = BooleanField(
        _("独立场地"), default=True, description=_("有门有墙、单独使用的房间；共享工位不是，补贴规则会用到")
    )


class StatusForm(DomainForm):
    status = one_of(_("状态"), SpaceStatus, {s: words.STATES[s] for s in SAID}, radio=True, default=SpaceStatus.VACANT)


class PaperForm(DomainForm):
    number = text(_("编号"), 80, description=_("证号、合同号或文号"))
    dated_on = DayField(_("签发日期"), [Optional()])
    valid_until = DayField(_("有效期至"), [Optional()])
    file = FileField(_("扫描件"), description=_("PDF、JPG或PNG，不超过20MB；不选则保留原来的文件"))


class PictureForm(DomainForm):
    """A photograph, or the picture of a plan."""

    file = FileField(_("图片"), [InputRequired(_("请先选择图片"))])
    caption = text(_("说明"), 120)
