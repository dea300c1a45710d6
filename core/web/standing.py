"""Where the subscription of the reader's operator stands: read once a request, said on every page while it matters."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request

from core.data.asker import Reach
from core.data.models import Role
from core.extensions import db
from core.services import subscriptions

OWN_PAGE = "subscription."  # says it at length itself


def standing() -> subscriptions.Standing | None:
    """None for whoever is not an operator's, and where no subscription is asked for."""
    if "standing" not in g:
        asker = g.get("asker")
        ours = asker is not None and asker.reach is Reach.OPERATOR and subscriptions.offered() is not None
        g.standing = subscriptions.now(db.session, asker.operator_id, g.today) if ours else None
    found: subscriptions.Standing | None = g.standing
    return found


def _banner() -> dict[str, Any] | None:
    found = standing()
    if found is None or not found.ends_soon or (request.endpoint or "").startswith(OWN_PAGE):
        return None
    return {"standing": found, "manager": g.asker.may(Role.OPERATOR_MANAGER)}


def init_app(app: Flask) -> None:
    app.context_processor(lambda: {"subscription_banner": _banner})
