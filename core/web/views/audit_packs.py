"""证据包 as a download: gathered in the request's transaction, written after it, and on the trail."""

from __future__ import annotations

from collections.abc import Sequence
from tempfile import TemporaryFile

from flask import Response, current_app, g, send_file

from core.data.models import Letter
from core.extensions import db
from core.services.audit_packs import bundling, gathering
from core.web.downloads import TAKEN_PACK, trace
from core.web.views.case_page import registry


def send(letters: Sequence[Letter], name: str) -> Response:
    """The pack of these letters, which the reader may read, as `name`.zip. Raises `Invalid`, `Conflict`."""
    found = gathering.gather(db.session(), letters, gathering.Places.of(current_app.extensions["settings"]))
    ids = sorted(letter.id for letter in letters)
    db.session.rollback()  # files are read and decisions computed while no transaction is open
    kept = TemporaryFile()  # noqa: SIM115 - closed when it was sent
    digest = bundling.write(found, kept, registry())
    trace(TAKEN_PACK, {"letters": ids, "sha256": digest})
    return send_file(kept, mimetype="application/zip", as_attachment=True, download_name=f"{name}-{g.today:%Y%m%d}.zip")
