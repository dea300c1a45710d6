"""The fixtures of the integration tests, for faults of the monthly run."""

from tests.integration.conftest import app, client, client_as, engine, session, settings

__all__ = ["app", "client", "client_as", "engine", "session", "settings"]
