"""Lists over 100,000 tenants of one operator: ours beside Flask-Admin and Django's admin.

The three read the same rows from SQLite files of the same making, as WSGI applications in this process, with DEBUG
off, a signed-in user and fifty rows a page; a value is the CPU time of one request from its environment to the last
byte. Ours limits each row to the reader, shows two columns more (from leases and rent) and offers acts on the rows.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench import peers
from bench.measure import Result, Sample, compare
from bench.tenants import MANAGER, build
from core import create_app
from core.config import Environment, Settings
from core.data.asker import Asker
from core.data.models import Tenant, User
from core.data.queries import paging
from core.extensions import db
from core.web.sessions import start

WORD = "青禾"
DEEP = 1_000  # the page
ROUNDS, CALLS = 15, 5
LIST_LIMIT, DETAIL_LIMIT = 0.005, 0.002  # seconds of CPU


@dataclass(frozen=True)
class Site:
    """An application and a cookie that it takes for somebody signed in."""

    app: Any
    cookie: str

    def get(self, address: str) -> str:
        path, _, query = address.partition("?")
        builder = EnvironBuilder(
            path=path, query_string=query, base_url="http://localhost",
            headers={"Cookie": self.cookie, "Accept-Language": "zh-CN,zh"},
        )  # fmt: skip
        body, status, _headers = run_wsgi_app(self.app, builder.get_environ())
        text = b"".join(body).decode()
        assert status.startswith("200"), f"{address}: {status}"
        return text


def ours(url: str, folder: Path) -> tuple[Site, dict[str, str]]:
    app = create_app(
        Settings(
            environment=Environment.TEST, var=folder / "var", database_url=url, secret_key=b"s" * 32,
            master_key=b"m" * 32, base_url="http://localhost", trusted_hosts=("localhost",),
        )
    )  # fmt: skip
    with app.app_context():
        with Session(db.engine, info={"asker": Asker.system("bench")}) as session:
            user = session.scalars(select(User).where(User.email == MANAGER)).one()
            data = {"_user_id": user.fs_uniquifier, "_fresh": True, "user_pk": user.id, "fs_paa": time.time()}
            before = session.execute(
                select(Tenant.name, Tenant.id).order_by(Tenant.name, Tenant.id).offset(DEEP * 50 - 51).limit(1)
            ).one()
        cookie = f"{app.config['SESSION_COOKIE_NAME']}={start(data)}"
    after = paging.cursor(before.name, before.id)
    pages = {
        "list": "/tenants",
        "search": f"/tenants?q={quote(WORD)}",
        "deep": f"/tenants?{urlencode({'sort': 'name', 'after': after})}",
        "detail": f"/tenants/{before.id}",
    }
    return Site(app, cookie), pages


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = build(folder / "ours.sqlite3")
        for peer in ("flask", "django"):
            shutil.copyfile(folder / "ours.sqlite3", folder / f"{peer}.sqlite3")
        mine, pages = ours(url, folder)
        tenant = pages["detail"].rpartition("/")[2]
        sites = {
            "ours": (mine, pages),
            "Flask-Admin": (
                Site(*peers.flask_admin(f"sqlite:///{folder / 'flask.sqlite3'}")),
                {
                    "list": "/admin/tenant/", "search": f"/admin/tenant/?search={quote(WORD)}",
                    "deep": f"/admin/tenant/?page={DEEP - 1}", "detail": f"/admin/tenant/details/?id={tenant}",
                },
            ),
            "Django": (
                Site(*peers.django_admin(str(folder / "django.sqlite3"))),
                {
                    "list": "/admin/auth/tenant/", "search": f"/admin/auth/tenant/?q={quote(WORD)}",
                    "deep": f"/admin/auth/tenant/?p={DEEP}", "detail": f"/admin/auth/tenant/{tenant}/change/",
                },
            ),
        }  # fmt: skip
        check_same_rows(url, sites)
        taken = {
            kind: compare(
                {name: _call(site, addresses[kind]) for name, (site, addresses) in sites.items()},
                rounds=ROUNDS,
                calls=CALLS,
            )
            for kind in pages
        }
        first_and_deep = compare(
            {"first": _call(mine, pages["list"]), "deep": _call(mine, pages["deep"])}, rounds=ROUNDS, calls=CALLS
        )
    return [
        *_results(taken),
        Result("page 1,000 against page 1", first_and_deep["deep"], first_and_deep["first"], "page 1", 1 / 1.2),
    ]


def _call(site: Site, address: str) -> Callable[[], object]:
    return lambda: site.get(address)


def check_same_rows(url: str, sites: dict[str, tuple[Site, dict[str, str]]]) -> None:
    """All three show the tenants that they should, or the comparison means nothing."""
    engine = create_engine(url)
    with Session(engine, info={"asker": Asker.system("bench")}) as session:
        by_name = select(Tenant.name).order_by(Tenant.name, Tenant.id).limit(50)
        wanted = {
            "list": list(session.scalars(by_name)),
            "search": list(session.scalars(by_name.where(Tenant.name.contains(WORD)))),
            "deep": list(session.scalars(by_name.offset(50 * (DEEP - 1)))),
        }
    engine.dispose()
    for name, (site, addresses) in sites.items():
        for kind, names in wanted.items():
            page = site.get(addresses[kind])
            missing = [tenant for tenant in names if tenant not in page]
            assert not missing, f"{name}, {kind}: {len(missing)} of {len(names)} tenants are not shown"


def _results(taken: dict[str, dict[str, Sample]]) -> list[Result]:
    titles = {
        "list": ("list of 100,000 tenants", 5.0, LIST_LIMIT),
        "search": (f"search for {WORD} in 100,000 tenants", 10.0, LIST_LIMIT),
        "deep": ("page 1,000", None, None),
        "detail": ("one tenant", None, DETAIL_LIMIT),
    }
    results = []
    for kind, (title, target, limit) in titles.items():
        samples = taken[kind]
        results.append(Result(title, samples["ours"], samples["Flask-Admin"], "Flask-Admin", target))
        results.append(Result(title, samples["ours"], samples["Django"], "Django"))
        if limit is not None:
            results.append(
                Result(f"{title}, against what was promised", samples["ours"], Sample((limit,)), "promise", 1)
            )
    return results
