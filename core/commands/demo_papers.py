"""The papers demonstration applicants hand in: a page each that says what it stands for and that it is invented."""

from __future__ import annotations

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from core.policy import Registry

_PAGE = """
<html lang="zh-Hans"><title>{title}</title><body>
<h1>{title}</h1><p>演示材料</p><p>本页代替申请人应当提交的“{title}”，内容为虚构，只用于演示。</p></body></html>
"""
_STYLE = """
@page { size: A4; margin: 30mm }
body { font: 16pt/2 "Noto Serif CJK SC", "Noto Sans CJK SC", serif; text-align: center }
h1 { margin-top: 60mm; font-size: 26pt }
"""


def papers(policy: str, registry: Registry) -> dict[str, bytes]:
    """A PDF for each required document of the policy, by its key."""
    documents = registry.get(policy).card.documents
    return {document.key: paper(document.title.zh) for document in documents if document.required}


def paper(title: str) -> bytes:
    """A PDF of one page that stands for a paper of this title."""
    fonts = FontConfiguration()
    style = CSS(string=_STYLE, font_config=fonts)
    return bytes(HTML(string=_PAGE.format(title=title)).write_pdf(stylesheets=[style], font_config=fonts))
