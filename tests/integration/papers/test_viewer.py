"""Papers beside the case: who sees pages, how they are served, and what happens to one that cannot be drawn."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.extensions import db
from core.services import files, paper_pages
from core.uploads.desk import DRAWING
from tests.integration.conftest import Client
from tests.scenes import Scene
from tests.support.wellformed import pdf

pytestmark = pytest.mark.one_engine


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings) -> Scene:
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files)


def test_pages_are_drawn_once_and_shown_to_those_who_may_see_the_case(
    scene: Scene, settings: Settings, client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = scene.until(m.CaseState.ACCEPTED)
    document = case.documents[0]
    document.file.sha256 = files.put(settings.files, pdf(3))
    first, owner = client_as(scene.staff["first"]), client_as(scene.session.get_one(m.User, case.created_by_id))
    paper = f"/cases/{case.id}/papers/{document.id}"
    open_transactions: list[bool] = []
    ask = DRAWING.ask

    def asked(*said: Any, **values: Any) -> Any:
        open_transactions.append(db.session().in_transaction())
        return ask(*said, **values)

    monkeypatch.setattr(DRAWING, "ask", asked)
    shown = first.get(paper)
    assert (shown.status_code, shown.text.count("data-page="), "data-pane=" in shown.text) == (200, 3, False)
    assert paper in first.get(f"/cases/{case.id}").text
    with owner.get(f"{paper}/pages/2?width=900&turn=90") as page:
        image = Image.open(BytesIO(page.data))
        assert (page.mimetype, image.format, image.height) == ("image/webp", "WEBP", 900)
        assert page.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Content-Disposition"].startswith("inline")
    assert open_transactions == [False, False]
    with first.get(f"{paper}/pages/2?width=900&turn=90") as again:
        assert again.data == page.data
    assert len(open_transactions) == 2, "the picture was kept"

    for address in ("pages/0", "pages/4", "pages/1?width=901", "pages/1?turn=45", "pages/1?width=x&turn=-90"):
        assert first.get(f"{paper}/{address}").status_code == 404, address
    assert client_as(scene.manager).get(paper).status_code == 403
    assert client_as(scene.founder_of(scene.tenant())).get(f"{paper}/pages/1").status_code == 404

    assert paper_pages.clear(settings.pages, days=1) == 0
    assert paper_pages.clear(settings.pages, days=-1) == 2


def test_a_paper_that_cannot_be_drawn_is_told_and_can_still_be_taken(
    scene: Scene, settings: Settings, client_as: Callable[..., Client]
) -> None:
    case = scene.until(m.CaseState.ACCEPTED)
    document, window = case.documents[0], client_as(scene.staff["window"])
    document.file.sha256 = files.put(settings.files, b"%PDF-1.7 from before files were checked")
    paper = f"/cases/{case.id}/papers/{document.id}"
    assert "这份材料不能在这里显示" in window.get(paper).text
    assert window.get(f"{paper}/pages/1").status_code == 422
    with window.get(f"/cases/{case.id}/documents/{document.id}") as original:
        assert original.headers["Content-Disposition"].startswith("attachment")
    files.path_of(settings.files, document.file.sha256).unlink()
    assert window.get(f"/cases/{case.id}/documents/{document.id}").status_code == 404
