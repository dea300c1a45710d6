"""Who keeps confined processes is told after a fork, in the child: they are the parent's."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Keeper(Protocol):
    def after_fork(self) -> None: ...


_keepers: weakref.WeakSet[Keeper] = weakref.WeakSet()


def tell(keeper: Keeper) -> None:
    """Call `keeper.after_fork()` in each child that this process forks, as long as it lives."""
    _keepers.add(keeper)


def _tell_all() -> None:
    for keeper in list(_keepers):
        keeper.after_fork()


os.register_at_fork(after_in_child=_tell_all)
