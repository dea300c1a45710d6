"""Who reads what auditors looked at: the audit administrator all of it, an auditor their own, nobody else any."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker, asking
from core.data.types import utcnow
from core.services.audit import record
from core.services.transparency import keeping, keys, proofs
from tests import factories as f
from tests.integration.conftest import Client
from tests.integration.looks.conftest import House


class TestWhoReadsIt:
    def test_the_audit_administrator_by_person_thing_and_period(
        self, session: Session, house: House, auditor: m.User, second: m.User, client_as: Callable[..., Client]
    ) -> None:
        client_as(auditor).get(f"/tenants/{house.tenant.id}")
        client_as(second).get("/cases")
        watcher = client_as(f.user(session, m.Role.AUDIT_ADMIN))
        narrowed = {"all": "", "one": f"&person={second.id}", "things": "&object=tenant", "lately": "&since=1"}
        rows = {name: watcher.get(f"/reads/export?format=csv{query}").text for name, query in narrowed.items()}
        assert "在孵" in rows["all"]
        assert "申请件" in rows["all"]
        assert rows["lately"] == rows["all"]
        assert "在孵" not in rows["one"]
        assert "申请件" in rows["one"]
        assert "申请件" not in rows["things"]
        assert "在孵" in rows["things"]
        assert "另一位审计" in watcher.get("/reads").text

    def test_an_auditor_reads_their_own(
        self, house: House, auditor: m.User, second: m.User, client_as: Callable[..., Client]
    ) -> None:
        client_as(second).get("/cases")
        client = client_as(auditor)
        client.get(f"/tenants/{house.tenant.id}")
        for at in ("/reads/export?format=csv", "/events/export?format=csv&q=read."):
            text = client.get(at).text
            assert "在孵" in text
            assert "申请件" not in text

    def test_whoever_is_audited_does_not(
        self, session: Session, house: House, auditor: m.User, client_as: Callable[..., Client]
    ) -> None:
        client_as(auditor).get(f"/tenants/{house.tenant.id}")
        people = [f.user(session, role, district=house.district) for role in (m.Role.WINDOW, m.Role.DISTRICT_ADMIN)]
        people += [f.user(session, role) for role in (m.Role.PLATFORM_ADMIN, m.Role.SECURITY_ADMIN)]
        people.append(f.user(session, m.Role.OPERATOR_MANAGER, operator=house.tenant.operator))
        for user in people:
            client = client_as(user)
            assert client.get("/reads").status_code == 403
            assert "read.tenant" not in client.get("/events").text

    def test_nor_in_the_entries_of_the_log(
        self, app: Flask, session: Session, house: House, auditor: m.User, second: m.User, browser: Client
    ) -> None:
        browser.get(f"/tenants/{house.tenant.id}")
        with asking(session, Asker.member(auditor.memberships[0])):
            record(session, "letters.by_person", detail={"person": "5f" * 16, "letters": 0})
            record(session, "sample.fix", detail={"seed": "s33d"})
        settings = app.extensions["settings"]
        keeping.sign(session, keys.ensure(settings.signing, settings.log_name), utcnow())
        session.commit()
        told = {
            name: b"".join(proofs.lines(session, house.district.id, reader=reader and Asker.member(reader)))
            for name, reader in (
                ("all", None),
                ("own", auditor.memberships[0]),
                ("other", second.memberships[0]),
                ("district", f.user(session, m.Role.DISTRICT_ADMIN, district=house.district).memberships[0]),
            )
        }
        for word in (b"read.tenant", b"letters.by_person"):
            assert {name for name, entries in told.items() if word in entries} == {"all", "own"}
        assert {name for name, entries in told.items() if b"sample.fix" in entries} == {*told}

    @pytest.mark.one_engine
    def test_it_is_in_words_in_both_languages(self, house: House, browser: Client) -> None:
        browser.get("/tenants?stage=incubator&q=某某")
        browser.get("/letters?amount_from=1000&amount_to=2,000.50")
        browser.post("/tenants/bulk/export", data={"ids": [house.tenant.id]})

        def told() -> list[str]:
            page = browser.get("/reads").text
            lines = re.findall(r"[^<>]*(?:名单|通知书|Letters) \d[^<>]*", page)
            return [re.sub(r"#[0-9a-f]{12}", "#", line.strip()) for line in lines]

        assert told() == [
            f"在孵名单 1 条（勾选：{house.tenant.id}）",
            "通知书 0 条（金额不低于：1000.00，金额不高于：2000.50）",
            "在孵名单 0 条（阶段：incubator，搜索：#）",
        ]
        browser.get("/language/en")
        assert told()[0] == "Letters 0 rows (Amount from: 1000.00, Amount up to: 2000.50)"
