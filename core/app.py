"""Building the Flask application: settings in, everything bound."""

from __future__ import annotations

import hashlib
import sys
from datetime import timedelta
from importlib import import_module
from uuid import uuid4

import structlog
from flask import Flask, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

import core
from core.config import ROOT, Environment, Settings, UnsafeSettings
from core.data import engine
from core.data.crypto import Keyring
from core.extensions import babel, csrf, db, limiter, migrate
from core.jobs import InTransaction
from core.policy import Limits, Registry
from core.policy.yamlfile import FileError
from core.services import files, jobs, subscriptions
from core.services.online import client as online
from core.web import (
    access,
    accounts,
    commit,
    errors,
    headers,
    looking,
    navigation,
    origin,
    plugin_pages,
    sessions,
    standing,
    templating,
    unassessed,
)
from core.web.languages import choose_locale

BLUEPRINTS = (
    "public", "home", "auth", "language", "health", "tenants", "places", "imports",
    "cases", "case_papers", "packages", "filings", "letters", "letter_papers", "policies", "audit", "admin", "jobs",
    "undo", "notices", "transparency", "officers", "clocks", "assignments", "oversight", "orders", "holidays",
    "pools", "remedies",
    "enquiries", "tenant_file", "occupancies", "indicators", "supports", "documents", "notes", "departures", "merging",
    "views", "bulk", "stages", "readiness",
    "leases", "bills", "billing_runs", "extra_bills", "corrections", "payments", "tax_invoices", "income",
    "bank", "bank_imports", "arrears", "dunning", "receipts", "statements",
    "meters", "meter_readings", "utilities",
    "sites", "site_papers", "floors", "timeline", "mentors", "rounds", "mentoring",
    "parameters", "parameter_drafts", "bookings", "room_rules", "calendars", "events", "online",
    "subscription", "subscriptions", "ties", "publications", "announcements", "procedure",
    "panels", "payees", "payouts", "payout_results", "payments_out", "reconciliation", "recoveries",
    "engagements", "samples", "findings", "leads", "outside_lists", "relations", "replays", "signing_keys",
)  # fmt: skip


def build(settings: Settings) -> Flask:
    """Bind everything to a new application. The database is not touched."""
    app = Flask("core", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "core/web/static"))
    app.extensions["settings"] = settings
    app.config.from_mapping(_flask_config(settings))
    app.jinja_env.autoescape = True
    _log()
    settings.var.mkdir(parents=True, exist_ok=True)
    Keyring({1: settings.master_key}).use()
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    db.init_app(app)
    with app.app_context():
        engine.configure(db.engine)
    migrate.init_app(app, db, directory=str(ROOT / "core/data/migrations"))
    csrf.init_app(app)
    babel.init_app(app, locale_selector=choose_locale, default_locale="zh_Hans_CN", default_timezone="Asia/Shanghai")
    limiter.init_app(app)
    sessions.init_app(app)

    @app.before_request
    def start() -> None:
        g.request_id = request.headers.get("X-Request-ID", "")[:40] or uuid4().hex
        g.today = core.today().date()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    origin.init_app(app)
    unassessed.init_app(app)
    commit.init_app(app)
    headers.init_app(app)  # on the way back before the transaction ends: who reads need not be read again
    looking.init_app(app)
    accounts.init_app(app)
    access.init_app(app)
    errors.init_app(app)
    templating.init_app(app)
    navigation.init_app(app)
    standing.init_app(app)

    jobs.bind(InTransaction(settings.jobs_version))
    subscriptions.bind(_offer(settings))
    files.bind(files.Limits(settings.tenant_files_mb << 20, settings.clamd))
    app.extensions["stripe"] = online.make_client(settings)
    app.extensions["registry"] = Registry.load(
        strict=not settings.production,
        plugins_dir=settings.plugins,
        extra=settings.extra_plugins,
        limits=Limits(seconds=settings.rule_seconds),
    )
    unassessed.follow(app)
    names = (*BLUEPRINTS, "design") if not settings.production else BLUEPRINTS
    for name in names:
        app.register_blueprint(import_module(f"core.web.blueprints.{name}").blueprint)
    plugin_pages.init_app(app)
    return app


def _flask_config(settings: Settings) -> dict[str, object]:
    secure = settings.base_url.startswith("https://")
    url = settings.database_url
    return {
        "SECRET_KEY": settings.secret_key.hex(),
        "SERVER_NAME": None,
        "TRUSTED_HOSTS": [*settings.trusted_hosts] or None,
        "PREFERRED_URL_SCHEME": "https" if secure else "http",
        "TESTING": settings.environment is Environment.TEST,
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "MAX_CONTENT_LENGTH": 20 * 1024 * 1024 + 64 * 1024,  # a file of 20 MB, and what its form needs around it
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "MAX_FORM_PARTS": 200,
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": {} if url.startswith("sqlite") else {"pool_pre_ping": True},
        "WTF_CSRF_TIME_LIMIT": None,  # lives as long as the session
        "CSP_FORM_TARGETS": online.form_targets(settings),
        "RATELIMIT_STORAGE_URI": "memory://",
        "RATELIMIT_ENABLED": settings.environment is not Environment.TEST,
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "core/web/translations"),
        # Keys for Flask-Security are derived, so that one secret is enough to keep and to rotate.
        "SECURITY_PASSWORD_SALT": hashlib.sha256(b"salt|" + settings.secret_key).hexdigest(),
        "SECURITY_TOTP_SECRETS": {"1": hashlib.sha256(b"totp|" + settings.master_key).hexdigest()},
    }


def _offer(settings: Settings) -> subscriptions.Offer | None:
    """What operators may subscribe to; None where none has to."""
    if not settings.subscriptions:
        return None
    try:
        return subscriptions.read(settings.plans) if settings.plans else subscriptions.read()
    except FileError as error:
        raise UnsafeSettings([f"HONGCAI_PLANS: {error}"]) from error


def _log() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        # What a command prints on stdout is its answer and nothing else.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
