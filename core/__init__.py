"""Hongcai 宏才. `create_app` reads the settings, builds the registry, binds the extensions, mounts the pages."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from flask import Flask

    from core.config import Settings

SHANGHAI = ZoneInfo("Asia/Shanghai")


def create_app(settings: Settings | None = None) -> Flask:
    """The application for `settings` (read from the environment if not given)."""
    # Imported here so that `hongcai verify` and `policies assess` start without Flask.
    from core.app import build
    from core.config import Settings as _Settings

    return build(settings or _Settings.load())


def today() -> datetime:
    """Now in Shanghai; `.date()` of it is the day that rules and clocks mean."""
    return datetime.now(SHANGHAI)
