"""Settings, read once from the environment and checked before anything starts.

In development missing secrets are made and kept in `var/secrets/` (mode 0600). In production they must be given,
and anything unsafe refuses to start with a sentence that says what to set.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"
    TEST = "test"


class Every(StrEnum):
    """How often auditors are mailed the log's head."""

    DAY = "daily"
    WEEK = "weekly"
    MONTH = "monthly"
    NEVER = "off"


class UnsafeSettings(Exception):
    """One or more settings would make the instance unsafe. `problems` are sentences with their remedy."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    environment: Environment
    var: Path  # everything that is state: database, files, letters, keys
    database_url: str
    secret_key: bytes = field(repr=False)
    master_key: bytes = field(repr=False)
    base_url: str
    trusted_hosts: tuple[str, ...]
    proxy_hops: int = 0
    jobs_in_process: bool = True
    jobs_version: str = "1"
    plugins: Path = ROOT / "plugins"
    extra_plugins: tuple[Path, ...] = ()  # folders of third parties' plugins, which run confined
    rule_seconds: float = 5  # that a confined rule may take for a case
    trust: tuple[Path, ...] = ()  # further trusted roots for letters (PEM)
    tsa_url: str = ""  # an RFC 3161 service that stamps letters; empty: none is asked (docs/keys.md)
    tsa_trust: tuple[Path, ...] = ()  # the roots that its certificate leads to (PEM)
    tsa_required: bool = True  # whether a letter waits while the service is away
    subscriptions: bool = False  # whether operators pay for the service (docs/subscriptions.md)
    plans: Path | None = None  # the file of the plans, if not the one that comes with the code
    tenant_files_mb: int = 2048  # of all papers of one tenant
    checkpoint_mails: Every = Every.WEEK
    clamd: str = ""  # the socket (or host:port) of a virus scanner; empty: none is asked (docs/files.md)
    smtp_url: str = field(default="", repr=False)  # smtps://user:password@host:465?from=address
    stripe_secret_key: str = field(default="", repr=False)  # empty: online payment is not set up (docs/stripe.md)
    stripe_webhook_secret: str = field(default="", repr=False)  # empty: no webhook is taken
    stripe_api_base: str = ""  # another server that speaks Stripe's protocol: for tests and trials alone

    @property
    def production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def letters(self) -> Path:
        return self.var / "letters"

    @property
    def files(self) -> Path:
        return self.var / "files"

    @property
    def pages(self) -> Path:
        """Pictures of the pages of papers: made when they are looked at, and made again when they are missing."""
        return self.var / "pages"

    @property
    def signing(self) -> Path:
        return self.var / "signing"

    @property
    def log_name(self) -> str:
        """Under which the log is signed: its origin (core.transparency)."""
        return f"{urlsplit(self.base_url).netloc}/log"

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read `HONGCAI_*` and `DATABASE_URL`; raises `UnsafeSettings`."""
        env = os.environ if environ is None else environ
        try:
            environment = Environment(env.get("HONGCAI_ENV", "development"))
        except ValueError:
            raise UnsafeSettings(["HONGCAI_ENV must be development, production or test."]) from None
        var = Path(env.get("HONGCAI_VAR", ROOT / "var")).resolve()
        made = environment is not Environment.PRODUCTION
        base_url = env.get("HONGCAI_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
        hosts = tuple(h for h in env.get("HONGCAI_TRUSTED_HOSTS", "").split(",") if h)
        settings = cls(
            environment=environment,
            var=var,
            database_url=_driver(env.get("DATABASE_URL", f"sqlite:///{var / 'hongcai.sqlite3'}")),
            secret_key=_secret(env, "HONGCAI_SECRET_KEY", var, made),
            master_key=_secret(env, "HONGCAI_MASTER_KEY", var, made),
            base_url=base_url,
            trusted_hosts=hosts or (() if environment is Environment.PRODUCTION else ("127.0.0.1", "localhost")),
            proxy_hops=int(env.get("HONGCAI_PROXY_HOPS", "0")),
            jobs_in_process=env.get("HONGCAI_JOBS", "in-process") == "in-process",
            jobs_version=env.get("HONGCAI_JOBS_VERSION", "1"),
            trust=tuple(Path(p) for p in env.get("HONGCAI_TRUST", "").split(os.pathsep) if p),
            tsa_url=env.get("HONGCAI_TSA_URL", "").strip(),
            tsa_trust=tuple(Path(p) for p in env.get("HONGCAI_TSA_TRUST", "").split(os.pathsep) if p),
            tsa_required=_switch(env, "HONGCAI_TSA_REQUIRED", "on"),
            subscriptions=_switch(env, "HONGCAI_SUBSCRIPTIONS"),
            plans=Path(env["HONGCAI_PLANS"]).resolve() if env.get("HONGCAI_PLANS") else None,
            tenant_files_mb=_megabytes(env.get("HONGCAI_TENANT_FILES_MB", "2048")),
            checkpoint_mails=_every(env.get("HONGCAI_CHECKPOINT_MAILS", "weekly")),
            clamd=env.get("HONGCAI_CLAMD", "").strip(),
            smtp_url=env.get("HONGCAI_SMTP_URL", ""),
            extra_plugins=extra_plugins(env),
            rule_seconds=_seconds(env.get("HONGCAI_RULE_SECONDS", "5")),
            stripe_secret_key=env.get("HONGCAI_STRIPE_SECRET_KEY", "").strip(),
            stripe_webhook_secret=env.get("HONGCAI_STRIPE_WEBHOOK_SECRET", "").strip(),
            stripe_api_base=env.get("HONGCAI_STRIPE_API_BASE", "").strip().rstrip("/"),
        )
        if settings.tsa_url and (urlsplit(settings.tsa_url).scheme not in ("http", "https") or not settings.tsa_trust):
            raise UnsafeSettings(
                ["HONGCAI_TSA_URL must be an http(s) address, with its root certificate in HONGCAI_TSA_TRUST."]
            )
        if settings.production:
            settings.check()
        return settings

    def check(self) -> None:
        """Refuse settings that are unsafe in production."""
        problems = []
        if len(self.secret_key) < 32:
            problems.append("HONGCAI_SECRET_KEY is missing or shorter than 32 bytes: set 64 random hex digits.")
        if len(self.master_key) < 32:
            problems.append("HONGCAI_MASTER_KEY is missing or shorter than 32 bytes: set 64 random hex digits.")
        if self.secret_key == self.master_key:
            problems.append("HONGCAI_SECRET_KEY and HONGCAI_MASTER_KEY are the same: use two.")
        if not self.trusted_hosts:
            problems.append("HONGCAI_TRUSTED_HOSTS is empty: name the hosts this instance answers to.")
        if urlsplit(self.base_url).scheme != "https":
            problems.append("HONGCAI_BASE_URL must begin with https:// in production.")
        if self.stripe_api_base:
            problems.append("HONGCAI_STRIPE_API_BASE is for tests: leave it empty in production, money goes to Stripe.")
        if problems:
            raise UnsafeSettings(problems)


def extra_plugins(env: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """The folders of third parties' plugins that `HONGCAI_EXTRA_PLUGINS` names, for commands that need no settings."""
    named = (os.environ if env is None else env).get("HONGCAI_EXTRA_PLUGINS", "")
    return tuple(Path(folder).resolve() for folder in named.split(os.pathsep) if folder)


def _switch(env: Mapping[str, str], name: str, otherwise: str = "off") -> bool:
    text = env.get(name, otherwise)
    if text not in ("on", "off"):
        raise UnsafeSettings([f"{name} is {text!r}: set on or off."])
    return text == "on"


def _every(text: str) -> Every:
    try:
        return Every(text)
    except ValueError:
        raise UnsafeSettings([f"HONGCAI_CHECKPOINT_MAILS is {text!r}: set daily, weekly, monthly or off."]) from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0.05 <= seconds <= 60:
        raise UnsafeSettings([f"HONGCAI_RULE_SECONDS is {text!r}: set a number of seconds from 0.05 to 60."])
    return seconds


def _megabytes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 20 <= int(text) <= 1_000_000):
        raise UnsafeSettings([f"HONGCAI_TENANT_FILES_MB is {text!r}: set a number of megabytes from 20 to 1000000."])
    return int(text)


def _driver(url: str) -> str:
    """`postgresql://` means psycopg 3 here."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1).replace("postgres://", "postgresql+psycopg://", 1)


def _secret(env: Mapping[str, str], name: str, var: Path, made: bool) -> bytes:
    """A secret as bytes: hex from the variable, from the file in `<name>_FILE`, or made for development."""
    text = env.get(name)
    if text is None and (path := env.get(f"{name}_FILE")):
        if Path(path).stat().st_mode & 0o077:
            raise UnsafeSettings([f"{path} can be read by others: chmod 600 {path}."])
        text = Path(path).read_text().strip()
    if text is None and made:
        kept = var / "secrets" / name.lower()
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
                handle.write(secrets.token_hex(32))
        text = kept.read_text().strip()
    try:
        return bytes.fromhex(text or "")
    except ValueError:
        raise UnsafeSettings([f"{name} is not hexadecimal: set 64 random hex digits."]) from None
