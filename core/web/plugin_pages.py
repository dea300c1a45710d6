"""Pages that a policy plugin brings: mounted under the policy's own address, and guarded like all others.

A view of a plugin without an access mark answers 403 (`core.web.access`); a blueprint with another name than
`policy_<key>` is refused, so that no plugin can stand in another's or the core's place.
"""

from __future__ import annotations

import structlog
from flask import Blueprint, Flask

from core.policy import PluginError, Registry

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Mount each plugin's blueprint at `/policies/<key>/pages`. In development a broken one stops the start."""
    registry: Registry = app.extensions["registry"]
    for loaded in registry.policies:
        if loaded.confined is not None:  # a third party's code runs apart, so it has no pages
            continue
        try:
            blueprint = _blueprint(registry, loaded.key)
        except PluginError as error:
            if not app.extensions["settings"].production:
                raise
            log.error("plugin.pages", policy=loaded.key, reason=str(error))
            continue
        if blueprint is not None:
            app.register_blueprint(blueprint, url_prefix=f"/policies/{loaded.key}/pages")


def _blueprint(registry: Registry, key: str) -> Blueprint | None:
    found = registry.ask(key, "register_blueprint")
    if found is None:
        return None
    if not isinstance(found, Blueprint) or found.name != f"policy_{key}":
        raise PluginError(f"register_blueprint of {key} must return a Blueprint named policy_{key}, or None.")
    return found
