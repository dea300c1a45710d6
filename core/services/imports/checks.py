"""What must hold inside one row, and between the rows of one sheet. Facts of the database come later (apply)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import TypeVar

from flask_babel import lazy_gettext as _

from core.data.models.tenants import IdType, TenantKind
from core.services.identifiers import IdentifierError, Text, check_person_id
from core.services.imports.problems import Level
from core.services.imports.records import (
    FounderRecord,
    IndicatorRecord,
    InsuredRecord,
    LeaseRecord,
    Record,
    RentRecord,
    SiteRecord,
    SpaceRecord,
    TenantRecord,
)
from core.services.imports.schema import Sheet
from core.services.quarters import quarter_of


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem of a row, at the column ``key`` (None: the row as a whole)."""

    key: str | None
    message: Text
    remedy: Text
    level: Level = Level.ERROR


_FUTURE = _("请检查年份，还没有发生的不要导入。")


def _tenant(record: TenantRecord, today: date) -> Iterator[Finding]:
    is_team = record.legal_form is TenantKind.TEAM
    if is_team and record.uscc:
        yield Finding(
            "legal_form", _("有统一社会信用代码的不是未注册团队。"), _("请改填主体类型，或清空统一社会信用代码。")
        )
    if not is_team and not record.uscc:
        yield Finding("uscc", _("已注册的企业缺统一社会信用代码。"), _("请填写；尚未注册的请把主体类型改为“团队”。"))
    if record.registered_on and record.registered_on > today:
        yield Finding("registered_on", _("成立日期在今天之后。"), _FUTURE)
    if record.occupied_to and record.occupied_to < record.occupied_from:
        yield Finding("occupied_to", _("迁出日期早于入驻日期。"), _("请核对两个日期。"))
    stages = record.stages
    if not stages:
        yield Finding(None, _("没有任何阶段日期，无法知道处于哪个孵化阶段。"), _("请至少填写一个“进入……日期”。"))
    if any(on > today for _stage, on in stages):
        yield Finding(None, _("阶段日期在今天之后。"), _FUTURE)
    # A stretch ends the day before the next begins, so each must last at least a day.
    if any(earlier >= later for (_s, earlier), (_t, later) in pairwise(stages)):
        yield Finding(
            None, _("阶段日期先后颠倒。"), _("应为苗圃、孵化器、加速器、毕业、退出依次更晚；没有经过的阶段请留空。")
        )


def _document(id_type: IdType | None, number: str | None) -> Iterator[Finding]:
    if number:
        try:
            check_person_id(id_type or IdType.RESIDENT, number)
        except IdentifierError as error:
            yield Finding("id_number", error.message, error.remedy)


def _founder(record: FounderRecord, _today: date) -> Iterator[Finding]:
    yield from _document(record.id_type, record.id_number)


def _site(record: SiteRecord, _today: date) -> Iterator[Finding]:
    if (record.incubation_area_cm2 or 0) + (record.public_area_cm2 or 0) > record.floor_area_cm2:
        yield Finding("incubation_area_cm2", _("孵化面积与公共面积之和超过总面积。"), _("请核对三个面积。"))
    if (record.professional_staff_count or 0) > (record.staff_count or 100_000):
        yield Finding("professional_staff_count", _("专业人员数超过工作人员数。"), _("请核对两个人数。"))


def _indicator(record: IndicatorRecord, today: date) -> Iterator[Finding]:
    if record.quarter > quarter_of(today):
        yield Finding("quarter", _("季度在今天之后。"), _FUTURE)


def _space(record: SpaceRecord, _today: date) -> Iterator[Finding]:
    if record.list_price_fen is not None and record.price_unit is None:
        yield Finding("price_unit", _("有挂牌价，缺计价单位。"), _("请选择元/㎡·天、元/㎡·月或元/月。"))


def _lease(record: LeaseRecord, _today: date) -> Iterator[Finding]:
    ends_on = record.ends_on or date.max
    if not record.spaces:
        yield Finding("spaces", _("没有场地编号。"), _("请填写协议所含的场地编号。"))
    if ends_on < record.starts_on:
        yield Finding("ends_on", _("终止日期早于起始日期。"), _("请核对两个日期。"))
        return
    if any(not record.starts_on <= day <= ends_on for day, _rent in record.steps or ()):
        yield Finding("steps", _("阶梯租金的起始日不在协议期内。"), _("请核对日期。"))
    first, last = record.starts_on.isoformat()[:7], ends_on.isoformat()[:7]
    if any(not first <= month <= last for month in record.rent_free or ()):
        yield Finding("rent_free", _("免租月份不在协议期内。"), _("请核对月份。"))


def _rent(record: RentRecord, today: date) -> Iterator[Finding]:
    if record.received_on and record.received_on > today:
        yield Finding("received_on", _("收款日期在今天之后。"), _FUTURE)
    if record.paid_fen is None:
        yield Finding("paid_fen", _("没有金额，按“待查”导入。"), _("查明后补填再导入一次即可。"), Level.NOTICE)


def _insured(record: InsuredRecord, today: date) -> Iterator[Finding]:
    yield from _document(record.id_type, record.id_number)
    if record.month > today.isoformat()[:7]:
        yield Finding("month", _("参保月份在本月之后。"), _FUTURE)


R = TypeVar("R", bound=Record)


def _for(kind: type[R], check: Callable[[R, date], Iterator[Finding]]) -> Callable[[Record, date], Iterator[Finding]]:
    def checked(record: Record, today: date) -> Iterator[Finding]:
        if not isinstance(record, kind):
            raise TypeError(f"expected {kind.__name__}, got {type(record).__name__}")
        return check(record, today)

    return checked


_CHECKS: dict[str, Callable[[Record, date], Iterator[Finding]]] = {
    "sites": _for(SiteRecord, _site),
    "spaces": _for(SpaceRecord, _space),
    "tenants": _for(TenantRecord, _tenant),
    "founders": _for(FounderRecord, _founder),
    "leases": _for(LeaseRecord, _lease),
    "rent": _for(RentRecord, _rent),
    "insured": _for(InsuredRecord, _insured),
    "indicators": _for(IndicatorRecord, _indicator),
}


def check_row(sheet: Sheet, record: Record, today: date) -> Iterator[Finding]:
    """What is wrong inside this row. ``today`` is the day of the import, Asia/Shanghai."""
    check = _CHECKS.get(sheet.key)
    return check(record, today) if check else iter(())


class Between:
    """Sees every row of one kind of sheet, over the whole file; finds rows that say the same thing twice."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.label = "、".join(sheet.column(key).header for key in sheet.natural_key)
        self.seen: dict[Hashable, tuple[str, Record]] = {}
        self.once: dict[Hashable, tuple[str, int]] = {}

    def check(self, record: Record, title: str) -> Iterator[Finding]:
        if not self.sheet.natural_key:
            return
        key = tuple(getattr(record, name) for name in self.sheet.natural_key)
        earlier_title, earlier = self.seen.setdefault(key, (title, record))
        if earlier is not record:
            place = _place(title, earlier_title, earlier.row)
            if replace(earlier, row=record.row) == record:
                remedy = (
                    _("重复录入的请删去一行；确是两笔的，请填写不同的凭证号。")
                    if self.sheet.key == "rent"
                    else _("请删去重复的一行。")
                )
                yield Finding(None, _("与%(place)s完全相同。", place=place), remedy)
            else:
                yield Finding(
                    None,
                    _("与%(place)s重复（%(label)s相同），内容却不同。", place=place, label=self.label),
                    _("请只保留正确的一行。"),
                )
        for once_key, column, message in self._once_only(record):
            first_title, first_row = self.once.setdefault(once_key, (title, record.row))
            if (first_title, first_row) != (title, record.row):
                yield Finding(
                    column,
                    _("%(message)s（另见%(place)s）。", message=message, place=_place(title, first_title, first_row)),
                    _("请核对后改正其中一行。"),
                )

    @staticmethod
    def _once_only(record: Record) -> Iterator[tuple[Hashable, str, Text]]:
        """What may stand once in a file although it is not the key of its row."""
        if isinstance(record, TenantRecord) and record.uscc:
            yield record.uscc, "uscc", _("两家企业用了同一个统一社会信用代码")
        if isinstance(record, FounderRecord) and record.legal_representative:
            yield record.tenant, "legal_representative", _("同一企业有两个法定代表人")
        if isinstance(record, FounderRecord) and record.id_number:
            yield (record.tenant, record.id_number), "id_number", _("同一企业有两人用了同一个证件号码")


def _place(title: str, other_title: str, row: int) -> Text:
    there: Text = _("工作表“%(sheet)s”第 %(row)s 行", sheet=other_title, row=row)
    here: Text = _("第 %(row)s 行", row=row)
    return here if title == other_title else there
