"""The papers of a site: held once by the operator, confirmed by the window, reused by every case of a tenant there."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from core.data.models import Site, SitePaper, SitePaperKind
from core.data.types import utcnow
from core.errors import Conflict, Invalid
from core.services import audit, files


def keep(
    session: Session,
    root: Path,
    site: Site,
    kind: SitePaperKind,
    *,
    number: str | None,
    dated_on: date | None,
    valid_until: date | None,
    upload: files.Paper | None,
    today: date,
) -> SitePaper:
    """Write down a paper of the site, with its checked file if there is a new one.

    What changes in it takes the window's confirmation back. Raises `Invalid` for dates that cannot be.
    """
    if dated_on is not None and dated_on > today:
        raise Invalid("签发日期不能晚于今天", field="dated_on")
    if dated_on is not None and valid_until is not None and valid_until < dated_on:
        raise Invalid("有效期不能早于签发日期", field="valid_until")
    paper = site.paper(kind)
    if paper is None:
        paper = SitePaper(operator_id=site.operator_id, site_id=site.id, kind=kind)
        site.papers.append(paper)
    values = {"number": number or None, "dated_on": dated_on, "valid_until": valid_until}
    changed = [name for name, value in values.items() if getattr(paper, name) != value]
    for name in changed:
        setattr(paper, name, values[name])
    if upload is not None:
        paper.file = files.keep(session, root, site.operator_id, upload)
        changed.append("file")
    if not changed and paper.id is not None:
        return paper
    taken_back = paper.confirmed_at is not None
    paper.confirmed_at = paper.confirmed_by_id = None
    session.flush()
    audit.record(
        session,
        "site_paper.keep",
        paper,
        detail={"kind": kind.value, "changed": changed, "confirmation_taken_back": taken_back},
    )
    return paper


def mark(paper: SitePaper) -> str:
    """A short digest of all that a reader sees of a paper: what was seen is what gets confirmed."""
    seen = (paper.number, paper.dated_on, paper.valid_until, paper.file.sha256 if paper.file else None)
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def confirm(session: Session, paper: SitePaper, *, seen: str | None = None) -> None:
    """The window has seen the paper and its dates are right. From then on leases on the site can be `lawful`.

    `seen`: the `mark` of the paper as it was shown. Raises `Invalid` for a paper without the date that matters,
    `Conflict` for one that is confirmed already or was changed meanwhile.
    """
    if (paper.valid_until if paper.kind is SitePaperKind.HEAD_LEASE else paper.dated_on) is None:
        raise Invalid("这份材料还没有登记日期，请运营机构补登后再确认")
    if paper.confirmed_at is not None:
        raise Conflict("这份材料已经确认过了，请刷新页面查看")
    if seen is not None and seen != mark(paper):
        raise Conflict("运营机构刚刚更新了这份材料，请刷新页面，看过最新内容后再确认")
    paper.confirmed_at = utcnow()
    paper.confirmed_by_id = audit.asker_of(session).user_id
    session.flush()
    audit.record(session, "site_paper.confirm", paper, detail={"kind": paper.kind.value})
