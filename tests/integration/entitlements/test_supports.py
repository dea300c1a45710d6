"""先市后区, 差额补足: what was had elsewhere has its evidence, whoever recorded it, until the record is taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.errors import Conflict
from core.services import assessments, files, supports
from tests import factories, scenes
from tests.integration.entitlements.test_sharing import sharing
from tests.scenes import Scene, paper

pytestmark = pytest.mark.one_engine

SCHEME, NUMBER = "市级房租补贴", "沪人社〔2026〕7号"
KEY = {"exclusive": "rent_subsidy", "capped": "district_rent"}


@pytest.fixture
def scene(
    app: Flask, session: Session, settings: Settings, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Scene]:
    """A district whose rent policy shares rent up to what was paid ("capped"), or does not ("exclusive")."""

    def made(rule: str) -> Scene:
        registry = app.extensions["registry"]
        if rule == "capped":
            loaded = sharing(tmp_path, KEY[rule], 300_000)
            monkeypatch.setattr(registry, "_policies", {loaded.key: loaded})
        with app.app_context():
            return Scene(session, registry, settings.files, policy=KEY[rule])

    return made


def rented(scene: Scene) -> m.Tenant:
    """A head, and rent of 200.00 a month from 2025-11 to 2026-10."""
    tenant = scene.tenant()
    scene.session.execute(update(m.RentPayment).values(paid_fen=20_000))
    scene.session.expire_all()
    return tenant


def had(scene: Scene, tenant: m.Tenant, **changes: Any) -> m.OutsideSupport:
    said = {
        "scheme": SCHEME, "reference": NUMBER, "level": m.SupportLevel.CITY, "kind": m.EvidenceKind.RENT_MONTH,
        "month_from": "2025-11", "month_to": "2026-01", "amount_fen": 40_000, "granted_on": date(2026, 3, 1),
        "today": scenes.APPLIED,
    }  # fmt: skip
    checked = files.check("批准文件.pdf", paper())
    return supports.record(scene.session, scene.files, tenant, checked, **(said | changes))


def assess(scene: Scene, case: m.Case) -> Any:
    return assessments.assess(scene.session, case, scene.registry, scenes.APPLIED).decision


@pytest.mark.parametrize(("rule", "amount"), [("capped", 200_000), ("exclusive", 180_000)])
def test_who_shares_pays_the_difference_and_who_does_not_leaves_the_months_out(
    scene: Callable[[str], Scene], rule: str, amount: int
) -> None:
    """The city paid 400.00 of three months' rent of 200.00: 133.34, 133.33 and 133.33. Of twelve months' 2,400.00 there
    are 2,000.00 left to a policy that shares, and nine whole months, 1,800.00, to one that does not."""
    place = scene(rule)
    tenant = rented(place)
    draft = place.draft(tenant, place.founder_of(tenant))
    assert assess(place, draft).amount_fen == 240_000
    support = had(place, tenant)
    decision = assess(place, draft)
    assert decision.amount_fen == amount
    parts = [(row.award, row.amount_fen) for row in decision.excluded]
    called = f"{SCHEME}（{NUMBER}）"
    shares = (13_334, 13_333, 13_333) if rule == "capped" else (None, None, None)
    assert parts == [(called, share) for share in shares]
    supports.withdraw(place.session, support)
    assert assess(place, draft).amount_fen == 240_000
    supports.restore(place.session, support)
    assert assess(place, draft).amount_fen == amount
    actions = place.session.scalars(select(m.AuditEvent.action).where(m.AuditEvent.subject_type == "outsidesupport"))
    assert [*actions] == ["support.record", "support.withdraw", "support.restore"]


@pytest.mark.parametrize("rule", ["capped", "exclusive"])
def test_found_out_after_the_review_it_stops_the_approval(scene: Callable[[str], Scene], rule: str) -> None:
    place = scene(rule)
    tenant = rented(place)
    case = place.until(m.CaseState.PUBLISHED, tenant)
    had(place, tenant)
    with pytest.raises(Conflict, match=SCHEME):
        place.act(place.staff["approver"], case, "approve", scenes.APPROVED, confirmed=True)


def test_the_ledger_refuses_what_a_rule_would_not_have_asked_for(
    scene: Callable[[str], Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were it recorded after the rules ran, the approving transaction still sees it."""
    place = scene("capped")
    tenant = rented(place)
    case = place.until(m.CaseState.PUBLISHED, tenant)
    had(place, tenant, amount_fen=1, month_to="2025-11")
    with monkeypatch.context() as patch:
        patch.setattr("core.services.assessments.evidence.spent", lambda *a, **k: {})
        with pytest.raises(Conflict, match=f"2025年11月房租已由“{SCHEME}"):
            place.act(place.staff["approver"], case, "approve", scenes.APPROVED, confirmed=True)


def test_what_is_found_out_too_late_is_told(scene: Callable[[str], Scene]) -> None:
    place = scene("exclusive")
    tenant = rented(place)
    case = place.until(m.CaseState.APPROVED, tenant)
    assert supports.overlapping(place.session, had(place, tenant)) == [case.number]
    assert supports.overlapping(place.session, had(place, tenant, month_from="2020-01", month_to="2020-02")) == []


def test_a_former_tenancy_brings_what_it_had_and_insurance_is_taken_whole(scene: Callable[[str], Scene]) -> None:
    place = scene("exclusive")
    tenant = rented(place)
    former = factories.tenant(
        place.session, factories.operator(place.session, place.district), name=tenant.name, uscc=tenant.uscc
    )
    had(place, former)
    had(place, former, kind=m.EvidenceKind.INSURED_MONTH, month_from="2026-10", month_to="2026-10", amount_fen=1)
    draft = place.draft(tenant, place.founder_of(tenant))
    assert assess(place, draft).amount_fen == 180_000
    place.policy = "employment_subsidy"
    other = place.empty_draft(tenant, place.founder_of(tenant))
    assert assess(place, other).amount_fen == 11 * 95_115, "a month less, and twelve of employment all the same"


def test_on_the_page(scene: Callable[[str], Scene], client_as: Callable[..., Any]) -> None:
    place = scene("exclusive")
    tenant = rented(place)
    place.session.commit()
    address = f"/tenants/{tenant.id}/supports"
    window, founder = client_as(place.staff["window"]), client_as(place.founder_of(tenant))
    body = {
        "scheme": SCHEME, "reference": NUMBER, "level": "city", "kind": "rent_month", "month_from": "2025-11",
        "month_to": "2026-01", "amount_fen": "400", "granted_on": "2026-03-01",
    }  # fmt: skip
    refused = window.post(address, data=body | {"month_to": "2025-10", "file": (BytesIO(paper()), "批准.pdf")})
    assert refused.status_code == 422
    assert "截止月份不能早于起始月份" in refused.text
    assert NUMBER in refused.text, "what was typed is there still"
    assert "没有收到文件" in window.post(address, data=body).text
    assert founder.post(address, data=body).status_code == 403
    assert window.post(address, data=body | {"file": (BytesIO(paper()), "批准.pdf")}).status_code == 302
    row = place.session.scalars(select(m.OutsideSupport)).one()
    assert (row.grade, row.amount_fen, row.called) == (m.Grade.VERIFIED_ORIGINAL, 40_000, f"{SCHEME}（{NUMBER}）")
    shown = founder.get(address).text
    assert NUMBER in shown
    assert "撤回" not in shown
    sent = founder.get(f"{address}/{row.id}/file")
    assert sent.data == paper()
    sent.close()
    manager = client_as(factories.user(place.session, m.Role.OPERATOR_MANAGER, operator=tenant.operator))
    assert "撤回" not in manager.get(address).text
    assert "只能由窗口撤回或恢复" in manager.post(f"{address}/{row.id}/withdrawal").text
    assert window.post(f"{address}/{row.id}/withdrawal").status_code == 302
    assert "已撤回" in founder.get(address).text
    assert window.post(f"{address}/{row.id}/restoral").status_code == 302
    assert "已撤回" not in founder.get(address).text
