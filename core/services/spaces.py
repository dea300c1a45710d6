"""场地单元: the rooms, desks and labs of a site, and whether one is held back or under repair."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Floor, PriceUnit, Site, Space, SpaceStatus, UndoStep
from core.errors import Conflict, Invalid
from core.services import audit, undo

# What a person may say of a unit. Whether it is occupied is in the leases.
SAID = (SpaceStatus.VACANT, SpaceStatus.RESERVED, SpaceStatus.MAINTENANCE)
PLACE = ("plan_x", "plan_y", "plan_width", "plan_height")


def create(session: Session, site: Site, **values: Any) -> Space:
    """A new unit of a site. Raises `Invalid` for figures that cannot be, `Conflict` for a taken code."""
    _check(session, site, None, values)
    space = Space(operator_id=site.operator_id, site_id=site.id, status=SpaceStatus.VACANT, **values)
    session.add(space)
    session.flush()
    audit.record(session, "space.create", space)
    return space


def change(session: Session, space: Space, **values: Any) -> bool:
    """Set what differs; says whether anything did. On another floor it has no place on the plan yet."""
    _check(session, space.site, space.id, values)
    changed = [name for name, value in values.items() if getattr(space, name) != value]
    for name in changed:
        setattr(space, name, values[name])
    if "floor_id" in changed:
        for name in PLACE:
            setattr(space, name, None)
    if changed:
        session.flush()
        audit.record(session, "space.change", space, detail={"changed": sorted(changed)})
    return bool(changed)


def set_status(session: Session, space: Space, status: SpaceStatus, *, title: str) -> UndoStep | None:
    """Hold a unit back, put it under repair, or neither; a running lease goes on either way. `title` says so to people.

    Returns the step to undo, None where it was so already.
    """
    if status not in SAID:
        raise Invalid("是否在租由入驻协议决定，这里只能选空置、预留或维修", field="status")
    before = said(space)
    if status is before:
        return None
    log = undo.Log(session)
    log.set(space, status=status)
    audit.record(session, "space.status", space, detail={"before": before.value, "after": status.value})
    return undo.record(session, action="space.status", title=title, subject=space, changes=log.changes)


def said(space: Space) -> SpaceStatus:
    """What is stored of a unit, without the word that only leases can say."""
    return space.status if space.status in SAID else SpaceStatus.VACANT


def _check(session: Session, site: Site, own: int | None, values: dict[str, Any]) -> None:
    same = select(Space.id).where(Space.site_id == site.id, Space.code == values["code"])
    if own is not None:
        same = same.where(Space.id != own)
    if session.scalar(same.limit(1)):
        raise Conflict("这个载体已有编号相同的单元，请换一个编号", field="code")
    if values["area_cm2"] <= 0:
        raise Invalid("面积应大于0", field="area_cm2")
    price, unit = values.get("list_price_fen"), values.get("price_unit")
    if price is not None and not isinstance(unit, PriceUnit):
        raise Invalid("请选择挂牌价的计价单位", field="price_unit")
    if (floor_id := values.get("floor_id")) is not None:
        here = select(Floor.id).where(Floor.id == floor_id, Floor.site_id == site.id)
        if session.scalar(here) is None:
            raise Invalid("这个楼层不属于此载体，请重新选择", field="floor_id")
