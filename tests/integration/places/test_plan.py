"""The plan of a floor: units are placed all at once, and what cannot be is said for each unit with nothing lost."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from tests import factories
from tests.integration.places.conftest import House, picture

pytestmark = pytest.mark.one_engine


def fields(space: m.Space, x: Any = "", y: Any = "", w: Any = "", h: Any = "") -> dict[str, str]:
    return {f"{part}-{space.id}": str(v) for part, v in zip("xywh", (x, y, w, h), strict=True)}


def save(house: House, *parts: dict[str, str]) -> Any:
    address = f"/floors/{house.floor.id}/edit"
    seen = re.search(r'name="seen" value="(\w+)"', house.manager.get(address).text)
    assert seen
    sent = {"seen": seen[1]}
    for part in parts:
        sent |= part
    return house.manager.post(address, data=sent)


def place(session: Session, space: m.Space) -> tuple[int | None, ...]:
    session.refresh(space)
    return space.plan_x, space.plan_y, space.plan_width, space.plan_height


def test_units_are_placed_moved_and_taken_off(session: Session, house: House) -> None:
    a, b, c = house.rooms
    assert save(house, fields(a, 0, 0, "12.5", 20), fields(b, "12.5", 0, 10, 20), fields(c)).status_code == 302
    assert [place(session, r) for r in (a, b, c)] == [(0, 0, 1250, 2000), (1250, 0, 1000, 2000), (None,) * 4]
    shown = house.manager.get(f"/floors/{house.floor.id}").text
    assert '<rect class="unit-ground" x="200.0" y="0.0" width="160.0" height="200.0"' in shown
    assert "A-303" in shown.split("还没有放到图上")[1]
    assert save(house, fields(a)).status_code == 302  # those that are not sent stay
    assert [place(session, r)[0] for r in (a, b)] == [None, 1250]
    step = session.scalars(select(m.UndoStep).order_by(m.UndoStep.id.desc()).limit(1)).one()
    house.manager.post(f"/undo/{step.id}")
    assert place(session, a) == (0, 0, 1250, 2000)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ((95, 0, 10, 10), "超出了本层平面图的边界"),
        ((-1, 0, 10, 10), "超出了本层平面图的边界"),
        ((0, "99.5", 10, 1), "超出了本层平面图的边界"),
        ((0, 0, "0.5", 10), "太小"),
        ((5, 5, 10, 10), "重叠"),
        ((5, "", 10, 10), "要么都填，要么都留空"),
        (("左边", 0, 10, 10), "请填百分数"),
        (("1e99", 0, 10, 10), "请填百分数"),
    ],
)
def test_what_cannot_stand_there(session: Session, house: House, typed: tuple[Any, ...], said: str) -> None:
    a, b, _ = house.rooms
    assert save(house, fields(a, 0, 0, 10, 10)).status_code == 302
    answer = save(house, fields(a, 0, 0, 10, 10), fields(b, *typed))
    assert answer.status_code == 422
    assert said in answer.text
    assert f"“{b.code}”" in answer.text
    for part, value in zip("xywh", typed, strict=True):
        assert f'name="{part}-{b.id}" value="{value}"' in answer.text
    assert (place(session, a), place(session, b)) == ((0, 0, 1000, 1000), (None,) * 4)


def test_sharing_an_edge_is_no_overlap_and_two_may_swap(session: Session, house: House) -> None:
    a, b, _ = house.rooms
    assert save(house, fields(a, 0, 0, 10, 10), fields(b, 10, 0, 10, 10)).status_code == 302
    assert save(house, fields(a, 10, 0, 10, 10), fields(b, 0, 0, 10, 10)).status_code == 302
    assert (place(session, a)[0], place(session, b)[0]) == (1000, 0)


def test_a_unit_of_another_floor_is_refused(session: Session, house: House) -> None:
    stranger = factories.space(session, house.site, code="Z-1")
    answer = save(house, fields(house.rooms[0], 0, 0, 10, 10), fields(stranger, 20, 0, 10, 10))
    assert answer.status_code == 422
    assert "有的单元不在这一层" in answer.text
    assert f'name="x-{house.rooms[0].id}" value="0"' in answer.text
    assert place(session, stranger) == place(session, house.rooms[0]) == (None,) * 4


def test_of_two_who_draw_at_once_the_second_is_told_and_loses_nothing(session: Session, house: House) -> None:
    a, b, _ = house.rooms
    address = f"/floors/{house.floor.id}/edit"
    early = re.search(r'name="seen" value="(\w+)"', house.manager.get(address).text)
    assert early
    assert save(house, fields(a, 0, 0, 10, 10)).status_code == 302
    sent = {"seen": early[1]} | fields(b, 50, 50, 10, 10)
    answer = house.manager.post(address, data=sent)
    assert answer.status_code == 409
    assert "刚刚由别人调整过" in answer.text
    assert f'name="x-{b.id}" value="50"' in answer.text
    assert place(session, b) == (None,) * 4
    again = re.search(r'name="seen" value="(\w+)"', answer.text)
    assert again
    assert house.manager.post(address, data=sent | {"seen": again[1]}).status_code == 302


def upload(house: House, body: bytes, name: str = "plan.png") -> Any:
    """As a browser sends it; in memory, for the test client leaves large files of its own open."""
    head = f'--B\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return house.manager.post(
        f"/floors/{house.floor.id}/picture",
        data=head + body + b"\r\n--B--\r\n",
        content_type="multipart/form-data; boundary=B",
    )


def test_a_picture_under_the_plan(session: Session, house: House) -> None:
    assert upload(house, picture("PNG", (600, 300))).status_code == 302
    session.refresh(house.floor)
    assert (house.floor.plan_width, house.floor.plan_height) == (600, 300)
    shown = house.manager.get(f"/floors/{house.floor.id}/edit").text
    assert 'viewBox="0 0 1600 800"' in shown
    assert f"/place-files/{house.floor.plan_id}" in shown
    assert house.manager.post(f"/floors/{house.floor.id}/picture/removal").status_code == 302
    session.refresh(house.floor)
    assert house.floor.plan_id is None


def test_what_is_no_picture_is_refused_with_a_sentence(session: Session, house: House) -> None:
    bomb = BytesIO()
    Image.new("1", (12_000, 12_000)).save(bomb, "PNG")  # a few kilobytes that would open to 144 million pixels
    for body, said in (
        (b"", "没有收到图片"),
        (b"%PDF-1.7 ...", "只接受JPG或PNG格式"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "只接受JPG或PNG格式"),
        (picture("PNG")[:60], "已损坏或不完整"),
        (picture("JPEG")[:300], "已损坏或不完整"),
        (bomb.getvalue(), "图片尺寸过大"),
    ):
        answer = upload(house, body, "plan.png" if body else "")
        assert (answer.status_code, said in answer.text) == (422, True), said
    session.refresh(house.floor)
    assert house.floor.plan_id is None


def test_a_picture_of_a_hundred_megabytes(session: Session, house: House) -> None:
    answer = upload(house, b"\x89PNG\r\n\x1a\n" + bytes(100 * 1024 * 1024))
    assert answer.status_code == 413
    assert "一次上传的文件合计不能超过 20 MB" in answer.text
    assert "请压缩或拆分文件" in answer.text
    just_over = upload(house, b"\x89PNG\r\n\x1a\n" + bytes(20 * 1024 * 1024))
    assert (just_over.status_code, "文件超过20MB" in just_over.text) == (422, True)
    session.refresh(house.floor)
    assert house.floor.plan_id is None


def test_colours_and_words(session: Session, house: House) -> None:
    lease = session.scalars(select(m.Lease)).one()
    save(house, fields(house.rooms[0], 0, 0, 30, 30), fields(house.rooms[1], 40, 0, 30, 30))
    floor = f"/floors/{house.floor.id}"
    assert "没有收款台账" in house.manager.get(f"{floor}?colour=arrears").text
    factories.rent(session, lease, "2026-08", 1)
    shown = house.manager.get(f"{floor}?colour=arrears").text
    assert "欠2个月以上" in shown
    assert "plan-unit u-danger" in shown
    assert "plan-unit u-incubator" in house.manager.get(f"{floor}?colour=stage").text
    assert "plan-unit u-vacant" in house.manager.get(f"{floor}?colour=end").text


def test_the_calendar_and_its_file(session: Session, house: House) -> None:
    lease = session.scalars(select(m.Lease)).one()
    address = f"/sites/{house.site.id}/timeline"
    shown = house.manager.get(f"{address}?from=2027-01&months=12").text
    assert f"{lease.tenant.name}，协议{lease.number}，2024-04-01至2027-03-31" in shown
    assert "整段空置" in shown
    assert re.findall(r"calendar-foot[^>]*>([^<]+)<", shown) == ["33%"] * 3 + ["0%"] * 9
    for query in ("from=nonsense", "from=0001-01&months=36", "months=999"):
        assert house.manager.get(f"{address}?{query}").status_code == 200
    rows = house.manager.get(f"{address}/export?from=2027-01&months=12&format=csv").text.splitlines()
    assert rows[0].lstrip("\ufeff").startswith("编号,楼层,类型,面积（㎡）,2027-01,")
    assert rows[1].startswith(f"A-301,3F,独立房间,48,{lease.tenant.name},")
    assert rows[-1].startswith("出租率（按面积）,,,,33.3%,33.3%,33.3%,0%,")
    assert house.manager.get(f"{address}/export").data[:2] == b"PK"
