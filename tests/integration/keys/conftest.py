"""An instance that signs, with two administrators, a third one, and letters that can be issued one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy.orm import Session

from core import today
from core.cli import hongcai
from core.commands import setting_up
from core.config import Settings
from core.data import models as m
from core.data.asker import Asker, asking
from core.jobs import issuing, signing
from core.letters.devca import ensure_dev_ca
from core.letters.keylist import Cause
from core.letters.store import Store
from core.services import keys
from core.services.transparency import keys as log_keys
from tests import factories as f
from tests.scenes import Scene
from tests.support.signing import put, put_log

LETTERS, LOG = m.KeyPurpose.LETTERS, m.KeyPurpose.LOG


@dataclass
class House:
    """The instance as its administrators handle it."""

    app: Flask
    session: Session
    settings: Settings
    scene: Scene
    one: m.User
    two: m.User

    def as_(self, user: m.User) -> Asker:
        return Asker.member(user.memberships[0])

    def propose(self, purpose: m.KeyPurpose, place: str, *, by: m.User | None = None) -> m.SigningKey:
        with asking(self.session, self.as_(by or self.one)):
            key = keys.propose(self.session, self.settings, purpose, place, "证书到期更换")
        self.session.commit()
        return key

    def confirm(self, key: m.SigningKey, *, by: m.User | None = None) -> m.SigningKey:
        with asking(self.session, self.as_(by or self.two)):
            keys.confirm(self.session, self.settings, key)
        self.session.commit()
        return key

    def change(self, purpose: m.KeyPurpose, place: str) -> m.SigningKey:
        """Another key, put into a folder, proposed and confirmed."""
        folder = self.settings.signing / place
        put(folder, self.settings.signing) if purpose is LETTERS else put_log(folder)
        return self.confirm(self.propose(purpose, place))

    def retire(self, purpose: m.KeyPurpose, cause: Cause, since: date | None = None) -> m.SigningKey:
        key = keys.in_use(self.session, purpose)
        assert key is not None
        with asking(self.session, self.as_(self.one)):
            keys.retire(self.session, self.settings, key, cause, since or today().date(), "服务器被盗")
        self.session.commit()
        return key

    def adopt(self) -> None:
        keys.adopt(self.session, self.settings)
        self.session.commit()

    def approved(self) -> int:
        """A decision whose letter is due."""
        decision = self.scene.until(m.CaseState.APPROVED).decisions[-1].id
        self.session.commit()
        return decision

    def issue(self) -> m.Letter:
        """A letter that is issued, and under a signed head."""
        letter_id = issuing.issue(self.app, self.approved())
        signing.sign(self.app)
        self.session.expire_all()
        return self.session.get_one(m.Letter, letter_id)

    def pdf(self, letter: m.Letter) -> bytes:
        return Store(self.settings.letters).get(letter.file_sha256 or "")


@pytest.fixture
def house(app: Flask, session: Session, settings: Settings) -> House:
    ensure_dev_ca(settings.signing)
    log_keys.ensure(settings.signing, settings.log_name)
    with app.app_context():
        scene = Scene(session, app.extensions["registry"], settings.files)
    one, two = (f.user(session, m.Role.PLATFORM_ADMIN, name=name, email=f"{name}@example.org") for name in "甲乙")
    session.commit()
    return House(app, session, settings, scene, one, two)


@pytest.fixture
def command(session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`hongcai …` on this instance."""
    monkeypatch.setattr(setting_up, "load_settings", lambda: settings)
    monkeypatch.setenv("HONGCAI_VAR", str(settings.var))

    def run(*words: object) -> Result:
        session.commit()
        try:
            return CliRunner().invoke(hongcai, [str(word) for word in words])
        finally:
            session.expire_all()

    return run
