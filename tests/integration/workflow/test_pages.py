"""What the parties see and fill in: appeal, statement, desks; and what letters and the public page say afterwards."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from sqlalchemy import select

from core.data import models as m
from tests import scenes
from tests.integration.conftest import Client
from tests.integration.workflow.conftest import FACTS, Road
from tests.scenes import paper

pytestmark = pytest.mark.one_engine

S = m.CaseState
WORDS = "我司并非劳务派遣单位，附说明。"


def test_an_applicant_appeals_with_a_paper_and_nothing_typed_is_lost(
    road: Road, client_as: Callable[..., Client]
) -> None:
    case = road.refused()
    founder = client_as(road.founder_of(case.tenant))
    page = founder.get(f"/cases/{case.id}").text
    assert "未满足：不是劳务派遣企业" in page
    assert "不配合核查" not in page
    address = f"/cases/{case.id}/appeal"
    refused = founder.post(address, data={"opinion": WORDS})
    assert (refused.status_code, WORDS in refused.text, case.state) == (422, True, S.REFUSED)
    bad = {"opinion": WORDS, "confirmed": "yes", "papers": (BytesIO(b"MZ"), "a.exe")}
    refused = founder.post(address, data=bad)
    assert (refused.status_code, WORDS in refused.text, "只接受PDF" in refused.text) == (422, True, True)
    assert case.state is S.REFUSED  # a paper that is none keeps the appeal from being made
    sent = {
        "opinion": WORDS,
        "confirmed": "yes",
        "papers": [(BytesIO(paper()), "说明.pdf"), (BytesIO(paper()), "b.pdf")],
    }
    assert founder.post(address, data=sent).status_code == 302
    assert case.state is S.APPEALED
    (kept,) = road.session.scalars(select(m.ActPaper)).all()  # the same paper picked twice is one
    twice = founder.post(address, data={"opinion": WORDS, "confirmed": "yes"})
    assert (twice.status_code, "刚才已经办好" in twice.text) == (409, True)
    approver = client_as(road.staff["approver"])
    page = approver.get(f"/cases/{case.id}").text
    assert WORDS in page
    assert "move-uphold_appeal" in page
    with approver.get(f"/cases/{case.id}/act-papers/{kept.id}") as file:
        assert file.data == paper()
    operator = client_as(road.manager).get(f"/cases/{case.id}").text
    assert WORDS not in operator
    assert approver.get("/cases?reason=check:labour_dispatch").text.count(case.number) >= 1
    assert case.number not in approver.get("/cases?reason=check:trust").text
    answer = {"opinion": "理由不成立。", "confirmed": "yes"}
    assert approver.post(f"/cases/{case.id}/moves/dismiss_appeal", data=answer).status_code == 302
    page = founder.get(f"/cases/{case.id}").text
    assert "理由不成立。" in page
    assert address not in page


def test_a_tenant_is_heard_and_the_revocation_shows_everywhere(
    road: Road, client_as: Callable[..., Client], client: Client
) -> None:
    case = road.revoking(paid=True)
    founder, approver = client_as(road.founder_of(case.tenant)), client_as(road.staff["approver"])
    page = founder.get(f"/cases/{case.id}").text
    assert FACTS in page
    assert "提供虚假材料或隐瞒情况" in page
    address = f"/cases/{case.id}/statements"
    assert founder.post(address, data={"opinion": " "}).status_code == 422
    assert founder.post(address, data={"opinion": WORDS}).status_code == 302
    twice = founder.post(address, data={"opinion": WORDS})
    assert (twice.status_code, "已经提交过" in twice.text) == (409, True)
    assert WORDS in approver.get(f"/cases/{case.id}").text
    letter = road.session.scalars(select(m.Letter)).one()
    assert "撤销" not in client.get(f"/verify?code={letter.check_code}").text
    decided = approver.post(f"/cases/{case.id}/moves/revoke", data={"opinion": "予以撤销。", "confirmed": "yes"})
    assert (decided.status_code, case.state) == (302, S.RECOVERY)
    with founder.get(f"/letters/{letter.id}/file") as file:
        body = file.data
    assert "自撤销之日起不再有效" in client.get(f"/verify?code={letter.check_code}").text
    verified = client.post("/verify", data={"file": (BytesIO(body), "a.pdf")}).text
    assert "自撤销之日起不再有效" in verified
    for browser, path in ((founder, f"/letters/{letter.id}"), (founder, f"/cases/{case.id}"), (approver, "/letters")):
        assert "撤销" in browser.get(path).text, path
    assert "已拨付的资金须退回" in founder.get(f"/cases/{case.id}").text


def test_a_desk_answers_on_the_page_and_work_at_will_waits_for_nobody(
    road: Road, client_as: Callable[..., Client]
) -> None:
    case = road.until(S.ACCEPTED)
    first = client_as(road.staff["first"])
    assert case.number in first.get("/cases?desks=open").text
    address = f"/cases/{case.id}/desks/premises"
    assert first.post(address, data={}).status_code == 422
    refused = first.post(address, data={"state": "objected", "opinion-premises": "空"})
    assert (refused.status_code, ">空</textarea>" in refused.text) == (422, True)
    done = first.post(address, data={"state": "objected", "opinion-premises": "现场无人办公。"})
    assert done.status_code == 302
    assert case.number in first.get("/cases?desks=objected").text
    assert "现场无人办公。" in client_as(road.staff["second"]).get(f"/cases/{case.id}").text
    assert "现场无人办公。" not in client_as(road.founder_of(case.tenant)).get(f"/cases/{case.id}").text
    stopped = first.post(f"/cases/{case.id}/moves/first_pass", data={"opinion": "写了很多意见"})
    assert (stopped.status_code, "社保核查" in stopped.text, "写了很多意见" in stopped.text) == (409, True, True)

    road.ask_desks(case)
    for who, code in (("first", "first_pass"), ("second", "second_pass"), ("second", "publish")):
        road.act(road.staff[who], case, code, scenes.APPROVED, opinion="已核实")
    case.state = S.PAID
    road.session.flush()
    second = client_as(road.staff["second"])
    assert case.number not in second.get("/home/desk").text
    assert "move-propose_revocation" in second.get(f"/cases/{case.id}").text
