"""The papers demonstration applicants hand in: a page each that says what it stands for and that it is invented."""

from __future__ import annotations

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from core.policy import Registry

_PAGE = """
<html lang="zh-Hans"><title>{title}</title><body>
<h1>{title}</h1><p>演示材料</p><p>本页代替申请人应当提交的“{title}”，内容为虚构，只用于演示。</p>{more}</body></html>
"""
_CLAUSES = """
<section><h2>第{number}页</h2><table>{rows}</table></section>
"""
_AGREEMENTS = ("合同", "协议", "明细", "凭证")  # in their titles: papers that have several pages
_STYLE = """
@page { size: A4; margin: 30mm }
body { font: 16pt/2 "Noto Serif CJK SC", "Noto Sans CJK SC", serif; text-align: center }
h1 { margin-top: 60mm; font-size: 26pt }
section { page-break-before: always; font-size: 11pt; text-align: left }
table { width: 100%; border-collapse: collapse } td { border: 0.5pt solid #888; padding: 1mm 3mm }
"""


def papers(policy: str, registry: Registry) -> dict[str, bytes]:
    """A PDF for each required document of the policy, by its key."""
    documents = registry.get(policy).card.documents
    return {document.key: paper(document.title.zh) for document in documents if document.required}


def paper(title: str) -> bytes:
    """A PDF that stands for a paper of this title: of one page, or of three for an agreement or a list."""
    fonts = FontConfiguration()
    style = CSS(string=_STYLE, font_config=fonts)
    long = any(word in title for word in _AGREEMENTS)
    more = "".join(_CLAUSES.format(number=number, rows=_rows(number)) for number in (2, 3)) if long else ""
    return bytes(HTML(string=_PAGE.format(title=title, more=more)).write_pdf(stylesheets=[style], font_config=fonts))


def _rows(page: int) -> str:
    return "".join(
        f"<tr><td>第{20 * page + row}项<td>演示内容，与任何真实的企业无关<td>{1000 + 37 * row}.00元"
        for row in range(1, 17)
    )
