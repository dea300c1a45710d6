"""A floor as a drawing: which unit is where, who sits in it, coloured by what the reader asks for.

Colour never stands alone: every unit has its word, kinds that need attention are hatched, and a list below says all of
it again. Sizes are in units of the drawing, 1,600 wide whatever the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.data.models import Floor, Space, SpaceStatus
from core.data.queries import occupancy, places
from core.data.queries.occupancy import Arrears
from core.data.queries.places import Seat
from core.services.plans import WHOLE, Box, box_of
from core.web.formats import area, day, money
from core.web.templating import STAGES, language
from core.web.views import place_words as words

WIDTH = 1600
GRID_HEIGHT = 1000  # of a plan without a picture
PAD, CODE, TEXT = 10, 24, 20  # inner margin and sizes of letters
LEADING = 1.35
NARROW = 110  # a unit less wide than this, and higher, is written downwards
MODES = ("status", "stage", "arrears", "end")


@dataclass(frozen=True, slots=True)
class Tone:
    """One entry of the legend. `css` colours it, `hatch` names its pattern."""

    css: str
    word: str
    hatch: str = ""
    short: str = ""  # on a unit, where there is less room than in the legend


@dataclass(frozen=True, slots=True)
class Line:
    """One line of letters in a unit, from x, y on; `turned`: it reads downwards."""

    x: float
    y: float
    css: str
    text: str
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit as it is drawn. `box` in units of the drawing, None where it has no place yet."""

    space: Space
    href: str
    tone: Tone
    seat: Seat | None
    facts: list[tuple[str, str]]
    box: tuple[float, float, float, float] | None = None
    lines: list[Line] = field(default_factory=list)

    @property
    def label(self) -> str:
        """For those who don't see the drawing."""
        return "，".join([self.space.code, *(value for _name, value in self.facts)])


@dataclass(frozen=True, slots=True)
class Plan:
    """A floor ready to be drawn."""

    width: int
    height: int
    picture: str | None
    units: list[Unit]  # all, in reading order: placed ones by rows, then the others
    legend: list[tuple[Tone, int]]
    mode: str

    @property
    def placed(self) -> list[Unit]:
        return [unit for unit in self.units if unit.box]

    @property
    def unplaced(self) -> list[Unit]:
        return [unit for unit in self.units if not unit.box]


def height_of(floor: Floor) -> int:
    if floor.plan_width and floor.plan_height:
        return max(1, round(WIDTH * floor.plan_height / floor.plan_width))
    return GRID_HEIGHT


def picture_of(floor: Floor) -> str | None:
    return url_for("sites.file", place_file_id=floor.plan_id) if floor.plan_id else None


def draw(session: Session, floor: Floor, mode: str, today: date) -> Plan:
    spaces = list(floor.spaces)
    ids = [space.id for space in spaces]
    seats = places.who_sits(session, today, ids)
    states = places.states(session, today, spaces)
    open_rent = occupancy.arrears(session, today, list({seat.lease.id: seat.lease for seat in seats.values()}.values()))
    tone_of = _tones(mode, states, open_rent, today)
    height = height_of(floor)
    units = []
    for space in sorted(spaces, key=_reading_order):
        seat = seats.get(space.id)
        tone = tone_of(space, seat)
        box = box_of(space)
        shown = _scaled(box, height) if box else None
        units.append(
            Unit(
                space,
                url_for("places.show", space_id=space.id),
                tone,
                seat,
                _facts(space, seat, states[space.id], open_rent.get(seat.lease.id) if seat else None),
                shown,
                _lines(shown, space.code, seat.tenant.name if seat else "", tone.short or tone.word) if shown else [],
            )
        )
    counts: dict[Tone, int] = {}
    for unit in units:
        counts[unit.tone] = counts.get(unit.tone, 0) + 1
    known = _legend(mode)
    order = {tone: place for place, tone in enumerate(known)}
    legend = sorted(counts.items(), key=lambda entry: order[entry[0]])
    return Plan(WIDTH, height, picture_of(floor), units, legend, mode)


def _reading_order(space: Space) -> tuple[int, int, int, str]:
    """Rows from the top, each from the left; what has no place comes last."""
    if space.plan_x is None or space.plan_y is None:
        return 1, 0, 0, space.code
    return 0, space.plan_y // 500, space.plan_x, space.code


def _scaled(box: Box, height: int) -> tuple[float, float, float, float]:
    across, down = WIDTH / WHOLE, height / WHOLE
    return tuple(round(v, 1) for v in (box.x * across, box.y * down, box.width * across, box.height * down))  # type: ignore[return-value]


def _lines(box: tuple[float, float, float, float], code: str, tenant: str, word: str) -> list[Line]:
    """Code, tenant and word, as many as the unit has room for; in a narrow unit they read downwards. Where not all fit,
    the tenant is left out: the word is what the colour means."""
    x, y, width, height = box
    turned = width < NARROW and height > 1.5 * width
    along, across = (height, width) if turned else (width, height)
    if along < 2 * PAD + 2 * CODE or across < CODE + PAD:
        return []
    wanted = [("plan-code", code, CODE), ("plan-word", word, TEXT)]
    if tenant and across >= 2 * PAD + CODE + 2 * TEXT * LEADING:
        wanted.insert(1, ("plan-tenant", tenant, TEXT))
    lines: list[Line] = []
    base = PAD / 2 if across < CODE + 2 * PAD else PAD
    for css, text, size in wanted:
        base += size * (LEADING if lines else 0.9)
        if base > across - PAD / 3:
            break
        at = (x + width - base, y + PAD) if turned else (x + PAD, y + base)
        lines.append(Line(round(at[0], 1), round(at[1], 1), css, fitted(text, along - 2 * PAD, size), turned))
    return lines


def fitted(text: str, room: float, size: float) -> str:
    """As much of a text as fits, with an ellipsis where it does not. A Chinese character is as wide as it is high."""
    used = 0.0
    for index, char in enumerate(text):
        wide = size if ord(char) > 0x2E7F else size * 0.6
        if used + wide > room:
            return text[: max(0, index - 1)] + "…" if index else ""
        used += wide
    return text


# ── colours ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _legend(mode: str) -> list[Tone]:
    """Every tone of a mode, in the order of the legend."""
    match mode:
        case "stage":
            shown = [Tone(code, str(word)) for code, word in STAGES.items()]
            return [*shown, Tone("vacant", _("无人在租"))]
        case "arrears":
            return [
                Tone("danger", _("欠2个月以上"), "dense", _("欠租")),
                Tone("late", _("欠1个月"), "lines"),
                Tone("coming", _("本月待收"), "", _("待收")),
                Tone("good", _("已付清")),
                Tone("none", _("没有收款台账"), "dots", _("无台账")),
                Tone("vacant", _("无人在租")),
            ]
        case "end":
            return [
                Tone("danger", _("30天内到期"), "dense", _("30天内")),
                Tone("late", _("90天内到期"), "lines", _("90天内")),
                Tone("soon", _("180天内到期"), "", _("180天内")),
                Tone("good", _("180天以后到期"), "", _("180天后")),
                Tone("none", _("未约定到期日"), "dots", _("未约定")),
                Tone("vacant", _("无人在租")),
            ]
        case _:
            hatches = {SpaceStatus.RESERVED: "lines", SpaceStatus.MAINTENANCE: "dense"}
            return [Tone(s.value, str(word), hatches.get(s, "")) for s, word in words.STATES.items()]


def _tones(
    mode: str, states: Mapping[int, SpaceStatus], open_rent: Mapping[int, Arrears], today: date
) -> Callable[[Space, Seat | None], Tone]:
    known: dict[str, Tone] = {tone.css: tone for tone in _legend(mode)}

    def of(space: Space, seat: Seat | None) -> Tone:
        if mode == "status":
            return known[states[space.id].value]
        if seat is None:
            return known["vacant"]
        if mode == "stage":
            return known[seat.tenant.stage.value]
        if mode == "arrears":
            return known[_arrears(open_rent.get(seat.lease.id, Arrears(known=False)))]
        return known[_end(seat.lease.ends_on, today)]

    return of


def _arrears(found: Arrears) -> str:
    if not found.known:
        return "none"
    if found.months:
        return "danger" if len(found.months) > 1 else "late"
    return "coming" if found.this_month else "good"


def _end(ends_on: date | None, today: date) -> str:
    if ends_on is None:
        return "none"
    left = (ends_on - today).days
    return "danger" if left <= 30 else "late" if left <= 90 else "soon" if left <= 180 else "good"


# ── what is said of a unit ──────────────────────────────────────────────────────────────────────────────────────────
def _facts(space: Space, seat: Seat | None, state: SpaceStatus, rent: Arrears | None) -> list[tuple[str, str]]:
    facts = [
        (_("状态"), str(words.STATES[state])),
        (_("类型"), f"{words.SPACE_KINDS[space.kind]} · {area(space.area_cm2)}"),
    ]
    if seat is None:
        return facts
    until = day(seat.lease.ends_on, language()) if seat.lease.ends_on else _("未约定")
    facts += [
        (_("入驻企业"), seat.tenant.name),
        (_("孵化阶段"), str(STAGES[seat.tenant.stage.value])),
        (_("协议到期"), until),
        (_("租金"), arrears_words(rent)),
    ]
    return facts


def arrears_words(rent: Arrears | None) -> str:
    """What is open of a lease, in a few words."""
    if rent is None or not rent.known:
        return _("没有收款台账")
    if rent.months:
        return _("欠%(n)s个月，共%(sum)s", n=len(rent.months), sum=money(rent.fen, language()))
    return _("本月待收") if rent.this_month else _("已付清")


def mode_words() -> Sequence[tuple[str, str]]:
    return list(zip(MODES, (_("状态"), _("孵化阶段"), _("租金"), _("协议到期")), strict=True))


def percent_of(value: int | None) -> str:
    """Ten-thousandths as the percent that a form shows: 1250 -> '12.5'."""
    return "" if value is None else f"{value // 100}.{value % 100:02d}".rstrip("0").rstrip(".")
