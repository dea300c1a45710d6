"""Two worlds that must not see each other, and every route of the URL map as people of one ask for it in the other.

The isolation matrix and the tests of requests stand on this, and so do the mutants that show these checks fail where
they should. A parameter without an entry in `IDS` fails them all: a new page is a new promise.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from core.config import Settings
from core.data import models as m
from core.data.base import Base, OperatorScoped
from core.data.types import utcnow
from core.letters.store import Store
from core.services.transparency import keeping, keys, revoked
from core.web.access import PUBLIC, access_of
from tests import factories
from tests.integration import (
    bank_rows,
    booking_rows,
    clock_rows,
    finding_rows,
    job_rows,
    key_rows,
    lead_rows,
    lease_rows,
    mentor_rows,
    meter_rows,
    notice_rows,
    online_rows,
    outside_rows,
    package_rows,
    panel_rows,
    paper_rows,
    parameter_rows,
    payout_rows,
    place_rows,
    pool_rows,
    publication_rows,
    recovery_rows,
    replay_rows,
    road_rows,
    round_rows,
    sampling_rows,
    stage_rows,
    tenant_rows,
    tie_rows,
)
from tests.scenes import Scene, paper

FOREIGN = "外来金丝雀"  # in every text of the foreign world that could be shown
REFUSED = {401, 403, 404}
# Flask-Security's own and the account pages are about oneself; tests/integration/accounts covers them.
OWN_ACCOUNT = ("security.", "auth.", "design.")


@dataclass
class World:
    """One operator with a tenant, a case in review, a letter, and who may see them."""

    scene: Scene
    tenant: m.Tenant
    founder: m.Founder
    case: m.Case
    document: m.CaseDocument
    letter: m.Letter
    users: dict[str, m.User]
    undo: m.UndoStep
    view: m.SavedView
    file: dict[str, Any]  # of the tenant's file, by the parameter that names each
    places: dict[str, Any] = field(default_factory=dict)  # by the parameter that names each
    mentors: dict[str, Any] = field(default_factory=dict)  # by the parameter that names each
    leases: dict[str, Any] = field(default_factory=dict)
    bank: dict[str, Any] = field(default_factory=dict)
    online: dict[str, Any] = field(default_factory=dict)
    meters: dict[str, Any] = field(default_factory=dict)
    notices: dict[str, Any] = field(default_factory=dict)
    bookings: dict[str, Any] = field(default_factory=dict)
    clocks: dict[str, Any] = field(default_factory=dict)
    rounds: dict[str, Any] = field(default_factory=dict)  # by the parameter that names each
    ties: dict[str, Any] = field(default_factory=dict)
    publications: dict[str, Any] = field(default_factory=dict)
    pools: dict[str, Any] = field(default_factory=dict)  # by the parameter that names each
    road: dict[str, Any] = field(default_factory=dict)  # by the parameter that names each
    payouts: dict[str, Any] = field(default_factory=dict)
    papers: dict[str, Any] = field(default_factory=dict)
    packages: dict[str, Any] = field(default_factory=dict)
    recoveries: dict[str, Any] = field(default_factory=dict)
    panels: dict[str, Any] = field(default_factory=dict)
    auditing: dict[str, Any] = field(default_factory=dict)  # by the parameter that names each
    findings: dict[str, Any] = field(default_factory=dict)
    leads: dict[str, Any] = field(default_factory=dict)
    outside: dict[str, Any] = field(default_factory=dict)
    replays: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    draft: Any = None  # of the district's parameters
    evidence: Any = None  # a paper of a decision about the tenant's stage


def build(session: Session, app: Flask, settings: Settings, mark: str) -> World:
    scene = Scene(
        session, app.extensions["registry"], settings.files, name=f"{mark}区", region="310109" if mark else None
    )
    scene.operator.name = f"{mark}运营机构"
    tenant = scene.tenant(f"{mark}科技有限公司", industry=f"{mark}行业")
    case = scene.until(m.CaseState.APPROVED, tenant)
    founder = session.scalars(select(m.Founder).where(m.Founder.tenant_id == tenant.id)).one()
    founder.name = f"{mark}创始人"
    decision = session.scalars(select(m.Decision).where(m.Decision.case_id == case.id)).one()
    award = session.scalars(select(m.Award).where(m.Award.case_id == case.id)).one()
    issuer = session.scalars(select(m.Issuer).where(m.Issuer.district_id == scene.district.id)).one()
    file = paper() + f"% {mark}".encode()  # one page; what is on it does not matter here, only who may have it
    letter = m.Letter(
        operator_id=tenant.operator_id, tenant_id=tenant.id, district_id=scene.district.id, case_id=case.id,
        decision_id=decision.id, award_id=award.id, kind=m.LetterKind.AWARD, issuer_id=issuer.id, year=2026, seq=1,
        number=f"{mark}〔2026〕1号", check_code=f"CHECK{case.id:07d}", issued_on=case.applied_on,
        amount_fen=award.amount_fen, capsule_digest=decision.capsule_digest,
        status=m.LetterStatus.ISSUED, file_sha256=Store(settings.letters).put(file), file_size=len(file),
    )  # fmt: skip
    session.add(letter)
    session.flush()
    document = session.scalars(select(m.CaseDocument).where(m.CaseDocument.case_id == case.id).limit(1)).one()
    users = {
        "founder": scene.founder_of(tenant),
        "operator": scene.manager,
        **scene.staff,
        "platform": factories.user(session, m.Role.PLATFORM_ADMIN),
        "security": factories.user(session, m.Role.SECURITY_ADMIN),
        "audit_admin": factories.user(session, m.Role.AUDIT_ADMIN),
        "expert": factories.user(session, m.Role.EXPERT, district=scene.district, name=f"{mark}专家"),
    }
    undo = m.UndoStep(
        operator_id=tenant.operator_id, action="tenant.rename", title=f"{mark}改名", subject_type="tenant",
        subject_id=tenant.id, changes=[],
    )  # fmt: skip
    view = m.SavedView(user_id=scene.manager.id, list_key="tenants", name=f"{mark}视图", query="stage=incubator")
    session.add_all([undo, view])
    session.flush()
    world = World(
        scene, tenant, founder, case, document, letter, users, undo, view, tenant_rows.rows(session, tenant, mark)
    )
    world.places = place_rows.rows(session, settings.files, scene.operator, mark)
    world.mentors = mentor_rows.rows(session, tenant, mark)
    world.leases = lease_rows.rows(session, settings.files, tenant, mark)
    world.bank = bank_rows.rows(session, tenant, world.leases["payment"], mark)
    world.online = online_rows.rows(session, world.leases["bill"], mark)
    world.meters = meter_rows.rows(session, world.leases["unit"], mark)
    world.bookings = booking_rows.rows(session, tenant, users["founder"], mark)
    world.clocks = clock_rows.rows(session, case, mark)
    world.rounds = round_rows.rows(session, case, world.mentors["mentor"], mark)
    world.publications = publication_rows.rows(session, case, mark)
    world.ties = tie_rows.rows(session, case, users["window"], mark)
    world.pools = pool_rows.rows(session, scene, case, mark)
    world.road = road_rows.rows(session, document)
    world.payouts = payout_rows.rows(session, scene, case, document.file, mark)
    world.papers = paper_rows.rows(session, settings.letters, letter, mark)
    world.notices = notice_rows.rows(session, users["founder"], case, mark)
    world.packages = package_rows.rows(session, settings.files, case, mark)
    world.recoveries = recovery_rows.rows(session, scene, case, mark)
    world.panels = panel_rows.rows(session, case, users["expert"], users["second"], mark)
    world.auditing = sampling_rows.rows(session, scene, letter, mark)
    world.findings = finding_rows.rows(session, settings.files, scene, letter, mark)
    world.leads = lead_rows.rows(session, letter, mark)
    world.outside = outside_rows.rows(session, users["auditor"], scene.district, mark)
    world.replays = replay_rows.rows(session, scene, letter, mark)
    world.draft = parameter_rows.rows(scene, mark)
    world.evidence = stage_rows.evidence(session, settings.files, tenant, mark)
    return world


def build_both(session: Session, app: Flask, settings: Settings) -> tuple[World, World]:
    """One's own world, and the foreign one; committed."""
    with app.app_context():
        mine, foreign = build(session, app, settings, ""), build(session, app, settings, FOREIGN)
        mine.keys = foreign.keys = key_rows.rows(session, settings)
    session.commit()
    revoked.sign(session, keys.ensure(settings.signing, settings.log_name), utcnow())
    keeping.sign(session, keys.ensure(settings.signing, settings.log_name), utcnow())
    session.commit()
    return mine, foreign


def _spaces(world: World) -> list[int]:
    found = select(m.Space.id).where(m.Space.operator_id == world.scene.operator.id)
    return list(world.scene.session.scalars(found))


# What a tenant's file and an enquiry hold.
FILE = ("contact", "note", "funding", "milestone", "tenant_document", "occupancy", "enquiry", "step", "support")


def _row(group: str, name: str, world: World) -> int:
    return int(getattr(world, group)[name].id)


def _site_form() -> dict[str, str]:
    return {
        "name": "改名", "kind": "incubator", "address": "路", "region": "310109", "ownership": "owned",
        "floor_area_cm2": "100",
    }  # fmt: skip


# Each parameter of a route and the id it takes in a world.
IDS: dict[str, Callable[[World], Any]] = {
    "tenant_id": lambda w: w.tenant.id,
    "founder_id": lambda w: w.founder.id,
    "case_id": lambda w: w.case.id,
    "document_id": lambda w: w.document.id,
    "letter_id": lambda w: w.letter.id,
    "paper_file_id": lambda w: w.document.file_id,
    "undo_id": lambda w: w.undo.id,
    **{f"{name}_id": partial(_row, "file", name) for name in FILE},
    **{f"{name}_id": partial(_row, "mentors", name) for name in mentor_rows.NAMES},
    **{f"{name}_id": partial(_row, "rounds", name) for name in round_rows.NAMES},
    **{f"{name}_id": partial(_row, "bookings", name) for name in booking_rows.NAMES},
    **{f"{name}_id": partial(_row, "meters", name) for name in meter_rows.NAMES},
    **{f"{name}_id": partial(_row, "ties", name) for name in tie_rows.NAMES},
    **{f"{name}_id": partial(_row, "publications", name) for name in publication_rows.NAMES},
    **{f"{name}_id": partial(_row, "clocks", name) for name in clock_rows.NAMES},
    **{f"{name}_id": partial(_row, "pools", name) for name in pool_rows.NAMES},
    **{f"{name}_id": partial(_row, "road", name) for name in road_rows.NAMES},
    "desk": lambda w: "insurance",
    **{f"{name}_id": partial(_row, "payouts", name) for name in payout_rows.NAMES},
    **{f"{name}_id": partial(_row, "papers", name) for name in paper_rows.NAMES},
    **{f"{name}_id": partial(_row, "recoveries", name) for name in recovery_rows.NAMES},
    **{f"{name}_id": partial(_row, "auditing", name) for name in sampling_rows.NAMES},
    "to_state": lambda w: "reporting",
    **{f"{name}_id": partial(_row, "leads", name) for name in lead_rows.NAMES},
    "notice_id": lambda w: w.notices["notice"].id,
    **{f"{name}_id": partial(_row, "packages", name) for name in package_rows.NAMES},
    **{f"{name}_id": partial(_row, "panels", name) for name in panel_rows.NAMES},
    **{f"{name}_id": partial(_row, "findings", name) for name in finding_rows.NAMES},
    "finding_step": lambda w: "noted",
    **{f"{name}_id": partial(_row, "outside", name) for name in outside_rows.NAMES},
    "outside_kind": lambda w: "retired",
    **{f"{name}_id": partial(_row, "replays", name) for name in replay_rows.NAMES},
    "secret": lambda w: w.bookings["secret"],
    "lease_id": lambda w: w.leases["lease"].id,
    "bill_id": lambda w: w.leases["bill"].id,
    "difference_id": lambda w: w.online["difference"].id,
    "stray_id": lambda w: w.online["stray"].id,
    "payment_id": lambda w: w.leases["payment"].id,
    "tax_invoice_id": lambda w: w.leases["tax_invoice"].id,
    "credit_id": lambda w: w.leases["credit"].id,
    "refund_id": lambda w: w.leases["refund"].id,
    "bank_line_id": lambda w: w.bank["bank_line"].id,
    "dunning_id": lambda w: w.leases["dunning"].id,
    "number": lambda w: 1,
    "step": lambda w: "handover",
    "view_id": lambda w: w.view.id,
    "stored_file_id": lambda w: w.evidence.id,
    "name": lambda w: "accelerator_staff",
    "site_id": lambda w: w.places["site"].id,
    "floor_id": lambda w: w.places["floor"].id,
    "space_id": lambda w: w.places["space"].id,
    "photo_id": lambda w: w.places["photo"].id,
    "place_file_id": lambda w: w.places["place_file"].id,
    "paper_kind": lambda w: "head_lease",
    "kind": lambda w: "lease",
    "code": lambda w: "send_back",
    "notice_code": lambda w: w.publications["publication"].code,
    "key": lambda w: "rent_subsidy",
    "job_key": job_rows.key,
    "scheduled_job": lambda w: job_rows.SCHEDULED,
    "lang": lambda w: "en",
    "sha256": lambda w: "0" * 64,
    "signing_key_id": lambda w: w.keys["signing_key"].id,
    "sheet": lambda w: "tenants",
    "draft_id": lambda w: w.draft.id,
    "operator_id": lambda w: w.scene.operator.id,
    # of the account pages
    "membership_id": lambda w: w.users["window"].memberships[0].id,
    "user_id": lambda w: w.users["window"].id,
    "session_id": lambda w: 1,
    "delegation_id": lambda w: 1,
    "invitation_id": lambda w: 1,
    "token": lambda w: "no-such-token",
}
# Those that name a row: another's must be refused, and an unknown one not found.
ROWS = {"tenant_id", "founder_id", "case_id", "document_id", "letter_id", "undo_id", "view_id"} | {
    f"{name}_id" for name in FILE
}
ROWS |= {
    f"{name}_id"
    for rows in (
        mentor_rows,
        round_rows,
        lease_rows,
        online_rows,
        booking_rows,
        bank_rows,
        meter_rows,
        tie_rows,
        publication_rows,
        clock_rows,
        pool_rows,
        road_rows,
        payout_rows,
        paper_rows,
        notice_rows,
        panel_rows,
        replay_rows,
    )
    for name in rows.NAMES
}
ROWS |= {
    f"{name}_id"
    for rows in (package_rows, recovery_rows, sampling_rows, finding_rows, lead_rows, outside_rows)
    for name in rows.NAMES
}
ROWS |= {"draft_id", "stored_file_id", "paper_file_id", "site_id", "floor_id", "space_id", "photo_id", "place_file_id"}
# What a POST needs to be more than a bad request; a foreign one must be refused even so.
BODIES: dict[str, Callable[[World], dict[str, Any]]] = {
    "cases.start": lambda w: {"policy": "rent_subsidy", "period_from": "2025-01", "period_to": "2025-02"},
    "cases.move": lambda w: {"opinion": "意见意见", "confirmed": "yes"},
    "cases.draft": lambda w: {"period_from": "2025-11", "period_to": "2026-10"},
    "cases.submit": lambda w: {"period_from": "2025-11", "period_to": "2026-10"},
    "cases.upload": lambda w: {"file": (BytesIO(paper()), "a.pdf")},
    "tenants.reveal": lambda w: {"reason": "核对身份"},
    "sites.edit": lambda w: _site_form(),
    "sites.new_floor": lambda w: {"name": "9F", "level": "9"},
    "sites.add_photo": lambda w: {"file": (BytesIO(place_rows.picture()), "a.png")},
    "site_papers.edit": lambda w: {"number": "1", "valid_until": "2031-01-01"},
    "floors.settings": lambda w: {"name": "9F", "level": "9"},
    "floors.picture": lambda w: {"file": (BytesIO(place_rows.picture()), "a.png")},
    "places.new": lambda w: {"code": "Z-9", "kind": "room", "area_cm2": "20"},
    "places.edit": lambda w: {"code": "Z-9", "kind": "room", "area_cm2": "20"},
    "places.status": lambda w: {"status": "maintenance"},
    "places.add_photo": lambda w: {"file": (BytesIO(place_rows.picture()), "a.png")},
    **tenant_rows.BODIES,
    **stage_rows.BODIES,
    **parameter_rows.BODIES,
    **mentor_rows.BODIES,
    **round_rows.BODIES,
    **lease_rows.BODIES,
    **bank_rows.BODIES,
    **online_rows.BODIES,
    **meter_rows.BODIES,
    **payout_rows.BODIES,
    **booking_rows.BODIES,
    **tie_rows.BODIES,
    **publication_rows.BODIES,
    **clock_rows.BODIES,
    **pool_rows.BODIES,
    **road_rows.BODIES,
    **paper_rows.BODIES,
    **notice_rows.BODIES,
    **package_rows.BODIES,
    **recovery_rows.BODIES,
    **finding_rows.BODIES,
    **lead_rows.BODIES,
    **panel_rows.BODIES,
    **sampling_rows.BODIES,
    **outside_rows.BODIES,
    **replay_rows.BODIES,
    **key_rows.BODIES,
    "bulk.spaces_status": lambda w: {"ids": _spaces(w), "status": "maintenance"},
    "bulk.spaces_price": lambda w: {"ids": _spaces(w), "price": "1"},
    "bulk.tenants_industry": lambda w: {"ids": w.tenant.id, "industry": "其他"},
    "bulk.tenants_export": lambda w: {"ids": w.tenant.id, "format": "csv"},
    "views.save": lambda w: {"list": "tenants", "name": "新视图", "query": "stage=nursery"},
    "views.rename": lambda w: {"name": "改过"},
}


def rules(app: Flask) -> list[Rule]:
    return [r for r in app.url_map.iter_rules() if not r.endpoint.startswith(OWN_ACCOUNT) and r.endpoint != "static"]


def address(app: Flask, rule: Rule, world: World, **instead: Any) -> str:
    """The rule's address in a world; `instead` gives other values for some of its parameters."""
    unknown = rule.arguments - set(IDS)
    assert not unknown, f"{rule} has parameters that the matrix does not know: {unknown}; add them to IDS"
    values = {a: IDS[a](world) for a in rule.arguments} | instead
    with app.test_request_context():
        path = app.url_map.bind("localhost").build(rule.endpoint, values)
    # A workbook is packed: its words could not be looked for.
    return f"{path}?format=csv" if rule.endpoint.endswith("export") else str(path)


def snapshot(session: Session, operator_id: int) -> dict[str, int]:
    """How many rows the operator has in each table: what a stranger must not change."""
    session.expire_all()
    return {
        mapper.class_.__tablename__: session.query(mapper.class_).filter_by(operator_id=operator_id).count()
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, OperatorScoped)
    }


@dataclass
class Crossing:
    """What became of asking for everything foreign: `problems`, and the endpoints that `opened` for one's own ids."""

    problems: list[str] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)


def cross(
    app: Flask,
    worlds: tuple[World, World],
    client_as: Callable[..., Any],
    *,
    roles: Collection[str] | None = None,
    methods: Collection[str] = ("GET", "POST"),
) -> Crossing:
    """Ask for every route of the foreign world as everyone of one's own (or `roles`), and for one's own beside it."""
    mine, foreign = worlds
    found = Crossing()
    everyone: dict[str, m.User | None] = {"anonymous": None, **mine.users}
    for role, user in everyone.items():
        if roles is not None and role not in roles:
            continue
        client = client_as(user) if user else app.test_client()
        for rule in rules(app):
            for method in sorted((rule.methods or set()) & set(methods)):
                where = f"{role} {method} {rule}"
                body = BODIES[rule.endpoint](foreign) if method == "POST" and rule.endpoint in BODIES else None
                with client.open(address(app, rule, foreign), method=method, data=_own_words(body)) as answer:
                    found.problems += [f"{where}: {p}" for p in _leaks(app, rule, answer, anonymous=user is None)]
                if method == "GET":
                    with client.open(address(app, rule, mine)) as own:
                        if own.status_code < 400:
                            found.opened.add(rule.endpoint)
                        if own.status_code >= 500:
                            found.problems.append(f"{where}: {own.status_code} for one's own id")
    return found


def _own_words(body: dict[str, Any] | None) -> dict[str, Any] | None:
    """What is sent has no word of the foreign world: a page that refuses a form gives back what was typed in it."""
    return body and {k: v.replace(FOREIGN, "") if isinstance(v, str) else v for k, v in body.items()}


def _leaks(app: Flask, rule: Rule, answer: TestResponse, *, anonymous: bool) -> Iterator[str]:
    """What is wrong with an answer about foreign ids."""
    if FOREIGN.encode() in answer.get_data() or FOREIGN in str(answer.headers):
        yield "shows a foreign word"
    with app.app_context():
        access = access_of(rule.endpoint)
    if anonymous and access != PUBLIC:
        to_sign_in = answer.status_code == 302 and "/account/login" in answer.location
        if answer.status_code not in REFUSED and not to_sign_in:
            yield f"{answer.status_code} without an account"
    elif rule.arguments & ROWS and answer.status_code not in REFUSED:
        yield f"{answer.status_code} for a foreign id"
