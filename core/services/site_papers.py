"""The papers of a site: held once by the operator, confirmed by the window, reused by every case of a tenant there."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.data.models import SitePaper
from core.data.types import utcnow
from core.errors import Conflict, Invalid
from core.services import audit


def confirm(session: Session, paper: SitePaper) -> None:
    """The window has seen the paper and its dates are right. From then on leases on the site can be `lawful`.

    Raises `Invalid` for a paper without any date, `Conflict` for one that is confirmed already.
    """
    if paper.dated_on is None and paper.valid_until is None:
        raise Invalid("这份材料还没有登记日期，请运营机构补登后再确认")
    if paper.confirmed_at is not None:
        raise Conflict("这份材料已经确认过了，请刷新页面查看")
    paper.confirmed_at = utcnow()
    paper.confirmed_by_id = audit.asker_of(session).user_id
    session.flush()
    audit.record(session, "site_paper.confirm", paper, detail={"kind": paper.kind.value})
