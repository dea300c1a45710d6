"""What the start-up grant asks beside the dossier. Both languages of each label are in policy.yaml, under answers."""

from __future__ import annotations

from wtforms import BooleanField, Form, TextAreaField
from wtforms.validators import InputRequired, Length


class StartupGrantForm(Form):
    """No rule reads these answers: they are for the desks and the file."""

    truthful = BooleanField(
        "本单位承诺所填内容和所附材料真实有效，如有虚假，愿退还资金并承担相应责任",
        validators=[InputRequired("请勾选承诺后再提交")],
    )
    only_once = BooleanField(
        "创业者本人此前未在本市任何区领取过首次创业补贴",
        validators=[InputRequired("请确认后再提交；已领取过的不能再次申请")],
    )
    project_note = TextAreaField(
        "创业项目简介",
        validators=[Length(max=500, message="请控制在 500 字以内，更多内容请作为附件上传")],
    )
