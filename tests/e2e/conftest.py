"""A running instance, a district that works in it, and browsers of their own for everyone."""

from __future__ import annotations

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
        """A step by one of the staff that nobody watches."""
        session = self.scene.session
        session.expire_all()
        self.scene.act(self.staff[name], case, code, clock.day, confirmed=True)
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
