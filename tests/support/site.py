"""The product as it runs: a server on a port of this machine, jobs in the same process, and a clock a test can set."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime

from flask import Flask
from sqlalchemy import Engine
from werkzeug.serving import make_server

from core import SHANGHAI, create_app
from core.config import Settings
from core.extensions import db
from core.jobs import Jobs


@dataclass
class Clock:
    """The day it is for the rules and the desks; the time of day runs on. Put `now` in the place of `core.today`."""

    day: date

    def now(self) -> datetime:
        return datetime.combine(self.day, datetime.now(SHANGHAI).time(), SHANGHAI)


@dataclass
class Site:
    """A running instance."""

    app: Flask
    url: str
    engine: Engine


@contextmanager
def running(settings: Settings) -> Iterator[Site]:
    """Serve the application of `settings` at an address of its own, with its jobs, until the end of the block.

    Nothing of it runs in the caller's thread: Playwright has an event loop there, which DBOS would take for its own.
    """
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # one line a request is too many
    with ExitStack() as at_end:
        listening = at_end.enter_context(socket.create_server(("127.0.0.1", 0)))
        host, port = listening.getsockname()[:2]
        url = f"http://{host}:{port}"
        app = create_app(replace(settings, base_url=url, trusted_hosts=(host,)))
        with app.app_context():
            engine = db.engine
        at_end.callback(engine.dispose)
        threads = at_end.enter_context(ThreadPoolExecutor(2, "site"))
        jobs = Jobs(app)
        threads.submit(jobs.launch, poll_seconds=0.2).result()
        at_end.callback(lambda: threads.submit(jobs.destroy, wait_seconds=0).result())
        server = make_server(host, port, app, threaded=True, fd=listening.fileno())
        at_end.callback(server.server_close)
        threads.submit(server.serve_forever)
        at_end.callback(server.shutdown)
        yield Site(app, url, engine)
