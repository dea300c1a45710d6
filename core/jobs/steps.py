"""A step of a durable job: its result is kept, and what passes by itself is tried again."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import stripe
from dbos import DBOS
from sqlalchemy.exc import InterfaceError, OperationalError

P = ParamSpec("P")
R = TypeVar("R")


def passing(error: BaseException) -> bool:
    """Whether trying again may help: disk, database or Stripe were away. What is wrong with a letter stays wrong."""
    return isinstance(error, OSError | OperationalError | InterfaceError | stripe.APIConnectionError | stripe.APIError)


def step(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Five tries within about fifteen seconds. What still fails then is reported; `hongcai letters issue` resumes a
    letter."""
    return DBOS.step(
        name=name, retries_allowed=True, max_attempts=5, interval_seconds=1.0, backoff_rate=2.0, should_retry=passing
    )
