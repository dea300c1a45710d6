"""文书 of a case: the files as they were signed."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from core.data.models import DISTRICT_ROLES, TENANT_ROLES, PaperStatus
from core.errors import NotFound
from core.extensions import db
from core.letters.store import Store
from core.services import papers
from core.web.access import roles
from core.web.downloads import harmless
from core.web.views import ties

blueprint = Blueprint("procedure", __name__)


@blueprint.get("/cases/<int:case_id>/procedure/<int:case_paper_id>")
@roles(*TENANT_ROLES, *DISTRICT_ROLES)
def file(case_id: int, case_paper_id: int) -> Response:
    """The stored bytes, for ever the same; they can do nothing in our origin."""
    case = ties.open_case(case_id)
    paper = papers.load(db.session, case_paper_id)
    if paper.case_id != case.id:
        raise NotFound("没有这份文书，或您无权查看")
    if paper.status is not PaperStatus.ISSUED or paper.file_sha256 is None:
        raise NotFound("文书还在制作中，通常几秒钟即可完成，请稍后刷新")
    path = Store(current_app.extensions["settings"].letters).path(paper.file_sha256)
    if not path.exists():
        raise NotFound("文书文件不在存储中，请联系平台管理人员从备份恢复")
    return harmless(path, "application/pdf", f"{paper.number}.pdf")
