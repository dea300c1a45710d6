"""Posts that are given and taken at one moment: whoever comes second waits, and then finds what was done. SQLite lets
one transaction write at a time anyway."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.data.asker import Asker
from core.data.models import Membership, Role, User
from core.errors import Conflict
from core.services import accounts
from core.services.rights import Scope
from tests import factories as f

Act = Callable[[Session], object]
pytestmark = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


def at_one_moment(engine: Engine, first: Act, second: Act) -> str:
    """What became of the second, which began before the first was committed."""
    answers = []
    asker = Asker.system("test")

    def later() -> None:
        with Session(engine, info={"asker": asker}) as own:
            try:
                second(own)
                own.commit()
                answers.append("done")
            except Conflict:
                answers.append("told")

    thread = threading.Thread(target=later)
    with Session(engine, info={"asker": asker}) as own:
        first(own)
        own.flush()
        thread.start()
        thread.join(timeout=1)  # it waits for the rows that the first one holds
        own.commit()
    thread.join(timeout=60)
    (answer,) = answers
    return answer


@pytest.mark.parametrize("leaving", ["disabled", "ended"])
def test_the_last_two_do_not_both_go(session: Session, engine: Engine, leaving: str) -> None:
    one, two = (f.user(session, Role.AUDIT_ADMIN).id for _ in range(2))
    session.commit()

    def disable(own: Session) -> None:
        accounts.set_active(own, own.get_one(User, two), active=False)

    def leave(own: Session) -> None:
        user = own.get_one(User, one)
        if leaving == "disabled":
            accounts.set_active(own, user, active=False)
        else:
            accounts.end_membership(own, user.memberships[0], reason="离职")

    assert at_one_moment(engine, leave, disable) == "told"


def test_two_posts_that_are_kept_apart_are_not_both_given(session: Session, engine: Engine) -> None:
    district, user = f.district(session).id, f.user(session).id
    session.commit()

    def give(role: Role) -> Act:
        def act(own: Session) -> Membership:
            return accounts.grant(own, own.get_one(User, user), role, Scope(district_id=district))

        return act

    assert at_one_moment(engine, give(Role.WINDOW), give(Role.AUDITOR)) == "told"
    assert at_one_moment(engine, give(Role.APPROVER), give(Role.FIRST_REVIEWER)) == "done"
