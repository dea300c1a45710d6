"""What is typed is kept whole or given back whole: drafts, statements, and forms that are refused."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest

from core.data import models as m
from core.services import papers
from core.web.formats import day
from tests import scenes
from tests.integration.conftest import Client
from tests.integration.workflow.conftest import Road

pytestmark = pytest.mark.one_engine

S = m.CaseState
WORDS = "该员工一直在岗，附考勤记录。"
LONG = f"{WORDS}\r\n" * 334  # its line breaks counted once, a little too much


def test_a_draft_keeps_what_it_can_and_names_the_rest(road: Road, client_as: Callable[..., Client]) -> None:
    tenant = road.tenant()
    user = road.founder_of(tenant)
    case = road.empty_draft(tenant, user)
    founder, before = client_as(user), case.period_to
    typed = {
        "version": case.version, "period_from": case.period_from, "period_to": "2031-01", "payee_name": "户" * 121,
        "payee_bank": "示例银行", "payee_bank_code": "10229", "payee_account": "x", "answers-payer_note": "股东代付",
    }  # fmt: skip
    answer = founder.post(f"/cases/{case.id}/draft", data=typed)
    assert answer.status_code == 200
    said = answer.get_json()
    assert said["unsaved"] == ["payee_account", "payee_name", "period_from", "period_to"]
    assert said["errors"].keys() == {"payee_account", "payee_name", "payee_bank_code", "period_to"}
    assert (case.payee_bank, case.payee_bank_code, case.answers["payer_note"]) == ("示例银行", "10229", "股东代付")
    assert (case.period_to, case.payee_account, said["version"]) == (before, None, case.version)
    stale = founder.post(f"/cases/{case.id}/draft", data=typed | {"payee_bank": "另一家"})
    assert (stale.status_code, stale.get_json()["errors"].keys(), case.payee_bank) == (409, {"version"}, "示例银行")


def test_what_is_too_long_is_refused_and_given_back_whole(road: Road, client_as: Callable[..., Client]) -> None:
    case = road.revoking()
    founder, address = client_as(road.founder_of(case.tenant)), f"/cases/{case.id}/statements"
    refused = founder.post(address, data={"opinion": LONG})
    assert (refused.status_code, "最多5000个字" in refused.text, refused.text.count(WORDS)) == (422, True, 334)
    files = [(BytesIO(bytes(8 << 20)), f"{n}.pdf") for n in range(3)]
    with founder.post(
        address, data={"opinion": WORDS, "papers": files}, headers={"Referer": f"http://localhost/cases/{case.id}"}
    ) as refused:
        assert (refused.status_code, WORDS in refused.text) == (413, True)
        assert f'href="/cases/{case.id}"' in refused.text
        refused.request.environ["wsgi.input"].close()  # the test client forgets the files it sent from
    assert [event for event in case.events if event.move == "statement"] == []
    fits = LONG.removesuffix(f"{WORDS}\r\n")
    assert founder.post(address, data={"opinion": fits}).status_code == 302
    assert case.events[-1].opinion == fits.replace("\r\n", "\n").strip()


@pytest.mark.usefixtures("csrf")
def test_words_of_an_ended_session_are_given_back_but_not_those_of_another_site(client: Client) -> None:
    sent = {"opinion": WORDS, "new_password": "not this one, please", "csrf_token": "old"}
    refused = client.post("/cases/1/statements", data=sent)
    assert (refused.status_code, WORDS in refused.text, "not this one" in refused.text) == (400, True, False)
    elsewhere = client.post("/cases/1/statements", data=sent, headers={"Sec-Fetch-Site": "cross-site"})
    assert WORDS not in elsewhere.text


def test_what_to_put_right_stands_where_it_is_put_right(road: Road, client_as: Callable[..., Client]) -> None:
    tenant = road.tenant()
    user = road.founder_of(tenant)
    case = road.draft(tenant, user)
    road.act(user, case, "submit", scenes.APPLIED)
    road.act(
        road.staff["window"], case, "return", scenes.APPLIED, reasons=("unclear_document",), opinion="合同第3页看不清。"
    )
    page = client_as(user).get(f"/cases/{case.id}").text
    assert case.due_on is not None
    assert f"请在{day(case.due_on)}以前按以上内容改好" in page
    assert "合同第3页看不清。" in page
    (notice,) = (it for it in papers.of_case(road.session, case) if it.kind is m.PaperKind.CORRECTION)
    assert notice is not None
    assert "补正告知书" in page
