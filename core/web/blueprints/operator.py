"""Pages of `operator`."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("operator", __name__)
