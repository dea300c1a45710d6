"""One row of each kind that belongs to a place, for the worlds of the access matrix."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.services import files


def picture() -> bytes:
    """The smallest picture that a place may have."""
    out = BytesIO()
    Image.new("RGB", (8, 6), "white").save(out, "PNG")
    return out.getvalue()


def rows(session: Session, store: Path, operator: m.Operator, mark: str) -> dict[str, Any]:
    """By the parameter that a route calls each by, without `_id`; every text carries `mark`."""
    site = session.scalars(select(m.Site).where(m.Site.operator_id == operator.id).order_by(m.Site.id)).first()
    assert site is not None
    site.name, scope = f"{mark}载体", {"operator_id": operator.id}
    kept = files.put(store, picture())
    file = m.PlaceFile(sha256=kept, size=1, media_type="image/png", name=f"{mark}图.png", **scope)
    floor = m.Floor(site_id=site.id, name=f"{mark}3F", level=3, plan=file, plan_width=8, plan_height=6, **scope)
    session.add_all([file, floor])
    session.flush()
    space = m.Space(
        site_id=site.id, floor_id=floor.id, code=f"{mark}A-1", kind=m.SpaceKind.ROOM, area_cm2=500_000,
        plan_x=0, plan_y=0, plan_width=1000, plan_height=1000, **scope,
    )  # fmt: skip
    session.add(space)
    session.flush()
    photo = m.Photo(site_id=site.id, file_id=file.id, caption=f"{mark}照片", **scope)
    paper = m.SitePaper(site_id=site.id, kind=m.SitePaperKind.HEAD_LEASE, valid_until=date(2030, 1, 1), **scope)
    session.add_all([photo, paper])
    session.flush()
    return {"site": site, "floor": floor, "space": space, "photo": photo, "place_file": file}
