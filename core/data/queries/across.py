"""Reading beyond the asker's reach, for the few rules that hold for a whole district or instance.

An enterprise's months at a former operator and the awards of other operators have to be seen by the rules, and by
nobody else. Loading them into the caller's session would leave them in its identity map, where `session.get()` finds
them without asking who asks. So they are read in a second session on the same connection, and end with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from core.data.asker import Asker


@contextmanager
def across(session: Session, name: str) -> Iterator[Session]:
    """A session in the transaction of `session` that asks as the system (`name` says for what).

    What is pending in `session` is flushed first, so that both see the same. Ending it ends no transaction.
    """
    session.flush()
    with Session(session.connection(), join_transaction_mode="rollback_only") as wide:
        wide.info["asker"] = Asker.system(name)
        yield wide
