"""The sheet of mentors."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core.data.models.mentors import Appointer, MentorKind
from core.services.imports import kinds as k
from core.services.imports.records import MentorRecord
from core.services.imports.schema import Column, Sheet
from core.services.mentor_words import LANGUAGES

MENTORS = Sheet(
    "mentors", "导师", MentorRecord, natural_key=("name", "organisation"), aliases=("创业导师", "导师名单", "导师库"),
    help=_("每位导师一行；同一姓名和单位是同一个人。匹配时要用领域、专长、阶段和语言，请写全。"),
    columns=(
        Column("name", "姓名", k.text(60), True, ("导师姓名", "导师"), example="顾远帆"),
        Column("kind", "导师类型", k.choice(
            {"企业家": MentorKind.ENTREPRENEUR, "投资人": MentorKind.INVESTOR, "专业顾问": MentorKind.CONSULTANT},
            {"创业者": MentorKind.ENTREPRENEUR, "投资机构": MentorKind.INVESTOR, "专家": MentorKind.CONSULTANT},
        ), True, ("类型", "导师类别"), example="企业家"),
        Column("organisation", "单位", k.text(120), False, ("工作单位", "所在单位"), example="示例软件有限公司"),
        Column("position", "职务", k.text(80), False, ("职称", "职位"), example="创始人"),
        Column("appointed_by", "聘任单位", k.choice(
            {"孵化机构": Appointer.INCUBATOR, "主管部门": Appointer.AUTHORITY, "行业协会": Appointer.ASSOCIATION},
            {"运营机构": Appointer.INCUBATOR, "协会": Appointer.ASSOCIATION},
        ), True, ("聘任方",), example="孵化机构"),
        Column("appointed_on", "聘任日期", k.DATE, True, ("聘任时间", "受聘日期"), example="2025-03-01"),
        Column("areas", "行业领域", k.words(80), True, ("领域", "擅长行业"), _("与企业表的“行业”用同样的词。"),
               "信息服务业、人工智能"),
        Column("skills", "能帮什么", k.text(1000), True, ("专长", "擅长", "服务内容"),
               _("用几句话写，匹配时与企业的需求比对。"), "企业软件定价、渠道销售、引荐天使投资人"),
        Column("languages", "语言", k.choices({word: code for code, word in LANGUAGES.items()}), True, ("辅导语言",),
               example="中文、英语"),
        Column("stages", "辅导阶段", k.choices({"苗圃": "nursery", "孵化器": "incubator", "加速器": "accelerator"}),
               True, ("服务阶段",), example="苗圃、孵化器"),
        Column("hours_per_month", "每月小时", k.WHOLE, True, ("每月可用小时",), _("所有结对企业合计。"), 6),
        Column("capacity", "最多结对数", k.WHOLE, True, ("结对上限", "最多同时结对"), example=3),
        Column("phone", "电话", k.PHONE, False, ("手机", "联系电话"), example="13800000000", sensitive=True),
        Column("email", "邮箱", k.EMAIL, False, ("电子邮箱",), example="mentor@example.com", sensitive=True),
    ),
)  # fmt: skip
