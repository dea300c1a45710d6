"""/healthz: whether this process can work, for load balancers and for `make demo`. Says no secrets and no names."""

from __future__ import annotations

import sqlite3
from importlib.metadata import version
from typing import Any

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

import core
from core.data.engine import wal_is_safe
from core.extensions import db
from core.jobs import backlog
from core.services.keys.reading import warnings
from core.web.access import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> tuple[Response, int]:
    """200 with `"status": "ok"`, or `"slow"` where jobs pile up; 503 where the database does not answer."""
    answer: dict[str, Any] = {"status": "ok", "version": version("hongcai")}
    try:
        answer["database"] = database()
        waiting = backlog(db.session.connection())
        answer["signing"] = signing()
    except SQLAlchemyError as error:
        answer |= {"status": "down", "database": {"error": type(error).__name__}}
        return jsonify(answer), 503
    if waiting is None:
        answer["jobs"] = "not set up: run `hongcai init`"
    else:
        answer["jobs"] = {
            "waiting": waiting.waiting,
            "running": waiting.running,
            "failed": waiting.failed,
            "oldest_seconds": waiting.oldest_seconds,
        }
        if not waiting.flowing:
            answer["status"] = "slow"
    return jsonify(answer), 200


def signing() -> str:
    """`ok`, or that a certificate ends within 60 days, or that a key was given up and none is in its place."""
    found = {it.what for it in warnings(db.session, core.today().date())}
    return "stopped" if "stopped" in found else "ends soon" if found else "ok"


def database() -> dict[str, str]:
    """What the database is; on SQLite also which journal it uses, and why."""
    connection = db.session.connection()
    if connection.dialect.name != "sqlite":
        return {"engine": "postgresql", "version": str(connection.scalar(text("SHOW server_version")))}
    why = (
        "this version keeps a WAL file whole"
        if wal_is_safe()
        else "WAL is refused: SQLite 3.7.0 to 3.51.2 can corrupt a WAL file with two connections"
    )
    return {
        "engine": "sqlite",
        "version": sqlite3.sqlite_version,
        "journal_mode": str(connection.scalar(text("PRAGMA journal_mode"))),
        "why": why,
    }
