"""Pages of `district`."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("district", __name__)
