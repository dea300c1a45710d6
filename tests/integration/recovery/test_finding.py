"""What changed after an award was paid is found daily, once, and gives no more than a lead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from core.data import models as m
from core.jobs import recovering
from core.services.invariants import Violation
from core.services.recovery import deciding, rerun
from tests import scenes
from tests.integration.recovery.conftest import Desk

R, C = m.RecoveryState, m.RecoveryCause


def test_leads_are_found_once_and_say_why(
    desk: Desk, wrong: Callable[[], list[Violation]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rent, heads, left = (desk.paid() for _ in range(3))
    desk.session.commit()
    assert recovering.find(desk.road.app) == 0
    desk.lose_rent(rent, *scenes.months())
    desk.session.execute(delete(m.Employment).where(m.Employment.tenant_id == heads.tenant_id))
    desk.session.add(
        m.Departure(
            operator_id=left.operator_id, tenant_id=left.tenant_id, planned_on=desk.today, reason="迁往外区",
            completed_on=desk.today + timedelta(days=35),
        )
    )  # fmt: skip
    monkeypatch.setattr(rerun, "stay_of", lambda *_: 12)
    desk.session.commit()
    assert recovering.find(desk.road.app) == 3
    assert recovering.find(desk.road.app) == 0
    desk.session.expire_all()
    files = {it.case_id: it for it in desk.session.scalars(select(m.Recovery))}
    assert {it.state for it in files.values()} == {R.LEAD}
    assert [files[case.id].cause for case in (rent, heads, left)] == [C.OTHER, C.HEADS, C.MOVED_OUT]
    assert [files[case.id].owed_fen for case in (rent, heads, left)] == [300_000, 300_000, 250_000]
    assert len([line for line in files[left.id].lines if line["why"] == "stay"]) == 10
    told = set(desk.session.scalars(select(m.Notice.user_id).where(m.Notice.kind == "recovery_lead")))
    assert told == {desk.road.staff["first"].id}
    desk.as_("first", deciding.give_up, files[rent.id], "运营机构已说明")
    desk.session.commit()
    assert recovering.find(desk.road.app) == 0  # nothing else has changed
    assert wrong() == []
