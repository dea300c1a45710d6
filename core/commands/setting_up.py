"""What several commands need: the application, a session that asks as the command, and the database brought up."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from alembic.config import Config
    from flask import Flask
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from core.config import Settings


def load_settings() -> Settings:
    """The settings, or the sentences that say what is unsafe about them."""
    from core.config import Settings, UnsafeSettings

    try:
        return Settings.load()
    except UnsafeSettings as error:
        raise click.ClickException("these settings cannot be used:\n  " + "\n  ".join(error.problems)) from error


def application(settings: Settings | None = None) -> Flask:
    """The application, or a sentence that says why it cannot start. Other people's libraries are kept quiet."""
    from core import create_app
    from core.config import UnsafeSettings
    from core.policy import PluginError

    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    try:
        app = create_app(settings or load_settings())
    except UnsafeSettings as error:
        raise click.ClickException("\n  ".join(["these settings cannot be used:", *error.problems])) from error
    except PluginError as error:
        raise click.ClickException(str(error)) from error
    if (context := click.get_current_context(silent=True)) is not None:
        context.call_on_close(lambda: _close(app))
    return app


def _close(app: Flask) -> None:
    from core.extensions import db

    with app.app_context():
        db.engine.dispose()


@contextmanager
def asking_as(app: Flask, command: str, *, write: bool = False) -> Iterator[Session]:
    """A session in which `command:<name>` asks; committed at the end if it writes."""
    from core.data.asker import Asker, asking
    from core.data.engine import reading, writing
    from core.extensions import db

    with app.app_context(), writing() if write else reading():
        session: Session = db.session()
        with asking(session, Asker.system(f"command:{command}")):
            yield session
            if write:
                session.commit()


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the tables of the application up to `revision`."""
    from alembic import command

    with engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def alembic_config() -> Config:
    """Alembic for our migrations, without a file and without Flask."""
    from alembic.config import Config

    from core.config import ROOT

    config = Config()
    config.set_main_option("script_location", str(ROOT / "core" / "data" / "migrations"))
    return config


def schema_versions(engine: Engine) -> tuple[str | None, str]:
    """The revision of the database (None: empty), and the newest one that this program knows."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with engine.connect() as connection:
        there = MigrationContext.configure(connection).get_current_revision()
    newest = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert newest is not None
    return there, newest
