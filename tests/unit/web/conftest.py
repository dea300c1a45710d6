"""The templates alone: Flask, languages, headers and filters, without database, accounts or policies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import Babel
from flask_wtf import CSRFProtect

from core.config import ROOT
from core.web import catalogues, headers, templating
from core.web.blueprints import design
from core.web.blueprints import language as language_pages
from core.web.languages import choose_locale


def make_app(**config: object) -> Flask:
    """An application with nothing but what templates need, and the design pages."""
    app = Flask("core", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "core/web/static"))
    app.config.from_mapping(TESTING=True, SECRET_KEY="for tests only", WTF_CSRF_ENABLED=True, **config)
    app.jinja_env.autoescape = True
    Babel(
        app,
        default_locale="zh_Hans_CN",
        default_translation_directories=str(catalogues.TRANSLATIONS),
        locale_selector=choose_locale,
    )
    CSRFProtect(app)
    headers.init_app(app)
    templating.init_app(app)
    app.register_blueprint(design.blueprint)
    app.register_blueprint(language_pages.blueprint)
    return app


@pytest.fixture(scope="session")
def app() -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client
