"""The form behind a plan: four percentages for each unit. Dragging only fills them in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _

from core.data.models import Floor, Space
from core.services.plans import WHOLE, Box, box_of, mark
from core.web.views.plan import percent_of

PARTS = ("x", "y", "w", "h")
_NAME = re.compile(r"[xywh]-([0-9]{1,18})")
LARGEST = 1_000_000  # ten-thousandths: what is further away is a slip of the finger, and said to be outside anyway


@dataclass(slots=True)
class PlanForm:
    """What was typed for each unit by id, the places that follow from it, and what is wrong, by unit."""

    seen: str
    typed: dict[int, dict[str, str]]
    boxes: dict[int, Box | None] = field(default_factory=dict)
    wrong: dict[int, str] = field(default_factory=dict)
    said: str = ""


def of(floor: Floor) -> PlanForm:
    """As it is kept."""
    typed = {}
    for space in floor.spaces:
        box = box_of(space)
        values = (box.x, box.y, box.width, box.height) if box else (None,) * 4
        typed[space.id] = {part: percent_of(value) for part, value in zip(PARTS, values, strict=True)}
    return PlanForm(mark(floor.spaces), typed, {space.id: box_of(space) for space in floor.spaces})


def read(floor: Floor, sent: Mapping[str, str]) -> PlanForm:
    """As it was sent. A unit that is not in it stays where it is; one that is not of this floor is in it none the less,
    for the service to refuse."""
    form = of(floor)
    form.seen = sent.get("seen", "")
    names = {space.id: space for space in floor.spaces}
    ids = {int(found[1]) for key in sent if (found := _NAME.fullmatch(key))}
    for space_id in sorted(ids):
        typed = {part: sent.get(f"{part}-{space_id}", "").strip() for part in PARTS}
        form.typed[space_id] = typed
        form.boxes[space_id] = _box(form, space_id, names.get(space_id), typed)
    if form.wrong:
        form.said = _("有%(n)s个单元填得不对，图还没有保存；请按提示改正后再存", n=len(form.wrong))
    return form


def _box(form: PlanForm, space_id: int, space: Space | None, typed: dict[str, str]) -> Box | None:
    code = space.code if space else str(space_id)
    given = [value for value in typed.values() if value]
    if not given:
        return None
    if len(given) < len(PARTS):
        form.wrong[space_id] = _("“%(unit)s”的左、上、宽、高要么都填，要么都留空", unit=code)
        return None
    values = [_ten_thousandths(value) for value in typed.values()]
    if None in values:
        form.wrong[space_id] = _("“%(unit)s”的位置请填百分数，例如12.5", unit=code)
        return None
    return Box(*(value for value in values if value is not None))


def _ten_thousandths(text: str) -> int | None:
    """A percentage as ten-thousandths, rounded to whole ones."""
    try:
        value = Decimal(text.removesuffix("%").removesuffix("％").strip()) * (WHOLE // 100)
    except InvalidOperation:
        return None
    return int(value.to_integral_value()) if value.is_finite() and abs(value) <= LARGEST else None
