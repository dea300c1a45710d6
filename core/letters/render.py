"""From a `LetterContext` to an unsigned PDF/A-3 with the decision capsule attached: same input, same bytes.

One FontConfiguration and one parsed stylesheet per process, which halves the time of a letter. What a template can do
is bounded three times: it is sandboxed Jinja with plain values and strict names; WeasyPrint may load our assets and
nothing else; and a letter that asked for more, or that holds a glyph of a font not on our list, is refused.
"""

from __future__ import annotations

import functools
import hashlib
import os
import threading
import zlib
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width
from urllib.parse import urlsplit

import pydyf  # type: ignore[import-untyped]
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from weasyprint import CSS, HTML, Attachment, Document
from weasyprint.css.counters import CounterStyle
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError

from core.letters.assets import FAMILIES, Assets, font_assets, font_faces, qr_png
from core.letters.context import Issuer, LetterContext
from core.letters.errors import LetterRefusedError
from core.letters.money import amount_in_words, yuan
from core.letters.titles import title_lines

TEMPLATES = Path(__file__).parents[2] / "templates" / "letters"

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
SIGNATURE_FIELD = "Signature"
CAPSULE_NAME = "capsule.json"
_HEAD_WIDTH_PT = 430.0
_TEXT_WIDTH_PT = 442.2
_PX = 0.75  # points per CSS pixel
_MM = 72 / 25.4  # points per millimetre


class _Fonts(FontConfiguration):  # type: ignore[misc]  # WeasyPrint has no types
    """A FontConfiguration whose folder of fonts is removed only by the process that made it, not by a forked worker."""

    def __init__(self) -> None:
        super().__init__()
        self._pid = os.getpid()

    def __del__(self) -> None:
        if os.getpid() == getattr(self, "_pid", None):
            super().__del__()


class _Letter(HTML):  # type: ignore[misc]  # WeasyPrint has no types
    """HTML with our own short sheet of elements in place of the one for all of HTML."""

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [_press().elements]


class _Press:
    """What is built once per process: fonts, styles, templates. Pango is not thread-safe: hold `lock`."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.fonts = _Fonts()
        css = font_faces() + (TEMPLATES / "letter.css").read_text("utf-8")
        self.counters = CounterStyle()
        self.elements = CSS(filename=TEMPLATES / "elements.css")
        fetcher = Assets(font_assets())
        self.css = CSS(string=css, font_config=self.fonts, counter_style=self.counters, url_fetcher=fetcher)

    @functools.lru_cache(maxsize=64)  # noqa: B019 - there is one press and it lives as long as the process
    def environment(self, folder: Path | None) -> ImmutableSandboxedEnvironment:
        """Sandboxed Jinja that finds the house templates as letters/… and the policy's own beside them."""
        house = PrefixLoader({"letters": FileSystemLoader(TEMPLATES)})
        loaders = [house, FileSystemLoader(folder)] if folder else [house]
        env = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        env.filters.update(yuan=yuan, words=amount_in_words, day=day, digest16=digest16, host=host)
        return env


@functools.cache
def _press() -> _Press:
    return _Press()


def day(value: date) -> str:
    """2026-03-05 → 2026年3月5日: 月日不编虚位 (GB/T 9704-2012, 7.3.5.5)."""
    return f"{value.year}年{value.month}月{value.day}日"


def digest16(digest: str) -> str:
    """The first 16 hexadecimal digits of a digest, as printed."""
    return digest.removeprefix("sha256:")[:16]


def host(url: str) -> str:
    """What to type into a browser: the address without scheme, query and trailing slash."""
    parts = urlsplit(url)
    return (parts.netloc + parts.path).rstrip("/")


def _points(**lengths: float) -> dict[str, str]:
    """Lengths as the template writes them into a style."""
    return {name: f"{value:.2f}" for name, value in lengths.items()}


def _head(issuer: Issuer) -> dict[str, str]:
    """The issuer's name at the head, in points: as large as fits, wide if short; where the rule and the text begin.

    GB/T 9704-2012, 10.1 (信函格式): the name begins 7 mm above the 版心, the red double line stands 4 mm below it, the
    number ⅞ of a character (14 pt) below that. An operator's letterhead is smaller and has its own, black, rule.
    """
    length = max(len(issuer.name), 1)
    size = min(40.0 if issuer.authority else 28.0, _HEAD_WIDTH_PT / length)
    spacing = min(max(0.0, (_HEAD_WIDTH_PT * 0.86 - size * length) / length), size * 0.3)
    rule = size - 3 * _MM if issuer.authority else size - 2 * _MM
    # Half of the leading of the number's line (28.99 − 16 pt) is already white.
    height = rule + (3.6 + 14 - 6.5 if issuer.authority else 0)
    return _points(size=size, spacing=spacing, rule=rule, height=height)


def _width(text: str) -> float:
    """Width in points of a line of the text: 15.79 pt for a Chinese character, half a pitch for a digit or letter."""
    return sum(15.79 if east_asian_width(c) in "WF" else 7.79 for c in text)


def _seal(context: LetterContext) -> dict[str, str]:
    """Where 署名 and 成文日期 stand, in points: the date four characters from the right, the name centred above it.

    GB/T 9704-2012, 7.3.5.1. A long name pushes both to the left so that it stays on the page.
    """
    width = max(82 * _MM, _width(context.issuer.name) + 24)
    centre = 4 * 15.79 + _width(day(context.issued_on)) / 2
    right = max(0.0, centre - width / 2)
    left = max(_TEXT_WIDTH_PT - width - right - 6, 150.0)
    return _points(width=width, right=right, left=left)


def values(context: LetterContext) -> dict[str, Any]:
    """The plain values a template sees: the fields of the context and a few that are computed from them."""
    plain = asdict(context)
    failed = context.failed_checks
    return plain | {
        "head": _head(context.issuer),
        "seal": _seal(context),
        "title_lines": title_lines(context.title, (context.payee_name, context.policy_title)),
        "annex_lines": title_lines(f"{context.policy_title}核定凭据清单", (context.policy_title,)),
        "failed": [asdict(check) for check in failed],
        "passed_count": len(context.checks) - len(failed),
    }


def to_html(context: LetterContext, template: Path | None = None) -> str:
    """The letter as HTML. `template` is the policy's letter.html; without one the house form is used.

    Raises LetterRefusedError naming the template and what is wrong with it.
    """
    env = _press().environment(template.parent if template else None)
    try:
        return env.get_template(template.name if template else "letters/base.html").render(values(context))
    except (TemplateError, SecurityError, ValueError, TypeError) as error:
        name = template or "letters/base.html"
        raise LetterRefusedError(
            f"letter template {name} could not be filled ({type(error).__name__}: {error}): mend the template or data",
            f"通知书模板 {name} 无法填写（{error}）：请修改模板或补全数据。",
        ) from error


def render(context: LetterContext, capsule_bytes: bytes, *, template: Path | None = None) -> bytes:
    """The unsigned letter: PDF/A-3, tagged, capsule attached, with an empty signature field at the seal's place.

    `capsule_bytes` is the canonical JSON whose SHA-256 is `context.capsule_digest`. The same input gives the same
    bytes. Raises LetterRefusedError; nothing is written anywhere.
    """
    digest = "sha256:" + hashlib.sha256(capsule_bytes).hexdigest()
    if digest != context.capsule_digest:
        raise LetterRefusedError(
            f"letter {context.number}: the capsule to attach is {digest}, the letter prints {context.capsule_digest}",
            "所附决定包与通知书所印摘要不符，不能成文。",
        )
    if context.number is None and not context.sample:
        raise LetterRefusedError("a letter without a number can only be a sample", "未编号的通知书只能作为样稿。")
    html = to_html(context, template)
    files = dict(font_assets())
    if context.verify_url:
        files["asset:qr.png"] = (qr_png(context.verify_url), "image/png")
    fetcher = Assets(files)
    press = _press()
    moment = datetime.combine(context.issued_on, time(), SHANGHAI).astimezone(UTC)
    with press.lock:
        try:
            document = _Letter(string=html, url_fetcher=fetcher).render(
                press.fonts, counter_style=press.counters, stylesheets=[press.css]
            )
            _describe(document, context, capsule_bytes, moment)
            pdf = document.write_pdf(
                finisher=_finish, pdf_variant="pdf/a-3a", pdf_identifier=digest[-32:].encode(), uncompressed_pdf=True
            )
        except FatalURLFetchingError:
            pdf = b""
    if fetcher.refused or not pdf:
        raise LetterRefusedError(
            f"letter {context.number} asked for {', '.join(fetcher.refused)[:300]}: it may load nothing from outside",
            "通知书内容引用了外部资源，已拒绝成文：请检查模板和企业名称、地址等文字。",
        )
    assert isinstance(pdf, bytes)
    return pdf


def _describe(document: Document, context: LetterContext, capsule: bytes, moment: datetime) -> None:
    """Metadata and attachment. Set here and not by <meta>: WeasyPrint would split a payee's name at its commas."""
    meta = document.metadata
    meta.title, meta.description = context.title, context.number or ""
    meta.authors, meta.keywords = [context.issuer.name], [context.payee_name]
    meta.generator = "Hongcai"
    meta.created = meta.modified = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    meta.lang = "zh-CN"
    meta.attachments = [
        Attachment(
            string=capsule,
            name=CAPSULE_NAME,
            description="决定包：核定所依据的事实、参数、审核与计算",
            created=moment,
            modified=moment,
            relationship="Data",
        )
    ]


def _bytes(part: object) -> bytes:
    """A part of a pydyf stream as it is written."""
    if isinstance(part, pydyf.Object):
        part = part.data
    if isinstance(part, bytes):
        return part
    return f"{part:f}".encode() if isinstance(part, float) else str(part).encode("ascii")


def _finish(document: Document, pdf: pydyf.PDF) -> None:
    """Refuse foreign glyphs, then add the empty signature field (WeasyPrint has none) at the place of the seal."""
    foreign = sorted({font.family for font in document.fonts.values()} - FAMILIES)
    if foreign:
        raise LetterRefusedError(
            f"a character of this letter is in none of the listed fonts (it would be printed in {', '.join(foreign)}): "
            "write it otherwise or add a font to core/letters/assets.py",
            f"通知书中有字库以外的字(只能用 {'、'.join(foreign)} 显示):请改用规范字，或在字库清单中增加字体。",
        )
    for item in pdf.objects:
        # WeasyPrint would deflate every stream at level 9, and twice (once for the identifier): a tenth of the time.
        if isinstance(item, pydyf.Stream) and "Filter" not in item.extra:
            item.stream = [zlib.compress(b"\n".join(_bytes(part) for part in item.stream), 6)]
            item.extra["Filter"] = "/FlateDecode"
    for page, reference in zip(document.pages, pdf.page_references, strict=True):
        if "seal" not in page.anchors:
            continue
        x, y, right, bottom = (value * _PX for value in page.anchors["seal"][:4])
        height = page.height * _PX
        widget = pydyf.Dictionary(
            {
                "Type": "/Annot",
                "Subtype": "/Widget",
                "FT": "/Sig",
                "T": pydyf.String(SIGNATURE_FIELD),
                "TU": pydyf.String("电子签名"),
                "F": 132,  # printed, locked
                "P": reference,
                "Rect": pydyf.Array([round(x, 2), round(height - bottom, 2), round(right, 2), round(height - y, 2)]),
            }
        )
        pdf.add_object(widget)
        page_object = pdf.objects[int(reference.split()[0])]
        page_object.setdefault("Annots", pydyf.Array()).append(widget.reference)
        pdf.catalog["AcroForm"] = pydyf.Dictionary({"Fields": pydyf.Array([widget.reference]), "SigFlags": 3})
        return
    raise LetterRefusedError("the letter's template has no element with id `seal`, so there is no place to sign")
