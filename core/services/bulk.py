"""Acts on many rows at once, picked from a list. Each can be taken back (core/services/undo.py)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Space, SpaceStatus, Tenant, UndoStep
from core.data.queries import places
from core.errors import Conflict, Invalid, NotFound
from core.services import audit, undo

Row = TypeVar("Row", Space, Tenant)
MOST = 200  # rows at once: two full pages
PRICE = 10**11  # fen; a list price above is a slip of the finger
SETTABLE = (SpaceStatus.VACANT, SpaceStatus.RESERVED, SpaceStatus.MAINTENANCE)


def set_space_status(
    session: Session, ids: Sequence[int], status: SpaceStatus, *, title: str, today: date
) -> UndoStep | None:
    """Reserve spaces, close them for repair, or offer them again. None: they were all so already.

    `Conflict` for spaces with a running lease: who sits in them is known from the lease.
    """
    if status not in SETTABLE:
        raise Invalid("请选择 可租、预留 或 维修", field="status")
    spaces = _picked(session, Space, ids)
    taken = places.who_sits(session, today, ids).keys()
    if status is not SpaceStatus.VACANT and taken:
        codes = sorted(space.code for space in spaces if space.id in taken)
        raise Conflict(
            "%(codes)s 正在租用，不能设为预留或维修；请先办理退租，或不要选中它们",
            codes="、".join(codes[:5]) + (" 等" if len(codes) > 5 else ""),
        )
    return _set(session, [s for s in spaces if s.id not in taken], "space.status", title, status=status)


def set_list_price(session: Session, ids: Sequence[int], fen: int | None, *, title: str) -> UndoStep | None:
    """Give spaces a list price, in fen and each in its own unit of price; None takes it away."""
    if fen is not None and not 0 <= fen <= PRICE:
        raise Invalid("挂牌价须为 0 元以上、不超过 10 亿元的金额", field="price")
    return _set(session, _picked(session, Space, ids), "space.price", title, list_price_fen=fen)


def set_industry(session: Session, ids: Sequence[int], industry: str, *, title: str) -> UndoStep | None:
    """Put tenants into one industry; an empty one is not known."""
    industry = " ".join(industry.split())
    if len(industry) > 80:
        raise Invalid("行业最多 80 个字", field="industry")
    return _set(session, _picked(session, Tenant, ids), "tenant.industry", title, industry=industry or None)


def _picked(session: Session, model: type[Row], ids: Sequence[int]) -> list[Row]:
    """The rows, all of them: where one is gone or another's, nothing is done to any."""
    wanted = set(ids)
    if not wanted:
        raise Invalid("请先勾选要处理的行")
    if len(wanted) > MOST:
        raise Invalid("一次最多处理 %(n)s 行，请分几次办理", n=MOST)
    rows = list(session.scalars(select(model).where(model.id.in_(wanted)).order_by(model.id).with_for_update()))
    if len(rows) != len(wanted):
        raise NotFound("所选的行中有些已不存在，或您无权处理；请刷新列表后再选")
    return rows


def _set(session: Session, rows: Sequence[Row], action: str, title: str, **values: object) -> UndoStep | None:
    log = undo.Log(session)
    changed = [row.id for row in rows if log.set(row, **values)]
    if not changed:
        return None
    step = undo.record(session, action=action, title=title, subject=None, changes=log.changes)
    audit.record(session, action, step, detail={"rows": changed, "columns": sorted(values)})
    return step
