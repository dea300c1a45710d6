"""Saved views: each person's own, opened as an address, whatever has become of the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.data import models as m
from tests import factories
from tests.integration.lists.conftest import House

pytestmark = pytest.mark.one_engine

QUERY = "q=青禾&stage=incubator&sort=-name&columns=name,stage&size=25&after=xyz"


def save(client: Any, name: str = "在孵的青禾", query: str = QUERY, key: str = "tenants") -> Any:
    return client.post("/views", data={"list": key, "name": name, "query": query, "next": "/tenants?q=other"})


def said(client: Any) -> str:
    return str(client.get("/tenants").text)


def test_kept_opened_renamed_and_deleted(session: Session, house: House, client_as: Callable[..., Any]) -> None:
    factories.tenant(session, house.operator, name="青禾一号")
    client = client_as(house.manager)
    answer = save(client)
    view = session.query(m.SavedView).one()
    assert (view.user_id, view.list_key, view.name) == (house.manager.id, "tenants", "在孵的青禾")
    assert "after" not in view.query  # where in the list somebody was is no part of it
    assert answer.location == f"/tenants?{view.query}"
    page = client.get(answer.location).text
    assert "已保存视图“在孵的青禾”" in page
    assert 'aria-current="true"><svg' in page  # it is the one shown
    assert "青禾一号" in page
    client.post(f"/views/{view.id}/rename", data={"name": " 我的  青禾 ", "next": "/tenants"})
    session.refresh(view)
    assert view.name == "我的 青禾"
    answer = client.post(f"/views/{view.id}/delete", data={"next": "/tenants"})
    assert answer.location == "/tenants"
    assert session.query(m.SavedView).count() == 0
    acts = [e.action for e in session.query(m.AuditEvent).filter(m.AuditEvent.action.startswith("view."))]
    assert acts == ["view.save", "view.rename", "view.delete"]


@pytest.mark.parametrize(
    ("name", "query", "key", "reason"),
    [
        ("  ", QUERY, "tenants", "请给视图起一个名字"),
        ("长" * 41, QUERY, "tenants", "最多 40 个字"),
        ("太长", "q=" + "x" * 2000, "tenants", "条件太长"),
        ("哪里", QUERY, "../x", "没有这张列表"),
        ("占用", QUERY, "tenants", "您已有名为“占用”的视图"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_is(
    session: Session, house: House, client_as: Callable[..., Any], name: str, query: str, key: str, reason: str
) -> None:
    client = client_as(house.manager)
    save(client, "占用")
    assert save(client, name, query, key).location.startswith("/tenants?")
    assert reason in said(client)
    assert session.query(m.SavedView).count() == 1


def test_there_are_only_so_many(session: Session, house: House, client_as: Callable[..., Any]) -> None:
    client = client_as(house.manager)
    session.add_all(m.SavedView(user_id=house.manager.id, list_key="tenants", name=f"{n}", query="") for n in range(20))
    save(client, "再来一个")
    assert "最多保存 20 个视图" in said(client)
    assert session.query(m.SavedView).count() == 20


def test_a_view_of_what_is_no_longer_there_still_opens(
    session: Session, house: House, client_as: Callable[..., Any]
) -> None:
    factories.tenant(session, house.operator, name="青禾一号")
    session.add(
        m.SavedView(user_id=house.manager.id, list_key="tenants", name="旧", query="columns=gone,name&sort=gone")
    )
    client = client_as(house.manager)
    page = client.get("/tenants?columns=gone,name&sort=gone&stage=gone&size=7")
    assert page.status_code == 200
    assert "青禾一号" in page.text


def test_nobody_touches_anothers(session: Session, house: House, client_as: Callable[..., Any]) -> None:
    colleague = factories.user(session, m.Role.OPERATOR_STAFF, operator=house.operator)
    save(client_as(house.manager))
    view = session.query(m.SavedView).one()
    client = client_as(colleague)
    assert "在孵的青禾" not in said(client)
    for act in ("rename", "delete"):
        assert client.post(f"/views/{view.id}/{act}", data={"name": "偷"}).status_code == 404
    session.refresh(view)
    assert view.name == "在孵的青禾"
    # the same person in another role has them still: they are the person's
    assert save(client).status_code == 302
    assert session.query(m.SavedView).count() == 2


def test_one_does_not_leave_the_site(house: House, client_as: Callable[..., Any]) -> None:
    client = client_as(house.manager)
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example", ""):
        answer = client.post("/views", data={"list": "tenants", "name": "x", "query": "", "next": target})
        assert answer.location.startswith("/")
        assert "evil" not in answer.location
