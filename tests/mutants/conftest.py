"""The fixtures of the integration tests, for the checks that are to fail."""

from tests.integration.conftest import app, client, client_as, engine, session, settings, worlds
from tests.integration.issuing.conftest import decisions, scene

__all__ = ["app", "client", "client_as", "decisions", "engine", "scene", "session", "settings", "worlds"]
