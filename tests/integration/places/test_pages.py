"""The pages of places open, and say what they should."""

from __future__ import annotations

import pytest

from tests.integration.places.conftest import House

pytestmark = pytest.mark.one_engine


def test_every_page_opens(house: House) -> None:
    site, floor, room = house.site.id, house.floor.id, house.rooms[0].id
    for path in (
        "/sites", "/sites/new", f"/sites/{site}", f"/sites/{site}/edit", f"/sites/{site}/floors/new",
        f"/sites/{site}/spaces/new?floor={floor}", f"/sites/{site}/papers/head_lease", "/spaces",
        f"/spaces/{room}", f"/spaces/{room}/edit", f"/floors/{floor}", f"/floors/{floor}?colour=arrears",
        f"/floors/{floor}?colour=stage", f"/floors/{floor}?colour=end", f"/floors/{floor}/edit",
        f"/floors/{floor}/settings", f"/sites/{site}/timeline", f"/sites/{site}/timeline?months=36&from=2025-01",
    ):  # fmt: skip
        answer = house.manager.get(path)
        assert answer.status_code == 200, f"{path} answers {answer.status_code}"
        assert house.founder.get(path).status_code == 403, path
    for path in ("/sites", f"/sites/{site}"):
        assert house.window.get(path).status_code == 200
