"""The pages of 疑点: what each reader is shown and may do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from core.commands.demo_leads import IN_TESTS, JUDGED
from core.data import models as m
from core.data.queries import leads, relations
from core.services.leads.book import rules
from core.web import lead_words
from core.web.views import lead_facts
from tests import factories
from tests.integration.leads.conftest import APPROVED, House

pytestmark = pytest.mark.one_engine

S = m.LeadState


@pytest.fixture
def lead(house: House) -> m.Lead:
    """Somebody insured elsewhere, found."""
    number = factories.id_number()
    house.insured(factories.person(house.session, house.tenant(name="上海青禾科技"), name="周小满", number=number))
    twin = factories.person(house.session, house.tenant(name="上海远山科技"), name="周小满", number=number)
    factories.employment(house.session, twin, "2026-05")
    house.run("insured_elsewhere")
    (found,) = house.leads("insured_elsewhere")
    return found


def test_a_lead_from_the_list_to_its_judgement(house: House, lead: m.Lead, client_as: Callable[..., Any]) -> None:
    auditor = client_as(house.auditor)
    listed = auditor.get("/leads")
    assert listed.status_code == 200
    assert "同一人当月在别处参保" in listed.text
    path = f"/leads/{lead.id}"
    page = auditor.get(path).text
    assert "周*满在2026-05按本企业参保享受了补贴" in page
    assert "周小满" not in page
    assert "上海远山科技" in page
    letter = house.session.query(m.Letter).one()
    assert f'href="/letters/{letter.id}"' in page
    assert "换工作的月份" in page
    assert auditor.post(f"{path}/taking").status_code == 302
    assert "由您接手" in auditor.post(f"{path}/taking").text
    refused = auditor.post(f"{path}/judgement", data={"judge-verdict": "false", "judge-reason": ""})
    assert refused.status_code == 422
    chosen = {"judge-verdict": "", "judge-reason": "劳动合同日期相接"}
    refused = auditor.post(f"{path}/judgement", data=chosen)
    assert refused.status_code == 422
    assert "劳动合同日期相接" in refused.text  # nothing typed is lost
    assert auditor.post(f"{path}/judgement", data=chosen | {"judge-verdict": "false"}).status_code == 302
    page = auditor.get(path).text
    assert "予以排除" in page
    assert "劳动合同日期相接" in page
    assert "0%" in auditor.get("/leads").text  # of one judged none was true
    assert auditor.post(f"{path}/reopening", data={"reopen-reason": "又有新材料"}).status_code == 302
    page = auditor.get(path).text
    assert "又有新材料" in page
    assert "劳动合同日期相接" in page  # what was said before stays
    assert house.session.get_one(m.Lead, lead.id).state is S.LOOKING
    assert auditor.post(f"{path}/leaving").status_code == 302


@pytest.mark.usefixtures("csrf")
def test_forms_carry_their_token(house: House, lead: m.Lead, client_as: Callable[..., Any]) -> None:
    page = client_as(house.auditor).get(f"/leads/{lead.id}").text
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", page, re.DOTALL):
        assert "csrf_token" in form


def test_managers_of_the_district_read_and_others_do_not(
    house: House, lead: m.Lead, client_as: Callable[..., Any]
) -> None:
    admin, path = client_as(house.admin), f"/leads/{lead.id}"
    page = admin.get(path)
    assert page.status_code == 200
    assert "judge-reason" not in page.text
    assert "接手" not in page.text
    assert admin.post(f"{path}/taking").status_code == 403
    assert admin.post("/leads/search").status_code == 403
    first = client_as(house.first)
    assert first.get(path).status_code == 403
    assert first.get("/leads").status_code == 403
    elsewhere = factories.user(house.session, m.Role.AUDITOR, district=factories.district(house.session))
    assert client_as(elsewhere).get(path).status_code == 404


def test_a_tie_to_any_company_of_a_lead_keeps_from_it(
    house: House, lead: m.Lead, client_as: Callable[..., Any]
) -> None:
    """The other company is named by the facts alone; of a third one the facts name a case."""
    auditor, path = client_as(house.auditor), f"/leads/{lead.id}"
    (other,) = lead.facts["tenant_ids"]
    assert other not in (lead.tenant_id, *(letter.tenant_id for letter in lead.letters))
    case = house.session.get_one(m.Case, house.award(house.tenant()).case_id)
    for tenant in (other, case.tenant_id):
        tie = m.DeclaredTie(
            district_id=house.district.id, user_id=house.auditor.id, tenant_id=tenant, relation=m.Relation.FAMILY,
            note="配偶为股东",
        )  # fmt: skip
        house.session.add(tie)
        house.session.flush()
        assert auditor.get(path).status_code == 403
        said = {"judge-verdict": "false", "judge-reason": "已核实"}
        assert auditor.post(f"{path}/judgement", data=said).status_code == 403
        assert auditor.post(f"{path}/taking").status_code == 403
        assert auditor.get(f"/findings/new?lead={lead.id}").status_code == 403
        tie.withdrawn_at = APPROVED
        house.session.flush()
        assert auditor.get(path).status_code == 200
        lead.facts = {**lead.facts, "case_ids": [case.id]}


def test_leads_from_lists_are_for_auditors_alone(house: House, lead: m.Lead, client_as: Callable[..., Any]) -> None:
    lead.rule, lead.facts = "outside.unemployment", {"tenant_id": lead.tenant_id, "months": ["2026-05"]}
    (letter,) = lead.letters
    house.session.commit()
    for user, sees in ((house.auditor, True), (house.admin, False)):
        client = client_as(user)
        assert client.get(f"/leads/{lead.id}").status_code == (200 if sees else 404)
        for path in ("/leads/export?format=csv", "/leads"):
            listed = client.get(path).get_data(as_text=True)
            assert ("获补贴期间领取失业金" in re.sub(r"<option.*?</option>|<a class=\"chip.*?</a>", "", listed)) == sees
        with house.as_(user):
            assert bool(leads.of_letter(house.session, letter)) == sees
            assert bool(house.session.scalars(leads.with_lead()).all()) == sees
            assert ("outside.unemployment" in leads.tallies(house.session)) == sees
            assert bool(relations.open_leads(house.session, house.district.id)) == sees


def test_the_list_is_filtered_searched_and_exported(house: House, lead: m.Lead, client_as: Callable[..., Any]) -> None:
    outside = house.tenant(name="上海晨星科技", registered_region="310115")
    house.award(outside, fen=2_000_000)
    house.run("registered_outside")
    auditor = client_as(house.auditor)

    def shown(query: str) -> tuple[bool, bool]:
        body = auditor.get(f"/leads/export?format=csv&{query}").get_data(as_text=True)
        return "同一人当月在别处参保" in body, "注册地不在本区" in body

    assert shown("") == (True, True)
    assert shown("rule=registered_outside") == (False, True)
    assert shown("state=confirmed") == (False, False)
    assert shown("policy=employment_subsidy") == (True, False)
    assert shown("amount=1") == (False, True)
    assert shown("amount=10") == (False, False)
    assert shown("year=2026") == (True, True)
    assert shown(f"operator={house.operator.id}") == (True, True)
    assert shown("q=晨星") == (False, True)
    assert auditor.get("/leads?sort=-amount_fen").status_code == 200
    rulebook = auditor.get("/leads/rules").text
    assert all(rule.title in rulebook for rule in rules().values())
    assert "国发〔1978〕104号" in rulebook


def test_looking_again_is_a_job(house: House, client_as: Callable[..., Any]) -> None:
    said = client_as(house.auditor).post("/leads/search", follow_redirects=True)
    assert "正在重新查找" in said.text


def test_what_the_facts_of_every_rule_are_is_known() -> None:
    """A fact that a sentence names is a row of a known kind, or a figure with a word."""
    for rule in rules().values():
        for name in re.findall(r"%\((\w+)\)s", rule.says):
            assert lead_facts.kind_of(name) is not None or name in lead_words.FIGURES, (rule.code, name)


def test_the_demonstration_plants_what_it_can() -> None:
    """The seed itself stops where a rule that is not named here finds nothing."""
    assert set(rules()) > IN_TESTS
    assert set(JUDGED) <= set(rules()) - IN_TESTS
