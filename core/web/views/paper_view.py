"""What the viewer of a case's papers shows around the pages, as plain values."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from core.data.models import Case, CaseDocument
from core.services import assessments
from core.web.templating import bilingual
from core.web.views.case_page import registry


def viewer(case: Case, document: CaseDocument) -> dict[str, Any]:
    """The paper, and those before and after it, in the order of the case page."""
    papers = in_order(case)
    at = papers.index(document)
    titles = {it.key: bilingual(it.title) for it in assessments.card_of(registry(), case.policy_key).documents}
    return {
        "crumbs": [(_("申请件"), url_for("cases.index")), (case.number, url_for("cases.show", case_id=case.id))],
        "name": document.file.name,
        "label": titles.get(document.kind, document.kind),
        "place": _("第%(at)s份，共%(count)s份", at=at + 1, count=len(papers)),
        "before": href(papers[at - 1]) if at else "",
        "after": href(papers[at + 1]) if at + 1 < len(papers) else "",
        "download": url_for("cases.paper", case_id=case.id, document_id=document.id),
    }


def in_order(case: Case) -> list[CaseDocument]:
    """The papers by the policy's list of them; what it no longer names comes last."""
    kinds = [it.key for it in assessments.card_of(registry(), case.policy_key).documents]
    places = {kind: place for place, kind in enumerate(kinds)}
    return sorted(case.documents, key=lambda it: (places.get(it.kind, len(kinds)), it.id))


def href(document: CaseDocument) -> str:
    return url_for("case_papers.show", case_id=document.case_id, document_id=document.id)
