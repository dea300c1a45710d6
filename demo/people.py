"""Names and numbers. All invented: identity numbers and company codes carry the region 319900, which GB/T 2260 does not
assign, so they pass their check characters and belong to nobody."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from core.services.identifiers import id_check_character, uscc_check_character

NOWHERE = "319900"


def _pairs(text: str) -> list[str]:
    """A text cut into words of two characters."""
    return [text[at : at + 2] for at in range(0, len(text), 2)]


_FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余"
    "叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆"
)
_GIVEN = _pairs(
    "一诺子墨雨桐思远嘉树清越明轩若溪书瑶景行知夏云帆向阳安然晓岚文博静姝浩然立群婉清逸飞梓涵志远晨曦可欣俊杰"
    "佳怡天佑海波国栋秀英建华丽萍振宇春晖秋实冬梅夏禾凌霄望舒怀瑾若谷修远致远博雅思齐乐山慕白"
)
# Characters that a font, a code page or a careless program loses.
RARE = ("苏喆", "马堃", "林玥", "龙䶮", "朱祎喆", "章䶮之", "欧阳堃", "沈玥彤")
_BRANDS = _pairs(
    "青禾云岫启明拾光知微远山星垣澄海木铎惟新观澜竹里朗月海棠磐石听涛飞鸢若水行舟汇流栖梧长庚南枝西林北斗东篱"
    "晨星暮云千帆百川九章六合三省初心沐风临渊凌云采薇蒹葭子衿维桢明德格物致知思源力行博约弘毅经纬乾元坤厚震泽"
    "巽风坎流离光艮石兑悦同创众智合力微澜细雨春泥秋水夏木冬青金石银杏铜雀锦绣玉衡珠玑翠微丹霞紫电白露黑曜赤羽"
    "橙光绿洲蓝桥靛青素问灵枢本草伯仲叔季元亨利贞安和平川宁远静水深流高岭厚土疾风劲草繁星皓月晴川历历芳草萋萋"
    "烟波江上鹦鹉黄鹤白云悠悠故人孤帆碧空天际两岸猿声轻舟万重朝辞彩云还乡"
)
_TRADES = (
    ("智能科技", "信息服务业"), ("信息技术", "信息服务业"), ("网络科技", "信息服务业"), ("数据服务", "信息服务业"),
    ("生物科技", "生物医药"), ("医疗科技", "生物医药"), ("新能源科技", "新能源"), ("环保科技", "节能环保"),
    ("文化创意", "文化创意"), ("设计咨询", "专业服务业"), ("检测技术", "专业服务业"), ("机器人", "智能制造"),
)  # fmt: skip


@dataclass(slots=True)
class Person:
    """``household`` in the words of the spreadsheet; None is not known."""

    name: str
    number: str
    household: str | None = "本区"
    document: str = "居民身份证"


@dataclass(slots=True)
class Register:
    """Hands out people and companies, each once, the same for the same seed."""

    seed: int
    rng: random.Random = field(init=False)
    _names: set[str] = field(default_factory=set)
    _people: int = 0
    _companies: int = 0  # a second register begins elsewhere, so that no number is given twice

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def person(
        self, household: str | None = "本区", *, name: str | None = None, document: str = "居民身份证"
    ) -> Person:
        self._people += 1
        while name is None or name in self._names:
            name = self.rng.choice(_FAMILY) + self.rng.choice(_GIVEN)
        self._names.add(name)
        born = date(1982, 1, 1) + timedelta(days=self.rng.randrange(8_000))
        place = {"居民身份证": NOWHERE, "港澳台居民居住证": "810000"}.get(document)
        if place is None:
            return Person(name, f"X{self._people:08d}", household, document)
        if place != NOWHERE:
            born = date(1900, 1, 1)  # nobody alive
        body = f"{place}{born:%Y%m%d}{self._people % 1000:03d}"
        return Person(name, body + id_check_character(body), household, document)

    def company(self, form: str) -> tuple[str, str, str]:
        """Name, 统一社会信用代码 and industry of a new company."""
        self._companies += 1
        brand = self._brand()
        trade, industry = self.rng.choice(_TRADES)
        ending = {
            "公司": "有限公司",
            "个体工商户": "工作室",
            "合伙企业": "合伙企业（有限合伙）",
            "个人独资企业": "中心",
            "农民合作社": "专业合作社",
            "民办非企业单位": "服务中心",
        }[form]
        kind = {"个体工商户": "92", "农民合作社": "93", "民办非企业单位": "52"}.get(form, "91")
        body = f"{kind}{NOWHERE}MADEM{self._companies:04d}"
        return f"上海{brand}（示例）{trade}{ending}", body + uscc_check_character(body), industry

    def team(self) -> tuple[str, str]:
        """Name and industry of a project that is not registered yet."""
        self._companies += 1
        trade, industry = self.rng.choice(_TRADES)
        return f"{self._brand()}{trade}项目（示例）", industry

    def _brand(self) -> str:
        """One word; two where there are more companies than words."""
        again, word = divmod(self._companies - 1, len(_BRANDS))
        return _BRANDS[word] + (_BRANDS[(word + 37 * again) % len(_BRANDS)] if again else "")


def code_of(kind: str, serial: str) -> str:
    """A 统一社会信用代码 for an operator."""
    body = f"{kind}{NOWHERE}{serial}"
    return body + uscc_check_character(body)
