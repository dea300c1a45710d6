"""The isolation matrix, from the URL map: every route × method × role, with another's ids and with one's own.

A foreign id answers 401, 403 or 404, without a foreign word and without changing a foreign row; one's own works, so
that the test is not empty. A route without an entry below fails the test: a new page is a new promise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from core.config import Settings
from core.data import models as m
from core.data.base import Base, OperatorScoped
from core.web.access import PUBLIC, SIGNED_IN, access_of
from tests import factories
from tests.scenes import Scene, paper

FOREIGN = "外来金丝雀"  # in every text of the foreign world that could be shown
REFUSED = {401, 403, 404}

# Pages without an account. This list is read by people: adding to it is a decision.
PUBLIC_PAGES = {
    "home.index", "public.verify", "public.announcements", "policies.index", "policies.show",
    "language.choose", "health.healthz",
}  # fmt: skip
# Pages of a library that nobody may open: an unmarked view answers 403.
CLOSED = {"security.two_factor_rescue", "security.tf_select"}
# Flask-Security's own and the account pages are about oneself; tests/integration/accounts covers them.
OWN_ACCOUNT = ("security.", "auth.", "design.")


@dataclass
class World:
    """One operator with a tenant, a case in review, a letter, and who may see them."""

    scene: Scene
    tenant: m.Tenant
    founder: m.Founder
    case: m.Case
    document: m.CaseDocument
    letter: m.Letter
    users: dict[str, m.User]


def build(session: Session, app: Flask, settings: Settings, mark: str) -> World:
    scene = Scene(
        session, app.extensions["registry"], settings.files, name=f"{mark}区", region="310109" if mark else None
    )
    scene.operator.name = f"{mark}运营机构"
    tenant = scene.tenant(f"{mark}科技有限公司", industry=f"{mark}行业")
    case = scene.until(m.CaseState.APPROVED, tenant)
    founder = session.scalars(select(m.Founder).where(m.Founder.tenant_id == tenant.id)).one()
    founder.name = f"{mark}创始人"
    decision = session.scalars(select(m.Decision).where(m.Decision.case_id == case.id)).one()
    award = session.scalars(select(m.Award).where(m.Award.case_id == case.id)).one()
    issuer = session.scalars(select(m.Issuer).where(m.Issuer.district_id == scene.district.id)).one()
    letter = m.Letter(
        operator_id=tenant.operator_id, tenant_id=tenant.id, district_id=scene.district.id, case_id=case.id,
        decision_id=decision.id, award_id=award.id, kind=m.LetterKind.AWARD, issuer_id=issuer.id, year=2026, seq=1,
        number=f"{mark}〔2026〕1号", check_code=f"CHECK{case.id:07d}", issued_on=case.applied_on,
        amount_fen=award.amount_fen, capsule_digest=decision.capsule_digest,
    )  # fmt: skip
    session.add(letter)
    session.flush()
    document = session.scalars(select(m.CaseDocument).where(m.CaseDocument.case_id == case.id).limit(1)).one()
    users = {
        "founder": scene.founder_of(tenant),
        "operator": scene.manager,
        **scene.staff,
        "platform": factories.user(session, m.Role.PLATFORM_ADMIN),
    }
    return World(scene, tenant, founder, case, document, letter, users)


# Each parameter of a route and the id it takes in a world.
IDS: dict[str, Callable[[World], Any]] = {
    "tenant_id": lambda w: w.tenant.id,
    "founder_id": lambda w: w.founder.id,
    "case_id": lambda w: w.case.id,
    "document_id": lambda w: w.document.id,
    "letter_id": lambda w: w.letter.id,
    "kind": lambda w: "lease",
    "code": lambda w: "send_back",
    "key": lambda w: "rent_subsidy",
    "lang": lambda w: "en",
    "sha256": lambda w: "0" * 64,
    "sheet": lambda w: "tenants",
}
# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[World], dict[str, Any]]] = {
    "cases.start": lambda w: {"policy": "rent_subsidy", "period_from": "2025-01", "period_to": "2025-02"},
    "cases.move": lambda w: {"opinion": "意见意见", "confirmed": "yes"},
    "cases.draft": lambda w: {"period_from": "2025-11", "period_to": "2026-10"},
    "cases.submit": lambda w: {"period_from": "2025-11", "period_to": "2026-10"},
    "cases.upload": lambda w: {"file": (BytesIO(paper()), "a.pdf")},
    "tenants.reveal": lambda w: {"reason": "核对身份"},
}


@pytest.fixture
def worlds(app: Flask, session: Session, settings: Settings) -> tuple[World, World]:
    with app.app_context():
        mine, foreign = build(session, app, settings, ""), build(session, app, settings, FOREIGN)
    session.commit()
    return mine, foreign


def rules(app: Flask) -> list[Rule]:
    return [r for r in app.url_map.iter_rules() if not r.endpoint.startswith(OWN_ACCOUNT) and r.endpoint != "static"]


def address(app: Flask, rule: Rule, world: World) -> str:
    unknown = rule.arguments - set(IDS)
    assert not unknown, f"{rule} has parameters that the matrix does not know: {unknown}; add them to IDS"
    with app.test_request_context():
        path = app.url_map.bind("localhost").build(rule.endpoint, {a: IDS[a](world) for a in rule.arguments})
    # A workbook is packed: its words could not be looked for.
    return f"{path}?format=csv" if rule.endpoint.endswith(".export") else str(path)


def snapshot(session: Session, operator_id: int) -> dict[str, int]:
    """How many rows the operator has in each table: what a stranger must not change."""
    session.expire_all()
    return {
        mapper.class_.__tablename__: session.query(mapper.class_).filter_by(operator_id=operator_id).count()
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, OperatorScoped)
    }


def test_every_route_says_who_may_open_it(app: Flask) -> None:
    with app.app_context():
        unmarked = {r.endpoint for r in app.url_map.iter_rules() if access_of(r.endpoint) is None}
    assert unmarked == CLOSED


def test_the_public_pages_are_those_that_were_decided(app: Flask) -> None:
    with app.app_context():
        public = {r.endpoint for r in rules(app) if access_of(r.endpoint) == PUBLIC}
    assert public == PUBLIC_PAGES


def test_foreign_ids_are_refused_and_own_ones_work(
    app: Flask, session: Session, worlds: tuple[World, World], client_as: Callable[..., Any]
) -> None:
    mine, foreign = worlds
    before = snapshot(session, foreign.scene.operator.id)
    with app.app_context():
        access_by_endpoint = {r.endpoint: access_of(r.endpoint) for r in rules(app)}
    opened: set[str] = set()
    problems: list[str] = []
    for role, user in {"anonymous": None, **mine.users}.items():
        client = client_as(user) if user else app.test_client()
        for rule in rules(app):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                access = access_by_endpoint[rule.endpoint]
                body = BODIES.get(rule.endpoint, lambda w: {})
                theirs = rule.arguments & {"tenant_id", "founder_id", "case_id", "document_id", "letter_id"}
                answer = client.open(
                    address(app, rule, foreign), method=method, data=body(foreign) if method == "POST" else None
                )
                where, told = f"{role} {method} {rule}", answer.get_data()
                answer.close()
                if FOREIGN.encode() in told or FOREIGN in str(answer.headers):
                    problems.append(f"{where}: shows a foreign word")
                if access not in (PUBLIC, SIGNED_IN) and role == "anonymous":
                    to_sign_in = answer.status_code == 302 and "/account/login" in answer.location
                    if answer.status_code not in REFUSED and not to_sign_in:
                        problems.append(f"{where}: {answer.status_code} without an account")
                elif theirs and answer.status_code not in REFUSED:
                    problems.append(f"{where}: {answer.status_code} for a foreign id")
                if method == "GET":
                    own = client.open(address(app, rule, mine))
                    own.close()
                    if own.status_code < 400:
                        opened.add(rule.endpoint)
                    if own.status_code >= 500:
                        problems.append(f"{where}: {own.status_code} for one's own id")
    assert problems == []
    assert snapshot(session, foreign.scene.operator.id) == before
    never = {r.endpoint for r in rules(app) if "GET" in (r.methods or set())} - opened - NOT_OPENED
    assert never == set(), "no role could open these with their own ids: the refusals above prove nothing for them"


# The letter of this world has no file yet: its page says so with 404.
NOT_OPENED = {"letters.file"}
