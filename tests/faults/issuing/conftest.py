"""The fixtures of the integration tests, for faults."""

from tests.integration.conftest import app, client, client_as, engine, session, settings
from tests.integration.issuing.conftest import decisions, scene, wrong

__all__ = ["app", "client", "client_as", "decisions", "engine", "scene", "session", "settings", "wrong"]
