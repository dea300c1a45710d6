"""hongcai init | serve | worker: making an instance and running it (docs/operations.md)."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

import click

from core.commands import officers
from core.commands.running import using
from core.commands.setting_up import application, asking_as, load_settings, migrate

if TYPE_CHECKING:
    from flask import Flask


@click.command()
def init() -> None:
    """Make the database, the keys and, outside production, a development signer. Harmless to repeat."""
    from core.data.models import KeyPurpose
    from core.extensions import db
    from core.jobs import create_tables
    from core.letters.devca import ensure_dev_ca
    from core.services.keys import reading
    from core.services.transparency import keys

    app = application()
    settings = app.extensions["settings"]
    with app.app_context():
        migrate(db.engine)
        create_tables(db.engine)
        click.echo(f"database   {db.engine.url.render_as_string()}")
        with asking_as(app, "init") as session:
            lacking = officers.missing(session)
    for folder in (settings.letters, settings.files):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with asking_as(app, "init") as session:
        written_down = reading.known(session, KeyPurpose.LOG)
    if not written_down:  # from then on two people decide which key signs (docs/keys.md)
        keys.ensure(settings.signing, settings.log_name)
    click.echo(f"log        signed as {settings.log_name}; auditors get {settings.signing / keys.PUBLIC}")
    click.echo(f"keys       {'given by the environment' if settings.production else settings.var / 'secrets'}")
    if not settings.production:
        ensure_dev_ca(settings.signing)
        click.echo(f"signer     {settings.signing} (development; letters carry 样稿 for demonstration districts)")
    elif not any(settings.signing.glob("*")):
        click.echo(f"signer     none yet: put the issuer's key and certificates into {settings.signing}, mode 600")
    if lacking:
        click.echo(f"officers   missing: {', '.join(lacking)}; {officers.remedy(lacking)}")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Processes; more than one wants PostgreSQL.")
@click.option("--threads", default=8, show_default=True, help="Requests at a time in each process.")
def serve(host: str, port: int, workers: int, threads: int) -> None:
    """Serve the site and, unless HONGCAI_JOBS says otherwise, run its jobs in the same processes."""
    from gunicorn.app.base import BaseApplication

    app = application()
    settings = app.extensions["settings"]
    options: dict[str, Any] = {
        "bind": [f"{host}:{port}"],
        "workers": workers,
        "worker_class": "gthread",
        "threads": threads,
        "timeout": 60,
        "graceful_timeout": 20,
        "proc_name": "hongcai",
        "control_socket_disable": True,
        "loglevel": "warning",
        "post_worker_init": lambda worker: _start(app),
        "worker_exit": lambda server, worker: _stop(app),
        "when_ready": lambda server: click.echo(f"hongcai serves at http://{host}:{port} ({settings.environment})"),
    }

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        """The application is built once, before the fork: a mistake stops the start, and workers share its memory."""

        def load_config(self) -> None:
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return app

    with using(settings):
        Server().run()


def _start(app: Flask) -> None:
    """In a fresh worker: connections and job threads must be its own, never the parent's."""
    from core.extensions import db
    from core.jobs import SCHEDULES, Jobs

    with app.app_context():
        db.engine.dispose(close=False)
    if app.extensions["settings"].jobs_in_process:
        app.extensions["jobs"] = jobs = Jobs(app)
        jobs.launch(schedules=SCHEDULES)


def _stop(app: Flask) -> None:
    jobs = app.extensions.pop("jobs", None)
    if jobs is not None:
        jobs.destroy()


@click.command()
def worker() -> None:
    """Run jobs until told to stop (SIGTERM, Ctrl-C). Several may run beside each other."""
    from core.jobs import SCHEDULES, Jobs

    settings = load_settings()
    app = application(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    jobs = Jobs(app)
    with using(settings):
        click.echo(f"hongcai worker {jobs.launch(schedules=SCHEDULES)} runs jobs; Ctrl-C stops it")
        stop.wait()
        jobs.destroy()
