"""决定后公示: what was granted is announced, and paid once that is over and no objection holds; on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from core.data import models as m
from core.data.asker import Asker, asking
from core.data.queries import clocks as stays
from core.data.queries import payouts as reads
from core.errors import Conflict, Forbidden, Invalid
from core.services import disbursement, green_lane, letter_text, moves, notices, objections, publications, revocations
from core.services.calendar import add_working_days
from core.services.invariants import Violation
from core.services.needs import Act
from tests import scenes
from tests.integration.payouts.conftest import good
from tests.integration.publications.conftest import ANNOUNCED, DECIDED, ISSUED, LAST, OVER, After
from tests.integration.workflow.conftest import later
from tests.support.issuing import violations

S = m.CaseState
REASON = "该公司与园区运营方为同一实际控制人，房租并未真实支付"
RAISED = {"place": "1", "statement": REASON, "name": "李守正", "contact": "13800001234"}
GROUNDS = {"opinion": "经查房租由关联方支付。", "reasons": ("false_statement",)}


@pytest.fixture
def wrong(after: After) -> Callable[[], list[Violation]]:
    def now() -> list[Violation]:
        after.session.commit()
        return violations(after.app)

    return now


def standing(after: After, case: m.Case) -> str | None:
    """How it stands in the payers' list."""
    rows = after.session.execute(reads.payable(after.today).statement)
    return {row.id: row.standing for row in rows}.get(case.id)


def desk(after: After, case: m.Case) -> tuple[m.Role | None, date | None]:
    """Where it waits, and until when."""
    clock = stays.running(after.session, case)
    return (clock.desk if clock else None), case.due_on


def plus(after: After, day: date, days: int) -> date:
    return add_working_days(after.session, after.district.id, day, days)


def object_to(after: After, case: m.Case) -> tuple[m.Objection, str]:
    notice = after.session.scalars(select(m.Publication).order_by(m.Publication.id.desc()).limit(1)).one()
    said = {"name": "李守正", "contact": "13800001234", "statement": REASON}
    with asking(after.session, Asker.system("announcements")):
        return objections.receive(after.session, notice, 1, today=after.today, **said)


def test_it_is_approved_announced_and_paid_in_this_order(after: After, wrong: Callable[[], list[Violation]]) -> None:
    session, till = after.session, after.till
    case = after.on(scenes.REVIEWED).until(S.SECOND_REVIEW)
    assert desk(after, case)[0] is m.Role.APPROVER  # who acts next, as no notice comes first
    with pytest.raises(Conflict, match="批准之前不公示"):
        after.step("second", case, "publish", scenes.REVIEWED)
    after.step("approver", case, "approve", DECIDED, confirmed=True)
    assert (case.notice_days, case.publication_result) == (5, None)
    letter = after.on(ISSUED).issue(case)
    assert desk(after, case) == (m.Role.SECOND_REVIEWER, plus(after, ISSUED, 15))
    assert standing(after, case) == "to_announce"
    with pytest.raises(Conflict, match="还没有公示"):
        till.draft([case])
    with pytest.raises(Conflict, match="还没有公示，不能登记异议"):
        after.step("window", case, "object", ISSUED, opinion="电话反映")
    with pytest.raises(Forbidden):
        after.step("approver", case, "announce", ANNOUNCED)
    after.step("second", case, "announce", ANNOUNCED)
    assert (case.state, case.published_on, case.publication_ends_on) == (S.ISSUED, ANNOUNCED, LAST)
    # The payer has as long as ever, once the notice is over.
    assert desk(after, case) == (m.Role.PAYER, plus(after, ANNOUNCED, 5 + 15))
    with pytest.raises(Conflict, match="不能重复公示"):
        after.step("second", case, "announce", ANNOUNCED)
    assert standing(after, case) == "announced"
    with pytest.raises(Conflict, match=f"公示至{LAST}"):
        till.draft([after.on(LAST) and case])
    act = Act(confirmed=True, released_by_id=after.staff["payer"].id)
    with asking(session, after.as_user(after.staff["payer"])), pytest.raises(Conflict, match=f"公示至{LAST}"):
        moves.move(session, after.registry, case, "pay", act, today=LAST)
    session.rollback()
    assert standing(after.on(OVER), case) == "ready"
    batch = till.sent([case])
    with pytest.raises(Conflict, match="不能再登记异议"):
        after.step("window", case, "object", OVER, opinion="电话反映")
    till.book(batch, [good(row) for row in batch.rows])
    assert (case.state, wrong()) == (S.PAID, [])
    # The letter is what it was, whatever came of the notice.
    loaded = after.registry.get("rent_subsidy")
    context = letter_text.draft_context(
        session, case.decisions[-1], loaded, letter.issuer, kind=letter.kind, on=letter.issued_on
    )
    assert (context.publicity, context.announced_for) == (None, 5)


def test_what_the_public_is_shown_is_what_was_granted(
    after: After, client_as: Callable[..., Any], stranger: Any
) -> None:
    session, cases = after.session, [after.issued() for _ in range(2)]
    other = after.until(S.SUBMITTED)
    second = client_as(after.staff["second"])
    session.commit()
    after.on(ANNOUNCED)
    assert "公示2件" in second.get("/publications").text
    page = second.get("/publications/new").text
    assert "公示核定结果5个工作日" in page
    assert all(case.number in page for case in cases)
    assert other.number not in page
    ids = [str(case.id) for case in cases]
    assert second.post("/publications", data={"cases": ids}).status_code == 302
    notice = session.scalars(select(m.Publication)).one()
    assert notice.shown["title"] == "关于创业场地房租补贴核定名单的公示"
    assert [case.publication_ends_on for case in cases] == [LAST, LAST]
    shown = stranger.get(f"/announcements/{notice.code}").text
    assert "拟核定" not in shown
    assert "核定金额（元）" in shown
    assert "3,000.00" in shown
    assert stranger.get(f"/announcements/{notice.code}/paper").data.startswith(b"%PDF-")
    # The amount is the award's, whatever a rule would say today.
    assert [row["amount"] for row in notice.shown["rows"]] == ["3,000.00", "3,000.00"]


def test_notices_before_and_after_a_decision_are_two(after: After, client_as: Callable[..., Any]) -> None:
    """A case whose review passed under the older card is not mixed with one whose letter is out."""
    session, issued = after.session, after.issued()
    card = after.registry.card("rent_subsidy")
    before = card._replace(workflow=card.workflow._replace(publication_order="before"))
    reviewed = after.on(scenes.REVIEWED).until(S.SECOND_REVIEW)
    with pytest.raises(Invalid, match="请分开公示"):
        publications.checked([issued, reviewed])
    with asking(session, after.as_user(after.staff["second"])):
        notice = publications.begin(session, reviewed, before, ANNOUNCED)
        assert notice.shown["title"] == "关于创业场地房租补贴拟核定名单的公示"
        with pytest.raises(Conflict, match="请分开公示"):
            moves.move(session, after.registry, issued, "announce", Act(notice=notice), today=ANNOUNCED)


@pytest.mark.parametrize("received", [True, False], ids=["through the notice", "by letter"])
def test_an_objection_that_does_not_hold_only_delays_the_payment(
    after: After, wrong: Callable[[], list[Violation]], *, received: bool
) -> None:
    till, case = after.till, after.announced()
    prepared = None
    if received:
        kept, _code = object_to(after.on(LAST), case)
        assert (standing(after.on(OVER), case), kept.state) == ("objected", m.ObjectionState.RECEIVED)
        with pytest.raises(Conflict, match="1份异议"):
            till.draft([case])
    else:
        prepared = till.prepared([after.on(OVER) and case])  # it came by post, in time
    after.step("window", case, "object", OVER, opinion="收到实名异议，予以核查")
    assert (case.state, desk(after, case)[0]) == (S.OBJECTED, m.Role.SECOND_REVIEWER)
    if prepared is not None:
        with pytest.raises(Conflict, match="正在核查，不能拨付；请把它移出批次"):
            till.as_(till.other, disbursement.release, prepared)
    with pytest.raises(Conflict, match="不能退回初审"):
        after.step("second", case, "uphold_objection", OVER, opinion="房租由关联方支付")
    after.step("second", case, "dismiss_objection", later(OVER), opinion="经核查银行流水，房租由公司支付")
    assert case.state is S.ISSUED
    assert (case.published_on, standing(after, case)) == (ANNOUNCED, "ready" if received else None)
    assert desk(after, case) == (m.Role.PAYER, plus(after, later(OVER), 15))
    if received:
        assert kept.state is m.ObjectionState.DISMISSED
    batch = till.sent([case]) if prepared is None else prepared
    if prepared is not None:
        till.as_(till.other, disbursement.release, batch)
        till.as_(till.payer, disbursement.take, batch, csv=True)
    till.book(batch, [good(row) for row in batch.rows])
    assert (case.state, wrong()) == (S.PAID, [])


@pytest.mark.parametrize("stands", [True, False])
def test_an_objection_that_holds_leads_to_the_revocation(
    after: After, stranger: Any, wrong: Callable[[], list[Violation]], *, stands: bool
) -> None:
    session, case = after.session, after.announced()
    notice = session.scalars(select(m.Publication)).one()
    _kept, receipt = object_to(after.on(LAST), case)
    session.commit()
    after.step("second", case, "object", LAST, opinion="予以核查")
    after.step("second", case, "propose_revocation", OVER, **GROUNDS)
    kept = session.scalars(select(m.Objection)).one()
    assert (case.state, kept.state) == (S.REVOKING, m.ObjectionState.UPHELD)
    answer = stranger.post("/announcements/receipts", data={"code": receipt}).text
    assert "已提出撤销核定：经查房租由关联方支付。" in answer
    assert "起不再公示" in stranger.get(f"/announcements/{notice.code}").text
    paper = session.scalars(select(m.CasePaper).where(m.CasePaper.kind == m.PaperKind.REVOCATION_NOTICE)).one()
    until = revocations.heard_until(session, after.registry, case)
    assert (paper.terms["due_on"], case.due_on) == (str(until), plus(after, until, 5))
    if not stands:
        after.step("approver", case, "revoke", later(until), opinion="未作陈述，予以撤销。", confirmed=True)
        assert (case.state, wrong()) == (S.REVOKED, [])
        return
    # An award that stands after all is announced anew: its notice had ended.
    after.step("approver", case, "drop_revocation", OVER, opinion="申辩成立。")
    assert (case.state, case.published_on) == (S.ISSUED, None)
    assert (standing(after, case), desk(after, case)[0]) == ("to_announce", m.Role.SECOND_REVIEWER)
    after.step("second", case, "announce", later(OVER))
    assert case.publication_ends_on == plus(after, later(OVER), 5)
    batch = after.till.sent([after.on(later(case.publication_ends_on)) and case])
    after.till.book(batch, [good(row) for row in batch.rows])
    assert (case.state, wrong()) == (S.PAID, [])


def test_what_is_intended_cannot_be_revoked_yet(after: After, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the notice before the decision, an objection that holds leads back to the review, as ever."""
    card = after.registry.card("rent_subsidy")
    before = card._replace(workflow=card.workflow._replace(publication_order="before"))
    monkeypatch.setitem(after.registry._cards, card.key, before)
    case = after.on(scenes.PUBLISHED).until(S.PUBLISHED)
    after.step("second", case, "object", scenes.PUBLISHED, opinion="予以核查")
    with pytest.raises(Conflict, match="还没有核定"):
        after.step("second", case, "propose_revocation", scenes.PUBLISHED, **GROUNDS)
    after.step("second", case, "dismiss_objection", scenes.PUBLISHED, opinion="不成立")
    assert case.state is S.PUBLISHED
    # A card that changes now does not take the notice away that the case has had.
    monkeypatch.setitem(after.registry._cards, card.key, card)
    with pytest.raises(Conflict, match="公示期尚未结束"):
        after.step("approver", case, "approve", scenes.PUBLISHED, confirmed=True)
    after.step("approver", case, "approve", scenes.APPROVED, confirmed=True)
    assert (case.notice_days, case.publication_result) == (None, "，异议经核查不成立")
    after.issue(case)
    with pytest.raises(Conflict, match="不需要公示"):
        after.step("second", case, "announce", scenes.APPROVED)
    with pytest.raises(Conflict, match="请提出撤销"):
        after.step("window", case, "object", scenes.APPROVED, opinion="电话反映")
    assert standing(after, case) == "ready"


def test_a_payment_before_the_notice_was_over_would_be_found(after: After) -> None:
    session, case = after.session, after.announced()
    batch = after.till.prepared([after.on(OVER) and case])
    after.till.as_(after.till.other, disbursement.release, batch)
    assert after.till.wrong() == []
    session.execute(update(m.PublicationEntry).values(ended_early_on=LAST))
    assert [detail for _row, detail in after.till.wrong()] == [
        f"was released on {OVER}, and no notice of its award was over"
    ]
    session.execute(update(m.PublicationEntry).values(ended_early_on=None))
    session.execute(update(m.Publication).values(ends_on=OVER))
    assert len(after.till.wrong()) == 1
    session.execute(update(m.Publication).values(ends_on=LAST))
    object_to(after.on(LAST), case)
    assert [detail for _row, detail in after.till.wrong()] == ["was released, and an objection to its award waits"]


def test_the_right_people_are_told_when_it_is_their_turn(after: After) -> None:
    session = after.session

    def told(since: int) -> set[tuple[int, str, str]]:
        rows = select(m.Notice.user_id, m.Notice.kind, m.Notice.params).where(m.Notice.id > since)
        return {(it.user_id, it.kind, it.params.get("state", "")) for it in session.execute(rows)}

    def newest() -> int:
        return session.scalars(select(m.Notice.id).order_by(m.Notice.id.desc()).limit(1)).first() or 0

    case = after.issued()
    payer, second = after.staff["payer"], after.staff["second"]
    assert (second.id, "case_turn", "issued:to_announce") in told(0)
    mark = newest()
    after.step("second", case, "announce", ANNOUNCED)
    assert {(user, kind) for user, kind, _state in told(mark)} == {(case.created_by_id, "case_moved")}
    mark = newest()
    with asking(session, Asker.system("job:notices")):
        assert notices.of_day(session, after.registry, LAST) == 0
        kept, _code = object_to(after.on(LAST), case)
        assert notices.of_day(session, after.registry, after.on(OVER).today) == 0  # somebody waits for an answer
    with asking(session, after.as_user(after.staff["window"])):
        objections.set_aside(session, kept.id, "与公示事项无关")
    with asking(session, Asker.system("job:notices")):
        notices.of_day(session, after.registry, OVER)
        assert {it for it in told(mark) if it[1] == "case_turn"} == {
            (it.id, "case_turn", "issued:over") for it in (payer, after.till.other)
        }
        assert notices.of_day(session, after.registry, later(OVER)) == 0


def test_the_green_lane_does_not_shorten_the_notice(after: After) -> None:
    case = after.announced()
    with asking(after.session, after.as_user(after.staff["window"])):
        green_lane.mark(after.session, after.registry, case, reason="talent", note="区级人才项目", today=ANNOUNCED)
    assert case.due_on == plus(after, ANNOUNCED, 5 + 8)
