"""What the platform's administrators do about a plugin: take it out of service, bring it back, read it in again.

It is a row, which every process of the instance follows: `follow` looks at it now and then, and does here what was
decided there.
"""

from __future__ import annotations

import threading
import time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import AssessmentFailure, PluginState
from core.data.types import utcnow
from core.errors import Conflict, Invalid, NotFound
from core.policy import Registry, UnknownPolicy
from core.services import audit
from core.services.typed import within

FOLLOW_SECONDS = 3.0


class Follower:
    """What this process's registry has done of what was decided."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._editions: dict[str, int] = {}
        self._read_at = utcnow()  # what was decided before is in the files as they were read
        self._next = 0.0
        self._lock = threading.Lock()

    def hurry(self) -> None:
        """Look at the next request, whenever it comes."""
        self._next = 0.0

    def follow(self, session: Session) -> None:
        """Do what was decided since the last look, at most every few seconds. A plugin that cannot be read in is
        quarantined, and everything else goes on."""
        if time.monotonic() < self._next or not self._lock.acquire(blocking=False):
            return
        try:
            self._next = time.monotonic() + FOLLOW_SECONDS
            states = session.execute(
                select(PluginState.policy_key, PluginState.held, PluginState.edition, PluginState.changed_at)
            ).all()
            self.registry.hold({key: held for key, held, _, _ in states if held is not None})
            for key, _, edition, changed_at in states:
                known = self._editions.get(key, edition if changed_at < self._read_at else 0)
                if edition != known and key in self.registry.third_parties:
                    self.registry.reload(key)
                self._editions[key] = edition
        finally:
            self._lock.release()


def hold(session: Session, registry: Registry, key: str, reason: str) -> None:
    """Take a policy out of service in the whole instance. Its cases stay, and cannot be decided."""
    if len(reason.strip()) < 2:
        raise Invalid("请写明停用的原因，办理人员会看到它", field="reason")
    if key in registry.held:
        raise Conflict("这项政策已停用")
    _known(registry, key)
    reason = within(reason, 400, field="reason")
    _state(session, key).held = reason
    _record(session, "plugin.hold", key, reason=reason)


def release(session: Session, registry: Registry, key: str) -> None:
    """Bring a policy back into service."""
    if key not in registry.held:
        raise Conflict("这项政策没有停用")
    _state(session, key).held = None
    _record(session, "plugin.release", key)


def read_in(session: Session, registry: Registry, key: str) -> None:
    """Have every process read a third party's plugin in again from its files, into new worker processes."""
    if key not in registry.third_parties:
        raise NotFound("没有这个第三方插件；自带的政策在重新启动时读入")
    state = _state(session, key)
    state.edition += 1
    _record(session, "plugin.read_in", key, edition=state.edition)


def _known(registry: Registry, key: str) -> None:
    try:
        registry.get(key)
    except UnknownPolicy:
        raise NotFound("没有这项政策，或已被隔离") from None


def _state(session: Session, key: str) -> PluginState:
    state = session.scalars(select(PluginState).where(PluginState.policy_key == key)).one_or_none()
    if state is None:
        state = PluginState(policy_key=key, edition=0)
        session.add(state)
    state.changed_at, state.changed_by_id = utcnow(), audit.asker_of(session).user_id
    return state


def _record(session: Session, action: str, key: str, **detail: object) -> None:
    session.flush()
    audit.record(session, action, detail={"policy": key, **detail})


def failing(session: Session) -> dict[str, tuple[int, AssessmentFailure]]:
    """For each policy with cases that stand unassessed: how many, and the latest of them."""
    open_ = AssessmentFailure.ended_at.is_(None)
    counts = dict(
        session.execute(
            select(AssessmentFailure.policy_key, func.count()).where(open_).group_by(AssessmentFailure.policy_key)
        ).all()
    )
    found = {}
    for key, count in counts.items():
        newest = select(AssessmentFailure).where(open_, AssessmentFailure.policy_key == key)
        found[key] = count, session.scalars(newest.order_by(AssessmentFailure.last_at.desc()).limit(1)).one()
    return found
