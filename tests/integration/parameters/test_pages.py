"""The pages of parameters: what is typed stays, and who sees what."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from core.data import models as m
from core.data.asker import asking
from core.errors import NotFound
from core.services.parameters import drafting
from tests.scenes import Scene
from tests.support.parameters import accept_all, draft, published, row, submit

pytestmark = pytest.mark.one_engine

CAP = "cap_per_head_year_fen"
PAGE = "/policies/rent_subsidy/parameters"
NEXT = "2099-01-01"


@pytest.fixture
def today(app: Flask) -> Any:
    import core

    return core.today().date()


def sent(made: m.ParameterDraft, *rows: dict[str, str], **more: str) -> dict[str, str]:
    """A draft's form as a browser sends it."""
    fields = {
        f"rows-{number}-{'start' if name == 'from' else name}": value
        for number, one in enumerate(rows)
        for name, value in one.items()
        if name != "ended" or value
    }
    return {"version": str(made.version), "note": "说明", "correction": ""} | fields | more


def test_what_is_typed_is_kept_whatever_it_is_and_told_at_its_row(scene: Scene, client_as: Callable[..., Any]) -> None:
    client = client_as(scene.staff["second"])
    where = client.post(f"{PAGE}/drafts", data={"name": CAP}).location
    made = scene.session.query(m.ParameterDraft).one()
    half = row(CAP, "三千", "", source="  ")
    answer = client.post(where, data=sent(made, half), headers={"X-Autosave": "1"})
    assert answer.json == {"version": 2}
    page = client.get(where).text
    assert "三千" in page
    assert "请填写日期" in page
    assert "请写明出处" in page
    assert client.post(where, data=sent(made, row(CAP, "1", NEXT)) | {"version": "1"}).status_code == 409
    scene.session.refresh(made)
    client.post(where, data=sent(made, row(CAP, "3,200", NEXT), act="add", add="full_year_months"))
    scene.session.refresh(made)
    assert [one["name"] for one in made.rows] == [CAP, "full_year_months"]
    client.post(where, data=sent(made, *made.rows, act="remove-1"))
    scene.session.refresh(made)
    assert [one["value"] for one in made.rows] == ["3,200"]
    expected = unescape(re.findall(r'name="(expect-[^"]+)"', client.get(where).text)[0])
    wrong = client.post(f"{where}/golden", data={"version": str(made.version), expected: "1.23"}).text
    assert 'value="1.23"' in wrong
    assert "与核算结果不一致" in wrong
    other = client_as(scene.staff["first"])
    assert other.post(where, data=sent(made, row(CAP, "9", NEXT))).status_code == 403
    assert other.get(where).status_code == 200


def test_the_file_goes_out_and_comes_back_and_is_public(
    scene: Scene, client_as: Callable[..., Any], client: Any, today: Any
) -> None:
    publication = published(scene, row(CAP, "3200", NEXT), today=today)
    scene.session.commit()
    got = client.get(f"{PAGE}/export")
    assert got.get_data(as_text=True) == publication.file
    guide = client.get("/policies/rent_subsidy").text
    assert "3,200.00 元" in guide
    assert "本区公布" in guide
    assert client.get(PAGE).status_code == 302  # drafts and history are for staff
    reviewer = client_as(scene.staff["second"])
    changed = publication.file.replace("320000", "330000")
    answer = reviewer.post(f"{PAGE}/import", data={"file": (BytesIO(changed.encode()), "a.yaml")})
    assert "3300" in reviewer.get(answer.location).text
    for bad in (publication.file, "parameters: [1]", "x: {values: 3}", "a: 'b", "\udcff"):
        body = bad.encode("utf-8", "surrogateescape")
        refused = reviewer.post(f"{PAGE}/import", data={"file": (BytesIO(body), "a.yaml")})
        assert refused.status_code == 422, bad


def test_the_second_person_sees_what_changes_and_what_happens_is_what_they_saw(
    scene: Scene, client_as: Callable[..., Any], today: Any
) -> None:
    case = scene.until(m.CaseState.PUBLISHED)
    made = draft(scene, row(CAP, "2800", "2026-10-01"))
    made.correction = "写错"
    accept_all(scene, made, today)
    submit(scene, made, today)
    scene.session.commit()
    where = f"{PAGE}/drafts/{made.id}"
    approver, author = client_as(scene.staff["approver"]), client_as(scene.staff["second"])
    assert made.note in approver.get("/home/desk").text
    page = approver.get(f"{where}/publication").text
    for words in ("3,000.00 元", "2,800.00 元", case.number, "审核意见失效", "写错"):
        assert words in page
    body = {"version": str(made.version), "seen": "sha256:old", "confirmed": "yes"}
    assert author.post(f"{where}/publication", data=body).status_code == 403
    assert approver.post(f"{where}/publication", data=body).status_code == 409
    seen = page.split('name="seen" value="')[1].split('"')[0]
    assert approver.post(f"{where}/publication", data=body | {"seen": seen, "confirmed": ""}).status_code == 422
    assert approver.post(f"{where}/publication", data=body | {"seen": seen}).status_code == 302
    assert "初审之后公布了新的参数值" in approver.get(f"/cases/{case.id}").text
    history = approver.get(PAGE).text
    assert "second员起草，approver员公布" in history


def test_a_draft_is_for_the_districts_staff_alone(scene: Scene) -> None:
    made = draft(scene, row(CAP, "2800", NEXT))
    tenant = scene.tenant()
    for who in (scene.manager, scene.founder_of(tenant)):
        with asking(scene.session, scene.as_user(who)), pytest.raises(NotFound):
            drafting.load(scene.session, made.id)
