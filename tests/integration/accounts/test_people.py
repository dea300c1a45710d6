"""Invitations and memberships: who may bring in whom, once, for a week; and who may end what."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes, policy
from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session

import core
from core.data.asker import Asker, asking
from core.data.models import Invitation, Membership, Role, User
from core.data.types import utcnow
from core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from core.services import accounts, invitations
from core.services.rights import STAFFING, Scope
from tests import factories
from tests.integration.accounts.conftest import is_in, sign_in

pytestmark = pytest.mark.one_engine

GOOD = "Quiet-Meadow-Train-88"


@pytest.fixture
def world(session):
    """Two districts; in the first, two operators with a tenant each, and the people who look after them."""
    w = SimpleNamespace()
    w.district, w.elsewhere = factories.district(session, name="虹桥示范区"), factories.district(session, name="外区")
    w.window = factories.department(session, w.district)
    w.foreign_window = factories.department(session, w.elsewhere)
    w.operator = factories.operator(session, w.district, name="甲运营")
    w.rival = factories.operator(session, w.district, name="乙运营")
    w.tenant = factories.tenant(session, w.operator, name="甲企业")
    w.rivals_tenant = factories.tenant(session, w.rival, name="乙企业")
    w.founder = factories.user(session, Role.FOUNDER, tenant=w.tenant, name="创始人甲")
    w.manager = factories.user(session, Role.OPERATOR_MANAGER, operator=w.operator, name="经理甲")
    w.admin = factories.user(session, Role.DISTRICT_ADMIN, district=w.district, name="区管甲")
    w.platform = factories.user(session, Role.SECURITY_ADMIN, name="安全管")
    return w


def invite(session, who: User, email="new@example.org", **values):
    with asking(session, Asker.member(who.memberships[0])):
        return invitations.invite(session, email=email, **values)


class TestWhoMayInviteWhom:
    def test_what_each_may(self, session, world):
        w = world
        for who, role, place, scope in (
            (w.founder, Role.TENANT_MEMBER, {}, Scope(w.district.id, None, w.operator.id, w.tenant.id)),
            (w.manager, Role.OPERATOR_STAFF, {}, Scope(w.district.id, None, w.operator.id)),
            (
                w.manager,
                Role.FOUNDER,
                {"tenant_id": w.tenant.id},
                Scope(w.district.id, None, w.operator.id, w.tenant.id),
            ),
            (
                w.manager,
                Role.TENANT_MEMBER,
                {"tenant_id": w.tenant.id},
                Scope(w.district.id, None, w.operator.id, w.tenant.id),
            ),
            (w.admin, Role.WINDOW, {"department_id": w.window.id}, Scope(w.district.id, w.window.id)),
            (w.admin, Role.APPROVER, {"department_id": w.window.id}, Scope(w.district.id, w.window.id)),
            (w.admin, Role.AUDITOR, {}, Scope(w.district.id)),
            (w.platform, Role.OPERATOR_MANAGER, {"operator_id": w.rival.id}, Scope(w.district.id, None, w.rival.id)),
            (w.platform, Role.DISTRICT_ADMIN, {"district_id": w.elsewhere.id}, Scope(w.elsewhere.id)),
        ):
            made, _token = invite(session, who, email=f"{role}-{who.id}@example.org", role=role, **place)
            assert Scope.of(made) == scope, role
            assert made.invited_by_id == who.id

    @pytest.mark.parametrize("who", ["founder", "manager", "admin", "platform"])
    def test_nobody_gives_other_roles(self, session, world, who):
        """Every role that is not in the table, whatever place is named."""
        user = getattr(world, who)
        for role in set(Role) - STAFFING[user.memberships[0].role]:
            with pytest.raises(Forbidden):
                invite(
                    session,
                    user,
                    role=role,
                    tenant_id=world.tenant.id,
                    operator_id=world.operator.id,
                    district_id=world.district.id,
                    department_id=world.window.id,
                )

    def test_others_invite_nobody(self, session, world):
        members = (
            factories.user(session, Role.OPERATOR_STAFF, operator=world.operator),
            factories.user(session, Role.TENANT_MEMBER, tenant=world.tenant),
            factories.user(session, Role.AUDITOR, district=world.district),
            factories.user(session, Role.APPROVER, district=world.district),
        )
        for user in members:
            for role in Role:
                with pytest.raises(Forbidden):
                    invite(session, user, role=role, tenant_id=world.tenant.id)

    def test_places_out_of_reach(self, session, world):
        w = world
        for who, values in (
            (w.manager, {"role": Role.FOUNDER, "tenant_id": w.rivals_tenant.id}),
            (w.admin, {"role": Role.WINDOW, "department_id": w.foreign_window.id}),
            (w.platform, {"role": Role.OPERATOR_MANAGER, "operator_id": 999_999}),
            (w.platform, {"role": Role.DISTRICT_ADMIN, "district_id": 999_999}),
        ):
            with pytest.raises(NotFound):
                invite(session, who, **values)

    def test_a_founder_cannot_name_another_tenant(self, session, world):
        made, _token = invite(session, world.founder, role=Role.TENANT_MEMBER, tenant_id=world.rivals_tenant.id)
        assert made.tenant_id == world.tenant.id

    def test_a_place_must_be_chosen(self, session, world):
        for who, role, field in (
            (world.manager, Role.FOUNDER, "tenant_id"),
            (world.admin, Role.WINDOW, "department_id"),
            (world.platform, Role.OPERATOR_MANAGER, "operator_id"),
            (world.platform, Role.DISTRICT_ADMIN, "district_id"),
        ):
            with pytest.raises(Invalid) as caught:
                invite(session, who, role=role)
            assert caught.value.field == field

    @pytest.mark.parametrize(
        "email", ["", "nobody", "a@b@c", "x@", "two@example.org, three@example.org", "a\nb@example.org"]
    )
    def test_addresses_that_are_none(self, session, world, email):
        with pytest.raises(Invalid):
            invite(session, world.manager, email=email, role=Role.OPERATOR_STAFF)

    def test_not_twice(self, session, world):
        invite(session, world.manager, role=Role.OPERATOR_STAFF)
        with pytest.raises(Conflict, match="已经邀请过"):
            invite(session, world.manager, email="NEW@example.org", role=Role.OPERATOR_STAFF)
        with pytest.raises(Conflict, match="已经担任"):
            invite(session, world.manager, email=world.founder.email, role=Role.FOUNDER, tenant_id=world.tenant.id)


class TestOnThePage:
    def link_in(self, answer) -> str:
        found = re.search(r'value="http://localhost(/invitations/[\w-]{43})"', answer.text)
        assert found, answer.text
        return found[1]

    def test_from_invitation_to_first_page(self, app, settings, session, client, client_as, world, events):
        manager = client_as(world.manager)
        form = manager.get("/people/invite").text
        workspace = re.search(r'name="workspace" value="(\d+)"', form)[1]
        assert "甲企业" in form
        assert "乙企业" not in form
        data = {"email": "New.Person@Example.org", "role": "operator_staff", "tenant_id": "", "workspace": workspace}
        link = self.link_in(manager.post("/people/invite", data=data))
        token = link.rpartition("/")[2]

        # Shown once, stored nowhere, written to a private file of mail.
        assert token not in manager.get("/people").text
        session.commit()
        assert token not in str([vars(i) for i in session.query(Invitation)])
        [mail] = (settings.var / "mail").glob("*.eml")
        assert mail.stat().st_mode & 0o077 == 0
        message = message_from_bytes(mail.read_bytes(), policy=policy.default)
        assert message["To"] == "new.person@example.org"
        assert message["Subject"] == "宏才：甲运营 邀请您加入"
        assert f"http://localhost{link}" in message.get_content()

        page = client.get(link).text
        assert "甲运营" in page
        assert "运营人员" in page
        wrong = client.post(link, data={"name": "陈新", "password": "short", "again": "short"})
        assert wrong.status_code == 422
        assert "密码太短" in wrong.text
        guessable = client.post(link, data={"name": "陈新", "password": "new.person2026", "again": "new.person2026"})
        assert "容易被猜到" in guessable.text
        differ = client.post(link, data={"name": "陈新", "password": GOOD, "again": GOOD + "x"})
        assert "两次输入的密码不一致" in differ.text
        assert client.post(link, data={"name": " 陈 新 ", "password": GOOD, "again": GOOD}).location == "/account/login"
        assert sign_in(client, "new.person@example.org", GOOD).status_code == 302
        assert client.get("/tenants").status_code == 200

        # The link is spent.
        assert client.get(link).status_code == 409
        stranger = app.test_client()
        assert stranger.post(link, data={"name": "另一人", "password": GOOD, "again": GOOD}).status_code == 409
        user = accounts.find_user(session, "new.person@example.org")
        assert user.name == "陈 新"
        [membership] = user.memberships
        assert (membership.role, membership.operator_id) == (Role.OPERATOR_STAFF, world.operator.id)
        for action in ("invitation.made", "invitation.accepted", "account.created", "membership.granted"):
            assert len(events(action)) == 1, action
        assert "陈" not in str([e.detail for e in events("account.created")])

    def test_privileged_roles_set_up_their_second_factor_next(self, session, client, client_as, world):
        with asking(session, Asker.member(world.admin.memberships[0])):
            _made, token = invitations.invite(
                session, email="approver@example.org", role=Role.APPROVER, department_id=world.window.id
            )
        client.post(f"/invitations/{token}", data={"name": "高审", "password": GOOD, "again": GOOD})
        sign_in(client, "approver@example.org", GOOD)
        assert client.get("/home/desk").location == "/account/tf-setup"

    def test_someone_with_an_account_accepts_signed_in(self, app, session, client, client_as, world):
        operator_staff = factories.user(session, Role.OPERATOR_STAFF, operator=world.rival, email="both@example.org")
        _made, token = invite(session, world.manager, email="both@example.org", role=Role.OPERATOR_STAFF)
        session.commit()
        link = f"/invitations/{token}"
        page = client.get(link).text
        assert f"/account/login?next=/invitations/{token}" in page
        # Nobody takes the account over with the link alone.
        taken = client.post(link, data={"name": "冒充者", "password": GOOD, "again": GOOD})
        assert taken.status_code == 200
        assert not is_in(client)
        session.commit()
        assert len(accounts.find_user(session, "both@example.org").memberships) == 1
        # Nor does someone else who is signed in.
        other = client_as(world.founder)
        assert "发给 both@example.org" in other.get(link).text
        assert other.post(link).status_code == 403
        browser = client_as(operator_staff)
        assert browser.post(link).location == "/"
        assert "甲运营" in browser.get("/account").text
        session.expire_all()
        assert {m.operator_id for m in operator_staff.memberships} == {world.operator.id, world.rival.id}

    def test_expired(self, session, client, world):
        made, token = invite(session, world.manager, role=Role.OPERATOR_STAFF)
        made.expires_at = utcnow() - timedelta(seconds=1)
        answer = client.get(f"/invitations/{token}")
        assert answer.status_code == 409
        assert "已过期" in answer.text
        made.expires_at = utcnow() + timedelta(minutes=1)
        assert client.get(f"/invitations/{token}").status_code == 200

    def test_runs_for_a_week(self, session, world):
        made, _token = invite(session, world.manager, role=Role.OPERATOR_STAFF)
        assert timedelta(days=6, hours=23) < made.expires_at - utcnow() <= timedelta(days=7)

    def test_made_up_links(self, client):
        for token in ("x" * 43, "0", "%00", "..%2f"):
            assert client.get(f"/invitations/{token}").status_code == 404, token

    def test_sent_again_the_old_link_is_dead(self, session, client, client_as, world):
        made, old = invite(session, world.manager, role=Role.OPERATOR_STAFF)
        link = self.link_in(client_as(world.manager).post(f"/people/invitations/{made.id}/resend"))
        assert client.get(f"/invitations/{old}").status_code == 404
        assert client.get(link).status_code == 200

    def test_withdrawn(self, session, client, client_as, world):
        made, token = invite(session, world.manager, role=Role.OPERATOR_STAFF)
        manager = client_as(world.manager)
        assert "new@example.org" in manager.get("/people").text
        assert manager.post(f"/people/invitations/{made.id}/revoke").location == "/people"
        assert "new@example.org" not in manager.get("/people").text
        answer = client.get(f"/invitations/{token}")
        assert answer.status_code == 409
        assert "已撤回" in answer.text
        assert manager.post(f"/people/invitations/{made.id}/resend").status_code == 409

    def test_others_do_not_see_or_touch_it(self, session, client_as, world):
        made, _token = invite(session, world.manager, role=Role.OPERATOR_STAFF)
        rival = client_as(factories.user(session, Role.OPERATOR_MANAGER, operator=world.rival))
        for browser in (rival, client_as(world.founder), client_as(world.admin)):
            page = browser.get("/people")
            assert page.status_code == 200
            assert "new@example.org" not in page.text
            assert browser.post(f"/people/invitations/{made.id}/revoke").status_code in (403, 404)
            assert browser.post(f"/people/invitations/{made.id}/resend").status_code in (403, 404)
        session.expire_all()
        assert made.revoked_at is None

    def test_a_form_of_another_workspace_sends_nothing(self, session, client_as, world):
        second = factories.membership(session, world.manager, Role.OPERATOR_MANAGER, operator=world.rival)
        browser = client_as(world.manager)
        workspace = re.search(r'name="workspace" value="(\d+)"', browser.get("/people/invite").text)[1]
        browser.post("/account/workspace", data={"membership": second.id})
        data = {"email": "new@example.org", "role": "operator_staff", "workspace": workspace}
        assert browser.post("/people/invite", data=data).status_code == 409
        assert session.query(Invitation).count() == 0

    @pytest.mark.parametrize("role", ["operator_manager", "approver", "platform_admin", "nonsense", ""])
    def test_roles_that_are_not_offered(self, session, client_as, world, role):
        browser = client_as(world.manager)
        workspace = re.search(r'name="workspace" value="(\d+)"', browser.get("/people/invite").text)[1]
        data = {"email": "new@example.org", "role": role, "workspace": workspace}
        assert browser.post("/people/invite", data=data).status_code == 422
        assert session.query(Invitation).count() == 0

    def test_a_mail_server_that_is_down_loses_nothing(self, app, session, client_as, world):
        def down(message):
            raise ConnectionRefusedError

        app.extensions["mailer"] = SimpleNamespace(send=down)
        browser = client_as(world.manager)
        workspace = re.search(r'name="workspace" value="(\d+)"', browser.get("/people/invite").text)[1]
        data = {"email": "new@example.org", "role": "operator_staff", "workspace": workspace}
        link = self.link_in(browser.post("/people/invite", data=data))
        assert browser.get(link).status_code == 200

    @pytest.mark.usefixtures("csrf")
    def test_needs_its_token(self, session, client_as, world):
        browser = client_as(world.manager)
        assert browser.post("/people/invite", data={"email": "new@example.org"}).status_code == 400


def test_one_invitation_two_clicks(session, engine, world):
    """Both find it open; one joins. Whoever comes second hears so, instead of using a spent or withdrawn one."""
    user = factories.user(session, email="new@example.org")
    _made, token = invite(session, world.manager, role=Role.OPERATOR_STAFF)
    session.commit()
    with Session(engine, info={"asker": Asker.nobody()}) as late:
        found = invitations.find(late, token)
        late.commit()
        invitations.accept(session, invitations.find(session, token), user)
        session.commit()
        accounts.end_membership(session, user.memberships[0], reason="误邀")
        session.commit()
        with pytest.raises(Conflict):
            invitations.accept(late, found, late.get_one(User, user.id))
        late.rollback()
    session.expire_all()
    assert [m.ended_at is not None for m in user.memberships] == [True]


class TestEnding:
    def end(self, session, who: User, membership: Membership, reason="离职") -> None:
        with asking(session, Asker.member(who.memberships[0])):
            accounts.end_membership(session, membership, reason=reason)

    def refused(self, session, who, membership, error: type[DomainError]) -> None:
        with pytest.raises(error):
            self.end(session, who, membership)
        assert membership.ended_at is None

    def test_what_each_may_end(self, session, world):
        w = world
        for who, role, place in (
            (w.founder, Role.TENANT_MEMBER, {"tenant": w.tenant}),
            (w.manager, Role.OPERATOR_STAFF, {"operator": w.operator}),
            (w.manager, Role.FOUNDER, {"tenant": w.tenant}),
            (w.admin, Role.APPROVER, {"district": w.district}),
            (w.platform, Role.OPERATOR_MANAGER, {"operator": w.rival}),
            (w.platform, Role.DISTRICT_ADMIN, {"district": w.elsewhere}),
        ):
            membership = factories.user(session, role, **place).memberships[0]
            self.end(session, who, membership)
            assert membership.end_reason == "离职"
            assert not membership.running_on(core.today().date())
            assert session.get(Membership, membership.id) is not None

    def test_what_they_may_not(self, session, world):
        w = world
        another = factories.user(session, Role.FOUNDER, tenant=w.tenant).memberships[0]
        self.refused(session, w.founder, another, Forbidden)
        self.refused(session, w.manager, w.admin.memberships[0], NotFound)
        staff = factories.user(session, Role.OPERATOR_STAFF, operator=w.rival).memberships[0]
        self.refused(session, w.manager, staff, NotFound)
        self.refused(session, w.admin, staff, NotFound)
        self.refused(session, w.founder, staff, NotFound)
        foreign = factories.user(session, Role.WINDOW, district=w.elsewhere).memberships[0]
        self.refused(session, w.admin, foreign, NotFound)
        self.refused(
            session, w.manager, factories.user(session, Role.FOUNDER, tenant=w.rivals_tenant).memberships[0], NotFound
        )

    def test_the_last_one_does_not_leave_by_accident(self, session, world):
        for who in (world.founder, world.manager, world.admin):
            with pytest.raises(Conflict, match="最后一位负责人"):
                self.end(session, who, who.memberships[0])
        with pytest.raises(Conflict, match="三类管理员缺一不可"):
            self.end(session, world.platform, world.platform.memberships[0])
        # Someone closed out or gone does not count as another.
        gone = factories.user(session, Role.OPERATOR_MANAGER, operator=world.operator, active=False)
        factories.user(session, Role.OPERATOR_MANAGER, operator=world.rival)
        with pytest.raises(Conflict, match="最后一位负责人"):
            self.end(session, world.manager, world.manager.memberships[0])
        gone.active = True
        self.end(session, world.manager, world.manager.memberships[0])

    def test_one_may_leave_on_ones_own(self, session, client_as, world, events):
        member = factories.user(session, Role.TENANT_MEMBER, tenant=world.tenant)
        browser = client_as(member)
        address = f"/people/{member.memberships[0].id}/end"
        assert browser.get(address).status_code == 200
        assert browser.post(address, data={"reason": " "}).status_code == 422
        assert browser.post(address, data={"reason": "转岗"}).location == "/account"
        assert browser.get("/account").status_code == 200
        assert browser.get("/cases").status_code == 403
        assert [e.detail["user"] for e in events("membership.ended")] == [member.id]
        assert browser.post(address, data={"reason": "转岗"}).status_code == 409

    def test_foreign_addresses_say_nothing(self, session, client_as, world):
        foreign = factories.user(session, Role.OPERATOR_STAFF, operator=world.rival, name="不可见人").memberships[0]
        browser = client_as(world.manager)
        for method in (browser.get, browser.post):
            answer = method(f"/people/{foreign.id}/end")
            assert answer.status_code == 404
            assert "不可见人" not in answer.text

    def test_the_same_day_it_began(self, session, world):
        member = factories.user(session)
        membership = accounts.grant(
            session, member, Role.OPERATOR_STAFF, Scope(world.district.id, None, world.operator.id)
        )
        self.end(session, world.manager, membership)
        assert not membership.running_on(core.today().date())


class TestMoving:
    def test_people_follow_their_company(self, session, world, events):
        code = world.tenant.uscc
        new = factories.tenant(session, world.rival, name="甲企业新址", uscc=code)
        member = factories.user(session, Role.TENANT_MEMBER, tenant=world.tenant)
        accounts.move_members(session, world.tenant, new)
        session.commit()
        session.expire_all()
        for user, role in ((world.founder, Role.FOUNDER), (member, Role.TENANT_MEMBER)):
            old, now = user.memberships
            assert (old.tenant_id, old.end_reason) == (world.tenant.id, "随企业迁移")
            assert (now.role, now.tenant_id, now.operator_id, now.ended_at) == (role, new.id, world.rival.id, None)
        assert len(events("membership.ended")) == len(events("membership.granted")) == 2
        assert accounts.move_members(session, world.tenant, new) == []

    def test_not_to_another_company(self, session, world):
        with pytest.raises(Forbidden):
            accounts.move_members(session, world.tenant, world.rivals_tenant)
        with pytest.raises(Invalid):
            accounts.move_members(session, world.tenant, world.tenant)


class TestPlatform:
    def test_accounts_are_closed_and_opened(self, session, client_as, world, events):
        admin, victim = client_as(world.platform), client_as(world.manager)
        assert "经理甲" in admin.get("/people").text
        assert admin.post(f"/people/users/{world.manager.id}/active", data={"active": "no"}).status_code == 302
        assert not is_in(victim)
        assert "已停用" in admin.get("/people").text
        admin.post(f"/people/users/{world.manager.id}/active", data={"active": "yes"})
        assert [e.subject_id for e in events("account.disabled") + events("account.enabled")] == [world.manager.id] * 2

    def test_not_the_own(self, client_as, world):
        admin = client_as(world.platform)
        assert admin.post(f"/people/users/{world.platform.id}/active", data={"active": "no"}).status_code == 409
        assert is_in(admin)

    def test_nobody_else(self, session, client_as, world):
        for who in (world.manager, world.admin, world.founder):
            assert (
                client_as(who).post(f"/people/users/{world.platform.id}/active", data={"active": "no"}).status_code
                == 403
            )

    def test_sees_no_operators_own_people(self, session, client_as, world):
        factories.user(session, Role.OPERATOR_STAFF, operator=world.operator, name="职员甲")
        page = client_as(world.platform).get("/people").text
        assert "职员甲" not in page
        assert "创始人甲" not in page


class TestWorkspaces:
    def test_switching(self, session, client_as, world):
        second = factories.membership(session, world.manager, Role.OPERATOR_STAFF, operator=world.rival)
        browser = client_as(world.manager)
        assert "甲企业" in browser.get("/tenants").text
        menu = browser.get("/account").text
        assert f'name="membership" value="{second.id}"' in menu
        before = browser.get_cookie("sid").value
        assert browser.post("/account/workspace", data={"membership": second.id}).location == "/"
        assert browser.get_cookie("sid").value != before
        page = browser.get("/tenants").text
        assert "乙企业" in page
        assert "甲企业" not in page
        assert browser.get("/people").status_code == 403  # a member of staff there, not the manager

    @pytest.mark.parametrize("which", ["someone else's", "ended", "not a number", "none"])
    def test_only_to_ones_own(self, session, client_as, world, which):
        ended = factories.membership(session, world.manager, Role.OPERATOR_STAFF, operator=world.rival)
        ended.ended_at = utcnow()
        chosen = {
            "someone else's": world.admin.memberships[0].id,
            "ended": ended.id,
            "not a number": "x",
            "none": "",
        }[which]
        browser = client_as(world.manager)
        assert browser.post("/account/workspace", data={"membership": chosen}).status_code == 404
        assert "甲企业" in browser.get("/tenants").text

    def test_two_of_one_kind_never_mix(self, session, client_as, world):
        """Membership in two tenants of one operator: each sees its own."""
        other = factories.tenant(session, world.operator, name="丙企业")
        second = factories.membership(session, world.founder, Role.FOUNDER, tenant=other)
        browser = client_as(world.founder, second)
        page = browser.get("/home/startup").text
        assert "丙企业" in page


def test_demonstration_districts_say_so(session, client_as, world):
    browser = client_as(world.manager)
    assert "演示数据" not in browser.get("/people").text
    world.district.demonstration = True
    assert "演示数据" in browser.get("/people").text
