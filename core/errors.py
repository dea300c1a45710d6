"""What can go wrong in the domain, and the one table that says how each is answered.

A domain error carries a Chinese sentence that says what happened, why, and what to do; it is a msgid, so the
English catalogue translates it. `field` names the form field it belongs to, if there is one.
"""

from __future__ import annotations

from typing import Any


def N_(text: str) -> str:
    """Marks a sentence for translation where it is written; the web layer translates it where it is shown."""
    return text


class DomainError(Exception):
    """Base of the errors a person can do something about."""

    status = 422

    def __init__(self, message: str, *, field: str | None = None, **values: Any) -> None:
        super().__init__(message % values if values else message)
        self.message, self.field, self.values = message, field, values


class NotFound(DomainError):
    """No such thing, or not for this asker: both are answered alike, so that nothing is given away."""

    status = 404


class Forbidden(DomainError):
    """The asker can see the thing but may not do this to it."""

    status = 403


class Conflict(DomainError):
    """Something else happened first: a stale tab, a taken number, spent evidence, an empty pool."""

    status = 409


class Invalid(DomainError):
    """What was entered cannot be accepted."""

    status = 422


class Unavailable(DomainError):
    """Somebody outside that the act needs does not answer, or is not set up. Nothing was done."""

    status = 503
