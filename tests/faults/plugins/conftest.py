"""The fixtures of the integration tests, for faults of policy plugins."""

from tests.integration.conftest import app, client, client_as, engine, session, settings

__all__ = ["app", "client", "client_as", "engine", "session", "settings"]
