"""Plain papers: agreements, bills, receipts. The same press as letters, without capsule and signature.

What a paper may load is the same closed list; a paper that asks for more, or that holds a glyph of a font not on our
list, is refused.
"""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, time

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError

from core.letters.assets import FAMILIES, Assets, font_assets, font_faces
from core.letters.errors import LetterRefusedError
from core.letters.render import PRESS_LOCK, SHANGHAI, TEMPLATES


@functools.cache
def fonts_and_style() -> tuple[FontConfiguration, CSS]:
    """Our fonts and the sheet of papers. Used under PRESS_LOCK."""
    fonts = FontConfiguration()
    css = font_faces() + (TEMPLATES / "paper.css").read_text("utf-8")
    return fonts, CSS(string=css, font_config=fonts, url_fetcher=Assets(font_assets()))


def render(html: str, *, title: str, author: str, on: date) -> bytes:
    """A tagged PDF of the page; the same input gives the same bytes. Raises LetterRefusedError."""
    fetcher = Assets(font_assets())
    moment = datetime.combine(on, time(), SHANGHAI).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with PRESS_LOCK:
        fonts, css = fonts_and_style()
        try:
            document = HTML(string=html, url_fetcher=fetcher).render(fonts, stylesheets=[css])
            meta = document.metadata
            meta.title, meta.authors, meta.generator, meta.lang = title, [author], "Hongcai", "zh-CN"
            meta.created = meta.modified = moment
            pdf = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=title.encode())
            families = {font.family for font in document.fonts.values()}
        except FatalURLFetchingError:
            pdf, families = b"", set()
    if fetcher.refused or not pdf:
        raise LetterRefusedError(
            f"the paper asked for {', '.join(fetcher.refused)[:300]}: it may load nothing from outside",
            "文书内容引用了外部资源，已拒绝生成：请检查企业名称、地址等文字。",
        )
    if foreign := sorted(families - FAMILIES):
        raise LetterRefusedError(
            f"a character of this paper is in none of the listed fonts (it would be printed in {', '.join(foreign)})",
            "文书中有字库以外的字：请改用规范字，或在字库清单中增加字体。",
        )
    assert isinstance(pdf, bytes)
    return pdf
