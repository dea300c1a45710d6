"""A running instance, a district that works in it, and browsers of their own for everyone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.orm import Session

import core
from core.config import Environment, Settings
from core.data import models as m
from core.data.asker import Asker
from core.letters.devca import ensure_dev_ca
from core.web.accounts import new_totp_secret
from core.web.sessions import start
from tests import scenes
from tests.scenes import Scene
from tests.support.browser import DESKTOP, PHONE, NoBrowser, launch
from tests.support.databases import Databases
from tests.support.site import Clock, Site, running
from tests.support.visitor import Visitor, visitor

HEADS = 4


@pytest.fixture(scope="module")  # not for the session: while it is there, its event loop counts as running
def chromium() -> Iterator[Browser]:
    try:
        with sync_playwright() as playwright, launch(playwright) as browser:
            yield browser
    except NoBrowser as problem:
        pytest.fail(str(problem))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The calendar on the wall. It hangs in this process alone: the product itself knows no other day than today."""
    made = Clock(scenes.APPLIED)
    monkeypatch.setattr(core, "today", made.now)
    return made


@pytest.fixture
def site(databases: Databases, tmp_path: Path, clock: Clock) -> Iterator[Site]:
    """A fresh instance on SQLite, as `hongcai init` and `hongcai serve` make it."""
    with databases.sqlite(tmp_path) as url:
        settings = Settings(
            environment=Environment.DEVELOPMENT,
            var=tmp_path / "var",
            database_url=url,
            secret_key=b"s" * 32,
            master_key=b"m" * 32,
            base_url="",  # known once there is a port
            trusted_hosts=(),
        )
        ensure_dev_ca(settings.signing)
        with running(settings) as made:
            yield made


@dataclass
class Town:
    """The district, one startup of which the operator knows everything, and its founder."""

    scene: Scene
    tenant: m.Tenant
    founder: m.User

    @property
    def staff(self) -> dict[str, m.User]:
        return self.scene.staff

    def act(self, name: str, case: m.Case, code: str, clock: Clock) -> None:
        """A step by one of the staff, or by the founder, that nobody watches."""
        session = self.scene.session
        session.expire_all()
        self.scene.act(self.founder if name == "founder" else self.staff[name], case, code, clock.day, confirmed=True)
        session.commit()


@pytest.fixture
def town(site: Site) -> Iterator[Town]:
    with Session(site.engine, expire_on_commit=False, info={"asker": Asker.system("tests")}) as session:
        with site.app.app_context():
            scene = Scene(session, site.app.extensions["registry"], site.app.extensions["settings"].files)
        tenant = scene.tenant("青禾智能科技有限公司", heads=HEADS)
        founder = scene.founder_of(tenant)
        second = scene.staff["second"]  # has worked here before; the approver has not, and will be asked to set it up
        second.tf_primary_method, second.tf_totp_secret = "authenticator", new_totp_secret(site.app)
        session.commit()
        yield Town(scene, tenant, founder)


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """`visit()`: someone at a desk; `visit(phone=True)`: someone on the way."""
    everyone: list[Visitor] = []

    def come(*, phone: bool = False) -> Visitor:
        made = visitor(chromium, site.url, **(PHONE if phone else DESKTOP), phone=phone)
        everyone.append(made)
        return made

    yield come
    for one in everyone:
        one.context.close()
    assert [complaint for one in everyone for complaint in one.complaints] == []


@pytest.fixture
def enter(visit: Callable[..., Visitor], town: Town, site: Site) -> Callable[..., Visitor]:
    """`enter(user)`: somebody who has signed in already, second factor included, for tests of what comes after."""

    def come(user: m.User, *, phone: bool = False) -> Visitor:
        session = town.scene.session
        if user.tf_primary_method is None:
            user.tf_primary_method = "authenticator"
        data = {"_user_id": user.fs_uniquifier, "_fresh": True, "user_pk": user.id, "fs_paa": time.time()}
        session.commit()
        with site.app.app_context():
            token = start(data)
        made = visit(phone=phone)
        name = site.app.config["SESSION_COOKIE_NAME"]
        made.context.add_cookies([{"name": name, "value": token, "url": site.url}])
        return made

    return come
