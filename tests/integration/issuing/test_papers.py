"""文书 of the procedure, and letters that are replaced: numbers, words, once, and crashes between steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data import models as m
from core.data.asker import asking
from core.errors import Conflict, DomainError, Forbidden, Invalid
from core.jobs import issuing, keys
from core.jobs import papers as pressing
from core.letters.cms import load_roots
from core.letters.contents import page_texts
from core.letters.devca import ROOT_CERT
from core.letters.store import Store
from core.letters.verify import verify_letter
from core.services import papers, replacements
from core.services.invariants import Violation
from core.services.reasons import REASONS
from core.services.recovery.amounts import Line, Why
from tests import factories, scenes
from tests.scenes import Scene
from tests.support.issuing import violations

K = m.PaperKind
MISSING = {"opinion": "申请表未盖章；\n照片不清晰", "reasons": ("missing_document", "unclear_document")}


def of(session: Session, kind: m.PaperKind) -> m.CasePaper:
    session.expire_all()
    found = session.scalars(select(m.CasePaper).where(m.CasePaper.kind == kind).order_by(m.CasePaper.id.desc()))
    return next(iter(found))


def page(settings: Settings, row: m.CasePaper | m.Letter) -> str:
    """The printed words of what was issued; the file is signed and whole."""
    pdf = Store(settings.letters).get(row.file_sha256 or "")
    found = verify_letter(pdf, roots=load_roots([settings.signing / ROOT_CERT]))
    assert found.exit_code == 0, [line for line in found.lines if line.status == "bad"]
    assert (found.facts.kind == "paper") is isinstance(row, m.CasePaper)
    return "".join(page_texts(pdf))


def broken(app: Flask, session: Session) -> list[Violation]:
    session.commit()
    return violations(app, papers=True)


def test_the_acts_of_the_window_have_their_papers(
    app: Flask, session: Session, settings: Settings, scene: Scene
) -> None:
    """A return, the acceptance after it, and two that are not admitted: each its own series, every word on the page."""
    window, tenant = scene.staff["window"], scene.tenant()
    case = scene.until(m.CaseState.SUBMITTED, tenant)
    scene.act(window, case, "return", scenes.ACCEPTED, **MISSING)
    first = of(session, K.CORRECTION).id
    assert [v.thing for v in broken(app, session)] == [f"paper {first}"]  # due, and not there
    pressing.issue(app, first)
    paper, year = of(session, K.CORRECTION), core.today().year
    assert paper.number == f"示人才补〔{year}〕1号"
    said = page(settings, paper)
    for words in (
        paper.number, f"{tenant.name}：", case.number, "申请材料不齐全", "材料不清晰或不符合形式要求",
        "申请表未盖章；照片不清晰", "2026年11月24日以前",
    ):  # fmt: skip
        assert words in said, words
    assert "行政复议" not in said  # it decides nothing
    scene.act(scene.founder_of(tenant), case, "submit", scenes.ACCEPTED)
    scene.act(window, case, "accept", scenes.REVIEWED)
    refused = [scene.until(m.CaseState.SUBMITTED) for _ in range(2)]
    for other in refused:
        scene.act(window, other, "not_admit", scenes.ACCEPTED, reasons=("not_competent",), confirmed=True)
    session.commit()
    due = papers.outstanding(session)
    session.commit()
    for paper_id in due:
        assert pressing.issue(app, paper_id) == pressing.issue(app, paper_id)  # twice is once
    numbers = session.scalars(select(m.CasePaper.number).order_by(m.CasePaper.id)).all()
    mark = "示人才"
    assert numbers == [f"{mark}{it}〔{year}〕{n}号" for it, n in (("补", 1), ("受", 1), ("不受", 1), ("不受", 2))]
    said = page(settings, of(session, K.NOT_ADMITTED))
    assert "不属于本窗口受理范围" in said
    assert "60日内依法申请行政复议" in said
    assert "6个月内" in said
    accepted = page(settings, of(session, K.ACCEPTANCE))
    assert "营业执照" in accepted
    assert "现予受理" in accepted
    assert "11月26日" in accepted
    # What was frozen with the number is what it says for ever, whatever the tables say later.
    tenant.name = "改名之后有限公司"
    session.commit()
    assert of(session, K.ACCEPTANCE).content["to"] != tenant.name
    assert broken(app, session) == []
    told = select(m.Notice.kind).join(m.Membership).where(m.Membership.role == m.Role.FOUNDER)
    papers_told = session.scalars(told.where(m.Notice.kind.like("paper%"))).all()
    assert Counter(papers_told) == {"paper_correction": 1, "paper_acceptance": 2, "paper_not_admitted": 2}
    events = session.scalars(select(m.AuditEvent.action).where(m.AuditEvent.subject_type == "casepaper")).all()
    assert sorted(events) == ["paper.issue"] * 4 + ["paper.number"] * 4


def test_a_paper_is_made_once_whatever_dies(
    app: Flask, session: Session, settings: Settings, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the file is kept, and between file and seal: one number, one file. A name that cannot be printed
    costs no number; a failure is in the trail; an operator's letterhead names no remedies."""
    scene.until(m.CaseState.ACCEPTED)
    first, platform = of(session, K.ACCEPTANCE).id, factories.user(session, m.Role.PLATFORM_ADMIN)
    session.commit()
    tenant = session.get_one(m.CasePaper, first).case.tenant
    good, tenant.name = tenant.name, f"{tenant.name}\u0e01"
    session.commit()
    with pytest.raises(Conflict, match="不在文书字库中"):
        pressing.issue(app, first)
    pressing.report_failure(app, first, "不在文书字库中")
    assert session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "paper.fail")).one().success is False
    failed = session.execute(
        select(m.Notice.user_id, m.Notice.kind, m.Notice.params).where(m.Notice.kind.like("paper%failed"))
    ).all()
    assert {(user, kind, params.get("key")) for user, kind, params in failed} == {
        (scene.staff["admin"].id, "paper_failed", None), (platform.id, "paper_job_failed", f"issue_paper:{first}"),
    }  # fmt: skip
    assert session.scalars(select(m.PaperCounter)).all() == []
    tenant.name = good
    session.commit()
    pressing.number(app, first)
    with monkeypatch.context() as dying:
        dying.setattr(keys, "certify", lambda *given: (_ for _ in ()).throw(OSError("the disk was away")))
        with pytest.raises(OSError, match="away"):
            pressing.issue(app, first)
    kept = pressing.press(app, first)  # dies before the seal
    assert issuing.clear_leftovers(app) == 0  # its pending copy is waited for
    assert [v.rule for v in broken(app, session)] == ["I4", "I18"]  # a file that no row names yet
    assert pressing.press(app, first) == kept
    pressing.issue(app, first)
    assert (of(session, K.ACCEPTANCE).seq, of(session, K.ACCEPTANCE).file_sha256) == (1, kept["sha256"])
    assert broken(app, session) == []
    session.execute(update(m.Issuer).values(authority=False))
    other = scene.until(m.CaseState.SUBMITTED)
    scene.act(scene.staff["window"], other, "not_admit", scenes.ACCEPTED, reasons=("duplicate",), confirmed=True)
    paper_id = of(session, K.NOT_ADMITTED).id
    session.commit()
    pressing.issue(app, paper_id)
    assert "行政复议" not in page(settings, of(session, K.NOT_ADMITTED))
    session.execute(update(m.CasePaper).where(m.CasePaper.id == paper_id).values(seq=2))
    scene.until(m.CaseState.ACCEPTED)
    session.delete(of(session, K.ACCEPTANCE))
    found = [str(v) for v in broken(app, session) if v.rule == "I18"]
    assert any("should be 示人才不受" in it for it in found)
    assert any("the counter is at 1" in it for it in found)
    assert any("the act accept" in it for it in found)


def test_a_revocation_is_announced_decided_and_paid_back_on_paper(
    app: Flask, session: Session, settings: Settings, scene: Scene
) -> None:
    case = scene.until(m.CaseState.APPROVED)
    decision_id = case.decisions[-1].id
    session.commit()
    issuing.issue(app, decision_id)
    session.expire_all()
    made: dict[m.PaperKind, m.CasePaper] = {}
    with asking(session, scene.as_user(scene.staff["second"])):
        session.add(
            m.CaseClock(
                operator_id=case.operator_id, tenant_id=case.tenant_id, case_id=case.id, state="revoking",
                started_on=date(2026, 11, 13), ended_on=scenes.APPROVED, used_days=5,
            )
        )  # fmt: skip
        # The facts are in the proposal; who decides says what comes of them, and what follows says nothing more.
        for move, opinion, reasons in (
            ("propose_revocation", "租金发票经核对为虚开", ["inconsistent"]),
            ("revoke", "申辩不影响事实认定，予以撤销", None), ("recover", None, None),
        ):  # fmt: skip
            event = m.CaseEvent(
                operator_id=case.operator_id, tenant_id=case.tenant_id, case_id=case.id, move=move,
                from_state=m.CaseState.ISSUED, to_state=m.CaseState.REVOKED, role="second_reviewer",
                opinion=opinion, reasons=reasons,
            )  # fmt: skip
            session.add(event)
            session.flush()
            case.due_on = scenes.APPROVED
            papers.after(session, scene.registry, case, event)
        back = papers.ask_repayment(
            session, case, event, amount_fen=300_000, due_on=scenes.APPROVED, pay_to="示例区财政局，示例银行，3100",
            lines=[Line("head 1", "", 300_000, 0, 300_000, "演示规则第十二条", Why.REVOKED).to_json()],
        )  # fmt: skip
        assert papers.ask(session, case, event, K.REPAYMENT, {}) is back
    session.commit()
    due = papers.outstanding(session)
    session.commit()
    for paper_id in due:
        pressing.issue(app, paper_id)
    session.expire_all()
    made = {row.kind: row for row in session.scalars(select(m.CasePaper))}
    letter = session.scalars(select(m.Letter)).one()
    notice, decided, back = made[K.REVOCATION_NOTICE], made[K.REVOCATION], made[K.REPAYMENT]
    assert (notice.number or "").startswith("示人才撤告〔")
    said = page(settings, notice)
    assert letter.number in said
    assert "3,000.00元" in said
    assert "2026年11月20日以前（含当日）在本件的申请页面提出" in said
    for row in (decided, back):
        assert REASONS["inconsistent"] in page(settings, row)
        assert "租金发票经核对为虚开。申辩不影响事实认定，予以撤销。" in page(settings, row)
    said = page(settings, decided)
    assert notice.number in said
    assert "在规定期限内没有提出陈述和申辩" in said
    assert "行政诉讼" in said
    said = page(settings, back)
    assert "人民币3,000.00元（大写：人民币叁仟元整）" in said
    assert (decided.number or "") in said
    assert "租金发票经核对为虚开" in said
    assert "本市户籍从业人员1" in said
    assert "合计3,000.000.003,000.00" in said.replace("\u3000", "")
    assert "核定已撤销" in said


def test_a_misprinted_letter_is_replaced_by_two_people(
    app: Flask, session: Session, settings: Settings, scene: Scene, decisions: Callable[[int], list[int]]
) -> None:
    (decision_id,) = decisions(1)
    issuing.issue(app, decision_id)
    session.expire_all()
    old = session.scalars(select(m.Letter)).one()
    case, second, approver = old.case, scene.as_user(scene.staff["second"]), scene.as_user(scene.staff["approver"])
    factory_name = f"{case.tenant.name[:-4]}（上海）有限公司"

    def refused(error: type[DomainError], who: object, act: Callable[[], object]) -> None:
        with asking(session, who), pytest.raises(error):  # type: ignore[arg-type]
            act()

    ask = lambda: replacements.ask(session, old, m.ReplacementCause.MISPRINT, "单位名称少了“（上海）”")  # noqa: E731
    confirm = lambda: replacements.decide(session, old, granted=True, opinion="")  # noqa: E731
    refused(Forbidden, approver, ask)
    refused(Invalid, second, lambda: replacements.ask(session, old, m.ReplacementCause.LOST, "丢"))
    with asking(session, second):
        asked = ask()
    refused(Conflict, second, ask)
    asked.asked_by_id, before = approver.user_id or 0, asked.asked_by_id
    session.flush()
    refused(Forbidden, approver, confirm)  # who asked does not confirm
    asked.asked_by_id = before
    refused(Invalid, approver, lambda: replacements.decide(session, old, granted=False, opinion=""))
    case.tenant.name = factory_name
    session.execute(update(m.Enterprise).where(m.Enterprise.id == case.tenant.enterprise_id).values(name=factory_name))
    with asking(session, approver):
        confirm()
    refused(Conflict, approver, confirm)
    assert replacements.outstanding(session) == [decision_id]
    session.commit()
    assert [v.rule for v in violations(app)] == ["I2"]  # confirmed, and not made yet
    new_id = issuing.number(app, decision_id)  # dies here: the old one is void, the new one has its number
    session.expire_all()
    assert replacements.outstanding(session) == [decision_id]
    session.commit()
    assert issuing.issue(app, decision_id) == issuing.issue(app, decision_id) == new_id
    session.expire_all()
    new = session.get_one(m.Letter, new_id)
    assert (old.status, new.status, new.seq, new.replaces_id) == ("void", "issued", 2, old.id)
    assert old.capsule_digest == new.capsule_digest
    said = page(settings, new)
    assert f"本通知书代替{old.number}" in said
    assert factory_name in said
    assert Store(settings.letters).get(old.file_sha256 or "")  # the void one keeps its file
    session.commit()
    assert violations(app) == []
    assert replacements.successor(session, old) is not None
    refused(Conflict, second, ask)  # a void one is not replaced again, its successor may be
    session.execute(text("delete from letter_replacements"))
    session.commit()
    assert {v.rule for v in violations(app)} == {"I2"}
