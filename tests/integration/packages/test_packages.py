"""申报材料包: what is in it for whom, in which order, what is missing, how it is kept and cleared; on both engines."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

import core
from core.config import Settings
from core.data import models as m
from core.data.asker import asking
from core.errors import Conflict, Invalid
from core.jobs import packaging
from core.letters import binding
from core.services import cases, files, jobs, packages
from tests import factories
from tests.integration.conftest import Client
from tests.scenes import Scene, paper

pytestmark = pytest.mark.one_engine


@pytest.fixture
def queue() -> Iterator[jobs.Recorder]:
    recorder = jobs.Recorder()
    before = jobs.bind(recorder)
    yield recorder
    jobs.bind(before)


@pytest.fixture
def scene(app: Flask, session: Session, settings: Settings) -> Scene:
    with app.app_context():
        return Scene(session, app.extensions["registry"], settings.files)


def photograph() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (600, 400), "teal").save(out, "JPEG")
    return out.getvalue()


def two_pages() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as made:
        for _ in range(2):
            made.add_blank_page(page_size=(595, 842))
        made.save(out, static_id=True)
    return out.getvalue()


def filled(scene: Scene) -> m.Case:
    """A case handed in with contracts alone; licence, signed lease, rent and title are what the house has."""
    session, tenant = scene.session, scene.tenant("青禾科技有限公司", heads=2)
    user = scene.founder_of(tenant)
    case = scene.empty_draft(tenant, user)
    with asking(session, scene.as_user(user)):
        for name, body in (("合同一.pdf", two_pages()), ("合同二.jpg", photograph())):
            kept = files.accept(session, scene.files, tenant, files.check(name, body))
            cases.attach(session, case, kind="labour_contracts", file=kept, registry=scene.registry)
        licence = files.accept(session, scene.files, tenant, files.check("执照.pdf", paper()))
        scan = files.accept(session, scene.files, tenant, files.check("协议.pdf", paper()))
        cases.save(session, case, version=None, values={"payee_bank": "示例银行", "payee_account": "6222000012345678"})
    session.add(m.TenantDocument(
        operator_id=tenant.operator_id, tenant_id=tenant.id, kind=m.TenantDocumentKind.LICENCE, title="营业执照",
        file=licence,
    ))  # fmt: skip
    lease = session.scalars(select(m.Lease).where(m.Lease.tenant_id == tenant.id)).one()
    lease.paper_sha256 = scan.sha256
    site = lease.spaces[0].space.site
    title = site.paper(m.SitePaperKind.PROPERTY_CERTIFICATE)
    assert title is not None
    title.file = files.keep(session, scene.files, site.operator_id, files.check("产证.pdf", paper()))
    case.state = m.CaseState.SUBMITTED
    session.commit()
    return case


def made(app: Flask, session: Session, queue: jobs.Recorder, client: Client, case: m.Case) -> m.Package:
    """Ask on the page, then do what the job does."""
    assert client.post(f"/cases/{case.id}/packages").status_code == 302
    name, args = [*queue.jobs.values()][-1]
    assert name == packages.MAKE
    session.commit()
    packaging.make(app, int(args["package_id"]))
    session.expire_all()
    package = session.get_one(m.Package, args["package_id"])
    session.commit()
    return package


def taken(client: Client, address: str) -> bytes:
    with client.get(address) as answer:  # a file that is sent stays open until then
        assert answer.status_code == 200
        return answer.data


def text_of(body: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pdfium.PdfDocument(body))


STATUSES = {
    "application_form": "present", "business_licence": "present", "staff_register": "present",
    "labour_contracts": "present", "insurance_receipts": "missing", "lease": "present", "rent_receipts": "present",
    "payer_statement": "missing", "rent_invoices": "missing", "property_certificate": "present",
    "sublease_consent": "missing",
}  # fmt: skip


def test_each_reader_has_a_package_of_its_own(
    app: Flask, session: Session, scene: Scene, queue: jobs.Recorder, client_as: Callable[..., Client],
    settings: Settings, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    case = filled(scene)
    founder = client_as(session.scalars(select(m.User).where(m.User.id == case.created_by_id)).one())
    window, operator = client_as(scene.staff["window"]), client_as(scene.manager)
    people = session.scalars(select(m.InsuredPerson).where(m.InsuredPerson.tenant_id == case.tenant_id)).all()
    numbers = [person.id_number for person in people]
    page = f"/cases/{case.id}"

    # The applicant's: all papers in the order of the policy, what is missing named, full names and numbers.
    own = made(app, session, queue, founder, case)
    assert own.state is m.PackageState.DONE
    rows: list[Any] = own.rows or []
    assert {row["key"]: row["status"] for row in rows} == STATUSES
    assert [row["key"] for row in rows] == [*STATUSES]
    assert {row["key"]: row["origin"] for row in rows if row["origin"]} == {
        "application_form": "made", "business_licence": "file", "staff_register": "made", "labour_contracts": "case",
        "lease": "lease", "rent_receipts": "billing", "property_certificate": "site",
    }  # fmt: skip
    pdf = taken(founder, f"{page}/packages/{own.id}.pdf")
    assert binding.count(pdf) == own.pages == 1 + sum(row["pages"] for row in rows)
    assert next(row["pages"] for row in rows if row["key"] == "labour_contracts") == 3
    starts = {row["zh"]: row["first"] for row in rows if row["pages"]}
    marks = {it.get_title(): it.get_dest().get_index() + 1 for it in pdfium.PdfDocument(pdf).get_toc()}
    assert marks == {"目录": 1} | {
        f"{n}. {row['zh'].partition('（')[0]}": starts[row["zh"]] for n, row in enumerate(rows, 1) if row["pages"]
    }
    text = text_of(pdf)
    assert all(number in text for number in numbers)
    assert "6222000012345678" in text
    assert "缺少必交材料2项：社会保险缴费凭证、房租发票（经营租赁）" in text
    assert "申请金额测算" in text
    assert "公章" in text
    with zipfile.ZipFile(io.BytesIO(taken(founder, f"{page}/packages/{own.id}.zip"))) as opened:
        assert opened.namelist() == [
            "00_目录.pdf", "01_申请表.pdf", "02_营业执照.pdf", "03_从业人员名册.pdf", "04_劳动合同.pdf",
            "06_租赁协议.pdf", "07_租金支付凭证.pdf", "10_房屋产权证明.pdf",
        ]  # fmt: skip
        assert sum(binding.count(opened.read(name)) for name in opened.namelist()) == own.pages
    shown = founder.get(page).text
    assert f"/packages/{own.id}.zip" in shown
    assert "社会保险缴费凭证" in shown
    trail = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "package.download")).all()
    assert [event.detail["audience"] for event in trail] == ["tenant", "tenant"]
    assert trail[0].actor_id == case.created_by_id

    # The window's: masked. It cannot have the applicant's, nor the applicant the window's.
    theirs = made(app, session, queue, window, case)
    text = text_of(taken(window, f"{page}/packages/{theirs.id}.pdf"))
    assert not any(number in text for number in numbers)
    assert "参**" in text
    assert f"{numbers[0][:6]}********{numbers[0][-4:]}" in text
    assert "6222000012345678" not in text
    assert window.get(f"{page}/packages/{own.id}.pdf").status_code == 404
    assert founder.get(f"{page}/packages/{theirs.id}.pdf").status_code == 404
    assert f"/packages/{own.id}." not in window.get(page).text

    # The operator's: it counts the insured, and has none of the applicant's own papers.
    its = made(app, session, queue, operator, case)
    status = {row["key"]: row["status"] for row in its.rows or []}
    assert status == STATUSES | {"labour_contracts": "withheld"}
    text = text_of(taken(operator, f"{page}/packages/{its.id}.pdf"))
    assert not any(number[-6:] in text for number in numbers[1:])
    assert "参保人员信息" in text
    assert "申请金额测算" not in text
    assert operator.get(f"{page}/packages/{own.id}.zip").status_code == 404
    stranger = factories.user(session, m.Role.OPERATOR_MANAGER, operator=factories.operator(session, scene.district))
    for address in (f"{page}/packages/{its.id}.pdf", f"{page}/packages"):
        assert client_as(stranger).get(address).status_code == 404
    assert client_as(stranger).post(f"{page}/packages").status_code == 404
    assert client_as(scene.staff["auditor"]).post(f"{page}/packages").status_code == 403

    # Again: the same papers, the same bytes. A file that has gone is named, not left out.
    before = {file.media_type: file.sha256 for file in own.files}
    assert {file.media_type: file.sha256 for file in made(app, session, queue, founder, case).files} == before
    contract = case.documents[0].file
    files.path_of(settings.files, contract.sha256).write_bytes(b"%PDF-1.7 broken")
    broken = next(r for r in made(app, session, queue, founder, case).rows or [] if r["key"] == "labour_contracts")
    assert (broken["status"], broken["pages"], broken["unreadable"]) == ("part", 1, ["合同一.pdf"])
    assert "无法打开：合同一.pdf" in founder.get(page).text
    monkeypatch.setattr(packaging, "MAX_PAGES", 3)
    with pytest.raises(Invalid, match="3页"):
        made(app, session, queue, founder, case)
    last = session.scalars(select(m.Package.id).order_by(m.Package.id.desc()).limit(1)).one()
    session.commit()
    assert founder.post(f"{page}/packages").status_code == 409  # it waits still
    asks = {"HX-Request": "true"}
    assert founder.get(f"{page}/packages?done=99", headers=asks).status_code == 200
    packaging.report_failure(app, last, "材料超过3页，不能合并")
    assert "材料超过3页，不能合并" in founder.get(f"{page}/packages", headers=asks).text


def test_what_has_expired_is_cleared_and_what_others_name_stays(
    app: Flask, session: Session, scene: Scene, queue: jobs.Recorder, client_as: Callable[..., Client],
    settings: Settings,
) -> None:  # fmt: skip
    case = scene.until(m.CaseState.SUBMITTED)
    window = client_as(scene.staff["window"])
    files_of = [(f"材料.{kind}", f"application/{kind}", kind.encode()) for kind in ("pdf", "zip")]

    def sealed() -> m.Package:
        with asking(session, scene.as_user(scene.staff["window"])):
            package = packages.ask(session, case)
            with pytest.raises(Conflict, match="正在制作"):
                packages.ask(session, case)
        packages.seal(session, settings.files, package, files_of, rows=[], pages=1, today=core.today().date())
        session.commit()
        return package

    first, second = sealed(), sealed()
    shas = {file.sha256 for file in first.files} & {file.sha256 for file in second.files}
    assert len(shas) == 2
    first.expires_on = core.today().date() - timedelta(days=1)
    session.commit()
    assert packaging.clear_up(app) == 1
    assert all(files.path_of(settings.files, sha).exists() for sha in shas)
    session.expire_all()
    second.expires_on = core.today().date() - timedelta(days=1)
    session.commit()
    assert packaging.clear_up(app) == 1
    assert not any(files.path_of(settings.files, sha).exists() for sha in shas)
    session.expire_all()
    assert second.state is m.PackageState.EXPIRED
    assert not second.files
    session.commit()
    assert "已满30天" in window.get(f"/cases/{case.id}").text
