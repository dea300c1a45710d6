"""What auditors look at is on the trail: which page, which thing, which filters, how many rows (docs/adr/0011).

One hook for all pages but a reviewed list, so that a new page is logged without anybody thinking of it. Where it cannot
be written, the page is not shown. Of what was typed into a search only a keyed hash is kept, and of other values only
short codes, numbers and days: no name and no identity number comes to the trail on this way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from flask import Flask, Response, g, make_response, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.data.crypto import Keyring
from core.data.engine import writing
from core.data.models import AuditEvent, Role
from core.data.queries.audit import READ
from core.data.types import utcnow
from core.extensions import db
from core.services.audit import record
from core.web.commit import SAFE
from core.web.errors import page as error_page

log = structlog.get_logger()

AGAIN = timedelta(minutes=1)  # the same page once more within this is the same look
# What holds nobody's facts: one's own account and notices, the policies, what anybody may read. This list is read by
# people: adding to it is a decision, and a page that is not here is logged.
UNLOGGED = frozenset(
    {
        *("static", "home.index", "home.mine", "language.choose", "health.healthz", "design.*", "security.*", "auth.*"),
        *("notices.index", "notices.show", "notices.unread", "notices.export", "views.*"),
        *("policies.index", "policies.show", "parameters.index", "parameters.export", "holidays.index"),
        *("public.verify", "announcements.*", "calendars.feed"),
        *("transparency.index", "transparency.checkpoint", "transparency.public_keys", "transparency.script"),
        *("officers.reads", "officers.reads_export"),  # of the looks themselves there is no end
    }
)
_COUNTED = re.compile(r"-?\d{1,9}|\d{4}-\d\d(-\d\d)?")  # shorter than a telephone's or an identity number
_CODE = re.compile(r"[A-Za-z_,.-]{1,60}")
_OF_THE_LIST = frozenset({"format", "sort", "columns", "size", "per"})  # keys whose values are codes of ours
_FOREIGN_KEY = re.compile(r"(\w+)_id$")


def is_logged(endpoint: str) -> bool:
    """Whether looking at it leaves a word in the trail."""
    return endpoint not in UNLOGGED and f"{endpoint.partition('.')[0]}.*" not in UNLOGGED


def note_list(key: str, filters: Mapping[str, str], rows: int | None) -> None:
    """A list on the page that is being made: what it is narrowed to, and how many rows that leaves."""
    g.setdefault("lists", []).append({"list": key, **filters, "rows": rows})


def init_app(app: Flask) -> None:
    """After `commit` and `headers`: what runs after a request runs in reverse order, so what is shown instead has its
    headers, too."""

    @app.after_request
    def look(response: Response) -> Response:
        endpoint = request.endpoint or ""
        asker = g.get("asker")
        shown = response.status_code < 300 or response.status_code == 304
        if asker is None or not asker.may(Role.AUDITOR) or request.method not in SAFE or not shown:
            return response
        if not is_logged(endpoint):
            return response
        try:
            _write(endpoint)
        except SQLAlchemyError as error:
            db.session.rollback()
            response.close()
            log.error("look.not_written", endpoint=endpoint, error=type(error).__name__)
            said = _("查阅记录没有写成，所以这一页不能显示。请稍后再试；仍不行的，请联系系统管理员。")
            return make_response(*error_page(503, said))
        return response


def _write(endpoint: str) -> None:
    kind, subject_id, detail = what(endpoint, request.view_args or {}, request.args, g.get("lists", []))
    db.session.rollback()  # what the page was made of was read; it must not stand in the way
    with writing(), Session(db.engine, info={"asker": g.asker}) as own:
        if _seen(own, kind, subject_id, detail):
            return
        event = record(own, f"{READ}{kind or 'list'}", detail=detail)
        event.subject_type, event.subject_id = kind, subject_id
        own.commit()


def _seen(own: Session, kind: str, subject_id: int | None, detail: Mapping[str, Any]) -> bool:
    """Whether the very same was looked at a moment ago."""
    lately = own.scalars(
        select(AuditEvent).where(
            AuditEvent.at > utcnow() - AGAIN,
            AuditEvent.actor_id == g.asker.user_id,
            AuditEvent.action == f"{READ}{kind or 'list'}",
            AuditEvent.subject_id.is_not_distinct_from(subject_id),
        )
    )
    return any({k: v for k, v in event.detail.items() if k != "acting_for"} == detail for event in lately)


def what(
    endpoint: str, named: Mapping[str, Any], asked: Mapping[str, str], lists: list[dict[str, Any]]
) -> tuple[str, int | None, dict[str, Any]]:
    """The kind and id of the thing that a page is about, and the rest: the innermost that its address names."""
    keys = [(match[1], value) for name, value in named.items() if (match := _FOREIGN_KEY.match(name))]
    kind, subject_id = keys[-1] if keys else ("", None)
    detail: dict[str, Any] = {"page": endpoint}
    detail |= {f"of_{key}": value for key, value in keys[:-1]}
    detail |= {name: told(str(value), code=True) for name, value in named.items() if not _FOREIGN_KEY.match(name)}
    narrowed = {name for it in lists for name in it}
    asked_for = {name: value for name, value in asked.items() if value and name not in narrowed}
    if asked_for:
        detail["asked"] = {name[:40]: told(value, code=name in _OF_THE_LIST) for name, value in asked_for.items()}
    if lists:
        detail["lists"] = [
            {name: told(value, code=name != "q") if isinstance(value, str) else value for name, value in it.items()}
            for it in lists
        ]
    return kind[:40], subject_id, detail


def told(value: str, *, code: bool) -> str:
    """A value as the trail may have it: a number or a day as it is, and one of our codes; else a keyed hash."""
    plain = _COUNTED.fullmatch(value) or (code and _CODE.fullmatch(value))
    return value if plain else f"#{Keyring.current().once_index('looked_for', value)[:12]}"
