"""Papers with a statement or an appeal of a recovery: kept with the act, shown to who decides, refused as elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select

from core.data import models as m
from core.services import files, hearings
from tests import factories, scenes
from tests.integration.recovery.conftest import Desk
from tests.support.malformed import FAMILIES, bad

pytestmark = pytest.mark.one_engine

LARGE = 1_000_000  # bytes; files above it are of the faults of uploads


def _proposed(desk: Desk) -> m.Recovery:
    case = desk.paid(letter=True)
    desk.lose_rent(case, *scenes.months())
    file = desk.propose(desk.opened(case))
    desk.session.commit()
    return file


def _papers(desk: Desk) -> list[m.RecoveryPaper]:
    desk.session.expire_all()
    return list(desk.session.scalars(select(m.RecoveryPaper).order_by(m.RecoveryPaper.id)))


def test_a_statement_and_an_appeal_carry_papers(desk: Desk, client_as: Callable[..., Any]) -> None:
    file = _proposed(desk)
    path, tenant = f"/recoveries/{file.id}", file.case.tenant
    founder = client_as(desk.road.founder_of(tenant))
    stranger = client_as(desk.road.founder_of(desk.road.tenant("别家公司")))
    first, approver = client_as(desk.road.staff["first"]), client_as(desk.road.staff["approver"])
    assert "multipart/form-data" in founder.get(path).text
    sent = {
        "state-said": "房租由房东代退，见附件",
        "papers": [(BytesIO(scenes.paper()), "退款说明.pdf"), (BytesIO(scenes.paper()), "同一份.pdf")],
    }
    assert founder.post(f"{path}/statement", data=sent).status_code == 302
    (kept,) = _papers(desk)  # the same paper picked twice is one
    assert (kept.act.kind, kept.file.name) == (m.RecoveryActKind.STATED, "退款说明.pdf")
    at = f"{path}/papers/{kept.id}"
    for reader in (founder, first, approver):
        page = reader.get(path).text
        assert "退款说明.pdf" in page
        assert f'href="{at}"' in page
        with reader.get(at) as answer:
            assert (answer.status_code, answer.data) == (200, scenes.paper())
            assert "attachment" in answer.headers["Content-Disposition"]
    assert stranger.get(at).status_code == 404
    assert approver.get(f"{path}/papers/{kept.id + 1000}").status_code == 404
    assert client_as(desk.road.manager).get(at).status_code == 403

    desk.decide(file)
    desk.session.commit()
    two = [(BytesIO(scenes.paper(pages)), f"复核{pages}.pdf") for pages in (2, 3)]
    said = {"appeal-said": "金额有误", "appeal-confirmed": "y", "papers": two}
    assert founder.post(f"{path}/appeal", data=said).status_code == 302
    assert [it.file.name for it in _papers(desk) if it.act.kind is m.RecoveryActKind.APPEALED] == [
        "复核2.pdf", "复核3.pdf",
    ]  # fmt: skip
    second = client_as(desk.road.staff["second"]).get(path).text
    assert "复核3.pdf" in second
    assert 'name="judge-upheld"' in second
    trail = desk.session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "recovery.papers")).all()
    assert [len(event.detail["sha256"]) for event in trail] == [1, 2]


def test_a_paper_that_is_none_keeps_the_statement_from_being_made(desk: Desk, client_as: Callable[..., Any]) -> None:
    file = _proposed(desk)
    path = f"/recoveries/{file.id}"
    founder = client_as(desk.road.founder_of(file.case.tenant))
    tried = set()
    for sent in bad():
        if sent.family in tried or len(sent.body) > LARGE:
            continue
        tried.add(sent.family)
        data = {"state-said": "见附件", "papers": (BytesIO(sent.body), sent.name)}
        refused = founder.post(f"{path}/statement", data=data)
        assert (refused.status_code, "见附件" in refused.text) == (422, True), sent.name
    assert len(tried) > len(FAMILIES) / 2
    many = [(BytesIO(scenes.paper()), f"{n}.pdf") for n in range(hearings.MAX_PAPERS + 1)]
    refused = founder.post(f"{path}/statement", data={"state-said": "见附件", "papers": many})
    assert (refused.status_code, "一次最多提交10份" in refused.text) == (422, True)
    assert _papers(desk) == []
    assert desk.session.scalar(
        select(func.count()).where(m.RecoveryAct.kind == m.RecoveryActKind.STATED)
    ) == 0  # fmt: skip


def test_a_tenants_room_for_files_holds_here_too(
    desk: Desk, client_as: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _proposed(desk)
    founder = client_as(factories.user(desk.session, m.Role.FOUNDER, tenant=file.case.tenant))
    desk.session.commit()
    monkeypatch.setattr(files, "_limits", files.Limits(tenant_bytes=1))
    data = {"state-said": "见附件", "papers": (BytesIO(scenes.paper(4)), "a.pdf")}
    refused = founder.post(f"/recoveries/{file.id}/statement", data=data)
    assert (refused.status_code, "MB的上限" in refused.text) == (422, True)
    assert _papers(desk) == []
