"""平台: the state of the instance and its plugins, for the platform's administrators."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from core.data.after_commit import after_commit
from core.data.asker import Asker, asking
from core.data.engine import wal_is_safe
from core.data.models import District, Letter, Operator, PoolEntry, Role, Tenant, User
from core.errors import Invalid
from core.extensions import db
from core.services import files
from core.services import plugins as acts
from core.services.keys.reading import warnings
from core.web.access import roles
from core.web.errors import sentence
from core.web.views.case_page import registry
from core.web.views.plugins import plugin_rows

blueprint = Blueprint("admin", __name__)


@blueprint.get("/admin")
@roles(Role.PLATFORM_ADMIN)
def home() -> str:
    """Counts only: the platform's administrators see no operator's rows."""
    with asking(db.session, Asker.system("admin")):
        counts = {
            model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0
            for model in (District, Operator, Tenant, User, Letter, PoolEntry)
        }
    settings = current_app.extensions["settings"]
    return render_template(
        "admin/home.html",
        counts=counts,
        settings=settings,
        engine=db.engine.dialect.name,
        sqlite=sqlite3.sqlite_version,
        wal=wal_is_safe(),
        quarantined=registry().quarantined,
        files=files.standing(),
        keys=warnings(db.session, g.today),
    )


@blueprint.get("/admin/plugins")
@roles(Role.PLATFORM_ADMIN)
def plugins() -> str:
    return _plugins_page()


@blueprint.post("/admin/plugins/<key>/hold")
@roles(Role.PLATFORM_ADMIN)
def hold(key: str) -> Any:
    reason = request.form.get("reason", "")
    try:
        acts.hold(db.session, registry(), key, reason)
    except Invalid as error:
        db.session.rollback()
        return _plugins_page(problem=sentence(error), kept={key: reason}), error.status
    _now(_("已停用。它的申请件都还在，恢复之前不能作出决定。"))
    return redirect(url_for("admin.plugins"))


@blueprint.post("/admin/plugins/<key>/release")
@roles(Role.PLATFORM_ADMIN)
def release(key: str) -> Response:
    acts.release(db.session, registry(), key)
    _now(_("已恢复使用。"))
    return redirect(url_for("admin.plugins"))


@blueprint.post("/admin/plugins/<key>/reading")
@roles(Role.PLATFORM_ADMIN)
def read_in(key: str) -> Response:
    acts.read_in(db.session, registry(), key)
    _now(_("已重新读入；其他进程会在几秒内跟上。读入的结果见下表。"))
    return redirect(url_for("admin.plugins"))


def _now(done: str) -> None:
    """Once it is committed, do it in this process too, so that the page that follows shows what came of it."""
    follower = current_app.extensions["follower"]
    after_commit(db.session(), follower.hurry)
    flash(done, "success")


def _plugins_page(*, problem: str = "", kept: dict[str, str] | None = None) -> str:
    with asking(db.session, Asker.system("admin")):  # counts and reasons; the cases are their operators' own
        failing = acts.failing(db.session)
    return render_template(
        "admin/plugins.html",
        rows=plugin_rows(registry(), failing),
        problem=problem,
        kept=kept or {},
    )
