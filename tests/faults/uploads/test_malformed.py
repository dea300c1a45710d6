"""A thousand files that must be refused and two hundred that must be taken, sent to a case as an applicant sends them:
none is an error of the server, each bad one is refused with a reason, and nothing is left anywhere else."""

from __future__ import annotations

import html
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import psutil
import pytest
from PIL import ImageFile
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import core.uploads.pdf
import core.uploads.pictures
from core.config import Settings
from core.data import models as m
from core.errors import DomainError, Invalid
from core.extensions import db
from core.services import cases, file_names, files
from core.services.imports import opening
from core.services.imports.problems import FileError
from core.services.imports.reader import read_file
from core.uploads import worker
from core.uploads.desk import CHECKING
from core.uploads.kinds import Refused
from tests.integration.conftest import Client
from tests.support.archives import workbook, workbooks, zipped
from tests.support.chance import CHANCE, harmless
from tests.support.malformed import FAMILIES, bad
from tests.support.wellformed import Sent, good, pdf

LONGEST_SECONDS = 10
GROWN = 100 * 1024 * 1024
KIND = "application_form"
REASON = re.compile(r"data-error-why>([^<]+)<")
SENTENCE = re.compile(r"(?:[^\u4e00-\u9fff]*[\u4e00-\u9fff]){8,}")


def send(client: Client, case: m.Case, sent: Sent) -> Any:
    data = {"file": (BytesIO(sent.body), sent.name)}
    return client.post(f"/cases/{case.id}/documents/{KIND}", data=data, content_type="multipart/form-data")


@pytest.mark.slow
# Werkzeug lets go of what it had begun to keep of a body that is too large; the interpreter closes it when it notices.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_thousand_bad_files_and_two_hundred_good_ones(
    case: m.Case, founder: Client, session: Session, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "MAX_PAPERS", 10_000)
    process = psutil.Process()

    def openers() -> set[int]:
        return {it.pid for it in process.children(recursive=True) if "core.uploads.worker" in it.cmdline()}

    others = openers()  # of tests before
    (elsewhere := tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    taken: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    wrong: list[object] = []
    slowest, before, most = 0.0, 0, 0
    for sent in good():
        answer = send(founder, case, sent)
        taken[sent.family] += 1
        if answer.status_code != 302:
            wrong.append((sent.family, sent.name, answer.status_code, REASON.findall(answer.text)))
    before = process.memory_info().rss
    for number, sent in enumerate(bad()):
        began = time.monotonic()
        answer = send(founder, case, sent)
        slowest = max(slowest, time.monotonic() - began)
        if answer.status_code == 302 and sent.family in CHANCE and harmless(sent.body, _kind(session)):
            continue
        reason = html.unescape("".join(REASON.findall(answer.text)))
        refused[sent.family] += 1
        if answer.status_code != 422 or not SENTENCE.match(reason):
            wrong.append((sent.family, sent.name, answer.status_code, reason))
        if number % 50 == 0:
            most = max(most, process.memory_info().rss)
            assert len(openers() - others) <= 1
    assert wrong == []
    assert sum(taken.values()) >= 200
    assert sum(refused.values()) >= 850, refused
    assert slowest <= LONGEST_SECONDS
    assert most - before <= GROWN, f"{(most - before) >> 20} MiB"

    CHECKING.close()
    assert openers() <= others
    kept = {path.name for path in settings.files.rglob("*") if path.is_file()}
    assert kept == {*session.scalars(select(m.StoredFile.sha256))}, "in the store is what rows name, and nothing else"
    beside = {*settings.var.iterdir()} - {settings.files}
    assert {path.name for path in beside} <= {"secrets"}, "and nothing beside it"
    assert [*elsewhere.iterdir()] == []


def _kind(session: Session) -> str:
    return session.scalars(select(m.StoredFile.media_type).order_by(m.StoredFile.id.desc()).limit(1)).one()


# ── one fault planted for each family: the judge above must see it ───────────────────────────────────────────────────


class HereDesk:
    """The worker's code in this process, so that a fault can be planted in it."""

    def ask(self, question: str, body: bytes, **values: Any) -> Any:
        said, payload = worker._answered(worker.QUESTIONS[question], values, body)
        if "refused" in said:
            raise Refused(said["refused"], **said["values"])
        return said, payload


Plant = Callable[[pytest.MonkeyPatch], None]


def _puts(*faults: tuple[Any, str, Any]) -> Plant:
    return lambda patch: [patch.setattr(*fault) for fault in faults] and None  # type: ignore[func-returns-value]


def _nothing(*_: object) -> None:
    return None


_by_name = _puts((worker, "QUESTIONS", {"check": lambda *_: ({"kind": "application/pdf", "pages": 1}, b"")}))
_whole = _puts((core.uploads.pictures, "end_of", lambda body, _: len(body)), (ImageFile.ImageFile, "load", _nothing))
FAULTS: dict[str, Plant] = {
    "kind": _by_name,
    "archive": _by_name,
    "name": _puts((files, "fitting_name", lambda name, _: name)),
    "polyglot": _puts((core.uploads.pdf, "refuse_other_readings", _nothing)),
    "active": _puts((core.uploads.pdf, "_refuse_acts", _nothing)),
    "locked": _puts((core.uploads.pdf.pikepdf.Pdf, "is_encrypted", False)),
    "built": _puts((core.uploads.pdf, "MAX_PAGES", 10_000)),
    "bomb": _puts((core.uploads.pdf, "_unpacked", lambda *_: 0)),
    "size": _puts((files, "MAX_BYTES", 1 << 30)),
    "cut": _whole,
    "changed": _whole,
}


def test_each_family_has_a_fault_planted() -> None:
    assert {*FAMILIES} == {*FAULTS}


@pytest.mark.parametrize("family", FAULTS)
def test_a_planted_fault_is_seen(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CHECKING", HereDesk())
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)  # as it is apart, where no WeasyPrint changes it

    def taken(sent: Sent) -> str | None:
        try:
            return files.check(sent.name, sent.body).media_type
        except DomainError:
            return None

    sample = [*islice(bad(family), 1 if family == "bomb" else None)][:: 5 if family in CHANCE else 1]
    assert [sent.name for sent in sample if (kind := taken(sent)) and not _whole_by_chance(sent, kind)] == []
    with monkeypatch.context() as planted:
        FAULTS[family](planted)
        through = [(sent, kind) for sent in sample if (kind := taken(sent))]
    assert [sent for sent, kind in through if not _whole_by_chance(sent, kind)], "nothing came through"


def _whole_by_chance(sent: Sent, kind: str) -> bool:
    if sent.family not in CHANCE:
        return False
    try:
        return harmless(sent.body, kind)
    except Exception:  # noqa: BLE001 - whatever cannot be read is not whole
        return False


# ── names, sizes, room ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"), ("..\\..\\boot.pdf", "boot.pdf"), ("a\0.exe.pdf", "a.pdf"),
        ("发票\u202efdp.exe", None), ("\u202efdp.合同.pdf", "fdp.合同.pdf"), ("CON.pdf", "_CON.pdf"),
        ("nul", "_nul.pdf"),
        ("lpt1.txt.pdf", "_lpt1.txt.pdf"), ("合" * 300 + ".pdf", "合" * 78 + ".pdf"), ("x" * 300, "x" * 116 + ".pdf"),
        ("a<b>|c:?.pdf", "abc.pdf"), (" . ", "文件.pdf"), (".pdf", "pdf.pdf"),
        ("合同 v1.2", "合同 v1.2.pdf"), ("扫描件.PDF", "扫描件.PDF"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
    ],
)  # fmt: skip
def test_a_name_is_made_fit(name: str, kept: str | None) -> None:
    if kept is None:
        with pytest.raises(Invalid, match=r"“\.exe”"):
            file_names.fitting_name(name, "application/pdf")
        return
    assert file_names.fitting_name(name, "application/pdf") == kept
    assert len(kept.encode()) <= file_names.MOST_BYTES


def test_the_largest_file_is_taken_and_what_is_one_byte_longer_is_not() -> None:
    body = pdf()
    assert files.check("a.pdf", body + b"\n" * (files.MAX_BYTES - len(body))).media_type == "application/pdf"
    with pytest.raises(Invalid, match="20MB"):
        files.check("a.pdf", body + b"\n" * (files.MAX_BYTES - len(body) + 1))


def test_a_tenant_has_so_much_room_and_a_case_so_many_papers(
    case: m.Case, founder: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (Sent("", "a.pdf", pdf(text=text)) for text in ("One", "Two"))
    monkeypatch.setattr(files, "_limits", files.Limits(tenant_bytes=len(one.body) + len(two.body) - 1))
    assert [send(founder, case, it).status_code for it in (one, two)] == [302, 422]
    monkeypatch.setattr(files, "_limits", files.Limits())
    monkeypatch.setattr(cases, "MAX_PAPERS", 1)
    answer = send(founder, case, two)
    assert answer.status_code == 409
    assert "已有材料1份" in answer.text
    assert session.scalar(select(func.count()).select_from(m.StoredFile)) == 1


def test_no_transaction_is_open_while_a_file_is_looked_at(
    case: m.Case, founder: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    ask = CHECKING.ask

    def looked_at(*asked: Any) -> Any:
        seen.append(db.session().in_transaction())
        return ask(*asked)

    monkeypatch.setattr(CHECKING, "ask", looked_at)
    assert send(founder, case, Sent("", "a.pdf", pdf())).status_code == 302
    assert seen == [False]


# ── spreadsheets ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_dangerous_workbooks_are_refused_apart_and_here() -> None:
    """The process apart survives each, and says that something is wrong; what, the reader then says here."""
    for name, body in workbooks(Random(3)):
        opening.refuse_unreadable(name, body)
        with pytest.raises(FileError):
            read_file(body, name)
    fine = zipped(workbook())
    opening.refuse_unreadable("好.xlsx", fine)
    assert read_file(fine, "好.xlsx")
    opening.SHEETS.close()
