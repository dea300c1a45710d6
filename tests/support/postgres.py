"""A private PostgreSQL for one test run: started when first asked for, stopped at the end.

It listens on a Unix socket in its own temporary folder and on no port, so it meets no other server. Durability is off.
PostgreSQL refuses to run as root; then it runs as the user `postgres`, which Debian's package makes.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support import memory

PREFIX = "hongcai-postgres-"
SETTINGS = (
    "-c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=200 "
    "-c max_wal_size=128MB"
)


class NoPostgres(Exception):
    """PostgreSQL is not installed, or does not start. The message says what to do."""


class PostgresServer:
    """The server of the folder `home`. Several processes may hold one object each; a lock lets one of them start it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data = home / "data"

    @classmethod
    def new(cls) -> PostgresServer:
        """A folder for a server of this process; nothing is started yet."""
        clear_abandoned()
        # Not under pytest's own folder: that is closed to the user `postgres`, and too long for a socket's name.
        home = Path(tempfile.mkdtemp(prefix=PREFIX, dir=memory.folder()))
        (home / "owner").write_text(str(os.getpid()))
        if os.geteuid() == 0:
            try:
                user = pwd.getpwnam("postgres")
            except KeyError:
                return cls(home)  # not installed; `start` says so to those who want it
            os.chown(home, user.pw_uid, user.pw_gid)
        return cls(home)

    def url(self, database: str) -> str:
        """For SQLAlchemy with psycopg 3, and (without `+psycopg`) for libpq."""
        user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        return f"postgresql+psycopg://{user}@/{database}?host={self.home}"

    def start(self) -> None:
        """Start it unless it runs already; raises `NoPostgres`."""
        with self._lock():
            if (self.data / "postmaster.pid").exists():
                return
            self._run("initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-D", self.data)
            options = f"{SETTINGS} -c unix_socket_directories={self.home} -c unix_socket_permissions=0700"
            self._run("pg_ctl", "start", "-w", "-s", "-D", self.data, "-l", self.home / "log", "-o", options)

    def stop(self) -> None:
        """Stop it if it runs, and remove its folder."""
        if (self.data / "postmaster.pid").exists():
            # One that was killed leaves its file behind, and pg_ctl finds nobody to stop. One that could not be
            # stopped sees within a minute that its folder is gone, and ends by itself.
            with suppress(NoPostgres):
                self._run("pg_ctl", "stop", "-s", "-m", "immediate", "-D", self.data)
        shutil.rmtree(self.home, ignore_errors=True)

    def create(self, database: str, *, template: str = "template0") -> str:
        """A new database, empty or a copy of `template` (which nobody may be connected to); returns its URL."""
        with self._admin() as connection:
            # FILE_COPY is the quicker way for small templates while nothing is synced to disk.
            copy = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
            connection.execute(sql.SQL(copy).format(sql.Identifier(database), sql.Identifier(template)))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected to it."""
        with self._admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    @contextmanager
    def _admin(self) -> Iterator[psycopg.Connection]:
        self.start()
        with psycopg.connect(self.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            yield connection

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [str(programs() / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        # A server started by pg_ctl keeps the descriptors it was given, so its output goes to a file, not to a pipe.
        with (self.home / "output").open("w+") as output:
            done = subprocess.run(command, cwd="/", stdout=output, stderr=output, stdin=subprocess.DEVNULL, check=False)
            if done.returncode:
                output.seek(0)
                log = self.home / "log"
                said = output.read() + (log.read_text() if log.exists() else "")
                raise NoPostgres(f"{program} failed with status {done.returncode}:\n{said}")


def programs() -> Path:
    """The newest installed server's programs; raises `NoPostgres`."""
    debian = Path("/usr/lib/postgresql")
    versions = sorted(debian.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])) if debian.is_dir() else []
    if versions:
        return versions[-1].parent
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    raise NoPostgres(
        "PostgreSQL is not installed, and the tests run on it as well as on SQLite. Install it "
        "(`make test` does, or `scripts/setup.sh --tests`), or leave these tests out: pytest -m 'not postgres'."
    )


def clear_abandoned() -> None:
    """Stop the servers of runs that were killed before they could."""
    for home in (it for root in {memory.SHM, Path(tempfile.gettempdir())} for it in root.glob(f"{PREFIX}*")):
        try:
            owner = int((home / "owner").read_text())
            os.kill(owner, 0)
        except ProcessLookupError:
            PostgresServer(home).stop()
        except (OSError, ValueError):
            continue  # another user's, or just being made
