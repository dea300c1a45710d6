"""From a `LetterContext` to an unsigned PDF/A-3 with the decision capsule attached: same input, same bytes.

One FontConfiguration and one parsed stylesheet per process, which halves the time of a letter. What a template can do
is bounded three times: it is sandboxed Jinja with plain values and strict names; WeasyPrint may load our assets and
nothing else; and a letter that asked for more, or that holds a glyph of a font not on our list, is refused.
"""

from __future__ import annotations

import functools
import hashlib
import io
import os
import threading
import zlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from importlib import resources
from pathlib import Path
from typing import Any

import pydyf  # type: ignore[import-untyped]
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from weasyprint import CSS, HTML, Attachment, Document
from weasyprint.css import ColorProfile
from weasyprint.css.counters import CounterStyle
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError

from core.letters.assets import FAMILIES, Assets, font_assets, font_faces, qr_png
from core.letters.claims import claim_lines
from core.letters.contents import Contents, Inside, page_texts, parse_capsule
from core.letters.context import LetterContext
from core.letters.errors import LetterRefusedError
from core.letters.typeset import FILTERS, values

TEMPLATES = Path(__file__).parents[2] / "templates" / "letters"

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
SIGNATURE_FIELD = "Signature"
_PX = 0.75  # points per CSS pixel


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


class _Profile(ColorProfile):  # type: ignore[misc]
    """The sRGB profile, read once and embedded as it is.

    WeasyPrint opens it anew for every letter, leaves it open, and writes it in another form the second time.
    """

    def __init__(self) -> None:
        self._icc = resources.files("weasyprint.pdf").joinpath("sRGB2014.icc").read_bytes()
        super().__init__(io.BytesIO(self._icc), "sRGB2014.icc", "relative-colorimetric", ("r", "g", "b"))

    @property
    def content(self) -> bytes:
        return self._icc


class _Press:
    """What is built once per process: fonts, styles, templates."""

    def __init__(self) -> None:
        self.fonts = _Fonts()
        css = font_faces() + (TEMPLATES / "letter.css").read_text("utf-8")
        self.counters = CounterStyle()
        self.elements = CSS(filename=TEMPLATES / "elements.css")
        fetcher = Assets(font_assets())
        self.srgb = _Profile()
        self.css = CSS(string=css, font_config=self.fonts, counter_style=self.counters, url_fetcher=fetcher)

    @functools.lru_cache(maxsize=64)  # noqa: B019 - there is one press and it lives as long as the process
    def environment(self, folder: Path | None) -> ImmutableSandboxedEnvironment:
        """Sandboxed Jinja that finds the house templates as letters/… and papers/…, the policy's own beside them."""
        names = ("letters", "papers")
        house = PrefixLoader({name: FileSystemLoader(TEMPLATES.parent / name) for name in names})
        loaders = [house, FileSystemLoader(folder)] if folder else [house]
        env = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        env.filters.update(FILTERS)
        return env


PRESS_LOCK = threading.RLock()  # Pango is not thread-safe


@functools.cache
def _build() -> _Press:
    return _Press()


def _press() -> _Press:
    with PRESS_LOCK:
        return _build()


def to_html(context: LetterContext, template: Path | None = None) -> str:
    """The letter as HTML. `template` is the policy's letter.html; without one the house form is used.

    Raises LetterRefusedError naming the template and what is wrong with it.
    """
    return filled(template.name if template else "letters/base.html", values(context), template and template.parent)


def filled(name: str, plain: Mapping[str, Any], folder: Path | None = None) -> str:
    """A template of ours or of a policy's `folder`, filled. Raises LetterRefusedError as `to_html` does."""
    try:
        return _press().environment(folder).get_template(name).render(plain)
    except (TemplateError, SecurityError, ValueError, TypeError) as error:
        raise LetterRefusedError(
            f"letter template {name} could not be filled ({type(error).__name__}: {error}): mend the template or data",
            f"通知书模板 {name} 无法填写（{error}）：请修改模板或补全数据。",
        ) from error


def render(context: LetterContext, capsule_bytes: bytes, *, template: Path | None = None) -> bytes:
    """The unsigned letter: PDF/A-3, tagged, capsule attached, with an empty signature field at the seal's place.

    `capsule_bytes` is the canonical JSON whose SHA-256 is `context.capsule_digest`. The same input gives the same
    bytes. Raises LetterRefusedError, also when the printed page, read back, does not
    say what the capsule says; nothing is written anywhere.
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
    inside = Inside(context.title, context.number or "", context.issuer.name, context.payee_name, capsule_bytes)
    pdf = printed(html, inside, on=context.issued_on, qr=context.verify_url)
    if context.number is not None:
        _read_back(context, capsule_bytes, pdf)
    return pdf


def printed(html: str, inside: Inside, *, on: date, qr: str = "") -> bytes:
    """The page as an unsigned PDF/A-3 with its attachment. Raises LetterRefusedError."""
    files = dict(font_assets())
    if qr:
        files["asset:qr.png"] = (qr_png(qr), "image/png")
    fetcher = Assets(files)
    press = _press()
    moment = datetime.combine(on, time(), SHANGHAI).astimezone(UTC)
    with PRESS_LOCK:
        try:
            document = _Letter(string=html, url_fetcher=fetcher).render(
                press.fonts, press.counters, color_profiles={"srgb": press.srgb}, stylesheets=[press.css]
            )
            _describe(document, inside, moment)
            pdf = document.write_pdf(
                finisher=_finish,
                pdf_variant="pdf/a-3a",
                pdf_identifier=False,  # made from the whole file when it is signed
                output_intent="",  # the one profile that is there
                uncompressed_pdf=True,
            )
        except FatalURLFetchingError:
            pdf = b""
    if fetcher.refused or not pdf:
        raise LetterRefusedError(
            f"letter {inside.number} asked for {', '.join(fetcher.refused)[:300]}: it may load nothing from outside",
            "通知书内容引用了外部资源，已拒绝成文：请检查模板和企业名称、地址等文字。",
        )
    assert isinstance(pdf, bytes)
    return pdf


def _read_back(context: LetterContext, capsule: bytes, pdf: bytes) -> None:
    """Read the printed letter as a verifier will: a template that drops an amount is found here, not by an auditor."""
    contents = Contents(
        title=context.title,
        number=context.number or "",
        issuer=context.issuer.name,
        payee=context.payee_name,
        signed_at="",
        capsule=parse_capsule(capsule),
        capsule_bytes=capsule,
        pages=page_texts(pdf),
    )
    refuse_false(contents)


def refuse_false(contents: Contents) -> None:
    """Raise LetterRefusedError where what was printed would not verify."""
    for line in claim_lines(contents).values():
        if line.status != "ok":
            raise LetterRefusedError(
                f"letter {contents.number} would not verify ({line.label_en}): {line.en}: mend its template or data",
                f"通知书{contents.number}不能通过核验（{line.label_zh}）：{line.zh}",
            )


def _describe(document: Document, inside: Inside, moment: datetime) -> None:
    """Metadata and attachment. Set here and not by <meta>: WeasyPrint would split a payee's name at its commas."""
    meta = document.metadata
    meta.title, meta.description = inside.title, inside.number
    meta.authors, meta.keywords = [inside.issuer], [inside.addressee]
    meta.generator = "Hongcai"
    meta.created = meta.modified = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    meta.lang = "zh-CN"
    meta.attachments = [
        Attachment(
            string=inside.attached,
            name=inside.name,
            description=inside.description,
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
    for item in pdf.objects:
        if isinstance(item, pydyf.Dictionary) and item.get("S") == "/TH":  # WeasyPrint leaves the scope out
            row = pdf.objects[int(item["P"].split()[0])]
            group = pdf.objects[int(row["P"].split()[0])]
            item["A"]["Scope"] = "/Column" if group["S"] == "/THead" else "/Row"
    pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))  # WeasyPrint names each attachment twice
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
