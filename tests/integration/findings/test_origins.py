"""Where a finding comes from and where it goes: leads and their letters, the engagement's report, who decides on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, NotFound
from core.services import avoidance, engagements
from core.services.findings import acting, steps, writing
from core.services.findings.steps import Act
from core.services.ties import Tied
from tests import factories
from tests.integration.findings.conftest import TEXT, Auditors
from tests.integration.sampling.test_samples import text_of

pytestmark = pytest.mark.one_engine


@pytest.fixture
def engagement(auditors: Auditors) -> m.AuditEngagement:
    day = auditors.letter.issued_on
    made: m.AuditEngagement = auditors.as_(
        auditors.first, engagements.begin, engagements.Terms("年度审计", "", day.replace(month=1, day=1), day)
    )
    auditors.session.commit()
    return made


def _lead(auditors: Auditors, *letters: m.Letter, **of: Any) -> m.Lead:
    district_id = auditors.letter.district_id
    lead = m.Lead(rule="heads", key=f"k{len(letters)}", facts={}, district_id=district_id, **of)
    auditors.session.add(lead)
    auditors.session.flush()
    auditors.session.add_all(m.LeadLetter(lead_id=lead.id, letter_id=it.id, district_id=district_id) for it in letters)
    auditors.session.commit()
    return lead


def _another_letter(auditors: Auditors, tenant: m.Tenant) -> m.Letter:
    """A letter of another applicant, with a case of its own."""
    session, case = auditors.session, auditors.case

    def like(row: Any, **other: Any) -> Any:
        columns = [c.key for c in row.__mapper__.column_attrs if c.key not in ("id", "uid") and "payee" not in c.key]
        facts = {name: getattr(row, name) for name in columns}
        made = type(row)(**facts | other)
        session.add(made)
        session.flush()
        return made

    own = like(case, number=f"{case.number}-2", tenant_id=tenant.id, state=m.CaseState.ISSUED)
    made: m.Letter = like(
        auditors.letter, case_id=own.id, tenant_id=tenant.id, decision_id=auditors.letter.decision_id,
        award_id=None, kind=m.LetterKind.REFUSAL, seq=99, number="示〔2026〕99号", check_code="CHECK0000099",
    )  # fmt: skip
    return made


def test_a_lead_is_for_who_may_read_it_and_its_letters_are_its_own(
    auditors: Auditors, client_as: Callable[..., Any]
) -> None:
    session = auditors.session
    tenant = factories.tenant(session, session.get_one(m.Operator, auditors.letter.operator_id))
    other = _another_letter(auditors, tenant)
    shared, alone = _lead(auditors, auditors.letter, other), _lead(auditors, auditors.letter)
    said = {"lead": shared.id, "letter": other.id}
    given = auditors.as_(auditors.first, writing.origin, lead_id=shared.id, letter_id=auditors.letter.id)
    assert (given.lead, given.letter) == (shared, auditors.letter)
    with pytest.raises(NotFound):
        auditors.as_(auditors.first, writing.origin, lead_id=alone.id, letter_id=other.id)
    assert client_as(auditors.first).get("/findings/new", query_string=said | {"lead": alone.id}).status_code == 404
    auditors.as_(auditors.first, avoidance.declare, tenant, m.Relation.FAMILY, "配偶为股东")
    session.commit()
    with pytest.raises(Tied):  # to one of those that it is about, if not to the one that was picked
        auditors.as_(auditors.first, writing.origin, lead_id=shared.id, letter_id=auditors.letter.id)
    assert client_as(auditors.first).get("/findings/new", query_string=said).status_code == 403
    assert client_as(auditors.second).get("/findings/new", query_string=said).status_code == 200


def test_what_it_is_about_follows_from_the_case(auditors: Auditors) -> None:
    """Of a lead without a letter, too, the policy and the case are known."""
    lead = _lead(auditors, case_id=auditors.case.id, tenant_id=auditors.case.tenant_id)

    def write(session: Session) -> m.Finding:
        return writing.begin(session, writing.origin(session, lead_id=lead.id), TEXT)

    finding = auditors.as_(auditors.first, write)
    assert (finding.policy_key, finding.case_id) == (auditors.case.policy_key, auditors.case.id)
    assert (finding.letter_id, finding.source) == (None, m.FindingSource.LEAD)


def test_what_was_withdrawn_is_not_in_the_report(
    auditors: Auditors, engagement: m.AuditEngagement, client_as: Callable[..., Any]
) -> None:
    stays = auditors.issued(title="参保人数不符", engagement_id=engagement.id)
    falls = auditors.issued(title="重复享受补贴", engagement_id=engagement.id, amount_fen=999_900)
    auditors.as_(auditors.first, acting.withdraw, falls, "经核实没有重复", today=auditors.today)
    auditors.session.commit()
    report = text_of(client_as(auditors.first), f"/engagements/{engagement.id}/report")
    assert stays.title in report
    assert "提出审计发现1项，涉及金额1,200.00元" in report
    assert falls.title not in report
    headings = re.findall(r"([一二三四五六])、(?:审计概况|方法与局限|抽样检查|疑点|审计发现与整改)", report)
    assert headings == [*"一二三四"]  # no leads: the findings come fourth


def test_only_open_engagements_are_offered(
    auditors: Auditors, engagement: m.AuditEngagement, client_as: Callable[..., Any]
) -> None:
    first, inside, outside = client_as(auditors.first), auditors.draft(engagement_id=engagement.id), auditors.draft()
    auditors.session.commit()

    def offered(finding: m.Finding) -> bool:
        page = first.get(f"/findings/{finding.id}/text").text
        part = page.split('name="engagement_id"')[1].split("</select>")[0]
        return f'value="{engagement.id}"' in part

    assert (offered(inside), offered(outside)) == (True, True)
    engagement.state, engagement.closed_at = m.EngagementState.CLOSED, utcnow()
    auditors.session.commit()
    assert (offered(inside), offered(outside)) == (True, False)  # the one that it is in stays
    with pytest.raises(Conflict):
        auditors.as_(auditors.first, writing.edit, outside, {"engagement_id": engagement.id})


def test_who_is_audited_does_not_decide(auditors: Auditors, client_as: Callable[..., Any]) -> None:
    """Put to the district: an administrator of the department itself answers, one of another decides."""
    road, session, today = auditors.desk.road, auditors.session, auditors.today
    own = road.staff["admin"]
    department_id = road.as_user(own).department_id
    assert department_id is not None
    bureau = factories.department(session, road.district, code="bureau", name="人社局")
    other = factories.user(session, m.Role.DISTRICT_ADMIN, district=road.district, department=bureau)
    finding = auditors.issued(to_operator_id=None, to_department_id=department_id)
    auditors.as_(own, acting.respond, finding, "不认可", agreed=False, today=today)
    auditors.as_(auditors.first, acting.dismiss, finding, "没有说明原因", days=5, today=today)
    auditors.as_(auditors.first, acting.escalate, finding, "意见不一致", today=today)
    session.commit()
    path = f"/findings/{finding.id}"
    for act in (acting.order, acting.withdraw):
        more = {"days": 20} if act is acting.order else {}
        with pytest.raises(Forbidden):
            auditors.as_(own, act, finding, "不必整改", today=today, **more)
    assert Act.COMMENTED in steps.open_to(road.as_user(own), finding, today)
    sent = {"ordered-said": "请更正", "ordered-days": "20"}
    assert client_as(own).post(f"{path}/steps/ordered", data=sent).status_code == 403
    assert path not in client_as(own).get("/home/desk").text
    assert path in client_as(other).get("/home/desk").text
    assert client_as(other).post(f"{path}/steps/ordered", data=sent).status_code == 302
    session.expire_all()
    assert finding.state is m.FindingState.CORRECTING


def test_a_draft_is_opened_by_who_writes_it(auditors: Auditors, client_as: Callable[..., Any]) -> None:
    finding = auditors.draft()
    auditors.session.commit()
    path = f"/findings/{finding.id}/text"
    assert client_as(auditors.first).get(path).status_code == 200
    for who in (auditors.second, auditors.desk.road.staff["admin"]):
        assert client_as(who).get(path).status_code == 403
    assert client_as(auditors.second).post(path, data=TEXT).status_code == 403


def test_one_that_was_served_earlier_says_when(auditors: Auditors, client_as: Callable[..., Any]) -> None:
    """As it is brought in with its days: its page, its acts and the day to keep are of one time."""
    day = auditors.today - timedelta(days=30)
    at = datetime.combine(day, time(2), UTC)

    def write(session: Session) -> m.Finding:
        to = {"to_operator_id": auditors.letter.operator_id}
        finding = writing.begin(session, writing.origin(session), TEXT | to, at=at)
        writing.issue(session, finding, days=5, confirmed=True, today=day, at=at)
        return finding

    finding = auditors.as_(auditors.first, write)
    auditors.session.commit()
    assert (finding.written_at, finding.issued_at, [act.at for act in finding.acts]) == (at, at, [at, at])
    assert finding.response_due_on is not None
    assert day < finding.response_due_on < auditors.today
    assert finding.number in client_as(auditors.first).get("/findings?late=yes").text
