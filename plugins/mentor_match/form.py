"""What is asked beside the tenant's need, which is on its file. Both languages of each label are in policy.yaml."""

from __future__ import annotations

from wtforms import BooleanField, Form, TextAreaField
from wtforms.validators import InputRequired, Length


class MentorMatchForm(Form):
    """No rule reads these answers: they are for the operator, and for the mentor to prepare by."""

    truthful = BooleanField(
        "本团队如实说明辅导需求，并愿意按约定参加辅导、反馈效果",
        validators=[InputRequired("请勾选承诺后再提交")],
    )
    goal = TextAreaField(
        "希望半年内通过辅导解决的问题",
        validators=[Length(max=500, message="请控制在 500 字以内，更多内容请作为附件上传")],
    )
