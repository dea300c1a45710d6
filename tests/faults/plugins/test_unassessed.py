"""A third party's rule fails at a case: the site stays up, the case says so, is found, and is retried (row i)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config import Settings
from core.data import models as m
from core.data.asker import Asker, asking
from core.policy import Registry
from core.services import failures, plugins
from tests import factories
from tests.faults.plugins.faulty import RULES, faulty_plugin
from tests.scenes import Scene

KINDS = {  # what a rule does: what an officer reads
    "raise": "its rule raised ZeroDivisionError",
    "exit": "its process ended by itself, with exit status 3",
    "segfault": "ended by SIGSEGV",
    "sleep": "did not answer within 0.5 seconds",
    "garbage": "returned dict instead of an Assessment",
    "NaN": "amounts that are not whole fen: nan",
    "over the cap": "100001 fen exceeds a cap of 100000",
    "counter": "two answers to one case",
    "huge answer": "more than the 8388608",
}


def doing(fault: str) -> str:
    return f"{RULES}\n\ndef assess(case, params):\n    return FAULTS[{fault!r}]()\n"


@pytest.fixture
def third(tmp_path: Path) -> Path:
    return faulty_plugin(tmp_path / "third", rules=doing("good"))


@pytest.fixture
def settings(settings: Settings, third: Path) -> Settings:
    return replace(settings, extra_plugins=(third.parent,), rule_seconds=0.5)


@pytest.fixture
def registry(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    monkeypatch.setattr(plugins, "FOLLOW_SECONDS", 0)
    registry: Registry = app.extensions["registry"]
    yield registry
    registry.close()


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings, registry: Registry) -> Scene:
    with app.app_context():
        return Scene(session, registry, settings.files, policy="faulty")


@pytest.fixture
def case(scene: Scene) -> m.Case:
    case = scene.until(m.CaseState.SUBMITTED)
    scene.session.commit()
    return case


def failure(session: Session) -> m.AssessmentFailure:
    session.rollback()
    return session.scalars(select(m.AssessmentFailure).execution_options(populate_existing=True)).one()


def trail(session: Session) -> list[str]:
    events = select(m.AuditEvent.action).where(m.AuditEvent.action.in_(["case.not_assessed", "case.assessed_again"]))
    return list(session.scalars(events.order_by(m.AuditEvent.id)))


def test_each_fault_is_seen_and_mended(
    app: Flask, session: Session, scene: Scene, case: m.Case, third: Path, client_as: Callable[..., Any]
) -> None:
    officer, admin = client_as(scene.staff["window"]), client_as(factories.user(session, m.Role.PLATFORM_ADMIN))
    other = scene.tenant()
    with asking(session, scene.as_user(scene.manager)):
        founder = client_as(scene.founder_of(other))
    session.commit()
    for fault, told in KINDS.items():
        (third / "rules.py").write_text(doing(fault))
        assert admin.post("/admin/plugins/faulty/reading", follow_redirects=True).status_code == 200
        page = officer.get(f"/cases/{case.id}").text
        assert "未能核算" in page, fault
        assert told in page.replace("&#39;", "'"), fault
        assert failure(session).reason.startswith(told[:10]) or told in failure(session).reason, fault
        refused = officer.post(f"/cases/{case.id}/moves/accept", data={"confirmed": "yes"})
        assert (refused.status_code, session.get_one(m.Case, case.id).state) == (422, m.CaseState.SUBMITTED), fault
        home = founder.get("/home/startup").text  # of another tenant: the other policies are assessed meanwhile
        assert "可以申请" in home, fault
        assert "这项政策的核算暂时出了故障" in home, fault
        assert told not in home
        (third / "rules.py").write_text(doing("good"))
        admin.post("/admin/plugins/faulty/reading", follow_redirects=True)
        assert "未能核算" not in officer.get(f"/cases/{case.id}").text, fault
        assert failure(session).ended_at is not None, fault
    assert trail(session) == ["case.not_assessed", "case.assessed_again"] * len(KINDS)


def test_it_is_found_counted_and_retried(
    session: Session, scene: Scene, case: m.Case, third: Path, registry: Registry, client_as: Callable[..., Any],
    settings: Settings,
) -> None:  # fmt: skip
    window, admin = client_as(scene.staff["window"]), client_as(factories.user(session, m.Role.PLATFORM_ADMIN))
    tenant = client_as(scene.founder_of(session.get_one(m.Tenant, case.tenant_id)))
    (third / "rules.py").write_text(doing("exit"))
    registry.reload("faulty")
    for _ in range(3):
        page = window.get(f"/cases/{case.id}").text
    assert re.search("已尝试 3 次", page)
    assert "重新核算" in page
    theirs = tenant.get(f"/cases/{case.id}").text
    assert "这是系统的故障" in theirs
    assert "exit status" not in theirs
    # It rests now; that is not another reason, and a retry ends it.
    assert window.get(f"/cases/{case.id}").status_code == 200
    assert "exit status 3" in failure(session).reason
    assert (failure(session).times, trail(session)) == (5, ["case.not_assessed"])
    assert len(list((settings.var / "mail").glob("*.eml"))) == 1
    # The desk, the list and its filter.
    assert "有 1 件未能核算" in window.get("/home/desk").text
    assert case.number in window.get("/cases?assessed=no").text
    assert case.number not in window.get("/cases?assessed=yes").text
    plugins_page = admin.get("/admin/plugins").text
    assert "有件未能核算" in plugins_page
    assert "exit status 3" in plugins_page
    (third / "rules.py").write_text(doing("good"))
    # An officer's retry starts afresh, but does not take new files into use: that is the administrator's.
    retried = window.post(f"/cases/{case.id}/assessment", follow_redirects=True).text
    assert "its files have changed" in retried
    admin.post("/admin/plugins/faulty/reading", follow_redirects=True)
    assert "未能核算" not in window.post(f"/cases/{case.id}/assessment", follow_redirects=True).text
    assert failure(session).ended_at is not None
    assert case.number not in window.get("/cases?assessed=no").text
    assert client_as(scene.staff["auditor"]).post(f"/cases/{case.id}/assessment").status_code == 403


def test_out_of_service_in_every_process_until_brought_back(
    app: Flask, session: Session, scene: Scene, case: m.Case, registry: Registry, client_as: Callable[..., Any]
) -> None:
    admin, window = client_as(factories.user(session, m.Role.PLATFORM_ADMIN)), client_as(scene.staff["window"])
    assert admin.post("/admin/plugins/faulty/hold", data={"reason": ""}).status_code == 422
    admin.post("/admin/plugins/faulty/hold", data={"reason": "核对规则"}, follow_redirects=True)
    assert "faulty" not in registry
    page = window.get(f"/cases/{case.id}").text
    assert "核对规则" in page
    assert "New policy" not in window.get("/policies").text
    assert window.get("/policies/faulty").status_code == 404
    # Another process, and one that starts now, follow.
    for follower in (plugins.Follower(registry), app.extensions["follower"]):
        registry.hold({})
        with asking(session, Asker.system("test")):
            follower.follow(session)
        assert "faulty" in registry.held
    admin.post("/admin/plugins/faulty/release", follow_redirects=True)
    assert "未能核算" not in window.get(f"/cases/{case.id}").text
    assert admin.post("/admin/plugins/faulty/release").status_code == 409
    assert admin.post("/admin/plugins/rent_subsidy/reading").status_code == 404


def test_its_questions_are_those_of_its_card(
    session: Session, scene: Scene, third: Path, registry: Registry, client_as: Callable[..., Any]
) -> None:
    card = third / "policy.yaml"
    more = """answers:
  why: {label: {zh: 理由, en: Why}, kind: long_text, required: true}
  how_many: {label: {zh: 人数, en: How many}, kind: number}
  when: {label: {zh: 何时, en: When}, kind: date}
  kept: {label: {zh: 是否保留, en: Kept}, kind: yes_no}
  which: {label: {zh: 类别, en: Which}, kind: choice, choices: {a: {zh: 甲, en: A}, b: {zh: 乙, en: B}}}
"""
    card.write_text(card.read_text().replace("answers:\n", more, 1))
    registry.reload("faulty")
    tenant = scene.tenant()
    user = scene.founder_of(tenant)
    case = scene.draft(tenant, user)
    session.commit()
    client = client_as(user)
    page = client.get(f"/cases/{case.id}").text
    for label in ("理由", "人数", "何时", "是否保留", "甲", "本单位承诺"):
        assert label in page
    typed = {"answers-how_many": "x", "answers-when": "2026-02-30", "answers-which": "c"}
    refused = client.post(
        f"/cases/{case.id}/submission", data={"period_from": "2025-11", "period_to": "2026-10"} | typed
    )
    assert refused.status_code == 422
    for sentence in ("请填写整数", "日期不存在", "请勾选后再提交", "请填写此项"):
        assert sentence in refused.text
    good = {
        "answers-why": "需要", "answers-how_many": "3", "answers-when": "2026-02-28", "answers-kept": "no",
        "answers-which": "b", "answers-truthful": "y",
    }  # fmt: skip
    saved = client.post(f"/cases/{case.id}/draft", data={"period_from": "2025-11", "period_to": "2026-10"} | good)
    assert saved.status_code == 200
    session.expire_all()
    answers = session.get_one(m.Case, case.id).answers
    assert {name: answers[name] for name in ("why", "how_many", "when", "kept", "which", "truthful")} == {
        "why": "需要", "how_many": 3, "when": "2026-02-28", "kept": False, "which": "b", "truthful": True,
    }  # fmt: skip


def test_two_that_find_it_at_once_write_one_row(session: Session, scene: Scene, case: m.Case) -> None:
    for reason in ("a", "a", "b"):
        failures.note(session, case, failures.NotAssessed(reason))
        failures.settle(session)
    assert (failure(session).reason, failure(session).times) == ("b", 3)
    assert trail(session) == ["case.not_assessed"] * 2
