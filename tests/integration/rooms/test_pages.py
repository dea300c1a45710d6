"""Rooms and events on screen, as their people use them, and in a calendar program."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.services import bookings
from core.services.bookings.hours import instant
from tests import factories as f
from tests.integration.rooms.conftest import House

pytestmark = pytest.mark.one_engine

DAY = core.today().date() + timedelta(days=4)


def _body(house: House, **more: Any) -> dict[str, Any]:
    return {
        "space_id": house.rooms[0].id, "day": DAY.isoformat(), "at": "10:00", "until": "11:30", "title": "产品评审",
    } | more  # fmt: skip


@pytest.fixture
def own(house: House, client_as: Callable[..., Any]) -> Any:
    return client_as(house.founder(house.tenants[0]))


@pytest.fixture
def staff(house: House, client_as: Callable[..., Any]) -> Any:
    return client_as(house.manager)


def test_a_free_slot_opens_the_form_and_nothing_typed_is_lost(house: House, own: Any, staff: Any) -> None:
    page = own.get(f"/bookings?day={DAY}").text
    link = re.search(r'href="(/bookings/new\?[^"]*at=10:00[^"]*)"', page.replace("%3A", ":").replace("&amp;", "&"))
    assert link
    form = own.get(link[1]).text
    assert all(it in form for it in ('value="10:00"', 'value="11:00"', f'value="{DAY}"'))
    assert "超出免费时长" not in form
    made = own.post("/bookings/new", data=_body(house))
    assert made.status_code == 302
    refused = staff.post("/bookings/new", data=_body(house, at="11:00", until="12:00", title="另一个会"))
    assert refused.status_code == 422
    assert "青禾公司" in refused.text
    assert all(typed in refused.text for typed in ("另一个会", 'value="11:00"', 'value="12:00"'))
    assert "按14:30的样式" in own.post("/bookings/new", data=_body(house, at="25:00")).text


def test_others_are_only_taken_on_every_page_of_a_tenant(house: House, own: Any, staff: Any, session: Session) -> None:
    body = _body(house, tenant_id=house.tenants[1].id, title="融资保密会")
    assert staff.post("/bookings/new", data=body).status_code == 302
    assert own.post("/bookings/new", data=_body(house, at="14:00", until="15:00")).status_code == 302
    for page in (f"/bookings?day={DAY}", "/bookings/list", "/bookings/export?format=csv"):
        text = own.get(page).text
        assert "产品评审" in text, page
        assert "云帆公司" not in text, page
        assert "融资保密会" not in text, page
        assert "融资保密会" in staff.get(page).text, page
    assert "已占用" in own.get(f"/bookings?day={DAY}").text
    theirs = session.scalars(select(m.Booking).where(m.Booking.title == "融资保密会")).one().id
    for path in ("", "/time"):
        assert own.get(f"/bookings/{theirs}{path}").status_code == 404
    for act in ("cancellation", "restoration", "time"):
        assert own.post(f"/bookings/{theirs}/{act}", data=_body(house)).status_code == 404


def test_moved_cancelled_and_taken_back(house: House, own: Any, session: Session) -> None:
    own.post("/bookings/new", data=_body(house))
    booking = session.scalars(select(m.Booking)).one()
    moved = own.post(f"/bookings/{booking.id}/time", data=_body(house, space_id=house.rooms[1].id, title="复盘"))
    assert moved.status_code == 302
    page = own.get(f"/bookings/{booking.id}").text
    assert "复盘" in page
    assert "M2" in page
    own.post(f"/bookings/{booking.id}/cancellation")
    assert "恢复预订" in own.get(f"/bookings/{booking.id}").text
    assert "产品评审" not in own.get(f"/bookings?day={DAY}").text
    assert own.post(f"/bookings/{booking.id}/restoration").status_code == 302
    assert "恢复预订" not in own.get(f"/bookings/{booking.id}").text


def test_what_is_free_this_month_is_shown_and_the_rules_are_kept(house: House, own: Any, staff: Any) -> None:
    f.lease(house.session, house.tenants[0], [f.space(house.session, house.site, code="A1", area_cm2=300_000)],
            ends_on=None)  # fmt: skip
    assert staff.post("/bookings/rules/quota", data={"quota-hours": "1", "quota-per_sqm": "0"}).status_code == 422
    assert staff.post("/bookings/rules/quota", data={"quota-hours": "1", "quota-per_sqm": "10"}).status_code == 302
    assert "还剩3小时免费" in own.get("/bookings").text
    assert own.get("/bookings/rules").status_code == 403
    name = f"room-{house.rooms[0].id}-"
    hours = {f"{name}opens": "09:00", f"{name}closes": "08:00", f"{name}slot": "30", f"{name}days_ahead": "30"}
    refused = staff.post(f"/bookings/rules/rooms/{house.rooms[0].id}", data=hours)
    assert (refused.status_code, "应晚于开放时间" in refused.text) == (422, True)
    hours[f"{name}closes"] = "23:59"
    assert staff.post(f"/bookings/rules/rooms/{house.rooms[0].id}", data=hours).status_code == 302
    house.session.expire_all()
    kept = bookings.hours_of(house.session, house.rooms)[house.rooms[0].id]
    assert (kept.opens, kept.closes, kept.days_ahead) == (9 * 60, 24 * 60, 30)


def test_a_day_with_odd_hours_still_makes_a_table(house: House, own: Any, session: Session) -> None:
    """Rooms of other hours, a booking made under other rules: each line of the grid is as long as the head."""
    bookings.set_hours(session, house.rooms[1], bookings.Hours(9 * 60 + 15, 21 * 60 + 30, 15, 60))
    session.add(
        m.Booking(
            operator_id=house.operator.id, space_id=house.rooms[0].id, title="早会",
            starts_at=instant(DAY, 7 * 60 + 20), ends_at=instant(DAY, 8 * 60 + 10),
        )
    )  # fmt: skip
    page = own.get(f"/bookings?day={DAY}").text
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    covered: list[int] = []  # of each line still to come, cells that hang into it
    for line in body.split("<tr")[1:]:
        spans = [int(n or 1) for n in re.findall(r'<t[hd][^>]*?(?:rowspan="(\d+)")?>', line)]
        hanging = covered.pop(0) if covered else 0
        assert len(spans) + hanging == 3
        for span in spans:
            covered += [0] * (span - 1 - len(covered))
            for nth in range(span - 1):
                covered[nth] += 1
    assert covered == []


def test_the_feed_reads_with_its_secret_alone_until_it_is_made_new(
    house: House, own: Any, staff: Any, app: Any, session: Session
) -> None:
    own.post("/bookings/new", data=_body(house, title="评审, 终版; 第\\2轮"))
    staff.post("/bookings/new", data=_body(house, at="14:00", until="15:00", title="内部会"))
    event = f.event(session, house.site, title="路演日", starts_at=instant(DAY, 600), description="一\n二")
    f.event(session, house.site, title="没报名的", starts_at=instant(DAY, 600))
    own.post(f"/activities/{event.id}/registrations", data={"register-people": "2"})
    page = own.post("/calendar").text
    address = re.search(r'value="http://localhost(/calendars/[^"]+\.ics)"', page)
    assert address
    assert address[1] not in own.get("/calendar").text
    secret = address[1].removeprefix("/calendars/").removesuffix(".ics")
    assert secret not in {row.token_hash for row in session.scalars(select(m.CalendarFeed))}
    visitor = app.test_client()
    answer = visitor.get(address[1])
    assert answer.mimetype == "text/calendar"
    text = answer.get_data().replace(b"\r\n ", b"").decode()
    assert "SUMMARY:评审\\, 终版\\; 第\\\\2轮\r\n" in text
    assert f"DTSTART:{instant(DAY, 600):%Y%m%dT%H%M%SZ}\r\n" in text
    assert "DESCRIPTION:一\\n二\r\n" in text
    assert "路演日" in text
    assert "内部会" not in text
    assert "没报名的" not in text
    assert all(len(line) <= 75 for line in answer.get_data().split(b"\r\n"))
    assert visitor.post(address[1]).status_code in (401, 405)
    assert visitor.get("/bookings").status_code == 302, "the secret opens nothing else"
    renewed = re.search(r"/calendars/[^\"]+\.ics", own.post("/calendar").text)
    assert renewed
    assert (visitor.get(address[1]).status_code, visitor.get(renewed[0]).status_code) == (404, 200)
    membership = session.scalars(select(m.Membership).where(m.Membership.tenant_id == house.tenants[0].id)).one()
    membership.ended_at = core.today()
    assert visitor.get(renewed[0]).status_code == 404, "it lasts no longer than the membership"
    membership.ended_at = None
    assert own.post("/calendar/removal").status_code == 302
    assert visitor.get(renewed[0]).status_code == 404


def test_an_event_on_screen_from_draft_to_attendance(house: House, own: Any, staff: Any, session: Session) -> None:
    body = {
        "title": "政策宣讲会", "kind": "briefing", "site_id": house.site.id, "on": "2030-05-06", "starts": "14:00",
        "ends": "13:00", "capacity": "2", "place": "三楼路演厅", "description": "讲新政",
    }  # fmt: skip
    refused = staff.post("/activities/new", data=body)
    assert refused.status_code == 422
    assert all(typed in refused.text for typed in ("应晚于开始时间", "政策宣讲会", "三楼路演厅", "讲新政"))
    assert staff.post("/activities/new", data=body | {"ends": "16:00"}).status_code == 302
    event = session.scalars(select(m.Event)).one()
    at = f"/activities/{event.id}"
    assert own.get(at).status_code == 404
    assert "政策宣讲会" not in own.get("/activities").text
    assert staff.post(f"{at}/publication").status_code == 302
    assert "政策宣讲会" in own.get("/activities").text
    assert own.post(f"{at}/registrations", data={"register-people": "2"}).status_code == 302
    late = staff.post(
        f"{at}/registrations", data={"register-people": "1", "register-tenant_id": str(house.tenants[1].id)}
    )
    assert late.status_code == 302
    assert "候补" in staff.get(at).text
    assert "云帆公司" not in own.get(at).text
    mine, theirs = session.scalars(select(m.EventRegistration).order_by(m.EventRegistration.id)).all()
    assert own.post(f"{at}/registrations/{theirs.id}/withdrawal").status_code == 404
    assert own.post(f"{at}/registrations/{mine.id}/withdrawal").status_code == 302
    session.refresh(theirs)
    assert theirs.seated_at is not None
    event.starts_at, event.ends_at = (core.today() - timedelta(hours=n) for n in (3, 1))
    assert staff.post(f"{at}/holding").status_code == 302
    wrong = staff.post(f"{at}/attendance", data={f"came-{theirs.id}": "一个", "guests": "40"})
    assert (wrong.status_code, "请填整数" in wrong.text, 'value="一个"' in wrong.text) == (422, True, True)
    assert 'value="40"' in wrong.text
    assert staff.post(f"{at}/attendance", data={f"came-{theirs.id}": "1", "guests": "40"}).status_code == 302
    taken = staff.get(f"{at}/attendance/export?format=csv").text
    assert "云帆公司" in taken
    assert "青禾公司" not in taken
    assert "到场41人" in staff.get(f"/sites/{house.site.id}").text
