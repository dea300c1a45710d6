"""平面图: the picture of a floor, and where its units are on it.

Places are in ten-thousandths of the plan's width and height, so that a new picture of the same drawing leaves every
unit where it is. What is wrong is said for each unit; nothing is saved while anything is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core.data.models import Floor, Space, UndoStep
from core.errors import Conflict, DomainError, Invalid
from core.services import audit, files, undo
from core.services.spaces import PLACE

WHOLE = 10_000
SNAP = 50  # ten-thousandths: what a unit is moved by on screen
SMALLEST = 100  # of a unit's width and height: it must be seen and hit


@dataclass(frozen=True, slots=True)
class Box:
    """A unit's place: its left upper corner and size, in ten-thousandths of the plan."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def overlaps(self, other: Box) -> bool:
        """Sharing an edge is not overlapping."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


class Misplaced(Invalid):
    """Some units cannot stand where they were put; `units` says of each, by its id, why."""

    def __init__(self, units: dict[int, DomainError]) -> None:
        super().__init__("有%(n)s个单元的位置不对，图还没有保存；请按提示调整后再存", n=len(units))
        self.units = units


def box_of(space: Space) -> Box | None:
    if space.plan_x is None or space.plan_y is None or space.plan_width is None or space.plan_height is None:
        return None
    return Box(space.plan_x, space.plan_y, space.plan_width, space.plan_height)


def problems(units: Sequence[Space], boxes: Mapping[int, Box | None]) -> dict[int, DomainError]:
    """What is wrong with the places of a floor's units, by unit; the first fault of each."""
    found: dict[int, DomainError] = {}
    placed = [(unit, box) for unit in units if (box := boxes.get(unit.id)) is not None]
    for unit, box in placed:
        if box.width < SMALLEST or box.height < SMALLEST:
            found[unit.id] = Invalid("“%(unit)s”太小，宽和高都至少要有1%%", unit=unit.code)
        elif box.x < 0 or box.y < 0 or box.right > WHOLE or box.bottom > WHOLE:
            found[unit.id] = Invalid("“%(unit)s”超出了本层平面图的边界，请移回图内", unit=unit.code)
    for index, (unit, box) in enumerate(placed):
        for other, beside in placed[index + 1 :]:
            if unit.id not in found and other.id not in found and box.overlaps(beside):
                found[other.id] = Invalid(
                    "“%(unit)s”与“%(other)s”重叠，请错开", unit=other.code, other=unit.code
                )  # fmt: skip
    return found


def mark(units: Sequence[Space]) -> str:
    """A digest of where everything is: who saves must have seen what they overwrite."""
    seen = sorted((unit.id, *(getattr(unit, name) for name in PLACE)) for unit in units)
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def place(
    session: Session, floor: Floor, boxes: Mapping[int, Box | None], *, seen: str, title: str
) -> UndoStep | None:  # fmt: skip
    """Put units of a floor where `boxes` says, all at once; None takes a unit off the plan.

    Raises `Invalid` for a unit of another floor, `Misplaced` for places that cannot be, `Conflict` where somebody moved
    units since `seen` (their `mark` when the page was made). Returns the step to undo, None where nothing moved.
    """
    own = {unit.id: unit for unit in floor.spaces}
    if set(boxes) - set(own):
        raise Invalid("有的单元不在这一层，不能放到这张图上；请刷新页面后再试")
    if seen != mark(floor.spaces):
        raise Conflict("这一层刚刚由别人调整过，您的改动还没有保存；请核对后再存一次")
    wanted = {unit.id: boxes.get(unit.id, box_of(unit)) for unit in floor.spaces}
    if wrong := problems(floor.spaces, wanted):
        raise Misplaced(wrong)
    log = undo.Log(session)
    for unit in floor.spaces:
        box = wanted[unit.id]
        values: dict[str, Any] = dict.fromkeys(PLACE)
        if box is not None:
            values = dict(zip(PLACE, (box.x, box.y, box.width, box.height), strict=True))
        log.set(unit, **values)
    if not log.changes:
        return None
    audit.record(session, "plan.place", floor, detail={"spaces": [change["id"] for change in log.changes]})
    return undo.record(session, action="plan.place", title=title, subject=floor, changes=log.changes)


def set_picture(session: Session, root: Path, floor: Floor, picture: files.Picture) -> None:
    """The plan's picture, drawn anew."""
    floor.plan = files.keep(session, root, floor.operator_id, picture)
    floor.plan_width, floor.plan_height = picture.width, picture.height
    session.flush()
    audit.record(session, "plan.picture", floor, detail={"file": floor.plan_id})


def remove_picture(session: Session, floor: Floor) -> None:
    """Back to the drawn grid; units stay where they are."""
    audit.record(session, "plan.picture_remove", floor, detail={"file": floor.plan_id})
    floor.plan = floor.plan_width = floor.plan_height = None
    session.flush()
