"""Pages of `tenant`."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("tenant", __name__)
