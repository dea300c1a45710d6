"""Leave: a colleague acts in one's role, under their own name, from a day to a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

import core
from core.data.asker import Asker, asking
from core.data.models import AuditEvent, Delegation, Membership, Role, User
from core.data.queries.people import Work, who
from core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from core.services import accounts, delegations
from tests import factories

pytestmark = pytest.mark.one_engine

DAY = timedelta(days=1)


def _work(session: Session, user: User, day: date) -> list[Work]:
    return who(session, user.fs_uniquifier, day)[1]


def today() -> date:
    return core.today().date()


def lend(session, owner: User, to: User, **values) -> Delegation:
    """`owner` lends their first membership, as they would themselves."""
    membership = owner.memberships[0]
    given = {"starts_on": today(), "ends_on": today() + 7 * DAY, "reason": "年假"}
    with asking(session, Asker.member(membership)):
        made = delegations.lend(session, membership, to, **given | values)
    session.commit()
    return made


@pytest.fixture
def district(session):
    return factories.district(session)


@pytest.fixture
def approver(session, district) -> User:
    return factories.user(session, Role.APPROVER, district=district, name="高审批")


@pytest.fixture
def colleague(session, district) -> User:
    return factories.user(session, Role.PAYER, district=district, name="钱拨付")


def test_the_stand_in_acts_under_both_ids(session, district, approver, colleague):
    lend(session, approver, colleague)
    (own, own_lent, *_), (lent, is_lent, *_) = _work(session, colleague, today())
    assert (own.role, own_lent, lent.role, is_lent) == (Role.PAYER, False, Role.APPROVER, True)
    asker = Asker.member(lent, acting=colleague.id)
    assert (asker.user_id, asker.acting_for_id) == (colleague.id, approver.id)
    assert Asker.member(own).acting_for_id is None


def test_acts_on_the_trail_name_both(app, session, client_as, district, approver, colleague):
    delegation = lend(session, approver, colleague)
    browser = client_as(colleague, delegation.membership)
    other = factories.user(session, Role.WINDOW, district=district)
    # While standing in, the colleague cannot pass the role on …
    refused = browser.post(
        "/account/leave",
        data={
            "membership_id": delegation.membership_id,
            "to_user_id": other.id,
            "starts_on": today().isoformat(),
            "ends_on": today().isoformat(),
            "reason": "再转托",
        },
    )
    assert refused.status_code == 422
    # … and what they do is recorded under their own name, for the person on leave.
    assert browser.post("/account/sessions/end").status_code == 302
    session.commit()
    event = session.query(AuditEvent).filter_by(action="account.sessions_ended").one()
    assert (event.actor_id, event.detail["acting_for"]) == (colleague.id, approver.id)


@pytest.mark.parametrize(
    ("starts", "ends", "runs"), [(0, 0, True), (0, 5, True), (1, 5, False)], ids=["today only", "a week", "tomorrow"]
)
def test_from_a_day_to_a_day(session, approver, colleague, starts, ends, runs):
    lend(session, approver, colleague, starts_on=today() + starts * DAY, ends_on=today() + ends * DAY)
    assert (len(_work(session, colleague, today())) == 2) is runs
    assert len(_work(session, colleague, today() + (ends + 1) * DAY)) == 1


def test_taken_back_it_ends_at_the_next_request(session, client_as, approver, colleague):
    delegation = lend(session, approver, colleague)
    stand_in = client_as(colleague, delegation.membership)
    assert "代 高审批 办理" in stand_in.get("/account").text
    assert client_as(approver).post(f"/account/leave/{delegation.id}/end").status_code == 302
    assert "代 高审批 办理" not in stand_in.get("/account").text
    session.commit()
    assert session.get(Delegation, delegation.id).revoked_at is not None


@pytest.mark.parametrize("what", ["role ended", "account closed"])
def test_it_ends_with_what_was_lent(session, approver, colleague, what):
    lend(session, approver, colleague)
    if what == "role ended":
        accounts.end_membership(session, approver.memberships[0], reason="调离")
    else:
        accounts.set_active(session, approver, active=False)
    session.commit()
    assert [m.role for m, *_ in _work(session, colleague, today())] == [Role.PAYER]


class TestRefusals:
    def refused(self, session, owner, to, error: type[DomainError], field: str | None = None, **values) -> None:
        with pytest.raises(error) as caught:
            lend(session, owner, to, **values)
        assert caught.value.field == field

    def test_to_oneself(self, session, approver):
        self.refused(session, approver, approver, Invalid, "to_user_id")

    def test_to_someone_of_another_district(self, session, approver):
        stranger = factories.user(session, Role.WINDOW, district=factories.district(session))
        self.refused(session, approver, stranger, NotFound, "to_user_id")

    def test_to_someone_of_an_operator_in_the_district(self, session, district, approver):
        manager = factories.user(session, Role.OPERATOR_MANAGER, operator=factories.operator(session, district))
        self.refused(session, approver, manager, NotFound, "to_user_id")

    def test_to_a_closed_account(self, session, approver, colleague):
        colleague.active = False
        session.commit()
        self.refused(session, approver, colleague, NotFound, "to_user_id")

    def test_of_an_operators_role(self, session, district, colleague):
        manager = factories.user(session, Role.OPERATOR_MANAGER, operator=factories.operator(session, district))
        self.refused(session, manager, colleague, Forbidden)

    def test_of_someone_elses_role(self, session, approver, colleague):
        mine, theirs = colleague.memberships[0], approver.memberships[0]
        with asking(session, Asker.member(mine)), pytest.raises(Forbidden):
            delegations.lend(session, theirs, colleague, starts_on=today(), ends_on=today(), reason="年假")

    def test_days_that_make_no_sense(self, session, approver, colleague):
        self.refused(session, approver, colleague, Invalid, "starts_on", starts_on=today() - DAY)
        self.refused(session, approver, colleague, Invalid, "ends_on", ends_on=today() - DAY)
        self.refused(session, approver, colleague, Invalid, "ends_on", ends_on=today() + 200 * DAY)

    def test_no_reason(self, session, approver, colleague):
        self.refused(session, approver, colleague, Invalid, "reason", reason="  ")

    def test_to_two_people_at_one_time(self, session, district, approver, colleague):
        third = factories.user(session, Role.WINDOW, district=district)
        lend(session, approver, colleague)
        self.refused(
            session, approver, third, Conflict, "starts_on", starts_on=today() + 7 * DAY, ends_on=today() + 9 * DAY
        )
        lend(session, approver, third, starts_on=today() + 8 * DAY, ends_on=today() + 9 * DAY)

    def test_taking_back_what_others_lend(self, session, district, approver, colleague):
        delegation = lend(session, approver, colleague)
        with asking(session, Asker.member(colleague.memberships[0])), pytest.raises(NotFound):
            delegations.take_back(session, delegation)
        elsewhere = factories.user(session, Role.DISTRICT_ADMIN, district=factories.district(session))
        with asking(session, Asker.member(elsewhere.memberships[0])), pytest.raises(NotFound):
            delegations.take_back(session, delegation)


def test_the_districts_administrator_takes_it_back(session, client_as, district, approver, colleague):
    delegation = lend(session, approver, colleague)
    browser = client_as(factories.user(session, Role.DISTRICT_ADMIN, district=district))
    assert "钱拨付" in browser.get("/people").text
    assert browser.post(f"/account/leave/{delegation.id}/end").location == "/people"
    assert browser.post(f"/account/leave/{delegation.id}/end").status_code == 409


def test_on_the_page(session, client_as, district, approver, colleague):
    browser = client_as(approver)
    page = browser.get("/account/leave").text
    assert "钱拨付" in page
    data = {
        "membership_id": session.query(Membership).filter_by(user_id=approver.id).one().id,
        "to_user_id": colleague.id,
        "starts_on": today().isoformat(),
        "ends_on": (today() - DAY).isoformat(),
        "reason": "年假",
    }
    wrong = browser.post("/account/leave", data=data)
    assert wrong.status_code == 422
    assert "结束日期不能早于开始日期" in wrong.text
    assert browser.post("/account/leave", data=data | {"ends_on": today().isoformat()}).status_code == 302
    assert "收回" in browser.get("/account/leave").text
