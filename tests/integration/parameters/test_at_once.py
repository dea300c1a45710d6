"""Two persons publish two drafts of one policy at the same moment: neither loses the other's values."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.data import models as m
from core.services.parameters import book, drafting, publishing
from tests import scenes
from tests.scenes import Scene
from tests.support.parameters import draft, row, submit

TODAY = scenes.APPLIED


def test_the_second_is_checked_against_the_first_and_both_hold(scene: Scene, engine: Engine) -> None:
    loaded = scene.registry.get("rent_subsidy")
    # As before, from another source: no golden case comes out otherwise, whoever is first.
    values = {"lease_months": "6", "full_year_months": "10"}
    drafts = [draft(scene, row(name, value, TODAY)) for name, value in values.items()]
    for made in drafts:
        submit(scene, made, TODAY)
    askers = [scene.as_user(scene.staff[name]) for name in ("approver", "admin")]
    scene.session.commit()
    start = threading.Barrier(2)

    def publish(number: int) -> int:
        with Session(engine, info={"asker": askers[number]}) as own:
            start.wait(timeout=180)
            made = drafting.load(own, drafts[number].id)
            done = publishing.publish(
                own, made, loaded, version=None, seen=None, confirmed=True, today=TODAY
            )  # fmt: skip
            own.commit()
            return done.number

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(publish, range(2))) == [1, 2]
    found = book.published(scene.session, scene.district.id, loaded)
    assert found is not None
    assert {value.name for value in found.values} == set(values)
    assert scene.session.query(m.PublishedParameters).count() == 2
