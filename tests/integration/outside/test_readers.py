"""Who reads lists from outside: the auditors of their district, and its administrators that they exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data import models as m
from tests import factories as f
from tests.integration.outside.conftest import csv, numbers, take
from tests.scenes import Scene


def test_who_may_see_what(
    session: Session, scene: Scene, case: m.Case, auditor: Any, client_as: Callable[..., Any]
) -> None:
    _, other = numbers(session, case)
    made = take(session, auditor, "unemployment", csv("身份证号,领取月份", f"{other},2026-01"))
    admin = client_as(scene.staff["admin"])
    listed = admin.get("/outside-lists").text
    assert ("示例区社保中心" in listed, f"/outside-lists/{made.id}" in listed) == (True, False)
    for path in (f"/outside-lists/{made.id}", "/outside-lists/import"):
        assert admin.get(path).status_code == 403
    assert client_as(scene.staff["first"]).get("/outside-lists").status_code == 403
    assert client_as(scene.manager).get("/outside-lists").status_code == 403
    other_district = f.district(session, name="另区")
    stranger_there = client_as(f.user(session, m.Role.AUDITOR, district=other_district))
    assert "示例区社保中心" not in stranger_there.get("/outside-lists").text
    assert stranger_there.get(f"/outside-lists/{made.id}").status_code == 404
    for act in ("confirmation", "comparison", "deletion"):
        assert stranger_there.post(f"/outside-lists/{made.id}/{act}").status_code == 404
    # A list of another district says nothing about this one's awards.
    theirs = take(session, stranger_there, "unemployment", csv("身份证号,领取月份", f"{other},2026-02"))
    stranger_there.post(f"/outside-lists/{theirs.id}/comparison")
    session.refresh(theirs)
    assert (theirs.hits, session.scalars(select(m.Lead)).all()) == (0, [])
