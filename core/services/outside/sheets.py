"""The columns of the lists, by the headings that authorities use. Names have no column: they are not kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _

from core.data.models import IdType, OutsideKind
from core.services.imports import kinds as k
from core.services.imports.records import Record
from core.services.imports.schema import Column, Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMonths(Record):
    """A person in some months."""

    number: str
    id_type: IdType | None
    months: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSince(Record):
    """A person from a day on."""

    number: str
    id_type: IdType | None
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanySince(Record):
    """A company from a day on."""

    uscc: str
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidMonths(Record):
    """A person or a company that was paid for some months."""

    number: str | None
    id_type: IdType | None
    uscc: str | None
    months: tuple[str, ...]
    amount_fen: int | None


_NUMBERS = (
    "身份证号", "身份证号码", "公民身份号码", "居民身份证号码", "居民身份证号", "证件号", "公民身份证号码",
    "社会保障号码", "社会保障号", "个人社会保障号",
)  # fmt: skip
_CODES = ("信用代码", "社会信用代码", "税号", "企业信用代码", "单位信用代码", "统一代码")
_ID_TYPE = k.choice(
    {
        "居民身份证": IdType.RESIDENT,
        "港澳台居民居住证": IdType.HK_MO_TW,
        "护照": IdType.PASSPORT,
        "外国人永久居留身份证": IdType.FOREIGN_PERMANENT,
    },
    {"身份证": IdType.RESIDENT},
)
_KEPT = _("读入时即换成盲索引，号码不保存。")


def _number(*, required: bool = True) -> Column:
    return Column(
        "number", "证件号码", k.PERSON_NUMBER, required, _NUMBERS, _KEPT, example="31010919900101003X", sensitive=True
    )


def _type() -> Column:
    return Column("id_type", "证件类型", _ID_TYPE, False, ("证照类型",), _("不填的按居民身份证。"), "居民身份证")


def _code(*, required: bool = True) -> Column:
    return Column(
        "uscc", "统一社会信用代码", k.USCC, required, _CODES, _KEPT, example="91310109MA1G5XY15Q", sensitive=True
    )


def _months(header: str, *aliases: str) -> Column:
    return Column("months", header, k.MONTHS, True, aliases, example="2026-01至2026-03")


def _since(header: str, *aliases: str) -> Column:
    return Column("since", header, k.DATE, True, aliases, example="2026-03-01")


SHEETS: Mapping[OutsideKind, Sheet] = {
    OutsideKind.UNEMPLOYMENT: Sheet(
        "outside_unemployment", "领取失业金名单", PersonMonths, natural_key=(), least=2,
        aliases=("失业金", "失业保险金", "失业保险金发放名单"), help=_("每人一行，写明领取的月份。"),
        columns=(_number(), _type(), _months("领取月份", "月份", "发放月份", "所属月份", "待遇月份", "领取期间")),
    ),
    OutsideKind.RETIRED: Sheet(
        "outside_retired", "已退休名单", PersonSince, natural_key=(), least=2, aliases=("退休人员", "退休人员名单"),
        help=_("每人一行，写明退休日期。"),
        columns=(_number(), _type(), _since("退休日期", "退休时间", "待遇享受日期", "养老待遇开始日期")),
    ),
    OutsideKind.DECEASED: Sheet(
        "outside_deceased", "死亡名单", PersonSince, natural_key=(), least=2, aliases=("死亡人员", "死亡人员名单"),
        help=_("每人一行，写明死亡日期。"), columns=(_number(), _type(), _since("死亡日期", "死亡时间")),
    ),
    OutsideKind.DEREGISTERED: Sheet(
        "outside_deregistered", "注销吊销名单", CompanySince, natural_key=(), least=2,
        aliases=("注销企业", "吊销企业", "注销吊销企业名单"), help=_("每家企业一行，写明注销或吊销的日期。"),
        columns=(_code(), _since("注销或吊销日期", "注销日期", "吊销日期", "核准日期", "注销吊销日期")),
    ),
    OutsideKind.PAID_ELSEWHERE: Sheet(
        "outside_paid", "外区已补贴名单", PaidMonths, natural_key=(), least=2, aliases=("外区补贴", "已补贴名单"),
        help=_("每人或每家企业一行，写明补贴所属的月份和金额。"),
        columns=(
            _number(required=False), _type(), _code(required=False),
            _months("补贴月份", "月份", "补贴期间", "所属月份", "所属期", "补贴所属期"),
            Column("amount_fen", "补贴金额（元）", k.MONEY, False, ("金额", "补贴金额", "发放金额"), example=3600),
        ),
    ),
}  # fmt: skip
