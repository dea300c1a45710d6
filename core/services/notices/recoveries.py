"""What is told of 追回: the tenant what it may say, owes and has paid; staff that it is their turn."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core.data.models import Recovery, Role
from core.services.notices.telling import Telling, To, tell, tenant_of

LOOKERS = frozenset({Role.FIRST_REVIEWER})
DECIDERS = frozenset({Role.SECOND_REVIEWER, Role.APPROVER})


def found(session: Session, recovery: Recovery) -> None:
    """A lead: somebody looks at it."""
    _staff(session, recovery, "recovery_lead", LOOKERS)


def proposed(session: Session, recovery: Recovery) -> None:
    """The tenant may state its case; told again where more is asked for."""
    _tenant(session, recovery, "recovery_proposed", due=recovery.heard_until)


def stated(session: Session, recovery: Recovery) -> None:
    _staff(session, recovery, "recovery_stated", DECIDERS, str(recovery.acts[-1].id))


def demanded(session: Session, recovery: Recovery) -> None:
    _tenant(session, recovery, "recovery_demanded", due=recovery.due_on)


def appealed(session: Session, recovery: Recovery) -> None:
    _staff(session, recovery, "recovery_appealed", DECIDERS)


def judged(session: Session, recovery: Recovery) -> None:
    _tenant(session, recovery, "recovery_judged")


def settled(session: Session, recovery: Recovery) -> None:
    _tenant(session, recovery, "recovery_settled")


def dropped(session: Session, recovery: Recovery) -> None:
    _tenant(session, recovery, "recovery_dropped")


def _tenant(session: Session, recovery: Recovery, kind: str, **days: Any) -> None:
    tell(session, Telling(kind, tenant_of(recovery), recovery.id, _key(kind, recovery), _params(recovery, **days)))


def _staff(session: Session, recovery: Recovery, kind: str, roles: frozenset[Role], of: str = "") -> None:
    to = To(roles, district_id=recovery.district_id)
    key = f"{_key(kind, recovery)}:{of}"
    tell(session, Telling(kind, to, recovery.id, key, _params(recovery), tenant_id=recovery.tenant_id))


def _key(kind: str, recovery: Recovery) -> str:
    return f"{kind}:{recovery.id}:{recovery.owed_fen}"


def _params(recovery: Recovery, **days: Any) -> dict[str, Any]:
    said = {name: day.isoformat() for name, day in days.items() if day is not None}
    return {"recovery": recovery.number, "case": recovery.case.number, "amount": recovery.owed_fen, **said}
