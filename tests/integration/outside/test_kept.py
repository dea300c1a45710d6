"""What becomes of leads from lists when their lists go, when newer ones come, and which lists a run calls compared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.data.queries import outside as reads
from core.data.types import utcnow
from core.jobs import leading
from core.services.leads import finding
from core.services.leads.book import rules
from core.services.leads.outside import _joined
from tests.integration.outside.conftest import csv, numbers, stranger, take
from tests.scenes import Scene

RULE = "outside.unemployment"
S = m.LeadState


def listed(session: Session, auditor: Any, *rows: str) -> m.OutsideList:
    """A list of who drew unemployment benefit, compared."""
    made = take(session, auditor, "unemployment", csv("身份证号,领取月份", *rows))
    assert auditor.post(f"/outside-lists/{made.id}/comparison").status_code == 302
    return made


def deleted(session: Session, auditor: Any, made: m.OutsideList) -> None:
    assert auditor.post(f"/outside-lists/{made.id}/deletion").status_code == 302
    session.expire_all()


def the_lead(session: Session) -> m.Lead:
    session.expire_all()
    return session.scalars(select(m.Lead)).one()


def run(session: Session, scene: Scene, *codes: str) -> dict[str, int]:
    """As in the night."""
    (done,) = finding.run(session, scene.district, today=core.today().date(), codes=codes or (RULE,))
    session.commit()
    return dict(done.counts)


def judged(session: Session, auditor: Any, lead: m.Lead) -> None:
    said = {"judge-verdict": "false", "judge-reason": "补缴，已核实。"}
    assert auditor.post(f"/leads/{lead.id}/judgement", data=said).status_code == 302
    assert the_lead(session).state is S.FALSE


def test_what_is_gone_stays_gone_when_its_list_is_deleted(
    session: Session, scene: Scene, case: m.Case, auditor: Any
) -> None:
    _, other = numbers(session, case)
    made = listed(session, auditor, f"{other},2026-01")
    for month in session.scalars(select(m.Employment).where(m.Employment.month == "2026-01")):
        session.delete(month)
    session.commit()
    assert run(session, scene) == {"gone": 1}
    assert auditor.post(f"/outside-lists/{made.id}/comparison").status_code == 302
    session.refresh(made)
    assert made.hits == 0, "what is gone is no hit"
    deleted(session, auditor, made)
    assert run(session, scene) == {}
    assert the_lead(session).state is S.GONE


def test_what_was_revoked_is_gone_though_its_list_was_deleted(
    session: Session, scene: Scene, case: m.Case, auditor: Any
) -> None:
    _, other = numbers(session, case)
    made = listed(session, auditor, f"{other},2026-01")
    deleted(session, auditor, made)
    assert run(session, scene) == {}
    assert the_lead(session).state is S.OPEN
    session.scalars(select(m.Award)).one().revoked_at = utcnow()
    session.commit()
    assert run(session, scene) == {"gone": 1}


def test_a_newer_list_that_says_the_same_opens_nothing(
    session: Session, scene: Scene, case: m.Case, auditor: Any
) -> None:
    _, other = numbers(session, case)
    first = listed(session, auditor, f"{other},2026-01")
    judged(session, auditor, the_lead(session))
    second = listed(session, auditor, f"{other},2026-01", f"{stranger()},2026-01")
    lead = the_lead(session)
    assert (lead.state, lead.facts["outside_list_ids"]) == (S.FALSE, [first.id, second.id])
    session.refresh(second)
    assert second.hits == 1, "it is told of as well"
    listed(session, auditor, f"{other},2026-02")
    assert the_lead(session).state is S.OPEN, "another month is another fact"


def test_money_that_two_lists_name_is_counted_once(session: Session, case: m.Case, auditor: Any) -> None:
    header, row = "统一社会信用代码,补贴月份,金额", f"{case.tenant.uscc},2025-12,3600"
    for extra in ("", f"{case.tenant.uscc},2026-02,1000"):
        made = take(session, auditor, "paid_elsewhere", csv(header, row, *filter(None, [extra])))
        auditor.post(f"/outside-lists/{made.id}/comparison")
    assert the_lead(session).facts["listed_fen"] == 460_000


def test_the_money_of_a_deleted_list_is_not_forgotten() -> None:
    before: dict[str, Any] = {"months": ["2026-01"], "outside_list_ids": [1], "outside_row_ids": [1]}
    now: dict[str, Any] = {"months": ["2026-02"], "outside_list_ids": [2], "outside_row_ids": [9]}
    for old, new, joined in ((5_000, 3_000, 5_000), (3_000, 5_000, 5_000), (5_000, None, 5_000), (None, 7_000, 7_000)):
        held, found = (it if fen is None else it | {"listed_fen": fen} for it, fen in ((before, old), (now, new)))
        assert _joined(held, found)["listed_fen"] == joined
    assert "listed_fen" not in _joined(before, now)


def test_a_list_says_that_it_was_compared_if_its_rule_ran(
    app: Flask, session: Session, case: m.Case, auditor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, other = numbers(session, case)
    early = take(session, auditor, "unemployment", csv("身份证号,领取月份", f"{other},2026-01"))
    retired = take(session, auditor, "retired", csv("身份证号,退休日期", f"{other},2026-01-31"))
    said = {it: getattr(early, it) for it in ("district_id", "kind", "given_by", "document", "basis", "data_on")}
    said |= {"keep_until": early.keep_until, "imported_by_id": early.imported_by_id}
    session.commit()
    list(leading.runs(app, ["same_person"]))
    session.expire_all()
    assert [it.compared_at for it in (early, retired)] == [None, None], "no rule of theirs ran"
    session.commit()
    keep = finding.keep

    def keeping(inside: Session, *args: Any, **kwargs: Any) -> Any:
        inside.add(m.OutsideList(**said, file_mark="x" * 32, row_count=1, unread=0, confirmed_at=utcnow()))
        inside.flush()
        return keep(inside, *args, **kwargs)

    monkeypatch.setattr(finding, "keep", keeping)
    list(leading.runs(app, [RULE]))
    session.expire_all()
    assert (early.compared_at is not None, early.hits, retired.compared_at) == (True, 1, None)
    came = session.scalars(select(m.OutsideList).where(m.OutsideList.file_mark == "x" * 32)).one()
    assert came.compared_at is None, "it came when the rule had looked"


def test_a_rule_that_breaks_off_stops_no_other(
    app: Flask, session: Session, scene: Scene, case: m.Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = finding.look

    def looking(inside: Session, district: m.District, period: Any, wanted: Iterable[Any]) -> Any:
        if [it.code for it in wanted] == ["same_person"]:
            raise RuntimeError("张三 has no number")
        return look(inside, district, period, wanted)

    monkeypatch.setattr(finding, "look", looking)
    session.commit()
    done = [it for _district, it in leading.runs(app)]
    assert [it.rule for it in done if it.error] == ["same_person"]
    assert {it.rule for it in done} == {*rules()}
    wanted = select(m.AuditEvent).where(m.AuditEvent.action == "lead.find", m.AuditEvent.success.is_(False))
    events = session.scalars(wanted).all()
    assert [it.detail for it in events] == [{"rule": "same_person", "error": "RuntimeError"}]


def test_leads_of_another_district_are_not_read(session: Session, case: m.Case, auditor: Any, scene: Scene) -> None:
    _, other = numbers(session, case)
    listed(session, auditor, f"{other},2026-01")
    assert [it.rule for it in reads.leads(session, scene.district.id, RULE)] == [RULE]
    assert list(reads.leads(session, scene.district.id + 1, RULE)) == []
