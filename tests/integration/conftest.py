"""Fixtures of the application: tests here run the real Flask app on a real database (`database_url`: both engines).

The fixtures `settings`, `app` and `client` belong here, made from `core.create_app(settings)` with the `database_url`
of tests/conftest.py and a private `var` folder under `tmp_path`.
"""

from __future__ import annotations
