"""Sites and their floors, and photographs of them: what an operator writes down about its house."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.base import Base
from core.data.models import Floor, Photo, PlaceFile, Site, Space
from core.errors import Conflict, Invalid
from core.services import audit, files, subscriptions
from core.services.typed import within

MAX_PHOTOS = 30  # of a site or a unit: enough to show it, and a page that still loads


def create(session: Session, *, today: date, **values: Any) -> Site:
    """A new site of the asker's operator. Raises `Invalid` for figures that cannot be, `Conflict` for a taken name,
    `Full` where its subscription has no room for one more."""
    operator_id = audit.asker_of(session).operator_id
    assert operator_id is not None  # only an operator's people come here
    site = Site(operator_id=operator_id, papers=[])
    _check(session, site, values, today)
    with subscriptions.within(session, operator_id, today, field="name"):
        _set(site, values)
        session.add(site)
        session.flush()
    audit.record(session, "site.create", site)
    return site


def change(session: Session, site: Site, *, today: date, **values: Any) -> bool:
    """Set what differs; says whether anything did."""
    _check(session, site, values, today)
    changed = _set(site, values)
    if changed:
        session.flush()
        audit.record(session, "site.change", site, detail={"changed": changed})
    return bool(changed)


def create_floor(session: Session, site: Site, *, building: str, name: str, level: int) -> Floor:
    floor = Floor(operator_id=site.operator_id, site_id=site.id)
    _check_floor(session, site.id, None, building, name)
    _set(floor, {"building": building, "name": name, "level": level})
    session.add(floor)
    session.flush()
    audit.record(session, "floor.create", floor)
    return floor


def change_floor(session: Session, floor: Floor, *, building: str, name: str, level: int) -> bool:
    _check_floor(session, floor.site_id, floor.id, building, name)
    changed = _set(floor, {"building": building, "name": name, "level": level})
    if changed:
        session.flush()
        audit.record(session, "floor.change", floor, detail={"changed": changed})
    return bool(changed)


def add_photo(
    session: Session, root: Path, site: Site, space: Space | None, picture: files.Picture, *, caption: str = ""
) -> Photo:
    """A photograph of the site, or of one of its units; drawn anew, so that it says nothing of the camera or the place.

    Raises `Invalid` where there are enough of them.
    """
    of_the_same = select(func.count()).where(
        Photo.site_id == site.id, Photo.space_id.is_(None) if space is None else Photo.space_id == space.id
    )
    if (session.scalar(of_the_same) or 0) >= MAX_PHOTOS:
        raise Invalid("照片已有%(most)s张，请先删除不用的再上传", field="file", most=MAX_PHOTOS)
    kept = files.keep(session, root, site.operator_id, picture)
    photo = Photo(
        operator_id=site.operator_id, site_id=site.id, space_id=space.id if space else None,
        file=kept, caption=within(caption, 120, field="caption"),
    )  # fmt: skip
    session.add(photo)
    session.flush()
    audit.record(session, "photo.add", photo, detail={"site": site.id, "space": photo.space_id})
    return photo


def remove_photo(session: Session, photo: Photo) -> None:
    """The photograph is gone from every page. The bytes stay in the store, where nothing names them any more."""
    audit.record(
        session, "photo.remove", photo, detail={"site": photo.site_id, "space": photo.space_id, "file": photo.file_id}
    )
    file = session.get(PlaceFile, photo.file_id)
    session.delete(photo)
    session.flush()
    if file is not None:
        session.delete(file)
    session.flush()


def _set(row: Base, values: dict[str, Any]) -> list[str]:
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return sorted(changed)


def _check(session: Session, site: Site, values: dict[str, Any], today: date) -> None:
    """`values`: those of the form, all of them."""
    same = select(Site.id).where(Site.name == values["name"])
    if site.id is not None:
        same = same.where(Site.id != site.id)
    if session.scalar(same.limit(1)):
        raise Conflict("已有同名的载体，请换一个名称", field="name")
    if values["floor_area_cm2"] <= 0:
        raise Invalid("建筑面积应大于0", field="floor_area_cm2")
    parts = (values.get("incubation_area_cm2") or 0) + (values.get("public_area_cm2") or 0)
    if parts > values["floor_area_cm2"]:
        raise Invalid("孵化面积与公共服务面积之和不能超过建筑面积，请核对", field="incubation_area_cm2")
    staff, professional = values.get("staff_count"), values.get("professional_staff_count")
    if staff is not None and professional is not None and professional > staff:
        raise Invalid("专业孵化服务人员不能多于工作人员总数，请核对", field="professional_staff_count")
    for name in ("opened_on", "recognised_on"):
        if (day := values.get(name)) is not None and day > today:
            raise Invalid("日期不能晚于今天", field=name)


def _check_floor(session: Session, site_id: int, own: int | None, building: str, name: str) -> None:
    same = select(Floor.id).where(Floor.site_id == site_id, Floor.building == building, Floor.name == name)
    if own is not None:
        same = same.where(Floor.id != own)
    if session.scalar(same.limit(1)):
        raise Conflict("这个载体已有同名的楼层，请换一个名称，或填写楼栋加以区分", field="name")
