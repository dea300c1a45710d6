"""An account that is found wrong between acceptance and payment: told, corrected by three people, and the review that
stands is bound to it; what else changed makes the review fall as before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select

from core.data import models as m
from core.errors import Conflict
from core.services import payee_changes, payees
from core.services.invariants import people
from tests import scenes
from tests.integration.payouts.conftest import Till, good

NEW = payees.Account("", "示例农商银行", "322290000011", "6230900000456789")


def founder_of(till: Till, case: m.Case) -> m.User:
    return till.session.get_one(m.User, case.created_by_id)


def ask(till: Till, case: m.Case) -> m.PayeeChange:
    account = payees.Account(case.tenant.name, NEW.bank, NEW.bank_code, NEW.number)
    file = till.session.scalars(select(m.CaseDocument).where(m.CaseDocument.case_id == case.id)).first()
    assert file is not None
    made: m.PayeeChange = till.as_(
        founder_of(till, case),
        payee_changes.request,
        till.scene.registry,
        case,
        account,
        reason="账号写错",
        file=file.file,
    )
    return made


def change(till: Till, case: m.Case) -> m.PayeeChange:
    staff, made = till.scene.staff, ask(till, case)
    till.as_(staff["first"], payee_changes.check, made, "与许可证一致")
    till.as_(staff["approver"], payee_changes.approve, till.scene.registry, made, today=scenes.APPROVED)
    return made


def told(till: Till, case: m.Case) -> list[str]:
    found = select(m.Notice.kind).where(m.Notice.user_id == case.created_by_id).order_by(m.Notice.id)
    return [kind for kind in till.session.scalars(found) if kind.startswith("pay")]


def wrong(till: Till) -> list[tuple[str, str]]:
    till.session.flush()
    return list(people.check(till.session.connection()))


def test_a_review_goes_on_with_the_account_that_three_people_changed(till: Till, client_as: Callable[..., Any]) -> None:
    scene = till.scene
    case = scene.until(m.CaseState.PUBLISHED)
    till.session.execute(delete(m.PayeeCheck))  # it was passed on before anybody compared the account
    reviewer, founder = client_as(scene.staff["first"]), client_as(founder_of(till, case))
    address = f"/cases/{case.id}/payee"
    assert reviewer.post(f"{address}/doubt", data={"doubt": ""}).status_code == 422
    assert reviewer.post(f"{address}/doubt", data={"doubt": "账号少一位"}).status_code == 302
    assert reviewer.post(f"{address}/doubt", data={"doubt": "账号少一位"}).status_code == 409
    page = founder.get(address).text
    assert "账号少一位" in page
    assert f'href="{address}/change"' in page
    assert told(till, case) == ["payee_doubted"]
    with pytest.raises(Conflict, match="没有核对"):
        scene.act(scene.staff["approver"], case, "approve", scenes.APPROVED, confirmed=True)
    before, made = case.content_hash, change(till, case)
    assert (made.content_before, made.content_after) == (before, case.content_hash)
    assert case.content_hash != before
    assert "账号少一位" not in founder.get(address).text  # it was of the account before
    scene.act(scene.staff["approver"], case, "approve", scenes.APPROVED, confirmed=True)
    assert (case.state, wrong(till)) == (m.CaseState.APPROVED, [])
    made.content_before = made.content_after = None  # without the three people's act it would be found
    assert [it for it, _why in wrong(till)] == [f"case {case.number}"]


def test_what_else_changed_makes_the_review_fall(till: Till) -> None:
    case = till.scene.until(m.CaseState.FIRST_REVIEW)
    case.answers = case.answers | {"more": True}
    before, made = case.content_hash, change(till, case)
    assert (made.content_after, case.content_hash) == (None, before)
    with pytest.raises(Conflict, match="原审核意见失效"):
        till.scene.act(till.scene.staff["second"], case, "second_pass", scenes.REVIEWED)


def test_the_applicant_is_told_of_a_refused_change_and_a_failed_payment(till: Till) -> None:
    scene = till.scene
    case = scene.until(m.CaseState.ACCEPTED)
    till.as_(scene.staff["first"], payee_changes.refuse, ask(till, case), "许可证不清晰")
    assert told(till, case) == ["payee_change_refused"]
    made = ask(till, case)  # and again; it ends with the case
    scene.act(founder_of(till, case), case, "withdraw", scenes.ACCEPTED, confirmed=True)
    assert made.state is m.ChangeState.WITHDRAWN
    with pytest.raises(Conflict, match="受理之后、拨付之前"):
        ask(till, case)
    batch = till.sent(till.issued())
    [row] = batch.rows
    till.book(batch, [good(row, said="失败", failure="账号不存在", on=None, voucher=None)])
    assert (row.state, told(till, row.case)) == (m.PayoutState.FAILED, ["payment_failed"])
