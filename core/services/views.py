"""The views that people keep of lists: for themselves, whatever they work as."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import SavedView
from core.data.queries.views import one, parameters
from core.errors import Conflict, Invalid, NotFound
from core.services import audit

MOST = 20  # views of one list: more do not fit above it
NAME, QUERY = 40, 1000  # characters


def save(session: Session, *, list_key: str, name: str, query: str) -> SavedView:
    """Keep a list's query string under a name. Where in the list the reader was is left out."""
    user_id = _reader(session)
    if not re.fullmatch(r"[a-z][a-z_-]{0,39}", list_key):
        raise Invalid("没有这张列表，视图没有保存")
    name = _name(session, user_id, list_key, name)
    kept = urlencode(parameters(query))
    if len(kept) > QUERY:
        raise Invalid("搜索和筛选条件太长，不能保存为视图；请减少一些条件")
    mine = select(func.count()).where(SavedView.user_id == user_id, SavedView.list_key == list_key)
    if (session.scalar(mine) or 0) >= MOST:
        raise Invalid("每张列表最多保存 %(n)s 个视图；请先在“管理视图”里删除不用的", n=MOST)
    view = SavedView(user_id=user_id, list_key=list_key, name=name, query=kept)
    session.add(view)
    audit.record(session, "view.save", view, detail={"list": list_key})
    return view


def rename(session: Session, view_id: int, name: str) -> SavedView:
    """Call one's own view otherwise."""
    view = _mine(session, view_id)
    if " ".join(name.split()) != view.name:
        view.name = _name(session, view.user_id, view.list_key, name)
        audit.record(session, "view.rename", view)
        session.flush()
    return view


def delete(session: Session, view_id: int) -> str:
    """Take one's own view away; returns what it was called."""
    view = _mine(session, view_id)
    audit.record(session, "view.delete", view, detail={"list": view.list_key})
    session.delete(view)
    session.flush()
    return view.name


def _reader(session: Session) -> int:
    user_id = audit.asker_of(session).user_id
    if user_id is None:
        raise NotFound("没有这个视图")
    return user_id


def _mine(session: Session, view_id: int) -> SavedView:
    view = one(session, _reader(session), view_id)
    if view is None:
        raise NotFound("没有这个视图；它可能已在别处删除")
    return view


def _name(session: Session, user_id: int, list_key: str, name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid("请给视图起一个名字", field="name")
    if len(name) > NAME:
        raise Invalid("视图名称最多 %(n)s 个字", field="name", n=NAME)
    taken = select(SavedView.id).where(
        SavedView.user_id == user_id, SavedView.list_key == list_key, SavedView.name == name
    )
    if session.scalar(taken) is not None:
        raise Conflict("您已有名为“%(name)s”的视图，请换一个名字", field="name", name=name)
    return name
