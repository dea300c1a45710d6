"""The trail: one event per act, written in the transaction of the act. If it cannot be written, nothing happens."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from core.data.asker import Asker, NoAsker
from core.data.base import Base
from core.data.models import AuditEvent


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an act came from; the web layer sets it for each request."""

    request_id: str | None = None
    remote: str | None = None


_NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("hongcai_origin", default=_NOWHERE)


def set_origin(origin: Origin) -> None:
    _origin.set(origin)


def asker_of(session: Session) -> Asker:
    """Who is asking in this session; raises `NoAsker` where nobody is."""
    asker = session.info.get("asker")
    if not isinstance(asker, Asker):
        raise NoAsker("this session has no asker")
    return asker


def record(
    session: Session,
    action: str,
    subject: Base | None = None,
    *,
    detail: dict[str, Any] | None = None,
    success: bool = True,
) -> AuditEvent:
    """Add an event about `subject`. `detail` holds ids, codes, digests and amounts: no names, no sealed values."""
    asker, origin = asker_of(session), _origin.get()
    if subject is not None and subject in session.new:
        session.flush()  # the event names the row by its id
    event = AuditEvent(
        district_id=getattr(subject, "district_id", None) or asker.district_id,
        operator_id=getattr(subject, "operator_id", None) or asker.operator_id,
        actor_id=asker.user_id,
        actor=asker.label,
        action=action,
        subject_type=type(subject).__name__.lower() if subject is not None else "",
        subject_id=subject.id if subject is not None else None,
        success=success,
        detail=(detail or {}) | ({"acting_for": asker.acting_for_id} if asker.acting_for_id else {}),
        request_id=origin.request_id,
        remote=origin.remote,
    )
    session.add(event)
    return event
