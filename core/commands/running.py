"""Whether an instance is in use: what serves or works holds a shared lock, what replaces it wants it alone."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.config import Settings


class Busy(Exception):
    """Something is running on this instance."""


@contextmanager
def _locked(settings: Settings, how: int) -> Iterator[None]:
    settings.var.mkdir(parents=True, exist_ok=True)
    with (settings.var / "instance.lock").open("w") as lock:
        try:
            fcntl.flock(lock, how | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"hongcai is at work on {settings.var}: stop every hongcai process first") from None
        yield


def using(settings: Settings) -> AbstractContextManager[None]:
    """While this lasts, nobody replaces the instance. A killed process lets go by itself."""
    return _locked(settings, fcntl.LOCK_SH)


def alone(settings: Settings) -> AbstractContextManager[None]:
    """Nobody else uses the instance while this lasts; raises `Busy`."""
    return _locked(settings, fcntl.LOCK_EX)
