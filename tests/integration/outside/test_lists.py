"""Lists from outside: from the file to the lead, what is kept of them, and how they go."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.orm import Session

import core
from core.backups import back_up
from core.config import Settings
from core.data import models as m
from core.data.types import utcnow
from core.jobs import outside as job
from core.services.outside import keeping
from tests import factories as f
from tests.integration.outside.conftest import csv, numbers, send, stranger, take
from tests.scenes import Scene
from tests.support.books import table


def leads(session: Session) -> list[m.Lead]:
    return list(session.scalars(select(m.Lead).order_by(m.Lead.id)))


def events(session: Session) -> list[str]:
    wanted = select(m.AuditEvent.action).where(m.AuditEvent.action.like("outside.%")).order_by(m.AuditEvent.id)
    return list(session.scalars(wanted))


def test_from_the_file_to_the_lead(session: Session, case: m.Case, auditor: Any) -> None:
    founder, other = numbers(session, case)
    body = csv(
        "姓名,身份证号,领取月份",
        f"张三,{other},2026-01至2026-03",
        f"李四,{stranger()},2026-02",
        f"王五,{other},2025-01",
    )
    shown = send(auditor, "unemployment", body)
    assert shown.status_code == 200
    for words in ("确认导入3行", other[:6], "查明补贴期间是否有人同时领取失业金", "未认出的列已忽略：姓名"):
        assert words in shown.text, words
    assert other not in shown.text
    made = session.scalars(select(m.OutsideList)).one()
    assert (made.row_count, made.unread, made.confirmed_at) == (3, 0, None)
    assert auditor.post(f"/outside-lists/{made.id}/comparison").status_code == 409, "nobody confirmed it"
    assert auditor.post(f"/outside-lists/{made.id}/confirmation").status_code == 302
    assert auditor.post(f"/outside-lists/{made.id}/confirmation").status_code == 409
    assert auditor.post(f"/outside-lists/{made.id}/comparison").status_code == 302
    found = leads(session)
    assert [it.rule for it in found] == ["outside.unemployment"]
    person = session.scalars(
        select(m.InsuredPerson).where(m.InsuredPerson.tenant_id == case.tenant_id).order_by(m.InsuredPerson.id.desc())
    ).first()
    assert person is not None
    assert found[0].facts == {
        "tenant_id": case.tenant_id, "case_id": case.id, "months": ["2026-01", "2026-02", "2026-03"],
        "outside_list_ids": [made.id], "outside_row_ids": found[0].facts["outside_row_ids"], "person_id": person.id,
    }  # fmt: skip
    assert (found[0].case_id, found[0].tenant_id, found[0].amount_fen) == (
        case.id, case.tenant_id, session.scalars(select(m.Award.amount_fen)).one(),
    )  # fmt: skip
    page = auditor.get(f"/outside-lists/{made.id}").text
    for words in ("青禾科技有限公司", "参保人员", "2026-01、2026-02、2026-03", "审计法第三十七条", "到期自动删除"):
        assert words in page, words
    assert auditor.post(f"/outside-lists/{made.id}/comparison").status_code == 302
    assert len(leads(session)) == 1, "the same facts are one lead"
    assert founder not in page
    assert events(session) == ["outside.read", "outside.import", "outside.compare", "outside.view", "outside.compare"]


@pytest.mark.parametrize(
    ("kind", "header", "line", "who"),
    [
        ("retired", "身份证号码,退休日期", "{founder},2026-05-31", "founder"),
        ("deceased", "公民身份号码,死亡日期", "{other},2026-05-31", "person"),
        ("deregistered", "统一社会信用代码,注销日期", "{uscc},2026-05-31", "company"),
        ("paid_elsewhere", "证件号码,统一社会信用代码,补贴月份,金额", ",{uscc},2025-09至2025-12,3600", "company"),
    ],
)
def test_each_kind_meets_the_award(
    session: Session, case: m.Case, auditor: Any, kind: str, header: str, line: str, who: str
) -> None:
    founder, other = numbers(session, case)
    said = line.format(founder=founder, other=other, uscc=case.tenant.uscc)
    made = take(session, auditor, kind, csv(header, said))
    auditor.post(f"/outside-lists/{made.id}/comparison")
    found = {next((n for n in ("founder", "person") if f"{n}_id" in it.facts), "company"): it for it in leads(session)}
    assert who in found
    months = found[who].facts["months"]
    if kind == "retired":
        (one,) = leads(session)
        assert {"founder_id", "person_id"} <= one.facts.keys(), "a founder who is insured is one human being"
    if kind == "deceased":
        assert months == ["2026-06", "2026-07", "2026-08", "2026-09", "2026-10"], "the months after the month of death"
    if kind == "paid_elsewhere":
        assert months == ["2025-11", "2025-12"], "what the two periods share"
        assert found[who].facts["listed_fen"] == 360_000


def test_what_does_not_meet(session: Session, case: m.Case, auditor: Any) -> None:
    founder, other = numbers(session, case)
    for kind, body in (
        (
            "unemployment",
            csv("身份证号,月份", f"{other},2025-10", f"{founder},2024-01至2025-10", f"{stranger()},2026-01"),
        ),
        ("retired", csv("身份证号,退休日期", f"{other},2026-10-08", f"{stranger()},2020-01-01")),
        ("deregistered", csv("统一社会信用代码,注销日期", f"{f.uscc()},2026-01-01", f"{case.tenant.uscc},2026-10-09")),
        ("paid_elsewhere", csv("统一社会信用代码,补贴月份", f"{case.tenant.uscc},2025-09")),
    ):
        made = take(session, auditor, kind, body)
        assert auditor.post(f"/outside-lists/{made.id}/comparison").status_code == 302
        session.refresh(made)
        assert (made.hits, leads(session)) == (0, []), kind
    award = session.scalars(select(m.Award)).one()
    award.revoked_at = utcnow()
    made = take(session, auditor, "deceased", csv("身份证号,死亡日期", f"{other},2025-01-01"))
    auditor.post(f"/outside-lists/{made.id}/comparison")
    assert leads(session) == [], "nothing hangs on an award that was revoked"


def test_a_workbook_with_bad_rows_takes_the_good_ones_and_names_the_others(
    session: Session, case: m.Case, auditor: Any
) -> None:
    _, other = numbers(session, case)
    wrong = other[:-1] + ("0" if other[-1] != "0" else "1")
    body = table([
        ("示例区社保中心",), ("身份证号", "姓名", "领取月份"), (other, "甲", "2026-01"), (wrong, "乙", "2026-01"),
        (int(other[:15]) * 1000, "丙", "2026-01"), (other, "甲", "2026-01"), (stranger(), "丁", "2099-01"),
        (stranger(), "戊", None), ("合计", None, None),
    ])  # fmt: skip
    shown = send(auditor, "unemployment", body, name="名单.xlsx")
    assert shown.status_code == 200
    for words in (
        "第 4 行",
        "校验码不符",
        "第 5 行",
        "末尾数字已经丢失",
        "第 7 行",
        "本月之后",
        "第 8 行",
        "4行读不懂",
    ):
        assert words in shown.text, words
    assert wrong not in shown.text
    made = session.scalars(select(m.OutsideList)).one()
    assert (made.row_count, made.unread) == (1, 4)


def test_files_that_are_none_and_forms_that_are_wrong_lose_nothing_that_was_typed(
    session: Session, case: m.Case, auditor: Any
) -> None:
    good = csv("身份证号,领取月份", f"{stranger()},2026-01")
    latest = keeping.on(core.today().date()).latest
    for body, changed, sentence in (
        (b"", {}, "没有收到文件"),
        (b"\x00\x01", {}, "无法识别"),
        (csv("姓名,电话", "张三,1"), {}, "没有找到“领取失业金名单”的列。至少要有这些列：证件号码、领取月份"),
        (csv("身份证号,领取月份", "12345,2026-01"), {}, "请按“读不懂的行”中的说明"),
        (good, {"document": ""}, "请填写此项"),
        (good, {"data_on": "2099-01-01"}, "数据日期在今天之后"),
        (good, {"keep_until": (latest + timedelta(days=1)).isoformat()}, "最多保存到"),
        (good, {"keep_until": "2026-01-01"}, "保存到期日应在今天或以后"),
        (good, {"kind": "nonsense"}, "选择无效"),
    ):
        refused = send(auditor, changed.pop("kind", "unemployment"), body, **changed)
        assert (refused.status_code, sentence in refused.text) == (422, True), sentence
        assert "审计法第三十七条" in refused.text
    assert session.scalars(select(m.OutsideList)).all() == []
    for kind in m.OutsideKind:
        blank = auditor.get(f"/outside-lists/template/{kind}")
        assert blank.status_code == 200
        refused = send(auditor, kind, blank.data, name="模板.xlsx")
        assert "只有列名或模板的示例，没有名单" in refused.text, "the example row is nobody"
    assert auditor.get("/outside-lists/template/lease").status_code == 404


def test_the_same_file_is_taken_once_and_an_unconfirmed_one_gives_way(
    session: Session, scene: Scene, case: m.Case, auditor: Any, client_as: Callable[..., Any]
) -> None:
    body = csv("身份证号,领取月份", f"{stranger()},2026-01")
    send(auditor, "unemployment", csv("身份证号,领取月份", f"{stranger()},2026-02"))
    made = take(session, auditor, "unemployment", body)
    assert session.scalars(select(m.OutsideList.id)).all() == [made.id]
    assert len(session.scalars(select(m.OutsideRow)).all()) == 1
    again = send(auditor, "unemployment", body)
    assert (again.status_code, "已经导入过" in again.text) == (422, True)
    colleague = client_as(f.user(session, m.Role.AUDITOR, district=scene.district))
    send(colleague, "unemployment", csv("身份证号,领取月份", f"{stranger()},2026-03"), name="另一份.csv")
    theirs = csv("身份证号,领取月份", f"{stranger()},2026-04")
    assert send(colleague, "unemployment", theirs).status_code == 200
    waiting = send(auditor, "unemployment", theirs)
    assert (waiting.status_code, "还没有确认" in waiting.text) == (422, True), (
        "it is in no list that could be looked at"
    )
    auditor.post(f"/outside-lists/{made.id}/deletion")
    assert send(auditor, "unemployment", body).status_code == 200, "it is gone, and may come again"


def test_lists_go_on_their_day_and_leads_stay(app: Flask, session: Session, case: m.Case, auditor: Any) -> None:
    _, other = numbers(session, case)
    first = take(session, auditor, "unemployment", csv("身份证号,领取月份", f"{other},2026-01"))
    auditor.post(f"/outside-lists/{first.id}/comparison")
    assert job.drop(app) == 0, "its day has not come"
    first.data_on = first.keep_until = core.today().date() - timedelta(days=1)
    session.commit()
    assert job.drop(app) == 1
    assert job.drop(app) == 0
    session.refresh(first)
    assert (first.deleted_at is not None, first.deleted_by_id, first.row_count) == (True, None, 1)
    assert session.scalars(select(m.OutsideRow)).all() == []
    assert auditor.post(f"/outside-lists/{first.id}/comparison").status_code == 409
    assert "2026-01" in auditor.get(f"/outside-lists/{first.id}").text
    # Another list of the kind is compared: what the first one showed is not forgotten.
    second = take(session, auditor, "unemployment", csv("身份证号,领取月份", f"{other},2026-04"))
    auditor.post(f"/outside-lists/{second.id}/comparison")
    lead = session.scalars(select(m.Lead)).one()
    session.refresh(lead)
    assert (lead.facts["months"], lead.facts["outside_list_ids"]) == (["2026-01", "2026-04"], [first.id, second.id])
    page = auditor.get(f"/outside-lists/{second.id}").text
    assert "删除，不能恢复" in page
    assert auditor.post(f"/outside-lists/{second.id}/deletion").status_code == 302
    assert auditor.post(f"/outside-lists/{second.id}/deletion").status_code == 409
    assert session.scalars(select(m.OutsideRow)).all() == []
    trail = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "outside.delete")).all()
    assert [(it.actor_id is None, it.detail["rows"]) for it in trail] == [(True, 1), (False, 1)]


def test_what_nobody_confirmed_goes_after_a_day(app: Flask, session: Session, case: m.Case, auditor: Any) -> None:
    send(auditor, "unemployment", csv("身份证号,领取月份", f"{stranger()},2026-01"))
    assert job.drop(app) == 0
    session.scalars(select(m.OutsideList)).one().imported_at = utcnow() - timedelta(hours=25)
    session.commit()
    assert job.drop(app) == 1
    assert session.scalars(select(m.OutsideList)).all() == []


def test_no_number_is_in_the_database_a_file_a_log_or_a_backup(
    session: Session,
    case: m.Case,
    auditor: Any,
    settings: Settings,
    engine: Engine,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    listed = [stranger() for _ in range(3)]
    codes = [f.uscc() for _ in range(2)]
    body = csv(
        "姓名,身份证号,领取月份", *(f"诸葛无名,{it},2026-01" for it in listed), f"诸葛无名,{listed[0][:-1]}Z,2026-01"
    )
    made = take(session, auditor, "unemployment", body, name="诸葛无名.csv")
    send(auditor, "deregistered", csv("统一社会信用代码,注销日期", *(f"{it},2026-01-02" for it in codes)))
    auditor.post(f"/outside-lists/{made.id}/comparison")
    auditor.get(f"/outside-lists/{made.id}")
    secret = [*listed, *codes, "诸葛无名", listed[0][:-1]]
    session.commit()
    for name in inspect(session.get_bind()).get_table_names():
        for row in session.execute(text(f'SELECT * FROM "{name}"')):  # noqa: S608
            said = repr(tuple(row))
            assert not [it for it in secret if it in said], name
    session.commit()
    back_up(settings, engine, tmp_path / "backup.tar", schema_version="0052")
    places = [*tmp_path.rglob("*"), *Path(tempfile.gettempdir()).glob("tmp*")]
    if engine.url.database and engine.dialect.name == "sqlite":
        places += Path(engine.url.database).parent.glob("*")
    seen = 0
    for path in places:
        if path.is_file() and os.access(path, os.R_OK):
            kept, seen = path.read_bytes(), seen + 1
            assert not [it for it in secret if it.encode() in kept], path
    assert seen
    out, err = capfd.readouterr()
    assert not [it for it in secret if it in out + err]
