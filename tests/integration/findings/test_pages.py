"""The pages of 审计发现, from the letter to the end, as each side sees them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from core.data import models as m
from core.data.types import utcnow
from tests import scenes
from tests.integration.findings.conftest import TEXT, Auditors
from tests.support.issuing import violations

pytestmark = pytest.mark.one_engine


def _typed(auditors: Auditors, **instead: str) -> dict[str, str]:
    said = {name: str(value) for name, value in TEXT.items()}
    to = f"o{auditors.letter.operator_id}"
    return said | {"amount_fen": "1200", "severity": "serious", "source": "observation", "respondent": to} | instead


def test_from_a_letter_to_the_end(auditors: Auditors, client_as: Callable[..., Any]) -> None:
    first, other = client_as(auditors.first), client_as(auditors.second)
    house, founder = client_as(auditors.manager), client_as(auditors.desk.road.founder_of(auditors.case.tenant))
    desk = client_as(auditors.desk.road.staff["window"])
    letter = first.get(f"/letters/{auditors.letter.id}").text
    assert f"/findings/new?letter={auditors.letter.id}" in letter
    assert auditors.letter.number in first.get(f"/findings/new?letter={auditors.letter.id}").text
    begun = first.post("/findings", data={"letter": auditors.letter.id, "title": "参保人数", "severity": "serious"})
    assert begun.status_code == 302
    finding = auditors.session.scalars(select(m.Finding)).one()
    path = f"/findings/{finding.id}"
    assert begun.location.endswith(f"{path}/text")
    assert "data-autosave" in first.get(f"{path}/text").text
    # It saves itself: what can be read is kept, and what cannot is told at its field.
    half = _typed(auditors, amount_fen="一千二", title="写了一半")
    kept = first.post(f"{path}/text", data=half, headers={"X-Autosave": "1"})
    assert (kept.status_code, [*kept.json["errors"]]) == (200, ["amount_fen"])
    auditors.session.refresh(finding)
    assert (finding.title, finding.amount_fen, finding.fact) == ("写了一半", None, TEXT["fact"])
    assert first.post(f"{path}/text", data=_typed(auditors)).status_code == 302
    # A draft is for auditors and administrators only.
    for stranger in (house, founder, desk):
        assert stranger.get(path).status_code == 404
        assert TEXT["title"] not in stranger.get("/findings").text
    assert "审计发现" not in house.get("/").text
    assert other.get(path).status_code == 200
    assert other.get(f"{path}/text").status_code == 403
    assert other.post(f"{path}/text", data=_typed(auditors, title="别人改的")).status_code == 403
    assert other.post(f"{path}/steps/issued", data={"issued-days": "10", "issued-confirmed": "y"}).status_code == 403
    refused = first.post(f"{path}/steps/issued", data={"issued-days": "10"})
    assert refused.status_code == 422
    assert first.post(f"{path}/steps/issued", data={"issued-days": "10", "issued-confirmed": "y"}).status_code == 302
    # The operator reads it, and nobody else that it was not served on.
    assert TEXT["fact"] in house.get(path).text
    home = house.get("/home/operator").text
    assert "审计发现" in home
    assert path in home
    assert founder.get(path).status_code == 404
    assert desk.get(path).status_code == 404
    answer = {"responded-said": "情况属实", "responded-papers": (BytesIO(scenes.paper()), "说明.pdf")}
    assert house.post(f"{path}/steps/responded", data=answer).status_code == 422  # it has to say whether it agrees
    answer = {
        "responded-said": "情况属实",
        "responded-agreed": "yes",
        "responded-papers": (BytesIO(scenes.paper()), "说明.pdf"),
    }
    assert house.post(f"{path}/steps/responded", data=answer).status_code == 302
    assert "说明.pdf" in first.get(path).text
    paper = auditors.session.scalars(select(m.FindingPaper)).one()
    with first.get(f"{path}/papers/{paper.id}") as sent:
        assert sent.data == scenes.paper()
    assert founder.get(f"{path}/papers/{paper.id}").status_code == 404
    assert first.post(f"{path}/steps/noted", data={"noted-said": "金额待核"}).status_code == 302
    assert "金额待核" in other.get(path).text
    assert "金额待核" not in house.get(path).text
    ordered = {"ordered-said": "请逐月更正", "ordered-days": "20"}
    assert house.post(f"{path}/steps/ordered", data=ordered).status_code == 403
    assert first.post(f"{path}/steps/ordered", data=ordered).status_code == 302
    report = {"reported-said": "已更正", "reported-papers": (BytesIO(scenes.paper(2)), "更正.pdf")}
    assert house.post(f"{path}/steps/reported", data=report).status_code == 302
    closing = {"closed-said": "逐月核对无误", "closed-confirmed": "y"}
    alone = first.post(f"{path}/steps/closed", data=closing)
    assert alone.status_code == 403
    assert "另一位审计人员" in alone.text
    assert other.post(f"{path}/steps/closed", data=closing).status_code == 302
    auditors.session.expire_all()
    assert (finding.state, finding.closed_by_id) == (m.FindingState.CLOSED, auditors.second.id)
    assert "已销号" in house.get(path).text
    for reader in (first, house):
        assert TEXT["title"] in reader.get("/findings?state=closed&over=1").text
        assert TEXT["title"] not in reader.get("/findings?late=yes").text
        assert reader.get("/findings/export?format=csv").status_code == 200
    assert first.get(f"/findings?to=o{auditors.letter.operator_id}&severity=serious&policy=rent_subsidy").text.count(
        TEXT["title"]
    )
    assert violations(auditors.desk.road.app) == []


def test_a_desk_acts_on_what_is_proposed(auditors: Auditors, client_as: Callable[..., Any]) -> None:
    finding = auditors.issued()
    path = f"/findings/{finding.id}"
    first, second = client_as(auditors.first), client_as(auditors.desk.road.staff["second"])
    assert second.get(path).status_code == 404  # served on the operator, and no business of a desk yet
    asked = {"proposed-kind": "revoke", "proposed-said": "核定有误，请撤销"}
    assert first.post(f"{path}/steps/proposed", data=asked).status_code == 302
    assert first.post(f"{path}/steps/proposed", data=asked).status_code == 409
    assert f"{path}#proposals" in second.get("/home/desk").text
    assert "核定有误，请撤销" in second.get(path).text
    proposal = auditors.session.scalars(select(m.FindingProposal)).one()
    took, name = f"{path}/proposals/{proposal.id}", f"take_up-{proposal.id}"
    assert first.post(took, data={f"{name}-opinion": "撤销"}).status_code == 403  # 监督 is not 执行
    without = second.post(took, data={f"{name}-opinion": "参保人数有误"})
    assert without.status_code == 422
    said = {f"{name}-opinion": "参保人数有误", f"{name}-reasons": "wrong_decision"}
    assert second.post(took, data=said).status_code == 302
    auditors.session.expire_all()
    assert auditors.case.state is m.CaseState.REVOKING
    assert (proposal.state, proposal.decided_by_id) == (
        m.ProposalState.TAKEN_UP,
        auditors.desk.road.staff["second"].id,
    )
    assert "已提出撤销" in first.get(path).text
    assert "核定有误，请撤销" not in client_as(auditors.manager).get(path).text


def test_a_desk_says_why_not(auditors: Auditors, client_as: Callable[..., Any]) -> None:
    finding = auditors.issued()
    path = f"/findings/{finding.id}"
    first, desk = client_as(auditors.first), client_as(auditors.desk.road.staff["first"])
    first.post(f"{path}/steps/proposed", data={"proposed-kind": "recover", "proposed-said": "房租已退回"})
    proposal = auditors.session.scalars(select(m.FindingProposal)).one()
    took = desk.post(f"{path}/proposals/{proposal.id}", data={})
    assert took.status_code == 409
    assert "没有应追回的金额" in took.text
    name = f"decline-{proposal.id}-reason"
    assert desk.post(f"{path}/proposals/{proposal.id}/refusal", data={name: ""}).status_code == 422
    assert desk.post(f"{path}/proposals/{proposal.id}/refusal", data={name: "按规则没有应追回的"}).status_code == 302
    assert "按规则没有应追回的" in first.get(path).text


def test_what_came_back_is_shown(auditors: Auditors, client_as: Callable[..., Any]) -> None:
    finding = auditors.issued()
    path, desk = f"/findings/{finding.id}", auditors.desk
    first = client_as(auditors.first)
    first.post(f"{path}/steps/proposed", data={"proposed-kind": "recover", "proposed-said": "房租已退回"})
    proposal = auditors.session.scalars(select(m.FindingProposal)).one()
    desk.lose_rent(auditors.case, *scenes.months())
    assert client_as(desk.road.staff["first"]).post(f"{path}/proposals/{proposal.id}", data={}).status_code == 302
    auditors.session.expire_all()
    file = proposal.recovery
    assert file is not None
    desk.propose(file)
    desk.state(file)
    desk.decide(file)
    desk.confirm(desk.receive(file, 100_000))
    auditors.session.commit()
    assert "应追回3,000.00元，已收回1,000.00元" in first.get(path).text


def test_from_a_lead_and_from_a_sample(auditors: Auditors, client_as: Callable[..., Any]) -> None:
    """Where it came from is kept, whatever is typed later."""
    session, letter = auditors.session, auditors.letter
    of = {"district_id": letter.district_id}
    lead = m.Lead(
        rule="heads", key="k1", facts={}, case_id=letter.case_id, tenant_id=letter.tenant_id,
        operator_id=letter.operator_id, **of,
    )  # fmt: skip
    engagement = m.AuditEngagement(
        number="XM2026-1", title="年度审计", period_from=letter.issued_on, period_to=letter.issued_on,
        lead_by_id=auditors.first.id, **of,
    )  # fmt: skip
    session.add_all([lead, engagement])
    session.flush()
    sample = m.AuditSample(
        engagement_id=engagement.id, method=m.SampleMethod.SIMPLE, parameters={}, filters={},
        population=[[letter.number, letter.id, 1, ""]], population_count=1, population_fen=1,
        population_digest="0" * 64, fixed_by_id=auditors.first.id, seed="1", drawn_by_id=auditors.first.id,
        drawn_at=utcnow(), **of,
    )  # fmt: skip
    session.add_all([sample, m.LeadLetter(lead_id=lead.id, letter_id=letter.id, **of)])
    session.flush()
    item = m.AuditSampleItem(sample_id=sample.id, place=1, letter_id=letter.id, booked_fen=1, **of)
    session.add(item)
    session.commit()
    first = client_as(auditors.first)
    for query, source, engaged in (
        ({"lead": lead.id}, m.FindingSource.LEAD, None),
        ({"item": item.id}, m.FindingSource.SAMPLE, engagement.id),
    ):
        assert letter.number in first.get("/findings/new", query_string=query).text
        path = first.post("/findings", data=query | {"title": "从疑点来", "severity": "minor"}).location
        assert 'name="source"' not in first.get(path).text
        typed = _typed(auditors, source="replay", engagement_id=str(engaged or ""))
        assert first.post(path, data=typed).status_code == 302
        session.expire_all()
        finding = session.scalars(select(m.Finding).order_by(m.Finding.id.desc()).limit(1)).one()
        assert (finding.source, finding.engagement_id, finding.letter_id) == (source, engaged, letter.id)
        assert finding.amount_fen == 120_000
    assert client_as(auditors.manager).get("/findings/new", query_string={"lead": lead.id}).status_code == 403
    assert first.get("/findings/new?letter=999999").status_code == 404
    assert first.get("/findings/new?letter=x").status_code == 404
