"""An operator that has not paid reads everything and writes nothing, on every route there is; others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from core.data import models as m
from core.jobs import dunning as jobs
from core.services import billing, dunning, subscriptions
from core.services.subscriptions import Offer
from core.web.access import SIGNED_IN, access_of, is_kept_open
from core.web.commit import SAFE
from tests import factories as f
from tests.integration.conftest import Client
from tests.integration.subscriptions.conftest import over, subscribe

# Open to an operator's people though they have not paid. This list is read by people: adding to it is a decision.
KEPT_OPEN = {
    # They only read: a preview, a file of picked rows, an identity number (which leaves a word in the trail).
    "leases.preview", "billing_runs.preview", "bulk.tenants_export", "tenants.reveal",
    # The reader's own address for calendar programs.
    "calendars.renew", "calendars.remove",
    # Paying.
    "subscription.subscribe", "subscription.change", "subscription.portal",
    # Answering the district's auditors, and reporting what was put right.
    "findings.act",
}  # fmt: skip
# About oneself, whatever one's post: account, sessions, which post to work in, kept views; and ending a post, so that
# nobody keeps access because a bill was not paid.
OWN = {
    "auth.end", "auth.end_one", "auth.end_others", "auth.switch", "notices.choose", "notices.follow",
    "notices.mark", "notices.unmark", "notices.unread", "views.save", "views.delete", "views.rename",
    "security.change_password", "security.mf_recovery_codes", "security.two_factor_setup",
    "security.two_factor_setup_validate", "security.verify",
}  # fmt: skip
CLOSED = {"security.two_factor_rescue", "security.tf_select"}  # to everybody


def writes(app: Flask, *roles: m.Role) -> Iterator[tuple[Rule, str]]:
    """Every route and unsafe method that is open to one of these roles by its post."""
    for rule in app.url_map.iter_rules():
        with app.app_context():
            access = access_of(rule.endpoint)
        if isinstance(access, frozenset) and access & set(roles):
            for method in sorted((rule.methods or set()) - SAFE):
                yield rule, method


def address(app: Flask, rule: Rule) -> str:
    values = {name: 1 if type(it).__name__ == "IntegerConverter" else "x" for name, it in rule._converters.items()}
    return str(app.url_map.bind("localhost").build(rule.endpoint, values))


def test_no_write_gets_through_on_any_route(
    app: Flask, session: Session, operator: m.Operator, manager: m.User, client_as: Callable[..., Client]
) -> None:
    over(session, operator)
    client, passed, seen = client_as(manager), set(), 0
    for rule, method in writes(app, *m.OPERATOR_ROLES):
        answer = client.open(address(app, rule), method=method)
        seen += 1
        if answer.status_code != 402:
            passed.add(rule.endpoint)
    assert passed == KEPT_OPEN
    assert seen > 90
    with app.app_context():
        own = {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if access_of(rule.endpoint) == SIGNED_IN and (rule.methods or set()) - SAFE
        }
        kept = {rule.endpoint for rule in app.url_map.iter_rules() if is_kept_open(rule.endpoint)}
    assert own == OWN
    assert kept == KEPT_OPEN


def test_startups_and_the_district_are_not_touched(
    app: Flask, session: Session, operator: m.Operator, client_as: Callable[..., Client]
) -> None:
    over(session, operator)
    founder = client_as(f.user(session, m.Role.FOUNDER, tenant=f.tenant(session, operator)))
    window = client_as(
        f.user(
            session, m.Role.WINDOW, department=f.department(session, session.get_one(m.District, operator.district_id))
        )
    )
    for client, role in ((founder, m.Role.FOUNDER), (window, m.Role.WINDOW)):
        refused = [
            rule.endpoint
            for rule, method in writes(app, role)
            if rule.endpoint not in CLOSED and client.open(address(app, rule), method=method).status_code == 402
        ]
        assert refused == []


def test_reading_goes_on_and_paying_opens_it_at_once(
    app: Flask, session: Session, operator: m.Operator, manager: m.User, client_as: Callable[..., Client], today: date
) -> None:
    row = over(session, operator)
    tenant = f.tenant(session, operator, name="青禾公司")
    client = client_as(manager)
    for path in ("/home/operator", "/tenants", "/tenants/export", "/bills", "/leases/new", "/sites/new", "/calendar"):
        assert client.get(path).status_code == 200, path
    exported = client.post("/tenants/bulk/export", data={"ids": tenant.id, "format": "csv"})
    assert "青禾公司" in exported.get_data(as_text=True)
    assert "订阅已到期" in client.get("/tenants").text
    typed = {"body": "今天来看过，下周再谈", "csrf_token": "x"}
    refused = client.post(f"/tenants/{tenant.id}/notes", data=typed)
    assert refused.status_code == 402
    assert "付款后立即恢复" in refused.text
    assert 'name="body" value="今天来看过，下周再谈"' in refused.text, "what was typed is not lost"
    row.status, row.paid_until = m.SubscriptionStatus.ACTIVE, today
    assert client.post(f"/tenants/{tenant.id}/notes", data=typed).status_code == 302
    assert "订阅" in client.get("/tenants").text


def test_no_letter_is_made_for_an_operator_that_may_only_read(
    app: Flask, session: Session, operator: m.Operator, today: date
) -> None:
    """One that wants letters sent by themselves, and a bill that is late: none while it has not paid, then one."""
    row = over(session, operator)
    days = {"reminder_days": 3, "demand_days": 15, "final_days": 30, "grace_days": 7}
    dunning.set_rule(session, operator.id, **days, pay_to="示例银行", by_itself=True)
    late, owed = today - timedelta(days=9), billing.Asked(m.Fee.OTHER, 100)
    billing.ask_for(
        session, f.tenant(session, operator), [owed], kind=m.BillKind.OPENING, due_on=late, today=today
    )  # fmt: skip
    session.commit()
    assert jobs.ask(app) == 0
    row.status, row.paid_until = m.SubscriptionStatus.ACTIVE, today
    session.commit()
    assert jobs.ask(app) == 1


def test_grace_lets_everything_through_and_says_so_until_it_ends(
    session: Session, operator: m.Operator, manager: m.User, client_as: Callable[..., Client], today: date, offer: Offer
) -> None:
    row = subscribe(session, operator, m.SubscriptionStatus.ACTIVE, paid_until=today - timedelta(days=14))
    tenant, client = f.tenant(session, operator), client_as(manager)
    subscriptions.bind(None)
    assert "/subscription" not in client.get("/tenants").text
    subscriptions.bind(offer)
    assert client.post(f"/tenants/{tenant.id}/notes", data={"body": "来看过"}).status_code == 302
    assert "订阅待付款" in client.get("/tenants").text
    row.paid_until = today - timedelta(days=15)
    assert client.post(f"/tenants/{tenant.id}/notes", data={"body": "来看过"}).status_code == 402
    subscriptions.bind(None)  # an instance that asks for none shows and refuses nothing
    assert client.post(f"/tenants/{tenant.id}/notes", data={"body": "来看过"}).status_code == 302
    assert "没有启用订阅" in client.get("/subscription").text
