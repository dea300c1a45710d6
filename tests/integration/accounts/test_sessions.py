"""Server-side sessions: what a browser holds, how long it lasts, and that ending one is felt at the next request."""

from __future__ import annotations

from core.data.models import Role
from tests import factories


def test_smoke(app, session, client_as, client):
    operator = factories.operator(session, factories.district(session))
    mine = client_as(factories.user(session, Role.OPERATOR_MANAGER, operator=operator))
    print(mine.get("/").status_code, client.get("/account/login").status_code)
    assert mine.get("/account/change").status_code == 200
    assert client.get("/account/change").status_code == 302
