"""Rules about insured persons: found, and not found just beside the line."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import event

from core.data import models as m
from core.policy import Month
from core.services.leads import settings
from tests import factories
from tests.integration.leads.conftest import House


def test_insured_by_another_in_a_month_that_was_spent(house: House) -> None:
    number = factories.id_number()
    tenant, other = house.tenant(), house.tenant(factories.operator(house.session, house.district))
    person = factories.person(house.session, tenant, number=number)
    award = house.insured(person)
    elsewhere = factories.person(house.session, other, number=number)
    factories.employment(house.session, elsewhere, "2026-03")  # before the months that were spent
    assert house.sees("insured_elsewhere") == []
    factories.employment(house.session, elsewhere, "2026-05")
    (found,) = house.sees("insured_elsewhere")
    assert found.facts["months"] == ["2026-05"]
    assert found.facts["employer_usccs"] == [other.uscc]
    assert found.facts["tenant_ids"] == (other.id,)
    assert (found.case, found.tenant, found.amount_fen) == (award.case_id, tenant.id, 10_000)
    assert len(found.letters) == 1


def test_the_same_enterprise_at_two_operators_is_one_employer(house: House) -> None:
    number, code = factories.id_number(), factories.uscc()
    tenant = house.tenant(uscc=code)
    house.insured(factories.person(house.session, tenant, number=number))
    branch = house.tenant(factories.operator(house.session, house.district), uscc=code)
    factories.employment(house.session, factories.person(house.session, branch, number=number), "2026-05")
    assert house.sees("insured_elsewhere") == []


def test_released_evidence_and_revoked_awards_are_nobodys(house: House) -> None:
    number = factories.id_number()
    award = house.insured(factories.person(house.session, house.tenant(), number=number))
    factories.employment(house.session, factories.person(house.session, house.tenant(), number=number), "2026-05")
    assert len(house.sees("insured_elsewhere")) == 1
    award.revoked_at = award.approved_at
    assert house.sees("insured_elsewhere") == []


@pytest.mark.parametrize(
    ("born", "man", "month"),
    [
        # 国务院关于渐进式延迟法定退休年龄的办法, first and last rows of the tables, and the last before the reform
        (date(1964, 12, 31), True, "2024-12"),
        (date(1965, 1, 1), True, "2025-02"),
        (date(1965, 4, 30), True, "2025-05"),
        (date(1965, 5, 1), True, "2025-07"),
        (date(1976, 8, 1), True, "2039-07"),
        (date(1976, 9, 1), True, "2039-09"),
        (date(1990, 6, 1), True, "2053-06"),
        (date(1969, 12, 31), False, "2024-12"),
        (date(1970, 1, 1), False, "2025-02"),
        (date(1981, 9, 1), False, "2039-09"),
    ],
)
def test_the_month_of_retirement(born: date, man: bool, month: str) -> None:
    assert settings.retires_in(born, man=man) == Month.parse(month)


def test_the_month_in_which_one_retires_is_still_a_month_at_work(house: House) -> None:
    # A man born in September 1965 retires at 60 and three months: in December 2025.
    man = factories.id_number(11, date(1965, 9, 6))
    person = factories.person(house.session, house.tenant(), number=man)
    house.insured(person, ["2025-11", "2025-12"])
    assert house.sees("over_retirement_age") == []
    (line,) = house.session.query(m.EvidenceLine).filter_by(month="2025-12").all()
    line.month = "2026-01"
    (found,) = house.sees("over_retirement_age")
    assert found.facts == {"person_ids": [person.id], "retirement_month": "2025-12", "months": ["2026-01"]}
    assert found.amount_fen == 10_000


def test_the_row_of_who_is_too_old_is_that_of_the_company_that_was_paid(house: House) -> None:
    man = factories.id_number(13, date(1960, 1, 6))
    elsewhere = factories.person(house.session, house.tenant(), number=man)
    for _ in range(30):
        factories.person(house.session, house.tenant())
    person = factories.person(house.session, house.tenant(), number=man)
    house.insured(person, ["2026-06"])
    house.session.expunge_all()
    opened: list[int] = []

    def loaded(target: m.InsuredPerson, _context: object) -> None:
        opened.append(target.id)

    event.listen(m.InsuredPerson, "load", loaded)
    try:
        (found,) = house.sees("over_retirement_age")
    finally:
        event.remove(m.InsuredPerson, "load", loaded)
    assert found.facts["person_ids"] == [person.id]
    assert {*opened} == {elsewhere.id, person.id}, "nobody else's row is read"


def test_a_woman_is_taken_to_retire_late_and_a_passport_says_nothing(house: House) -> None:
    woman = factories.id_number(12, date(1971, 9, 6))  # 55 in 2026-09, a cadre half a year later
    house.insured(factories.person(house.session, house.tenant(), number=woman), ["2026-06"])
    foreigner = factories.person(house.session, house.tenant(), number="E12345678")
    foreigner.id_type = m.IdType.PASSPORT
    house.insured(foreigner, ["2026-06"])
    assert house.sees("over_retirement_age") == []


def test_one_person_month_under_two_awards(house: House) -> None:
    person = factories.person(house.session, house.tenant())
    line = house.insured_line(person, "2026-04")
    tenant = house.session.get_one(m.Tenant, person.tenant_id)
    house.award(tenant, uses=[(line, 10_000)], group="social_insurance", rule=m.StackingRule.CAPPED)
    house.award(tenant, uses=[(line, 10_000)], group="training", rule=m.StackingRule.CAPPED)  # another group
    assert house.sees("person_month_twice") == []
    house.session.query(m.EvidenceUse).update({"stacking_group": "social_insurance"})
    assert house.sees("person_month_twice") == []  # nobody can say that a month without an amount is overspent
    use = house.session.query(m.EvidenceUse).first()
    assert use is not None
    use.rule = m.StackingRule.EXCLUSIVE
    (found,) = house.sees("person_month_twice")
    assert found.facts["line_ids"] == (line.id,)
    assert len(found.facts["case_ids"]) == 2
    assert len(found.letters) == 2
    assert found.amount_fen == 10_000
