"""Small charts as numbers for an SVG: a tenant's quarters, a budget's year. The table beside them says the same to
everyone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from core.data.models import Indicator
from core.services.quarters import quarters
from core.web.formats import money_wan, month, number
from core.web.templating import language

SHOWN = 12  # quarters
HEIGHT = 56  # of the tallest bar, in units of the picture
STEP, WIDTH = 20, 13  # from bar to bar, and of a bar


@dataclass(frozen=True, slots=True)
class Bar:
    """One quarter. `value` None: not reported, drawn as a gap with a dot."""

    quarter: str
    value: int | None
    text: str
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    latest: str
    change: str | None  # against the same quarter a year before
    rising: bool | None
    bars: Sequence[Bar]
    width: int
    summary: str  # for those who do not see it


def of_indicators(rows: Sequence[Indicator]) -> list[Chart]:
    """Revenue, research and staff of the last quarters; nothing where fewer than two are reported."""
    by_quarter = {row.quarter: row for row in rows}
    if len(by_quarter) < 2:
        return []
    last = max(by_quarter)
    span = quarters(f"{int(last[:4]) - SHOWN // 4}{last[4:]}", last)[-SHOWN:]  # always as many, so that bars are alike
    made = (
        _chart(_("营业收入"), "revenue_fen", span, by_quarter, lambda v: money_wan(v, language())),
        _chart(_("研发投入"), "rnd_fen", span, by_quarter, lambda v: money_wan(v, language())),
        _chart(_("从业人数"), "staff", span, by_quarter, lambda v: _("%(n)s人", n=number(v))),
    )
    return [chart for chart in made if chart is not None]


def _chart(
    title: str, name: str, span: Sequence[str], rows: dict[str, Indicator], shown: Callable[[int], str]
) -> Chart | None:
    values: list[Any] = [getattr(rows[q], name) if q in rows else None for q in span]
    known = [(q, v) for q, v in zip(span, values, strict=True) if v is not None]
    if len(known) < 2:
        return None
    top = max(v for _q, v in known) or 1
    bars = []
    for place, (quarter, value) in enumerate(zip(span, values, strict=True)):
        # A reported nothing is a line, not a gap.
        height = 0 if value is None else max(2, round(value * HEIGHT / top))
        text = _("未填报") if value is None else shown(value)
        bars.append(Bar(quarter, value, text, place * STEP, HEIGHT - height, height))
    quarter, value = known[-1]
    change, rising = _against(value, dict(known).get(f"{int(quarter[:4]) - 1}{quarter[4:]}"))
    first = known[0]
    summary = _(
        "%(title)s：%(first)s为%(from)s，%(last)s为%(to)s",
        **{"title": title, "first": first[0], "from": shown(first[1]), "last": quarter, "to": shown(value)},
    )
    return Chart(title, shown(value), change, rising, bars, len(span) * STEP - (STEP - WIDTH), summary)


def _against(value: int, before: int | None) -> tuple[str | None, bool | None]:
    if not before:
        return None, None
    tenths = round((value - before) * 1000 / before)  # of a percent, in whole numbers
    sign = "+" if tenths > 0 else "-" if tenths < 0 else ""
    return _("同比%(rate)s", rate=f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10}%"), tenths > 0 if tenths else None


PLOT_WIDTH, PLOT_HEIGHT = 1200, 400  # stretched to whatever place there is


@dataclass(frozen=True, slots=True)
class MonthEnd:
    """By the end of a month: committed and paid so far, and what an even year would have used (all fen). `known` is
    False of months to come."""

    month: str
    committed_fen: int
    paid_fen: int
    even_fen: int
    known: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """Lines as the points of SVG polylines."""

    committed: str
    paid: str
    even: str
    top_fen: int
    months: Sequence[MonthEnd]
    summary: str


def of_pool(total_fen: int, months: Sequence[str], booked: Sequence[tuple[int, int]]) -> Curve:
    """The curve of a budget over `months`, of which `booked` says (committed, paid) for those that have begun. The even
    line reaches the total at the end of the twelfth month."""
    top = max(total_fen, *(max(row) for row in booked), 1) if booked else max(total_fen, 1)
    step = PLOT_WIDTH / len(months)

    def points(values: Sequence[int]) -> str:
        places = ((round(n * step), round(PLOT_HEIGHT - fen * PLOT_HEIGHT / top)) for n, fen in enumerate([0, *values]))
        return " ".join(f"{x},{y}" for x, y in places)

    even = [total_fen * min(n, 12) // 12 for n in range(1, len(months) + 1)]
    rows = [
        MonthEnd(name, *(booked[n] if n < len(booked) else (0, 0)), even[n], n < len(booked))
        for n, name in enumerate(months)
    ]
    lines = [points([row[n] for row in booked]) for n in (0, 1)]
    return Curve(lines[0], lines[1], points(even), top, rows, _summary(rows))


def _summary(rows: Sequence[MonthEnd]) -> str:
    known = [row for row in rows if row.known]
    if not known:
        return _("这个年度还没有开始")
    return _(
        "到%(month)s：累计承诺%(committed)s，累计拨付%(paid)s，按全年平均应为%(even)s",
        month=month(known[-1].month, language()),
        committed=money_wan(known[-1].committed_fen, language()),
        paid=money_wan(known[-1].paid_fen, language()),
        even=money_wan(known[-1].even_fen, language()),
    )
