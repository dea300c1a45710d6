"""Every page about a case or its letter, from the URL map: closed to staff with a tie to its applicant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.web.access import access_of
from tests.integration.worlds import BODIES, address, build, rules

# What a case, a letter or something of a case is named by in an address.
OF_A_CASE = {
    *("case_id", "letter_id", "order_id", "objection_id", "act_paper_id", "filing_id", "package_id"),
    *("recovery_id", "recovery_credit_id", "recovery_paper_id"),
}
# Asking for a waiver, and laying a case down.
OPEN = {"ties.ask", "assignments.put_back"}


@pytest.mark.slow
def test_every_page_of_a_case_is_closed_to_who_is_tied(
    app: Flask, session: Session, settings: Settings, client_as: Callable[..., Any]
) -> None:
    world = build(session, app, settings, "")
    staff = world.scene.staff
    for user in staff.values():
        session.add(
            m.DeclaredTie(
                user_id=user.id, tenant_id=world.tenant.id, district_id=world.scene.district.id,
                relation=m.Relation.FAMILY, note="配偶为股东",
            )
        )  # fmt: skip
    session.commit()
    opened, asked = [], 0
    for name, user in staff.items():
        client, role = client_as(user), user.memberships[0].role
        for rule in rules(app):
            with app.app_context():
                access = access_of(rule.endpoint)
            if not rule.arguments & OF_A_CASE or rule.endpoint in OPEN:
                continue
            if not isinstance(access, frozenset) or role not in access:
                continue
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                body = BODIES[rule.endpoint](world) if method == "POST" and rule.endpoint in BODIES else None
                asked += 1
                with client.open(address(app, rule, world), method=method, data=body) as answer:
                    if answer.status_code != 403:
                        opened.append(f"{name} {method} {rule}: {answer.status_code}")
    assert opened == [], "\n".join(opened)
    assert asked > 50
