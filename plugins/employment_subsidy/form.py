"""What the subsidy asks beside the dossier. Both languages of each label are in policy.yaml, under answers."""

from __future__ import annotations

from wtforms import BooleanField, Form, TextAreaField
from wtforms.validators import InputRequired, Length


class EmploymentSubsidyForm(Form):
    """No rule reads these answers: they are for the desks and the file."""

    truthful = BooleanField(
        "本单位承诺所填内容和所附材料真实有效，如有虚假，愿退还补贴并承担相应责任",
        validators=[InputRequired("请勾选承诺后再提交")],
    )
    other_support = BooleanField("名册中有人员的社会保险费已申请或将申请其他财政补贴")
    staff_note = TextAreaField(
        "人员情况说明",
        validators=[Length(max=500, message="请控制在 500 字以内，更多内容请写成情况说明上传")],
    )
