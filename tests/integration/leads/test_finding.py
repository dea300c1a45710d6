"""What becomes of leads from run to run, and what auditors do with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

import core.commands.audit as command
from core.data import models as m
from core.data.queries import leads as reads
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.jobs import leading
from core.services.leads import Found, finding, judging
from core.services.leads.book import rules
from tests import factories
from tests.integration.leads.conftest import TODAY, House

CODE = "registered_outside"
S = m.LeadState


def _outside(house: House) -> m.Tenant:
    tenant = house.tenant(registered_region="310115")
    house.award(tenant)
    return tenant


def _kinds(house: House, lead: m.Lead) -> list[m.LeadActKind]:
    return [act.kind for act in reversed(reads.acts(house.session, lead))]


def _judged(house: House, lead: m.Lead, verdict: m.LeadState = S.FALSE) -> None:
    with house.as_(house.auditor):
        judging.judge(house.session, lead, verdict, "迁出在核定之后，已满留驻期。")


def test_found_once_however_often_it_is_looked_for(house: House) -> None:
    tenant = _outside(house)
    assert house.run(CODE) == {"new": 1}
    (lead,) = house.leads(CODE)
    assert (lead.state, lead.tenant_id, lead.amount_fen) == (S.OPEN, tenant.id, 100_000)
    assert [letter.tenant_id for letter in lead.letters] == [tenant.id]
    first = lead.seen_at
    assert house.run(CODE) == {}
    house.session.expire_all()
    assert [it.id for it in house.leads(CODE)] == [lead.id]
    assert lead.seen_at > first
    assert _kinds(house, lead) == [m.LeadActKind.FOUND]


def test_gone_and_back(house: House) -> None:
    tenant = _outside(house)
    house.run(CODE)
    (lead,) = house.leads(CODE)
    tenant.registered_region = house.district.region
    assert house.run(CODE) == {"gone": 1}
    assert lead.state is S.GONE
    assert house.run(CODE) == {}
    tenant.registered_region = "310115"
    assert house.run(CODE) == {"back": 1}
    assert lead.state is S.OPEN
    assert _kinds(house, lead) == [m.LeadActKind.FOUND, m.LeadActKind.GONE, m.LeadActKind.CAME_BACK]


def test_what_was_judged_stays_and_is_opened_when_its_facts_change(house: House) -> None:
    tenant = _outside(house)
    house.run(CODE)
    (lead,) = house.leads(CODE)
    _judged(house, lead)
    assert house.run(CODE) == {}
    assert lead.state is S.FALSE
    tenant.registered_region = house.district.region
    assert house.run(CODE) == {}
    assert lead.state is S.FALSE  # nothing is taken back because the record was mended
    tenant.registered_region = "310115"
    house.award(tenant)
    assert house.run(CODE) == {"changed": 1}
    assert (lead.state, lead.judged_by_id, lead.facts["count"]) == (S.OPEN, None, 2)
    assert len(house.session.query(m.LeadLetter).filter_by(lead_id=lead.id).all()) == 2
    assert [it.said for it in reads.acts(house.session, lead) if it.said] == ["迁出在核定之后，已满留驻期。"]


def test_who_looks_into_it_keeps_it_when_its_facts_change(house: House) -> None:
    tenant = _outside(house)
    house.run(CODE)
    (lead,) = house.leads(CODE)
    with house.as_(house.auditor):
        judging.take(house.session, lead)
    house.award(tenant)
    assert house.run(CODE) == {}
    assert (lead.state, lead.taken_by_id, lead.amount_fen) == (S.LOOKING, house.auditor.id, 200_000)


def test_a_part_calls_nothing_gone(house: House) -> None:
    _outside(house)
    house.run(CODE)
    finding.run(house.session, house.district, today=TODAY, codes=[CODE], since=date(2026, 11, 21))
    (lead,) = house.leads(CODE)
    assert lead.state is S.OPEN


def test_another_districts_records_are_not_looked_at(house: House) -> None:
    district = factories.district(house.session)
    _outside(house)
    assert finding.run(house.session, district, today=TODAY, codes=[CODE])[0].seen == 0
    assert house.sees(CODE)


def test_two_suspicions_with_one_key_are_a_mistake_of_the_rule(house: House) -> None:
    rule = rules()[CODE]
    with pytest.raises(ValueError, match="two suspicions"):
        finding._once(rule, [Found("a", {}), Found("a", {"count": 1})])
    with pytest.raises(ValueError, match="1 to 200"):
        Found("a" * 201, {})


def test_every_rule_says_what_it_saw_why_it_matters_and_what_to_do(house: House) -> None:
    for rule in rules().values():
        assert all((rule.title, rule.says, rule.why, rule.what_to_look_at)), rule.code
        assert len(rule.code) <= 40


def test_judging_asks_for_a_reason_and_an_auditor(house: House) -> None:
    _outside(house)
    house.run(CODE)
    (lead,) = house.leads(CODE)
    with house.as_(house.admin), pytest.raises(Forbidden):
        judging.judge(house.session, lead, S.CONFIRMED, "查实")
    with house.as_(house.auditor):
        for verdict, reason in ((S.CONFIRMED, "  "), (S.OPEN, "查实"), (S.FALSE, "长" * 1001)):
            with pytest.raises(Invalid):
                judging.judge(house.session, lead, verdict, reason)
        judging.judge(house.session, lead, S.CONFIRMED, "查实")
        with pytest.raises(Conflict):
            judging.judge(house.session, lead, S.FALSE, "改判")
        with pytest.raises(Conflict):
            judging.take(house.session, lead)
        with pytest.raises(Invalid):
            judging.reopen(house.session, lead, "")
        judging.reopen(house.session, lead, "补充材料")
        assert (lead.state, lead.judged_by_id, lead.reason) == (S.LOOKING, None, "")
        judging.leave(house.session, lead)
        assert (lead.state, lead.taken_by_id) == (S.OPEN, None)
        with pytest.raises(Conflict):
            judging.leave(house.session, lead)
    events = house.session.query(m.AuditEvent).filter_by(subject_type="lead", subject_id=lead.id)
    assert [it.action for it in events] == ["lead.confirmed", "lead.reopen", "lead.leave"]
    assert {it.actor_id for it in events} == {house.auditor.id}


def test_no_case_is_touched(house: House) -> None:
    _outside(house)
    before = [(it.state, it.version, it.content_hash) for it in house.session.query(m.Case)]
    house.run(CODE)
    (lead,) = house.leads(CODE)
    _judged(house, lead, S.CONFIRMED)
    house.session.expire_all()
    assert [(it.state, it.version, it.content_hash) for it in house.session.query(m.Case)] == before
    assert house.session.query(m.CaseEvent).count() == 2


def test_only_auditors_and_managers_of_the_district_read_a_lead(house: House) -> None:
    _outside(house)
    house.run(CODE)
    (lead,) = house.leads(CODE)
    for user in (house.auditor, house.admin):
        with house.as_(user):
            assert judging.load(house.session, lead.id).id == lead.id
    elsewhere = factories.user(house.session, m.Role.AUDITOR, district=factories.district(house.session))
    for user in (house.first, house.approver, elsewhere):
        with house.as_(user), pytest.raises(NotFound):
            judging.load(house.session, lead.id)


def test_precision_and_the_letters_with_a_lead(house: House) -> None:
    tenants = [_outside(house) for _ in range(4)]
    house.award(house.tenant())
    house.run(CODE)
    leads = house.leads(CODE)
    for lead, verdict in zip(leads, (S.CONFIRMED, S.FALSE, S.FALSE), strict=False):
        _judged(house, lead, verdict)
    tally = reads.tallies(house.session)[CODE]
    assert (tally.waiting, tally.confirmed, tally.false, tally.gone) == (1, 1, 2, 0)
    wanted = house.session.query(m.Letter).filter(m.Letter.id.in_(reads.with_lead(CODE)))
    assert {it.tenant_id for it in wanted} == {tenants[0].id, tenants[3].id}  # confirmed, or still open
    assert house.session.query(m.Letter).filter(m.Letter.id.in_(reads.with_lead("same_person"))).count() == 0


def test_the_job_and_the_command(app: Flask, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _outside(house)
    house.session.commit()
    assert leading.find(app) >= 1
    assert leading.find(app) == 0
    house.session.expire_all()
    assert len(house.leads(CODE)) == 1
    house.session.commit()
    monkeypatch.setattr(command, "application", lambda: app)
    asked: Callable[..., Any] = CliRunner().invoke
    said = asked(command.audit, ["leads", "--json", "--rule", CODE])
    assert said.exit_code == 0
    assert json.loads(said.output) == {
        "district": house.district.name, "rule": CODE, "title": rules()[CODE].title, "seen": 1,
    }  # fmt: skip
    assert "same_person" in asked(command.audit, ["leads"]).output
    assert asked(command.audit, ["leads", "--rule", "none"]).exit_code == 1
