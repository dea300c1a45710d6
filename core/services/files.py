"""Uploaded papers and pictures: typed by content, limited, kept by hash outside the web root, never trusted by name.

A paper is kept byte for byte, because it is evidence. A picture (a photograph, a plan) is drawn anew: what a camera
wrote into it, where it was taken and by what, does not stay.

First `check` or `picture`, in a process of its own and while no transaction is open; what they hand back, and nothing
else, `accept` and `keep` take (docs/files.md).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.confined.frames import Busy, Died, Unanswered
from core.data.models import PlaceFile, StoredFile, Tenant
from core.data.queries.locks import lock_name
from core.errors import Invalid, Unavailable
from core.letters.store import write_once
from core.services import audit, file_words
from core.services.file_names import fitting_name
from core.uploads.antivirus import NoScanner, infected
from core.uploads.desk import CHECKING, Desk
from core.uploads.kinds import Refused

log = structlog.get_logger()

MAX_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Of an instance: bytes of all files of one tenant; the address of clamd, empty where there is none."""

    tenant_bytes: int = 2 << 30
    clamd: str = ""


_limits = Limits()


def bind(limits: Limits) -> None:
    global _limits  # noqa: PLW0603 - one instance a process, as with jobs and subscriptions
    _limits = limits


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that was checked."""

    name: str
    body: bytes
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Picture(Paper):
    """A picture drawn anew. Width and height in pixels."""

    width: int
    height: int


def check(name: str, body: bytes) -> Paper:
    """A PDF, JPEG or PNG that opens and is nothing else. Raises `Invalid` with what is wrong with it, `Unavailable`
    where it cannot be looked at now."""
    answer, _ = _looked_at("check", body)
    kind = str(answer["kind"])
    return Paper(fitting_name(name, kind), body, kind, hashlib.sha256(body).hexdigest())


def picture(name: str, body: bytes) -> Picture:
    """A JPEG or PNG as a picture that may be shown. Raises as `check`."""
    answer, drawn = _looked_at("redraw", body)
    kind, sha256 = str(answer["kind"]), hashlib.sha256(drawn).hexdigest()
    return Picture(fitting_name(name, kind), drawn, kind, sha256, answer["width"], answer["height"])


def _looked_at(question: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    if not body:
        raise Invalid("文件是空的，请重新选择", field="file")
    if len(body) > MAX_BYTES:
        raise Invalid("文件超过20MB，请压缩或分成几份上传", field="file")
    answer = ask(CHECKING, question, body)
    refuse_infected(body)
    return answer


def ask(desk: Desk, question: str, body: bytes, **values: Any) -> tuple[dict[str, Any], bytes]:
    """What a process apart says of these bytes. Raises `Invalid`, `Unavailable`."""
    try:
        return desk.ask(question, body, **values)
    except Refused as error:
        raise file_words.invalid(error) from error
    except Busy as error:
        raise Unavailable("现在打开的文件较多，没有轮到这个文件；请稍后再试", field="file") from error
    except Died as error:
        log.warning("upload_ended_its_process", question=question, size=len(body), reason=str(error))
        raise Invalid(
            "打开这个文件用时过长或中途出错，为安全起见不予接收；请打印为新的PDF或重新拍摄后再上传", field="file"
        ) from error
    except Unanswered as error:
        log.error("upload_not_opened", question=question, size=len(body), reason=str(error))
        raise Unavailable("现在无法检查文件，没有接收；请稍后再试，仍不行请联系平台管理人员", field="file") from error


def refuse_infected(body: bytes) -> None:
    """Ask the scanner, where the instance has one; what it cannot be asked about is not taken."""
    if not _limits.clamd:
        return
    try:
        found = infected(_limits.clamd, body)
    except NoScanner as error:
        log.error("no_virus_scanner", reason=str(error))
        raise Unavailable(
            "病毒检查服务没有应答，文件没有接收；请稍后再试，仍不行请联系平台管理人员", field="file"
        ) from error
    if found is not None:
        log.warning("upload_infected", found=found)
        raise Invalid(
            "病毒检查发现这个文件有问题（%(found)s），不能接收；请检查您的电脑", field="file", found=found[:80]
        )


class Standing(NamedTuple):
    """How files are looked at in this instance: `walls` is None where the process does not start."""

    walls: tuple[str, ...] | None
    scanned: bool


def standing() -> Standing:
    try:
        walls: tuple[str, ...] | None = CHECKING.walls
    except Unanswered:
        walls = None
    return Standing(walls, bool(_limits.clamd))


def put(root: Path, body: bytes) -> str:
    """Store bytes under their SHA-256; returns the hex digest. Twice is once. Raises OSError."""
    sha = hashlib.sha256(body).hexdigest()
    if not path_of(root, sha).exists():
        write_once(path_of(root, sha), body)
    return sha


def path_of(root: Path, sha256: str) -> Path:
    return root / sha256[:2] / sha256


def accept(session: Session, root: Path, tenant: Tenant, paper: Paper) -> StoredFile:
    """Keep a checked paper of a tenant; raises `Invalid` where its files would be more than one may have."""
    lock_name(session, f"files:{tenant.id}")
    summed = session.scalar(select(func.sum(StoredFile.size)).where(StoredFile.tenant_id == tenant.id))
    held = int(summed or 0)  # PostgreSQL sums to a Decimal
    if held + len(paper.body) > _limits.tenant_bytes:
        raise Invalid(
            "这家企业已存材料%(held)sMB，加上这份会超过%(most)sMB的上限；请压缩后再传，或请平台管理人员调高上限",
            field="file",
            held=held >> 20,
            most=_limits.tenant_bytes >> 20,
        )
    stored = StoredFile(
        operator_id=tenant.operator_id,
        tenant_id=tenant.id,
        uploaded_by_id=audit.asker_of(session).user_id,
        **written(root, paper),
    )
    session.add(stored)
    session.flush()
    audit.record(session, "file.upload", stored, detail={"sha256": stored.sha256, "size": stored.size})
    return stored


def keep(session: Session, root: Path, operator_id: int, paper: Paper) -> PlaceFile:
    """Keep a checked file about a place of an operator."""
    kept = PlaceFile(operator_id=operator_id, uploaded_by_id=audit.asker_of(session).user_id, **written(root, paper))
    session.add(kept)
    session.flush()
    audit.record(session, "place_file.upload", kept, detail={"sha256": kept.sha256, "size": kept.size})
    return kept


def written(root: Path, paper: Paper) -> dict[str, Any]:
    """The bytes of a checked file in the store, and what its row says of them."""
    if not path_of(root, paper.sha256).exists():
        write_once(path_of(root, paper.sha256), paper.body)
    return {"sha256": paper.sha256, "size": len(paper.body), "media_type": paper.media_type, "name": paper.name}
