"""Who reads which events: what auditors work at and whom they ask for is not told to whoever is audited."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker, asking
from core.data.queries import audit
from core.services.audit import record
from tests import factories as f
from tests.integration.findings.conftest import Auditors

AMONG = (
    "sample.fix", "lead.find", "outside.read", "engagement.move", "replay.run", "working_paper.download", "pack.make",
)  # fmt: skip
READ = "read.letter"


def told(session: Session, who: m.User) -> list[m.AuditEvent]:
    asker = Asker.member(who.memberships[0])
    with asking(session, asker):
        ids = [row.id for row in session.execute(audit.listing(asker).statement)]
    return [session.get_one(m.AuditEvent, key) for key in ids]


def actions(session: Session, who: m.User) -> set[str]:
    return {event.action for event in told(session, who)}


def test_what_auditors_work_at_is_told_among_them(session: Session, auditors: Auditors) -> None:
    with asking(session, auditors.desk.road.as_user(auditors.first)):
        for action in (*AMONG, READ, audit.BY_PERSON, "list.export", "key.found"):
            record(session, action, auditors.letter, detail={"person": "5f" * 16})
    session.flush()
    staff = auditors.desk.road.staff
    admin = f.user(session, m.Role.DISTRICT_ADMIN, district=auditors.desk.road.district)
    watcher = f.user(session, m.Role.AUDIT_ADMIN)
    own = {READ, audit.BY_PERSON, "list.export"}
    assert actions(session, auditors.first) >= {*AMONG, "key.found", *own}
    assert actions(session, watcher) >= {*AMONG, "key.found", *own}
    for who in (auditors.second, admin):
        assert actions(session, who) >= {*AMONG, "key.found"}
        assert not actions(session, who) & own
    for who in (staff["window"], staff["approver"], auditors.manager):
        assert "key.found" in actions(session, who)  # other acts of an auditor's on what is theirs are
        assert not actions(session, who) & {*AMONG, *own}


def test_what_is_done_with_a_finding_is_told_to_who_may_see_it(session: Session, auditors: Auditors) -> None:
    drafted, served = auditors.draft(), auditors.issued()
    department = session.get_one(m.Department, auditors.second.memberships[0].department_id)
    to_desk = auditors.issued(to_operator_id=None, to_department_id=department.id)
    for finding in (drafted, served, to_desk):
        for action, detail in (
            ("finding.said", {}),
            ("finding.noted", {}),
            ("finding.papers", {"act": m.FindingActKind.COMMENTED}),
            ("finding.papers", {"act": m.FindingActKind.NOTED}),
        ):
            with asking(session, auditors.desk.road.as_user(auditors.first)):
                record(session, action, finding, detail=detail).operator_id = auditors.letter.operator_id
    session.flush()

    def of(who: m.User) -> set[tuple[int | None, str]]:
        said = [event for event in told(session, who) if event.subject_type == "finding"]
        return {(event.subject_id, f"{event.action} {event.detail.get('act', '')}".strip()) for event in said}

    every = {(it.id, "finding.said") for it in (drafted, served, to_desk)}
    assert of(auditors.second) >= every
    between = {"finding.noted", "finding.written", "finding.papers noted"}
    for who, finding in (
        (auditors.manager, served),
        (f.user(session, m.Role.WINDOW, district=auditors.desk.road.district, department=department), to_desk),
        (f.user(session, m.Role.WINDOW, district=auditors.desk.road.district), None),
    ):
        seen = of(who)
        assert {subject for subject, _ in seen} == ({finding.id} if finding else set())
        assert not {action for _, action in seen} & between
        assert finding is None or (finding.id, "finding.papers commented") in seen
