"""税务分组: which tax group and which item of a 发票 a line of a bill belongs to. Pure, and the one place that says so.

The group is derived from what a line is for, never typed. Tax relief (2023年第42号) and recognition of incubators
(工信部科〔2025〕131号) ask that income from 孵化服务 is accounted apart from rent and property fees.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum

from core.data.models import Fee, TaxInvoiceItem


class TaxGroup(StrEnum):
    SERVICE = "service"  # 孵化服务
    PREMISES = "premises"  # 物业房租
    OTHER = "other"


GROUPS = {
    Fee.RENT: TaxGroup.PREMISES,
    Fee.PROPERTY: TaxGroup.PREMISES,
    Fee.SERVICE: TaxGroup.SERVICE,
    Fee.UTILITIES: TaxGroup.OTHER,
    Fee.OTHER: TaxGroup.OTHER,
    Fee.DEPOSIT: None,  # held for the tenant: no income
}

ITEMS = {
    Fee.RENT: TaxInvoiceItem.LEASE,
    Fee.PROPERTY: TaxInvoiceItem.PROPERTY,
    Fee.SERVICE: TaxInvoiceItem.SERVICE,
    Fee.UTILITIES: TaxInvoiceItem.UTILITIES,
    Fee.OTHER: TaxInvoiceItem.OTHER,
    Fee.DEPOSIT: None,  # no 发票 is made for what is no income
}
ITEM_NAMES = {  # as they usually stand on a 发票; who issues one may write otherwise
    TaxInvoiceItem.LEASE: "*经营租赁*不动产租赁",
    TaxInvoiceItem.PROPERTY: "物业管理服务",
    TaxInvoiceItem.SERVICE: "孵化服务",
    TaxInvoiceItem.UTILITIES: "水费、电费",
}


@dataclass(frozen=True, slots=True)
class Income:
    """Income by group, fen."""

    service_fen: int = 0
    premises_fen: int = 0
    other_fen: int = 0

    @classmethod
    def of(cls, sums: Iterable[tuple[Fee, int]]) -> Income:
        """Of sums by fee; what is no income is left out."""
        fen = dict.fromkeys(TaxGroup, 0)
        for fee, amount in sums:
            if (group := GROUPS[fee]) is not None:
                fen[group] += amount
        return cls(fen[TaxGroup.SERVICE], fen[TaxGroup.PREMISES], fen[TaxGroup.OTHER])

    def __add__(self, more: Income) -> Income:
        return Income(
            self.service_fen + more.service_fen, self.premises_fen + more.premises_fen, self.other_fen + more.other_fen
        )

    @property
    def total_fen(self) -> int:
        return self.service_fen + self.premises_fen + self.other_fen

    @property
    def service_permille(self) -> int | None:
        """Share of 孵化服务 in thousandths, cut off, so that no rounding lifts it; of nothing there is none."""
        return self.service_fen * 1000 // self.total_fen if self.total_fen > 0 else None

    def reaches(self, rate: Decimal) -> bool | None:
        """Whether 孵化服务 is at least `rate` of all; not known of nothing."""
        return self.service_fen >= rate * self.total_fen if self.total_fen > 0 else None

    def missing_fen(self, rate: Decimal) -> int:
        """How much more of 孵化服务 would reach `rate`, all else as it is: what is added counts in the whole too."""
        gap = rate * self.total_fen - self.service_fen
        return max(0, int((gap / (1 - rate)).to_integral_value(ROUND_CEILING))) if rate < 1 else 0
