"""What auditors look at is on the trail: which page, which thing, which filters, how many rows (docs/adr/0011).

One hook for all pages but a reviewed list, so that a new page is logged without anybody thinking of it; what a form
gave out (a file of picked rows) as well as what an address did. Where it cannot be written, nothing is shown. Of what
was typed into a search only a keyed hash is kept, else what we know for our own short codes, numbers, days and amounts:
no name and no identity number comes to the trail on this way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
from core.errors import DomainError
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
GIVEN = frozenset({200, 206, 304})  # what was shown; 204 is "nothing new" of a page that asks every second
REFUSED_FORM = 422  # its page is shown again, with all that is on it
# A number shorter than a telephone's or an identity number, a day, a month, an amount.
_COUNTED = re.compile(r"-?\d{1,9}|\d{4}-\d\d(-\d\d)?|\d{1,13}\.\d\d")
_CODE = re.compile(r"[A-Za-z_,.-]{1,60}")
_COLUMNS = re.compile(r"[a-z_,.]+")  # a list may have many
# What our own pages put into an address: codes, ids, days and page numbers. The value of any other key may have been
# typed by somebody, and is hashed even where it is a number.
_OURS = frozenset(
    {
        *("format", "sort", "columns", "size", "per", "page", "tab", "width", "show", "kind", "with", "chosen"),
        *("year", "quarter", "month", "months", "from", "to", "site", "site_id", "floor", "space", "operator"),
        *("tenant", "tenant_id", "district", "letter", "case", "engagement", "finding", "lead", "item", "run"),
        *("policy", "session", "turn", "edit", "basis"),
    }
)
_BESIDE = frozenset({"seen", "width"})  # what a page that asks again has on it, how wide a picture is: the same look
_FOREIGN_KEY = re.compile(r"(\w+)_id$")


def is_logged(endpoint: str) -> bool:
    """Whether looking at it leaves a word in the trail."""
    return endpoint not in UNLOGGED and f"{endpoint.partition('.')[0]}.*" not in UNLOGGED


def note_list(key: str, filters: Mapping[str, str], rows: int | None, ids: Sequence[int] = ()) -> None:
    """A list on the page that is being made: what narrows it, how many rows that leaves, and which were picked."""
    picked = {"ids": [*ids]} if ids else {}
    g.setdefault("lists", []).append({"list": key, **filters, "rows": rows, **picked})


def init_app(app: Flask) -> None:
    """After `commit` and `headers`: what runs after a request runs in reverse order, so what is shown instead has its
    headers, too, and what a form did is not committed yet."""

    @app.after_request
    def look(response: Response) -> Response:
        endpoint = request.endpoint or ""
        asker = g.get("asker")
        if asker is None or not asker.may(Role.AUDITOR) or not _gives(response.status_code):
            return response
        if not is_logged(endpoint):
            return response
        try:
            if request.method in SAFE or response.status_code == REFUSED_FORM:
                db.session.rollback()  # what the page was made of was read; it must not stand in the way
                with writing(), Session(db.engine, info={"asker": asker}) as own:
                    _write(own, endpoint)
                    own.commit()
            else:  # with what the form did, in its transaction: both are there, or neither
                _write(db.session, endpoint)
                db.session.flush()
        except DomainError as error:  # what the form was not to change is refused only now (core.data.read_only)
            db.session.rollback()
            response.close()
            return app.make_response(app.handle_user_exception(error))
        except SQLAlchemyError as error:
            db.session.rollback()
            response.close()
            log.error("look.not_written", endpoint=endpoint, error=type(error).__name__)
            said = _("查阅记录没有写成，所以这一页不能显示。请稍后再试；仍不行的，请联系系统管理员。")
            return make_response(*error_page(503, said))
        return response


def _gives(status: int) -> bool:
    """Whether an answer shows anything: one that only leads elsewhere does not, the page there does."""
    return status in GIVEN or (status == REFUSED_FORM and request.method not in SAFE)


def _write(session: Session, endpoint: str) -> None:
    kind, subject_id, detail = what(endpoint, request.view_args or {}, request.args, g.get("lists", []))
    if _seen(session, kind, subject_id, detail):
        return
    event = record(session, f"{READ}{kind or 'list'}", detail=detail)
    event.subject_type, event.subject_id = kind, subject_id


def _seen(session: Session, kind: str, subject_id: int | None, detail: Mapping[str, Any]) -> bool:
    """Whether the very same was looked at a moment ago."""
    lately = session.scalars(
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
    asked_for = {name: value for name, value in asked.items() if value and name not in narrowed | _BESIDE}
    if asked_for:
        detail["asked"] = {name[:40]: _asked(name, value) for name, value in asked_for.items()}
    if lists:
        detail["lists"] = [
            {name: _narrowing(name, value) if isinstance(value, str) else value for name, value in it.items()}
            for it in lists
        ]
    return kind[:40], subject_id, detail


def _asked(name: str, value: str) -> str:
    if name == "columns" and _COLUMNS.fullmatch(value):
        return value
    return told(value, code=True) if name in _OURS else hashed(value)


def _narrowing(name: str, value: str) -> str:
    return hashed(value) if name == "q" else told(value, code=True)


def told(value: str, *, code: bool) -> str:
    """A value of ours as the trail may have it: a number, a day or an amount as it is, and a code; else hashed."""
    plain = _COUNTED.fullmatch(value) or (code and _CODE.fullmatch(value))
    return value if plain else hashed(value)


def hashed(value: str) -> str:
    """What somebody typed: the same for the same words, and not to be read back without the key."""
    return f"#{Keyring.current().once_index('looked_for', value)[:12]}"
