"""申报材料包: asking for one, what became of it, and clearing away what has expired. What is in it is said by
`package_parts`; `core.jobs.packaging` makes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core.data.asker import Asker, Reach
from core.data.models import Audience, Case, Package, PackageFile, PackageState
from core.data.models.kept import file_tables
from core.data.queries.locks import lock_name
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, NotFound
from core.services import audit, cases, files, jobs

MAKE = "make_package"
KEPT = timedelta(days=30)
_LOCK = "package files"  # held by whoever names or removes files of packages: else one just named may be removed
AUDIENCES = {
    Reach.TENANT: Audience.TENANT,
    Reach.OPERATOR: Audience.OPERATOR,
    Reach.DISTRICT: Audience.DISTRICT,
}


def audience_of(asker: Asker) -> Audience:
    """Which kind of package is for this reader."""
    if asker.reach not in AUDIENCES:
        raise Forbidden("申报材料包只供申请单位、运营机构和区级经办人员使用")
    return AUDIENCES[asker.reach]


def ask(session: Session, case: Case) -> Package:
    """Have a package made once this transaction commits. One that is being made already is that one."""
    cases.lock(session, case)
    asker = audit.asker_of(session)
    newest = of_case(session, case)
    if newest is not None and newest.state is PackageState.WAITING:
        raise Conflict("材料包正在制作，请稍候，完成后会自动显示")
    package = Package(
        operator_id=case.operator_id,
        tenant_id=case.tenant_id,
        case_id=case.id,
        audience=audience_of(asker),
        asked_by_id=asker.user_id,
    )
    session.add(package)
    session.flush()
    audit.record(session, "package.ask", package, detail={"case": case.id, "audience": package.audience.value})
    jobs.enqueue(session, MAKE, key=f"{MAKE}:{package.id}", package_id=package.id)
    return package


def of_case(session: Session, case: Case) -> Package | None:
    """The newest that was made for whoever asks."""
    query = select(Package).where(Package.case_id == case.id, Package.audience == audience_of(audit.asker_of(session)))
    return session.scalars(query.order_by(Package.id.desc()).limit(1)).first()


def file_of(session: Session, case: Case, package_id: int, media_type: str) -> PackageFile:
    """A file of a package that was made for whoever asks; raises `NotFound`."""
    query = select(PackageFile).join(Package, Package.id == PackageFile.package_id).where(
        Package.id == package_id,
        Package.case_id == case.id,
        Package.audience == audience_of(audit.asker_of(session)),
        PackageFile.media_type == media_type,
    )  # fmt: skip
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("没有这个材料包，或已过期清理，或不是为您制作的；请在申请件页面重新生成")
    return found


# ── the job's ────────────────────────────────────────────────────────────────────────────────────────────────────────
def load(session: Session, package_id: int) -> Package:
    package = session.scalars(select(Package).where(Package.id == package_id)).one_or_none()
    if package is None:
        raise NotFound("没有编号为%(id)s的材料包", id=package_id)
    return package


def seal(
    session: Session,
    root: Path,
    package: Package,
    made: Sequence[tuple[str, str, bytes]],
    *,
    rows: list[dict[str, Any]],
    pages: int,
    today: date,
) -> None:
    """It is made: name its files (name, media type, bytes) and what is in them."""
    lock_name(session, _LOCK)
    session.refresh(package, with_for_update=True)
    if package.state is not PackageState.WAITING:
        return  # an earlier run of the job was here
    for name, media_type, body in made:
        package.files.append(
            PackageFile(
                operator_id=package.operator_id,
                tenant_id=package.tenant_id,
                sha256=files.put(root, body),  # there already, but for one that was cleared away a moment ago
                size=len(body),
                media_type=media_type,
                name=name,
                uploaded_by_id=package.asked_by_id,
            )
        )
    package.state, package.ended_at, package.expires_on = PackageState.DONE, utcnow(), today + KEPT
    package.rows, package.pages, package.done = rows, pages, package.whole
    audit.record(session, "package.make", package, detail={"case": package.case_id, "pages": pages})


def fail(session: Session, package: Package, reason: str) -> None:
    session.refresh(package, with_for_update=True)
    if package.state is PackageState.WAITING:
        package.state, package.ended_at, package.failure = PackageState.FAILED, utcnow(), reason[:300]
        audit.record(session, "package.fail", package, detail={"case": package.case_id}, success=False)


def expire(session: Session, root: Path, today: date) -> int:
    """Remove the files of packages whose time is over; the list of what was in them stays. Returns how many packages.

    Bytes that another row names, of whatever kind, stay. They are removed while the lock is held: if this transaction
    then fails, the check of files says so, and the package can be made again.
    """
    lock_name(session, _LOCK)
    over = session.scalars(
        select(Package).where(Package.state == PackageState.DONE, Package.expires_on < today).order_by(Package.id)
    ).all()
    hashes = {file.sha256 for package in over for file in package.files}
    for package in over:
        package.files.clear()
        package.state = PackageState.EXPIRED
        audit.record(session, "package.expire", package, detail={"case": package.case_id})
    session.flush()
    for sha in hashes:
        if not any(session.scalar(select(exists().where(table.c.sha256 == sha))) for table in file_tables()):
            files.path_of(root, sha).unlink(missing_ok=True)
    return len(over)
