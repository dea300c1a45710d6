"""How a line of a bill of utilities explains itself: the meter, both readings, the use, the price, the share."""

from __future__ import annotations

from core.data.metering import Use, figure
from core.data.models import MeterKind

LENGTH = 80  # of `BillLine.what`
NAMES = {MeterKind.WATER: "水表", MeterKind.ELECTRICITY: "电表"}
UNITS = {MeterKind.WATER: "m³", MeterKind.ELECTRICITY: "度"}


def explain(use: Use, price_e4: int, fen: int, weight: int, whole: int) -> str:
    """`fen`: what all of it costs; of the weights it is shared by this lease has `weight` of `whole`: days of a unit's
    own meter, area × days of a shared one."""
    meter = use.meter
    shared = meter.space_id is None
    name = f"{'公摊' if shared else ''}{NAMES[meter.kind]}{meter.number}："
    rolled = any(it.rolled for it in meter.readings if use.begin.read_on < it.read_on <= use.end.read_on)
    read = f"{figure(use.begin.value)}→{figure(use.end.value)}{'（归零）' if rolled else ''}"
    times = f"×倍率{meter.multiplier}" if meter.multiplier != 1 else ""
    used = f"用{figure(use.quantity)}{UNITS[meter.kind]}×{yuan(price_e4)}元"
    share = ""
    if shared:
        percent = (weight * 20_000 + whole) // (2 * whole)
        share = f"={fen // 100}.{fen % 100:02d}元，按面积天数占{percent // 100}.{percent % 100:02d}%"
    elif weight != whole:
        share = f"，按天数{weight}/{whole}"
    said = f"{name}{read}{times}，{used}{share}"
    return said if len(said) <= LENGTH else f"{name}{used}"


def yuan(price_e4: int) -> str:
    """A price in yuan: 8200 -> '0.82'."""
    return f"{price_e4 // 10_000}.{price_e4 % 10_000:04d}".rstrip("0").rstrip(".")
