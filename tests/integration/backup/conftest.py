"""An instance with letters, and others to restore into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from core import create_app
from core.commands.setting_up import schema_versions
from core.config import Settings
from core.data.crypto import Keyring
from core.extensions import db
from core.letters.devca import ensure_dev_ca
from tests.integration.issuing.conftest import decisions, scene, wrong
from tests.support.databases import Databases

__all__ = ["decisions", "scene", "wrong"]


@pytest.fixture
def elsewhere(settings: Settings, databases: Databases, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """`elsewhere()`: an empty instance on a clean machine, of the same kind of database and with the same keys."""
    with ExitStack() as stack:

        def made(name: str = "elsewhere", **changes: object) -> Flask:
            folder = tmp_path / name
            if settings.database_url.startswith("sqlite"):
                url = f"sqlite:///{folder / 'var' / 'hongcai.sqlite3'}"
            else:
                url = stack.enter_context(databases.empty_postgresql())
            there = replace(settings, var=folder / "var", database_url=url, **changes)
            ensure_dev_ca(there.signing)
            app = create_app(there)
            stack.callback(lambda: _close(app))
            return app

        yield made
    Keyring({1: settings.master_key}).use()


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def backed_up(app: Flask, tmp_path: Path) -> Callable[[], Path]:
    """`backed_up()`: a new backup of the test's instance."""
    from core.backups import back_up

    folder = tmp_path / "backups"
    folder.mkdir()
    count = iter(range(1_000))

    def made() -> Path:
        with app.app_context():
            version, _ = schema_versions(db.engine)
            assert version is not None
            settings = app.extensions["settings"]
            path, _ = back_up(settings, db.engine, folder / f"{next(count)}.tar", schema_version=version)
        return path

    return made
