"""Who acts on keys from the command line: a person with an account who may, as on the page."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.data.models import Membership
from core.data.queries.people import running
from core.errors import Forbidden, NotFound
from core.services.accounts import find_user
from core.services.rights import KEY_CONFIRMERS, KEY_PROPOSERS


def keeper(session: Session, account: str) -> Membership:
    """The membership in which the account may change keys. Raises `NotFound`, `Forbidden`."""
    user = find_user(session, account)
    if user is None or not user.active:
        raise NotFound("没有账户%(account)s", account=account)
    wanted = select(Membership).where(
        Membership.user_id == user.id,
        Membership.role.in_(KEY_PROPOSERS | KEY_CONFIRMERS),
        running(core.today().date()),
    )
    found = session.scalars(wanted.order_by(Membership.id).limit(1)).first()
    if found is None:
        raise Forbidden("%(account)s不能办理签名密钥的更换", account=account)
    return found
