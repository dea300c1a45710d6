"""The isolation matrix, from the URL map: every route × method × role, with another's ids and with one's own.

A foreign id answers 401, 403 or 404, without a foreign word and without changing a foreign row; one's own works, so
that the test is not empty. tests/mutants/test_planted.py shows that it sees a missing criterion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.web.access import PUBLIC, access_of
from tests.integration.worlds import World, cross, rules, snapshot

pytestmark = pytest.mark.one_engine

# Pages without an account. This list is read by people: adding to it is a decision.
PUBLIC_PAGES = {
    "home.index", "public.verify", "announcements.index", "announcements.show",
    "announcements.paper", "announcements.object_to", "announcements.receipt",
    "policies.index", "policies.show", "parameters.export",
    "language.choose", "health.healthz",
    # The signed head of the log, its public keys and the program that checks it: whoever keeps them is a witness.
    "transparency.checkpoint", "transparency.public_keys", "transparency.script",
    # The signed list of letters that no longer stand, without names: whoever checks a letter offline needs it.
    "transparency.revocations",
    # So are the roots of the letters, and what is said of the keys: whoever checks a letter offline needs them.
    "signing_keys.roots_", "signing_keys.statement",
    # Calendar programs cannot sign in: an address of 256 random bits, kept as a hash, is the right to read what its
    # member may read of bookings and events. It changes nothing, ends with the membership and can be made anew.
    "calendars.feed",
    # Stripe signs what it sends; without its signature nothing is read and nothing written (docs/stripe.md).
    "online.webhook",
}  # fmt: skip
# Pages of a library that nobody may open: an unmarked view answers 403.
CLOSED = {"security.two_factor_rescue", "security.tf_select"}


def test_every_route_says_who_may_open_it(app: Flask) -> None:
    with app.app_context():
        unmarked = {r.endpoint for r in app.url_map.iter_rules() if access_of(r.endpoint) is None}
    assert unmarked == CLOSED


def test_the_public_pages_are_those_that_were_decided(app: Flask) -> None:
    with app.app_context():
        public = {r.endpoint for r in rules(app) if access_of(r.endpoint) == PUBLIC}
    assert public == PUBLIC_PAGES


@pytest.mark.slow
def test_foreign_ids_are_refused_and_own_ones_work(
    app: Flask, session: Session, worlds: tuple[World, World], client_as: Callable[..., Any]
) -> None:
    _, foreign = worlds
    before = snapshot(session, foreign.scene.operator.id)
    found = cross(app, worlds, client_as)
    assert found.problems == []
    assert snapshot(session, foreign.scene.operator.id) == before
    never = {r.endpoint for r in rules(app) if "GET" in (r.methods or set())} - found.opened
    assert never == set(), "no role could open these with their own ids: the refusals above prove nothing for them"
