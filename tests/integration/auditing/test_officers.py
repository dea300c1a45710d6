"""三员分立 (docs/adr/0011): three administrators, three persons; auditors hold nothing else in their district."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

import core
from core.cli import hongcai
from core.data.asker import Asker, asking
from core.data.models import OFFICERS, AuditEvent, Delegation, Invitation, Membership, Role
from core.errors import Conflict, Forbidden
from core.services import accounts, delegations, invitations, separation
from core.services.invariants import people
from core.services.rights import Scope
from core.services.separation import Post, clash
from tests import factories as f

pytestmark = pytest.mark.one_engine

EVERY_PAIR = sorted(permutations(OFFICERS, 2))


@pytest.fixture
def security(session):
    return f.user(session, Role.SECURITY_ADMIN, name="安全管")


@pytest.fixture
def district(session):
    return f.district(session)


def invited(session, by, email, role, **place):
    with asking(session, Asker.member(by.memberships[0])):
        return invitations.invite(session, email=email, role=role, **place)


class TestWhatGoesTogether:
    @pytest.mark.parametrize(("one", "other"), EVERY_PAIR)
    def test_no_two_of_the_three(self, one, other):
        assert clash(Post(one, None), Post(other, None)) == separation.OF_THREE

    @pytest.mark.parametrize("role", sorted(set(Role) - {Role.AUDITOR}))
    def test_an_auditor_is_nothing_else_there(self, role):
        why = separation.OF_AUDITORS if role in OFFICERS else separation.OF_DISTRICT
        for one, other in permutations((Post(Role.AUDITOR, 1), Post(role, 1))):
            assert clash(one, other) == why
        if role not in OFFICERS:
            assert clash(Post(Role.AUDITOR, 1), Post(role, 2)) is None

    def test_others_may_hold_several(self):
        assert clash(Post(Role.WINDOW, 1), Post(Role.APPROVER, 1)) is None
        assert clash(Post(Role.PLATFORM_ADMIN, None), Post(Role.WINDOW, 1)) is None


class TestAppointing:
    def test_only_the_security_administrator_appoints(self, session, security):
        for role in sorted(OFFICERS):
            assert Scope.of(invited(session, security, f"{role}@example.org", role)[0]) == Scope()
        for other in (Role.PLATFORM_ADMIN, Role.AUDIT_ADMIN):
            user = f.user(session, other)
            for role in Role:
                with pytest.raises(Forbidden):
                    invited(session, user, "new@example.org", role)

    @pytest.mark.parametrize(("held", "wanted"), EVERY_PAIR)
    def test_nobody_is_invited_to_a_second_of_the_three(self, session, security, held, wanted):
        user = f.user(session, held)
        with pytest.raises(Conflict, match="必须是三个人"):
            invited(session, security, user.email, wanted)

    @pytest.mark.parametrize(("held", "wanted"), EVERY_PAIR)
    def test_the_database_refuses_it_too(self, session, held, wanted):
        user = f.user(session, held)
        with pytest.raises(IntegrityError):
            f.membership(session, user, wanted)
        session.rollback()

    def test_one_that_ended_is_no_hindrance(self, session, security):
        user = f.user(session, Role.PLATFORM_ADMIN)
        f.user(session, Role.PLATFORM_ADMIN)
        with asking(session, Asker.member(security.memberships[0])):
            accounts.end_membership(session, user.memberships[0], reason="转岗")
            accounts.grant(session, user, Role.AUDIT_ADMIN, Scope())
        session.flush()
        assert [m.role for m in separation_held(session, user)] == [Role.AUDIT_ADMIN]

    def test_two_invitations_in_hand_are_one_post(self, session, security):
        user = f.user(session)
        offered = [invited(session, security, user.email, role)[0] for role in (Role.PLATFORM_ADMIN, Role.AUDIT_ADMIN)]
        with asking(session, Asker.system("test")):
            invitations.accept(session, offered[0], user)
            with pytest.raises(Conflict, match="必须是三个人"):
                invitations.accept(session, offered[1], user)

    @pytest.mark.parametrize("role", sorted(OFFICERS))
    def test_none_of_the_three_goes_missing(self, session, security, role):
        last = security if role is Role.SECURITY_ADMIN else f.user(session, role)
        other = security if role is not Role.SECURITY_ADMIN else f.user(session, Role.SECURITY_ADMIN, active=False)
        with asking(session, Asker.member(other.memberships[0])):
            with pytest.raises(Conflict, match="缺一不可"):
                accounts.end_membership(session, last.memberships[0], reason="离职")
            with pytest.raises(Conflict, match="缺一不可"):
                accounts.set_active(session, last, active=False)
            f.user(session, role)
            accounts.end_membership(session, last.memberships[0], reason="离职")


def separation_held(session, user):
    return session.scalars(select(Membership).where(Membership.user_id == user.id, Membership.ended_at.is_(None))).all()


class TestAuditors:
    def test_not_invited_beside_another_post_of_the_district_nor_the_other_way_round(self, session, district):
        admin = f.user(session, Role.DISTRICT_ADMIN, district=district)
        office = f.department(session, district)
        window, auditor = (f.user(session, role, district=district) for role in (Role.WINDOW, Role.AUDITOR))
        with pytest.raises(Conflict, match="审计人员不能在同一个区") as caught:
            invited(session, admin, window.email, Role.AUDITOR)
        assert caught.value.field == "email"
        with pytest.raises(Conflict, match="审计人员不能在同一个区"):
            invited(session, admin, auditor.email, Role.WINDOW, department_id=office.id)
        tenant = f.tenant(session, f.operator(session, district))
        founder = f.user(session, Role.FOUNDER, tenant=tenant)
        with pytest.raises(Conflict, match="审计人员不能在同一个区"):
            invited(session, admin, founder.email, Role.AUDITOR)
        elsewhere = f.user(session, Role.WINDOW, district=f.district(session))
        invited(session, admin, elsewhere.email, Role.AUDITOR)

    def test_posts_are_not_lent_across_that_line(self, session, district):
        day = core.today().date()
        window, auditor = (f.user(session, role, district=district) for role in (Role.WINDOW, Role.AUDITOR))
        second = f.user(session, Role.AUDITOR, district=district)
        for owner, other in ((window, auditor), (auditor, window)):
            with (
                asking(session, Asker.member(owner.memberships[0])),
                pytest.raises(Conflict, match="审计人员不能在同一个区") as caught,
            ):
                delegations.lend(session, owner.memberships[0], other, starts_on=day, ends_on=day, reason="出差")
            assert caught.value.field == "to_user_id"
        with asking(session, Asker.member(auditor.memberships[0])):
            delegations.lend(
                session, auditor.memberships[0], second, starts_on=day, ends_on=day + timedelta(days=1), reason="出差"
            )

    def test_who_stood_on_both_sides_before_is_named(self, session, district):
        both = f.user(session, Role.AUDITOR, district=district, email="both@example.org")
        f.membership(session, both, Role.WINDOW, district=district)
        f.user(session, Role.AUDITOR, district=district)
        assert separation.mixed(session) == {"both@example.org": separation.OF_DISTRICT}


OWN = {
    Role.PLATFORM_ADMIN: ("/admin", "/admin/plugins", "/admin/jobs"),
    Role.SECURITY_ADMIN: ("/people", "/people/invite", "/admin/sign-ins"),
    Role.AUDIT_ADMIN: (
        *("/events", "/events/export?format=csv", "/reads", "/reads/export?format=csv"),
        *("/log", "/admin/sign-ins"),
    ),
}
FACTS = ("/letters", "/cases", "/tenants", "/payouts", "/pools")


class TestWhatEachOpens:
    """The same addresses for all three; each opens its own and no other's."""

    def test_each_opens_its_own_and_none_opens_facts(self, session, client_as):
        every = {page for pages in OWN.values() for page in pages}
        for role, own in OWN.items():
            browser = client_as(f.user(session, role))
            answers = {page: browser.get(page).status_code for page in sorted(every)}
            assert {page for page, status in answers.items() if status == 200} == set(own), role
            assert {status for page, status in answers.items() if page not in own} == {403}, role
            assert {browser.get(page).status_code for page in FACTS} == {403}, role
            assert browser.get("/").location in own

    def test_the_audit_administrator_reads_who_was_given_what(self, session, client_as, security):
        browser = client_as(security)
        workspace = security.memberships[0].id
        data = {"email": "new@example.org", "role": "platform_admin", "workspace": workspace}
        assert browser.post("/people/invite", data=data).status_code == 200
        page = client_as(f.user(session, Role.AUDIT_ADMIN)).get("/events").text
        assert "invitation.made" in page
        assert "安全管" in page

    def test_the_audit_administrator_does_not_read_what_desks_do(self, session, client_as, district):
        window = f.user(session, Role.WINDOW, district=district)
        auditor = f.user(session, Role.AUDITOR, district=district)
        for user, action in ((window, "case.desk"), (auditor, "case.auditor")):
            session.add(
                AuditEvent(district_id=district.id, actor_id=user.id, actor="-", action=action, subject_type="case")
            )
        page = client_as(f.user(session, Role.AUDIT_ADMIN)).get("/events").text
        assert "case.auditor" in page
        assert "case.desk" not in page

    def test_the_audit_administrator_ends_and_closes_nobody(self, session, client_as, security):
        watcher = client_as(f.user(session, Role.AUDIT_ADMIN))
        for address in (
            f"/people/{security.memberships[0].id}/end",
            f"/people/users/{security.id}/active",
            "/people/invite",
        ):
            assert watcher.post(address, data={"reason": "离职", "active": "no"}).status_code == 403
        session.expire_all()
        assert security.active
        assert security.memberships[0].ended_at is None

    def test_sign_ins_show_who_was_refused(self, session, client_as, security, client):
        client.post("/account/login", data={"email": security.email, "password": "not the right one"})
        page = client_as(security).get("/admin/sign-ins?outcome=refused").text
        assert "登录被拒绝" in page
        assert "安全管" in page


class TestCommand:
    def test_the_first_three_are_invited(self, app, session, monkeypatch):
        monkeypatch.setattr("core.commands.officers.application", lambda: app)
        run = CliRunner()
        assert "security  missing" in run.invoke(hongcai, ["officers", "list"]).output
        addresses = ["--system", "a@example.org", "--security", "b@example.org", "--audit", "c@example.org"]
        done = run.invoke(hongcai, ["officers", "invite", *addresses])
        assert done.exit_code == 0, done.output
        assert done.output.count("/invitations/") == 3
        session.expire_all()
        assert set(session.scalars(select(Invitation.role))) == OFFICERS

    def test_three_persons(self, app, monkeypatch):
        monkeypatch.setattr("core.commands.officers.application", lambda: app)
        done = CliRunner().invoke(
            hongcai, ["officers", "invite", "--system", "a@example.org", "--audit", "A@example.org"]
        )
        assert done.exit_code == 2
        assert "three persons" in done.output

    def test_the_doctor_names_what_is_missing(self, session, district):
        from core.commands.officers import examine

        f.user(session, Role.PLATFORM_ADMIN)
        (told,) = examine(session)
        assert told.level == "note"
        assert "security, audit" in told.state
        assert told.remedy == "hongcai officers invite --security EMAIL --audit EMAIL"


def test_the_rules_name_whoever_stands_on_both_sides(session, district):
    both = f.user(session, Role.AUDITOR, district=district)
    f.membership(session, both, Role.WINDOW, district=district)
    officer = f.user(session, Role.AUDIT_ADMIN)
    f.membership(session, officer, Role.AUDITOR, district=f.district(session))
    apart = f.user(session, Role.AUDITOR, district=district)
    f.membership(session, apart, Role.WINDOW, district=f.district(session))
    stand_in = f.user(session, Role.PAYER, district=district)
    lent = f.user(session, Role.AUDITOR, district=district).memberships[0]
    session.flush()
    session.add(
        Delegation(
            membership=lent, to_user_id=stand_in.id, from_user_id=lent.user_id,
            starts_on=core.today().date(), ends_on=core.today().date() + timedelta(days=3), reason="休假",
        )
    )  # fmt: skip
    session.flush()
    named = {thing for thing, _why in people.check(session.connection())}
    assert named == {f"user {both.id}", f"user {officer.id}", f"user {stand_in.id}"}


def test_a_lost_second_factor_is_reset_by_the_security_administrator_alone(session, client_as, security, district):
    lost = f.user(session, Role.APPROVER, district=district)
    lost.tf_primary_method, lost.tf_totp_secret, lost.mf_recovery_codes = "authenticator", "old", ["code"]
    at = f"/people/users/{lost.id}/second-factor"
    for role in (Role.PLATFORM_ADMIN, Role.AUDIT_ADMIN):
        assert client_as(f.user(session, role)).post(at).status_code == 403
    owner = client_as(lost)
    assert owner.get("/account").status_code == 200
    admin = client_as(security)
    assert "重置两步验证" in admin.get("/people").text
    assert admin.post(at).status_code == 302
    session.expire_all()
    assert (lost.tf_primary_method, lost.tf_totp_secret, lost.mf_recovery_codes) == (None, None, [])
    assert "/account/login" in owner.get("/account").location
    assert admin.post(at).status_code == 409, "there is none any more"
    assert admin.post(f"/people/users/{security.id}/second-factor").status_code == 409, "not one's own"
    trail = client_as(f.user(session, Role.AUDIT_ADMIN)).get("/admin/sign-ins").text
    assert "重置两步验证" in trail
