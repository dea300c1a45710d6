"""平台: the state of the instance and its plugins, for the platform's administrators."""

from __future__ import annotations

import sqlite3

from flask import Blueprint, current_app, render_template
from sqlalchemy import func, select

from core.data.asker import Asker, asking
from core.data.engine import wal_is_safe
from core.data.models import District, Letter, Operator, PoolEntry, Role, Tenant, User
from core.extensions import db
from core.web.access import roles
from core.web.views.case_page import registry

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
    )


@blueprint.get("/admin/plugins")
@roles(Role.PLATFORM_ADMIN)
def plugins() -> str:
    return render_template("admin/plugins.html", policies=registry().policies, quarantined=registry().quarantined)
