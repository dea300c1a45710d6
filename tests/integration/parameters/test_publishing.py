"""From a draft to what decides: two persons, golden cases, and what must not change."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from core.cli import hongcai
from core.config import ROOT, Settings
from core.data import models as m
from core.data.asker import asking
from core.errors import Conflict, DomainError, Forbidden
from core.policy import ParameterSet, Registry, ReplayStatus, evaluate_json, replay
from core.services import assessments
from core.services.entitlements import overview
from core.services.invariants import parameters as invariant
from core.services.parameters import book, drafting, publishing
from tests import scenes
from tests.scenes import Scene
from tests.support.parameters import accept_all, draft, publish, published, row, submit

CAP = "cap_per_head_year_fen"
TODAY = scenes.APPLIED
Refused = Callable[[], object]


def refused(act: Refused, error: type[DomainError], words: str) -> None:
    with pytest.raises(error, match=words):
        act()


def assess(scene: Scene, case: m.Case) -> assessments.Assessed:
    return assessments.assess(scene.session, case, scene.registry, TODAY)


def test_a_second_person_publishes_and_the_new_amount_is_what_the_founder_sees(scene: Scene) -> None:
    tenant = scene.tenant()
    made = draft(scene, row(CAP, "2,800.5", TODAY), who="approver")
    refused(lambda: submit(scene, made, TODAY, who="approver"), Conflict, "个黄金案例的结果变了")
    accept_all(scene, made, TODAY, who="approver")
    refused(lambda: publish(scene, made, TODAY, who="admin"), Conflict, "状态已变")  # not handed over yet
    submit(scene, made, TODAY, who="approver")
    refused(lambda: publish(scene, made, TODAY, who="approver"), Forbidden, "不同的人")
    refused(lambda: publish(scene, made, TODAY, who="second"), Forbidden, "您的角色不能公布")
    row_ = publish(scene, made, TODAY, who="admin")
    assert (row_.number, made.state) == (1, m.DraftState.PUBLISHED)
    with asking(scene.session, scene.as_user(scene.founder_of(tenant))):
        found = overview(scene.session, tenant, [scene.registry.get("rent_subsidy")], [], TODAY)
    (rent,) = found.entitlements
    assert rent.decision is not None
    assert rent.decision.amount_fen == 280_050
    assert rent.decision.demonstration
    acts = scene.session.scalars(select(m.AuditEvent.action).where(m.AuditEvent.action.like("parameters.%")))
    assert set(acts) == {"parameters.start", "parameters.accept_golden", "parameters.submit", "parameters.publish"}


def test_the_database_itself_wants_two_persons_and_keeps_what_was_published(scene: Scene) -> None:
    first = published(scene, row(CAP, "2800", TODAY), today=TODAY)
    scene.session.commit()
    made = draft(scene, row(CAP, "2700", TODAY))
    alone = m.PublishedParameters(
        district_id=scene.district.id, policy_key="rent_subsidy", number=2, draft_id=made.id, file=first.file,
        digest=first.digest, note="", golden=[], rules_digest="", drafted_by_id=made.author_id,
        published_by_id=made.author_id,
    )  # fmt: skip
    scene.session.add(alone)
    with pytest.raises(IntegrityError, match="two_people"):
        scene.session.flush()
    scene.session.rollback()
    for change in ("UPDATE published_parameters SET file = ''", "DELETE FROM published_parameters"):
        with pytest.raises(DBAPIError, match="append-only"):
            scene.session.execute(text(change))
        scene.session.rollback()


def test_a_publication_that_was_tampered_with_is_found(scene: Scene) -> None:
    published(scene, row(CAP, "2800", TODAY), today=TODAY)
    made = draft(scene, row(CAP, "2700", TODAY))
    connection = scene.session.connection()
    assert list(invariant.check(connection)) == []
    forged = {"number": 3, "file": "parameters: {}", "drafted_by_id": made.author_id, "draft_id": made.id}
    first = scene.session.scalars(select(m.PublishedParameters)).one()
    kept = {column.name: getattr(first, column.name) for column in first.__table__.c if column.name != "id"}
    scene.session.execute(m.PublishedParameters.__table__.insert().values(kept | forged))
    wrong = [detail for _thing, detail in invariant.check(connection)]
    assert wrong == [
        "it should be number 2", "its file is not the one that was published", "the trail does not name its digest",
    ]  # fmt: skip


def test_what_no_golden_case_reads_and_what_the_rule_cannot_do_without_is_not_published(scene: Scene) -> None:
    made = draft(scene, row(CAP, "2800", "2027-01-01"), row(CAP, "2900", "2027-01-01"))
    refused(lambda: submit(scene, made, TODAY), Conflict, "填写不全")  # two from one day
    unread = draft(scene, row("weight_text", "60", TODAY), row("weight_text", "70", TODAY), policy="mentor_match")
    unread.rows = unread.rows[:1]
    submit(scene, unread, TODAY)  # a round reads it, and comes out the same
    ended = draft(scene, row(CAP, "", "2027-01-01", ended="yes"))
    accept_all(scene, ended, TODAY)
    refused(lambda: submit(scene, ended, TODAY), Conflict, "个黄金案例的结果变了")  # a failed rule is not accepted
    early = draft(scene, row(CAP, "1", "2010-01-01"), row(CAP, "3000", "2018-12-01"))  # the first: before any rule
    early.correction = "补登"
    refused(lambda: submit(scene, early, TODAY), Conflict, "没有黄金案例用到这些值：每人每年补贴上限（2010-01-01）")


def test_a_plugin_that_fails_its_own_golden_cases_stops_every_publication(scene: Scene) -> None:
    """Also where a round raises: the page of the draft says which, and stays usable."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("broken")

    loaded = scene.registry.get("mentor_match")
    made = draft(scene, row("weight_text", "60", TODAY), policy="mentor_match")
    sound = drafting.check(scene.session, made, loaded, TODAY).report
    assert sound is not None
    assert sound.broken == ()
    failing = replace(loaded, policy=replace(loaded.policy, allocate=broken))  # type: ignore[arg-type]
    report = drafting.check(scene.session, made, failing, TODAY).report
    assert report is not None
    assert report.broken
    assert all("ZeroDivisionError" in told for told in report.broken)
    with asking(scene.session, scene.as_user(scene.staff["second"])):
        refused(lambda: drafting.submit(scene.session, made, failing, version=None, today=TODAY), Conflict, "不通过")


def test_an_expectation_that_does_not_come_out_is_told_and_not_kept(scene: Scene) -> None:
    loaded = scene.registry.get("rent_subsidy")
    made = draft(scene, row(CAP, "2800", TODAY))
    with asking(scene.session, scene.as_user(scene.staff["second"])):
        report = drafting.check(scene.session, made, loaded, TODAY).report
        assert report is not None
        first, second = report.rows[:2]
        amounts = {first.key: first.now.amount_fen, second.key: second.expected.amount_fen}
        wrong = drafting.accept(scene.session, made, loaded, version=made.version, amounts=amounts, today=TODAY)
        assert wrong == [(second, second.expected.amount_fen)]
        after = drafting.check(scene.session, made, loaded, TODAY).report
        assert after is not None
        assert len(after.open) == len(report.rows) - 1
        stale = made.version - 1
        refused(
            lambda: drafting.save(scene.session, made, version=stale, rows=[], note="", correction=None),
            Conflict, "另一窗口",
        )  # fmt: skip
        assert len(made.rows) == 1
        made.rows = [row(CAP, "2700", TODAY)]  # the draft moves on: what was accepted is so no longer
        again = drafting.check(scene.session, made, loaded, TODAY).report
        assert again is not None
        assert len(again.open) == len(again.rows)
    with asking(scene.session, scene.as_user(scene.staff["first"])):
        refused(lambda: drafting.submit(scene.session, made, loaded, version=None, today=TODAY), Forbidden, "起草人")


def test_only_a_correction_may_begin_before_today_and_it_shows_which_cases_change(scene: Scene) -> None:
    """Decided cases keep their values; one under review changes only so, is told beforehand, and its approval falls."""
    decided, open_ = scene.until(m.CaseState.APPROVED), scene.until(m.CaseState.PUBLISHED)
    before = assess(scene, decided).decision
    loaded = scene.registry.get("rent_subsidy")
    made = draft(scene, row(CAP, "2800", "2026-10-01"))
    accept_all(scene, made, TODAY)
    refused(lambda: submit(scene, made, TODAY), Conflict, "更正")
    made.correction = "公布时把上限写错"
    submit(scene, made, TODAY)
    with asking(scene.session, scene.as_user(scene.staff["admin"])):
        shown = publishing.preview(scene.session, made, loaded, TODAY)
        (effect,) = shown.effects
        assert (effect.case, effect.falls) == (open_, True)
        assert [it and it.amount_fen for it in (effect.before, effect.after)] == [300_000, 280_000]
        assert [(old and old.value, new.value) for old, new in shown.changes] == [(300_000, 280_000)]
        assert shown.dropped == ()

        def act(seen: str) -> m.PublishedParameters:
            return publishing.publish(
                scene.session, made, loaded, version=None, seen=seen, confirmed=True, today=TODAY
            )  # fmt: skip

        refused(lambda: act("sha256:other"), Conflict, "有了变化")
        act(shown.seen)
    assert assess(scene, decided).decision == before
    decision = decided.decisions[-1]
    assert replay(json.loads(decision.capsule), scene.registry).status is ReplayStatus.SAME
    assert assess(scene, open_).decision.amount_fen == 280_000
    refused(
        lambda: scene.act(scene.staff["approver"], open_, "approve", scenes.APPROVED, confirmed=True),
        Conflict, "公布了新的参数值",
    )  # fmt: skip


def test_it_is_told_which_of_the_policys_own_values_a_districts_take_the_place_of(scene: Scene) -> None:
    made = draft(scene, row(CAP, "2800", "2022-01-01"))
    with asking(scene.session, scene.as_user(scene.staff["admin"])):
        shown = publishing.preview(scene.session, made, scene.registry.get("rent_subsidy"), TODAY)
    assert [(it.name, str(it.start)) for it in shown.dropped] == [(CAP, "2023-01-01")]


def test_a_later_value_leaves_what_was_applied_for_before_it_alone(scene: Scene) -> None:
    case = scene.until(m.CaseState.PUBLISHED)
    before = assess(scene, case).content_hash
    published(scene, row(CAP, "2800", "2027-01-01"), today=TODAY)
    assert assess(scene, case).content_hash == before
    scene.act(scene.staff["approver"], case, "approve", scenes.APPROVED, confirmed=True)


def test_a_decision_with_a_districts_value_says_so_and_replays_the_same_after_the_next(scene: Scene) -> None:
    published(scene, row(CAP, "2800", scenes.APPLIED), today=TODAY)
    case = scene.until(m.CaseState.APPROVED)
    decision = case.decisions[-1]
    capsule = json.loads(decision.capsule)
    (cap,) = [it for it in capsule["parameters"] if it["name"] == CAP]
    assert (cap["origin"], cap["value"], decision.amount_fen) == ("district", 280_000, 280_000)
    assert decision.demonstration
    published(scene, row(CAP, "2500", scenes.APPLIED), today=TODAY, correction="写错")
    assert replay(capsule, scene.registry).status is ReplayStatus.SAME
    assert assess(scene, case).decision.amount_fen == 280_000
    assert [it.number for it in book.history(scene.session, scene.district.id, "rent_subsidy")] == [1, 2]


def test_a_withdrawn_case_keeps_the_values_of_its_end(scene: Scene) -> None:
    tenant = scene.tenant()
    case = scene.until(m.CaseState.ACCEPTED, tenant)
    scene.act(scene.founder_of(tenant), case, "withdraw", TODAY, confirmed=True)
    published(scene, row(CAP, "2800", "2026-10-01"), today=TODAY, correction="写错")
    assert assess(scene, case).decision.amount_fen == 300_000


def test_a_value_that_no_longer_fits_the_plugin_stops_the_assessment_and_says_why(scene: Scene) -> None:
    published(scene, row(CAP, "2800", TODAY), today=TODAY)
    case = scene.until(m.CaseState.SUBMITTED)
    loaded = scene.registry.get("rent_subsidy")
    own = loaded.card.parameters
    values = [value._replace(unit="code", value="x") if value.name == CAP else value for value in own.values]
    newer = replace(loaded, card=loaded.card._replace(parameters=ParameterSet(values, own.titles)))
    with pytest.raises(assessments.NotAssessed, match="与插件现在的版本不符"):
        assessments.assess(scene.session, case, Registry.of(newer), TODAY)


def test_another_district_has_its_own_values(scene: Scene, session: Session) -> None:
    published(scene, row(CAP, "2800", TODAY), today=TODAY)
    other = Scene(session, scene.registry, scene.files, name="邻区", region="310110")
    loaded = scene.registry.get("rent_subsidy")
    assert book.published(session, other.district.id, loaded) is None
    case = other.until(m.CaseState.ACCEPTED, other.tenant(registered_region="310109"))
    assert assess(other, case).decision.amount_fen == 300_000


@pytest.mark.parametrize("day", ["2026-11-02", "2027-03-01"])
def test_the_exported_file_gives_assess_exactly_the_sites_answer(
    scene: Scene, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: str
) -> None:
    published(scene, row(CAP, "2800", TODAY), row("full_year_months", "9", "2027-01-01"), today=TODAY)
    published(scene, row(CAP, "2900", "2027-02-01", source='“引号” "and" \\: # ü'), today=TODAY)
    case = scene.until(m.CaseState.ACCEPTED)
    scene.session.commit()
    facts = {**assessments.facts_of(scene.session, case, TODAY).case, "applied_on": day}
    loaded = scene.registry.get("rent_subsidy")
    values = book.published(scene.session, scene.district.id, loaded)
    site = evaluate_json(loaded, facts, params=values).to_json()
    scene.session.commit()
    monkeypatch.setattr("core.commands.setting_up.load_settings", lambda: settings)
    exported = CliRunner().invoke(hongcai, ["policies", "export", "rent_subsidy"])
    (tmp_path / "case.json").write_text(json.dumps(facts), "utf-8")
    (tmp_path / "values.yaml").write_text(exported.stdout, "utf-8")
    files = ["--case", str(tmp_path / "case.json"), "--params", str(tmp_path / "values.yaml")]
    done = CliRunner().invoke(hongcai, ["policies", "assess", "rent_subsidy", "--json", *files])
    assert json.loads(done.stdout) == json.loads(json.dumps(site))
    assert {it["value"] for it in site["parameters"] if it["name"] == CAP} == {280_000 if day < "2027" else 290_000}


def test_every_rule_that_the_site_runs_is_given_the_districts_values() -> None:
    """A call without `params` would silently decide with the plugin's own."""
    without = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for folder in ("services", "jobs", "web", "commands")
        for path in sorted((ROOT / "core" / folder).rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("evaluate", "evaluate_json", "allocate")
        and "params" not in {keyword.arg for keyword in call.keywords}
    ]
    assert without == []
