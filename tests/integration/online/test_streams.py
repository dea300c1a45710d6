"""A thousand ways for events to come: late, again, in any order, at once, while Stripe fails. One end."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.extensions import db
from core.services.online import events
from tests import factories as f
from tests.integration.online import streams
from tests.integration.online.streams import LIVES, OWN
from tests.support.stripe_server import Object, StripeServer

STREAMS = {"sqlite": 1_000, "postgresql": 60}
LATE = 3 * 86_400


@pytest.mark.slow
def test_any_stream_of_events_leads_where_the_orderly_one_does(
    app: Flask, session: Session, server: StripeServer, settings: Settings
) -> None:
    quick(app)
    count = STREAMS["sqlite" if settings.database_url.startswith("sqlite") else "postgresql"]
    plans = [Plan(life, own) for life, own in product(LIVES, OWN)]
    plans += [Plan(rng.choice(LIVES), rng.choice(OWN), seed, rng) for seed, rng in rngs(count)]
    operator = f.operator(session, f.district(session))
    for number, plan in enumerate(plans):
        bill = streams.world(session, operator, core.today().date(), number)
        plan.tenant_id, plan.ids = bill.tenant_id, {"session": streams.page(session, server, bill)}
        streams.before(session, bill, plan.own, core.today().date())
    session.commit()
    session.expunge_all()
    post = Delivery(app, server)
    for plan in plans:
        if plan.rng is None:
            in_order(server, post, plan)
        else:
            anyhow(server, post, plan, plan.rng)
    assert post.refused > count // 5, "Stripe failed, and delivered again"
    books = streams.books(session)
    orderly = {(plan.life, plan.own): books[plan.tenant_id] for plan in plans if plan.rng is None}
    assert len({repr(found) for found in orderly.values()}) > 25
    wrong = [plan for plan in plans if books[plan.tenant_id] != orderly[plan.life, plan.own]]
    for plan in wrong[:3]:
        print(plan, books[plan.tenant_id], orderly[plan.life, plan.own], sep="\n")
    assert wrong == []


@dataclass
class Plan:
    """A life of a checkout, and by which seed its events come; without one, in order."""

    life: str
    own: str
    seed: int = -1
    rng: random.Random | None = None
    tenant_id: int = 0
    ids: dict[str, str] | None = None


def rngs(count: int) -> list[tuple[int, random.Random]]:
    return [(seed, random.Random(seed)) for seed in range(count)]


def quick(app: Flask) -> None:
    """Thousands of transactions: on SQLite none of them waits for the disk, which this is not about."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
            db.engine.dispose()


class Delivery:
    """Sends events to the webhook, while Stripe's own API may fail."""

    def __init__(self, app: Flask, server: StripeServer) -> None:
        self.app, self.server = app, server
        self.client = FlaskClient(app, app.response_class, use_cookies=False)
        self.refused = 0

    def send(self, it: Object, rng: random.Random | None = None) -> bool:
        """Whether it was taken."""
        if rng is not None and rng.random() < 0.2:
            self.server.fail = [["ok", 500], [500], [429]][rng.randrange(3)]
        answer = self.server.deliver(it, self._post)
        self.server.fail = []
        self.refused += answer == 500
        assert answer in (200, 500)
        return answer == 200

    def crowd(self, it: Object) -> None:
        """The same sixteen times at once."""
        body, headers = self.server.signed(it)

        def send(_number: int) -> int:
            return self.app.test_client().post("/stripe/webhook", data=body, headers=headers).status_code

        with ThreadPoolExecutor(16) as pool:
            assert set(pool.map(send, range(16))) == {200}

    def _post(self, body: bytes, headers: dict[str, str]) -> int:
        return self.client.post("/stripe/webhook", data=body, headers=headers).status_code


def in_order(server: StripeServer, post: Delivery, plan: Plan) -> None:
    """Each event once, as it happens."""
    for act in streams.life(plan.life):
        for it in happens(server, plan, act):
            assert post.send(it)


def anyhow(server: StripeServer, post: Delivery, plan: Plan, rng: random.Random) -> None:
    """Some events come between the acts, some after all of them; a third of the lives is three days old by then."""
    late = rng.random() < 0.3
    server.now = server.clock() - LATE if late else None
    waiting: list[Object] = []
    for act in streams.life(plan.life):
        waiting += happens(server, plan, act)
        if not late and rng.random() < 0.4:
            for it in streams.deliveries(rng, waiting):
                if rng.random() < 0.5:
                    post.send(it, rng)
    server.now = None
    if plan.seed % 100 == 0:
        for it in rng.sample(waiting, len(waiting)):
            post.crowd(it)
        return
    left = streams.deliveries(rng, waiting)
    while left:
        it = left.pop(0)
        if not post.send(it, rng):
            left.append(it)  # Stripe delivers it again, later


def happens(server: StripeServer, plan: Plan, act: streams.Act) -> list[Object]:
    """The events of an act that are subscribed to."""
    start = len(server.events)
    act(server, plan.ids or {})
    return [it for it in server.events[start:] if it["type"] in events.TYPES]
