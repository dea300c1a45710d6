"""The words that mentors and needs are described with. Codes where rules compare them; topics are Chinese words as a
tenant would say them, so that they compare with what mentors wrote about themselves."""

from __future__ import annotations

from core.data.models import Stage
from core.errors import N_

LANGUAGES = {
    "zh": N_("中文"),
    "en": N_("英语"),
    "ja": N_("日语"),
    "ko": N_("韩语"),
    "de": N_("德语"),
    "fr": N_("法语"),
    "es": N_("西班牙语"),
    "ru": N_("俄语"),
    "ar": N_("阿拉伯语"),
}
"""ISO 639-1 codes that a mentor may speak and a tenant may wish for."""

STAGES = (Stage.NURSERY, Stage.INCUBATOR, Stage.ACCELERATOR)
"""Stages that can be mentored."""

TOPICS = (
    N_("商业模式"),
    N_("产品研发"),
    N_("市场销售"),
    N_("品牌推广"),
    N_("融资"),
    N_("财税"),
    N_("法律"),
    N_("知识产权"),
    N_("人才与团队"),
    N_("政策申报"),
    N_("供应链"),
    N_("出海"),
)
"""Usual topics of a need, offered to choose from; others may be written."""
