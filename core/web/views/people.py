"""Pages about people as plain values for the components, and the letter that carries an invitation."""

from __future__ import annotations

import re
from typing import Any

import structlog
from flask import current_app, g, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select

from core.data.after_commit import after_commit
from core.data.models import (
    DISTRICT_ROLES,
    OPERATOR_ROLES,
    TENANT_ROLES,
    Delegation,
    Department,
    District,
    Invitation,
    Membership,
    Operator,
    Role,
    Tenant,
)
from core.data.queries import people
from core.data.queries.across import across
from core.data.types import utcnow
from core.extensions import db
from core.services import mail
from core.services.rights import STAFFING, staffed_by
from core.web.forms.accounts import InviteForm, LeaveForm, SelectChoice, options
from core.web.menus import ROLE_NAMES
from core.web.sign_in import settings

log = structlog.get_logger()

# Whom each of those who look after an organisation sees in it.
SHOWN: dict[Role, frozenset[Role]] = {
    Role.FOUNDER: TENANT_ROLES,
    Role.OPERATOR_MANAGER: OPERATOR_ROLES | TENANT_ROLES,
    Role.DISTRICT_ADMIN: DISTRICT_ROLES | {Role.EXPERT},
    Role.SECURITY_ADMIN: STAFFING[Role.SECURITY_ADMIN],
}
ORDER = {role: place for place, role in enumerate(Role)}


def people_page() -> dict[str, Any]:
    """Members, open invitations and, in a district, who stands in for whom."""
    shown = frozenset().union(*(SHOWN.get(role, frozenset()) for role in g.asker.roles))
    members = people.members(db.session, g.asker, g.today, roles=shown)
    members.sort(key=lambda m: (ORDER[m.role], m.user.name, m.id))
    invited = people.open_invitations(db.session, g.asker, roles=shown)
    return {
        "members": members,
        "places": people.places_of(db.session, members),
        "mine": staffed_by(g.asker),
        "invitations": invited,
        "invited_to": people.places_of(db.session, invited),
        "now": utcnow(),
        "platform": g.asker.may(Role.SECURITY_ADMIN),
        **leave_rows(
            people.delegations_in(db.session, g.asker.district_id, g.today) if g.asker.may(Role.DISTRICT_ADMIN) else []
        ),
    }


def leave_rows(delegations: list[Delegation]) -> dict[str, Any]:
    """Delegations with the names of both people."""
    ids = {d.from_user_id for d in delegations} | {d.to_user_id for d in delegations}
    return {"delegations": delegations, "who": people.names(db.session, ids)}


def invite_form() -> InviteForm:
    """The invitation form, with what this asker has to choose. The query string may choose beforehand."""
    form = InviteForm(request.form if request.method == "POST" else None, data=request.args.to_dict())
    given = sorted(staffed_by(g.asker), key=ORDER.__getitem__)
    form.role.choices = [SelectChoice(role.value, ROLE_NAMES[role]) for role in given]
    by_role: dict[str, tuple[type[Any], bool]] = {
        "tenant_id": (Tenant, g.asker.may(Role.OPERATOR_MANAGER)),
        "department_id": (Department, g.asker.may(Role.DISTRICT_ADMIN)),
        "operator_id": (Operator, g.asker.may(Role.SECURITY_ADMIN)),
        "district_id": (District, g.asker.may(Role.SECURITY_ADMIN)),
    }
    # The platform names operators without reading any operator's rows.
    with across(db.session, "accounts:invite") as wide:
        for name, (model, wanted) in by_role.items():
            if wanted:
                session = wide if g.asker.may(Role.SECURITY_ADMIN) else db.session
                rows = session.execute(select(model.id, model.name).order_by(model.name))
                form[name].choices = options(rows, empty=_("不选"))
            else:
                del form[name]
    return form


def leave_form() -> LeaveForm:
    """The form to lend one of one's own offices of the district to a colleague."""
    form = LeaveForm()
    own = [m for m, lent in g.memberships if not lent and m.role in DISTRICT_ROLES]
    places = people.places_of(db.session, own)
    form.membership_id.choices = [SelectChoice(str(m.id), f"{ROLE_NAMES[m.role]} · {places[m.id]}") for m in own]
    colleagues = {u.id: u for m in own for u in people.colleagues(db.session, m, g.today)}
    form.to_user_id.choices = options(((u.id, u.name) for u in colleagues.values()), empty=_("请选择"))
    return form


def workspaces(memberships: list[tuple[Membership, bool]]) -> list[dict[str, Any]]:
    """What the reader may work as."""
    places = people.places_of(db.session, [m for m, _lent in memberships])
    owners = people.names(db.session, [m.user_id for m, lent in memberships if lent])
    return [
        {
            "membership": m,
            "role": ROLE_NAMES[m.role],
            "place": places[m.id],
            "for": owners[m.user_id] if lent else None,
            "current": g.membership is not None and m.id == g.membership.id,
        }
        for m, lent in memberships
    ]


def send_invitation(invitation: Invitation, token: str) -> str:
    """Have the invitation's mail go out once it is committed; returns its link, to be shown to who invited."""
    link = f"{settings().base_url}/invitations/{token}"
    mailer: mail.Mailer | None = current_app.extensions["mailer"]
    if mailer is not None:
        place = people.places_of(db.session, [invitation])[invitation.id]
        text = render_template("auth/mail/invitation.txt", invitation=invitation, link=link, place=place)
        subject, _newline, body = text.partition("\n")
        message = mail.compose(invitation.email, subject, body.lstrip("\n"))

        def send() -> None:
            try:
                mailer.send(message)
            except OSError as error:  # the link is on the inviter's screen, so nothing is lost
                log.warning("mail not sent", invitation=invitation.id, error=type(error).__name__)

        after_commit(db.session(), send)
    return link


BROWSERS = {"Edg": "Edge", "MicroMessenger": "WeChat", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "macOS"}


def device(agent: str | None) -> str:
    """A browser as a person would name it; the first that fits, since most claim to be several."""
    agent = agent or ""
    browser = next((name for mark, name in BROWSERS.items() if mark in agent), "")
    system = next(
        (name for mark, name in SYSTEMS.items() if mark in agent), "Linux" if re.search(r"Linux|X11", agent) else ""
    )
    return " · ".join(part for part in (browser, system) if part) or _("未知设备")
