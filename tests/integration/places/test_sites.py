"""Sites, floors, units and photographs as an operator writes them down: what is kept, and what is refused how."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from core.services import files
from tests.integration.places.conftest import House, picture

pytestmark = pytest.mark.one_engine

SITE = {
    "name": "西岸众创空间", "kind": "maker_space", "address": "西岸路 2 号", "region": "310109", "ownership": "leased",
    "floor_area_cm2": "1,200.5", "incubation_area_cm2": "800", "public_area_cm2": "200", "private_capital": "45",
    "fund_fen": "1,000,000", "staff_count": "6", "professional_staff_count": "5", "recognition_level": "city",
}  # fmt: skip


def test_a_site_is_written_down_in_the_units_people_think_in(session: Session, house: House) -> None:
    answer = house.manager.post("/sites/new", data=SITE)
    assert answer.status_code == 302
    site = session.scalars(select(m.Site).where(m.Site.name == SITE["name"])).one()
    assert (site.floor_area_cm2, site.fund_fen, str(site.private_capital)) == (12_005_000, 100_000_000, "0.4500")
    assert (site.kind, site.recognition_level) == (m.SiteKind.MAKER_SPACE, m.RecognitionLevel.CITY)
    shown = house.manager.get(f"/sites/{site.id}").text
    for said in ("1,200.5 ㎡", "其他面积", "200.5 ㎡", "国家备案众创空间", "国科火字〔2017〕120号", "据第三方转载"):
        assert said in shown
    assert house.manager.post(f"/sites/{site.id}/edit", data=SITE | {"mentor_count": "4"}).status_code == 302
    session.refresh(site)
    assert site.mentor_count == 4
    events = session.scalars(select(m.AuditEvent.action).where(m.AuditEvent.subject_type == "site")).all()
    assert events == ["site.create", "site.change"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "请填写此项"),
        ({"name": "东湖孵化器"}, "已有同名的载体"),
        ({"region": "31010"}, "行政区划代码是6位数字"),
        ({"floor_area_cm2": "0"}, "面积应大于0"),
        ({"floor_area_cm2": "很大"}, "不是数字"),
        ({"incubation_area_cm2": "1100", "public_area_cm2": "200"}, "不能超过建筑面积"),
        ({"private_capital": "120"}, "占比应在0到100之间"),
        ({"staff_count": "3"}, "不能多于工作人员总数"),
        ({"staff_count": "-1"}, "不能为负数"),
        ({"opened_on": "2999-01-01"}, "日期不能晚于今天"),
        ({"opened_on": "2026-02-30"}, "日期不存在"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(
    session: Session, house: House, typed: dict[str, str], said: str
) -> None:
    answer = house.manager.post("/sites/new", data=SITE | typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert "西岸路 2 号" in answer.text
    assert session.scalars(select(m.Site.name).where(m.Site.operator_id == house.operator.id)).all() == ["东湖孵化器"]


def test_floors_and_units(session: Session, house: House) -> None:
    site = house.site.id
    assert "已有同名的楼层" in house.manager.post(f"/sites/{site}/floors/new", data={"name": "3F", "level": "3"}).text
    made = house.manager.post(f"/sites/{site}/floors/new", data={"name": "3F", "building": "乙栋", "level": "3"})
    assert made.status_code == 302
    unit = {
        "code": "A-309", "kind": "desk", "area_cm2": "6", "list_price_fen": "800", "price_unit": "unit_month",
        "floor_id": str(house.floor.id), "independent": "y",
    }  # fmt: skip
    assert house.manager.post(f"/sites/{site}/spaces/new", data=unit).status_code == 302
    space = session.scalars(select(m.Space).where(m.Space.code == "A-309")).one()
    assert (space.area_cm2, space.list_price_fen, space.floor_id) == (60_000, 80_000, house.floor.id)
    assert space.independent is False  # a desk among others
    for typed, said in (
        ({"code": "A-301"}, "编号相同"),
        ({"area_cm2": "-2"}, "面积应大于0"),
        ({"price_unit": ""}, "计价单位"),
    ):
        answer = house.manager.post(f"/sites/{site}/spaces/new", data=unit | {"code": "B-1"} | typed)
        assert (answer.status_code, said in answer.text) == (422, True)


def test_a_unit_on_another_floor_leaves_the_plan(session: Session, house: House) -> None:
    room = house.rooms[1]
    room.plan_x = room.plan_y = 0
    room.plan_width = room.plan_height = 1000
    session.commit()
    typed = {"code": room.code, "kind": "room", "area_cm2": "48", "floor_id": ""}
    assert house.manager.post(f"/spaces/{room.id}/edit", data=typed).status_code == 302
    session.refresh(room)
    assert (room.floor_id, room.plan_x, room.plan_width) == (None, None, None)


def test_held_back_and_taken_back(session: Session, house: House) -> None:
    room = house.rooms[1]
    answer = house.manager.post(f"/spaces/{room.id}/status", data={"status": "maintenance"}, follow_redirects=True)
    assert "已改为“维修”" in answer.text
    assert "/undo/" in answer.text
    session.refresh(room)
    assert room.status is m.SpaceStatus.MAINTENANCE
    step = session.scalars(select(m.UndoStep).order_by(m.UndoStep.id.desc()).limit(1)).one()
    house.manager.post(f"/undo/{step.id}", data={"next": "/spaces"})
    session.refresh(room)
    assert room.status is m.SpaceStatus.VACANT
    assert house.manager.post(f"/spaces/{room.id}/status", data={"status": "occupied"}).status_code == 404


def test_a_photograph_says_nothing_of_where_it_was_taken(session: Session, house: House, settings: Any) -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (31.0, 16.0, 0.0)}
    exif[0x0112] = 6  # on its side
    body = picture("JPEG", (40, 30), exif=exif)
    assert b"Exif" in body
    answer = house.manager.post(
        f"/spaces/{house.rooms[0].id}/photos",
        data={"file": (BytesIO(body), "照片/大厅.jpg"), "caption": "大厅"},
        follow_redirects=True,
    )
    assert "大厅" in answer.text
    photo = session.scalars(select(m.Photo)).one()
    file_id = photo.file_id
    with house.window.get(f"/place-files/{file_id}") as answer:
        shown = answer.data
    assert b"Exif" not in shown
    assert Image.open(BytesIO(shown)).size == (30, 40)
    assert photo.file.name == "大厅.jpg"
    assert files.path_of(settings.files, photo.file.sha256).read_bytes() == shown
    gone = house.manager.post(f"/photos/{photo.id}/removal", follow_redirects=True)
    assert "照片已删除" in gone.text
    assert house.manager.get(f"/place-files/{file_id}").status_code == 404


def test_papers_are_confirmed_as_they_were_seen_and_a_change_takes_it_back(session: Session, house: House) -> None:
    site = house.site
    site.ownership = m.SiteOwnership.LEASED
    session.commit()
    page = house.manager.get(f"/sites/{site.id}").text
    assert "上级租赁合同：没有登记" in page
    assert "转租同意书：没有登记" in page
    address = f"/sites/{site.id}/papers/head_lease"
    for typed, said in (
        ({"dated_on": "2999-01-01"}, "签发日期不能晚于今天"),
        ({"dated_on": "2020-01-02", "valid_until": "2020-01-01"}, "有效期不能早于签发日期"),
        ({"valid_until": "2030-01-01", "file": (BytesIO(b"MZ"), "a.pdf")}, "只接受PDF、JPG或PNG"),
    ):
        answer = house.manager.post(address, data=typed)
        assert (answer.status_code, said in answer.text) == (422, True)
    assert site.paper(m.SitePaperKind.HEAD_LEASE) is None

    assert house.manager.post(address, data={"number": "甲1", "dated_on": "2020-01-01"}).status_code == 302
    confirm = f"{address}/confirmation"
    assert house.manager.post(confirm).status_code == 403
    assert "还没有登记日期" in house.window.post(confirm).text  # a head lease is known by its end
    dates = {"number": "甲1", "dated_on": "2020-01-01", "valid_until": "2030-01-01"}
    house.manager.post(address, data=dates)
    assert house.window.post(confirm, data={"seen": "something else"}).status_code == 409
    seen = _seen(house)
    assert house.window.post(confirm, data={"seen": seen}).status_code == 302
    assert house.window.post(confirm, data={"seen": seen}).status_code == 409
    paper = session.scalars(select(m.SitePaper).where(m.SitePaper.kind == m.SitePaperKind.HEAD_LEASE)).one()
    assert paper.confirmed_at is not None
    assert "没有改动" in house.manager.post(address, data=dates, follow_redirects=True).text
    session.refresh(paper)
    assert paper.confirmed_at is not None
    house.manager.post(address, data=dates | {"valid_until": "2031-01-01"})
    session.refresh(paper)
    assert (paper.confirmed_at, paper.confirmed_by_id, paper.valid_until) == (None, None, date(2031, 1, 1))
    assert "上级租赁合同：等总窗确认" in house.manager.get(f"/sites/{site.id}").text


def _seen(house: House) -> str:
    import re

    found = re.search(r'papers/head_lease/confirmation.*?name="seen" value="(\w+)"', house.window.get(
        f"/sites/{house.site.id}"
    ).text, re.DOTALL)  # fmt: skip
    assert found
    return found[1]
