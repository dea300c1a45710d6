"""The printed letter: same bytes, the page of the standard, every word on it, nothing from outside in it."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from core.letters.contents import page_texts, squeeze
from core.letters.context import LetterContext
from core.letters.errors import LetterRefusedError
from core.letters.lint import lint
from core.letters.money import amount_in_words
from core.letters.render import _press, render, to_html
from core.letters.typeset import FILTERS
from tests.unit.letters.conftest import Made
from tests.unit.letters.samples import BUREAU, CENTRE, RARE, award, capsule_of, sealed

MM = 72 / 25.4
CANARY = "canary-3f9a"


def characters(pdf: bytes, page: int = 0) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Characters of a page with their boxes (left, bottom, right, top; points from the lower left corner)."""
    text = pypdfium2.PdfDocument(pdf)[page].get_textpage()
    return [(text.get_text_range(i, 1), text.get_charbox(i, loose=True)) for i in range(text.count_chars())]


def test_same_input_same_bytes(letters: dict[str, Made]) -> None:
    made = letters["award"]
    assert render(made.context, made.capsule) == made.unsigned


def test_same_bytes_in_another_process() -> None:
    program = """
from hashlib import sha256
from core.letters.render import render
from tests.unit.letters.samples import award
print(sha256(render(*award())).hexdigest())
"""
    seen = {
        subprocess.run(
            [sys.executable, "-c", program], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


@pytest.mark.parametrize("kind", ["award", "rare", "refusal"])
def test_everything_is_on_the_page(letters: dict[str, Made], kind: str) -> None:
    made = letters[kind]
    context, text = made.context, "".join(page_texts(made.pdf))
    for value in (
        context.number, context.title, f"{context.payee_name}：", context.uscc, context.application_number,
        context.period, context.check_code, context.capsule_digest[7:23], context.issuer.name, "2026年11月24日",
        *(basis.document for basis in context.legal_basis), *(line.clause for line in context.lines),
        *(check.observed for check in context.failed_checks), *(check.required for check in context.failed_checks),
        *(check.label for check in context.failed_checks), *(row.ref for row in context.evidence), *context.duties,
        *context.notes,
    ):  # fmt: skip
        assert squeeze(value or "?") in text
    assert ("样稿" in text) == context.sample
    assert all(remedy in text for remedy in context.remedies) == context.issuer.authority


def test_award_states_amount_publicity_and_payment(letters: dict[str, Made]) -> None:
    text = "".join(page_texts(letters["award"].pdf))
    assert "人民币11,200.00元（大写：人民币壹万壹仟贰佰元整）" in text
    assert "2026年11月12日至2026年11月20日公示，公示期满无异议" in text
    assert "账号：3100********0123" in text


def test_an_award_that_is_announced_says_for_how_long_and_no_days(letters: dict[str, Made]) -> None:
    """They are not known yet: the letter comes first."""
    made = letters["award"]
    context = replace(made.context, publicity=None, announced_for=5)
    assert lint(context, made.capsule) == []
    text = "".join(page_texts(render(context, made.capsule)))
    assert "本通知印发后，上述核定结果向社会公示5个工作日。公示期满没有异议，或者异议经核查不成立的，予以拨付。" in text
    assert "经审核，现将核定结果通知如下" in text
    assert "2026年11月20日" not in text


def test_refusal_names_failed_and_unknown_and_no_amount(letters: dict[str, Made]) -> None:
    text = "".join(page_texts(letters["refusal"].pdf))
    assert "其余2项条件符合规定" in text
    assert text.count("不符合") >= 2
    assert "不能认定" in text
    assert "人民币" not in text


def test_the_page_is_that_of_the_standard(letters: dict[str, Made]) -> None:
    """版心 156 mm wide, 15.79 pt from character to character, 28.99 pt from line to line, 37 mm free above.

    Measured on the second page: an even one, bound on the right, so that its text begins 26 mm from the left.
    """
    pdf = letters["award"].pdf
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert [round(float(v), 1) for v in document.pages[0].MediaBox] == [0, 0, 595.3, 841.9]
    chars = [(c, box) for c, box in characters(pdf, 1) if re.match("[\u4e00-\u9fff]", c)]
    start = "".join(c for c, _ in chars).index("你单位应当将补贴用于")
    line = [box for _, box in chars[start : start + 10]]
    assert all(b[0] - a[0] == pytest.approx(15.79, abs=0.02) for a, b in pairwise(line))
    text = [box for _, box in chars[: start + 40]]
    assert min(box[0] for box in text) == pytest.approx(26 * MM, abs=0.1)
    assert max(box[2] for box in text) == pytest.approx((26 + 156) * MM, abs=0.6)
    next_line = next(box for _, box in chars[start:] if box[3] < line[0][3] - 10)
    assert line[0][3] - next_line[3] == pytest.approx(28.99, abs=0.1)
    # The glyph stands in the middle of its line.
    assert 297 * MM - max(box[3] for box in text) == pytest.approx(37 * MM + (28.99 - 16) / 2, abs=0.2)


def test_page_numbers(letters: dict[str, Made]) -> None:
    """信函格式 shows none on the first page (GB/T 9704-2012, 10.1); a letterhead does."""
    authority, operator = page_texts(letters["award"].pdf), page_texts(letters["rare"].pdf)
    assert "—1—" not in authority[0]
    assert "—1—" in operator[0]
    for pages in (authority, operator):
        assert all(f"—{n}—" in page for n, page in enumerate(pages[1:], 2))


def test_an_authority_is_red_and_an_operator_black(letters: dict[str, Made]) -> None:
    def reds(pdf: bytes) -> int:
        image = pypdfium2.PdfDocument(pdf)[0].render(scale=0.5).to_pil().convert("RGB")
        return sum(count for count, (r, g, b) in image.getcolors(1 << 24) or [] if r > 150 and g < 90 and b < 90)

    assert reds(letters["award"].pdf) > 500
    assert reds(letters["rare"].pdf) == 0


def test_many_heads_run_over_pages_with_the_tables_head_on_each() -> None:
    pages = page_texts(render(*award(heads=60)))
    assert len(pages) >= 5
    assert all("核算项目" in page for page in pages[:3])
    assert sum(page.count("补贴人员") for page in pages) == 60
    assert "168,000.00人民币壹拾陆万捌仟元整" in "".join(pages)


@pytest.mark.parametrize("heads", [5, 6, 7, 8, 9])
def test_the_signature_never_stands_alone_on_a_page(heads: int) -> None:
    """GB/T 9704-2012, 7.3.5.4: the last words of the text come along."""
    context, capsule = award(heads=heads)
    page = next(page for page in page_texts(render(context, capsule)) if "附件：" in page)
    assert context.issuer.name in page
    assert "依法提起行政诉讼。" in page


@pytest.mark.parametrize(("name", "fonts"), [("award", 4), ("rare", 5)])
def test_only_listed_fonts_embedded_and_mapped(letters: dict[str, Made], name: str, fonts: int) -> None:
    with pikepdf.open(io.BytesIO(letters[name].pdf)) as document:
        found = [o for o in document.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Subtype") == "/Type0"]
        assert len(found) == fonts
        assert all(str(font.BaseFont).split("+")[1].startswith("Hongcai") for font in found)
        assert all("/ToUnicode" in font for font in found)
        assert all("/FontFile2" in font.DescendantFonts[0].FontDescriptor for font in found)


def test_pdf_a_structure(letters: dict[str, Made]) -> None:
    made = letters["award"]
    with pikepdf.open(io.BytesIO(made.pdf)) as document:
        root = document.Root
        assert document.pdf_version == "1.7"
        assert root.MarkInfo.Marked
        assert root.Lang == "zh-CN"
        assert root.OutputIntents[0].S == "/GTS_PDFA1"
        with document.open_metadata() as xmp:
            assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("3", "A")
            assert xmp["dc:title"] == made.context.title
        info = {key: str(document.docinfo[f"/{key}"]) for key in ("Title", "Subject", "Author", "Keywords")}
        assert info == {
            "Title": made.context.title,
            "Subject": made.context.number,
            "Author": made.context.issuer.name,
            "Keywords": made.context.payee_name,
        }
        assert document.attachments["capsule.json"].get_file().read_bytes() == made.capsule
        (filespec,) = root.AF
        assert (filespec.AFRelationship, filespec.EF.F.Subtype) == ("/Data", "/application/json")
        assert str(filespec.EF.F.Params.ModDate) == "D:20261123160000Z"
        scopes = [
            o.A.Scope
            for o in document.objects
            if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/TH" and "/A" in o and "/Scope" in o.A
        ]
        assert scopes.count("/Column") == 13
        assert any(
            "/Alt" in o for o in document.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/Figure"
        )


HOSTILE = [
    "<script>alert(1)</script>公司",
    '<img src="http://127.0.0.1:1/x.png">公司',
    "<style>@import url(http://127.0.0.1:1/x.css)</style>公司",
    '"><svg><image href="file:///etc/passwd"/></svg>公司',
    "{{ 7*7 }}{% for x in ().__class__ %}公司",
    "公司&amp;&#38;<!-- -->",
    "url(file:///etc/hostname)公司",
    "Foo & Bar Co., Ltd. (上海)",
    "上" * 200,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_printed_as_they_are(name: str) -> None:
    context, capsule = award(name=name)
    pdf = render(context, capsule)
    assert squeeze(f"{name}：") in "".join(page_texts(pdf))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert str(document.docinfo["/Keywords"]) == name


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A web server that records who asks."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the base class
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


# An attachment asked for by a template is not even looked at: the capsule is a letter's only one.
OUTSIDE = [
    '<img src="{url}/a.png">',
    '<svg width="9" height="9"><image href="{url}/b.png" width="9" height="9"/></svg>',
    '<link rel="stylesheet" href="{url}/c.css">',
    "<style>@import url({url}/d.css)</style>",
    '<p style="background: url({url}/e.png)">文</p>',
    '<style>@font-face {{ font-family: x; src: url({url}/f.ttf) }}</style><p style="font-family: x">文</p>',
    '<img src="{file}">',
    '<object data="{url}/g.svg"></object>',
    '<img src="data:image/png;base64,iVBORw0KGgo=">',
]


@pytest.mark.parametrize("html", OUTSIDE)
def test_nothing_is_loaded_from_outside(html: str, tmp_path: Path, listener: tuple[str, list[str]]) -> None:
    url, asked = listener
    secret = tmp_path / "secret.png"
    secret.write_text(CANARY)
    inserted = html.format(url=url, file=secret.as_uri())
    (tmp_path / "letter.html").write_text(
        '{% extends "letters/base.html" %}{% block opening %}' + inserted + "{% endblock %}"
    )
    context, capsule = award()
    with pytest.raises(LetterRefusedError, match="may load nothing from outside"):
        render(context, capsule, template=tmp_path / "letter.html")
    assert asked == []


def test_a_template_attaches_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(CANARY)
    body = '{% extends "letters/base.html" %}{% block opening %}{{ super() }}<link rel="attachment" href="'
    (tmp_path / "letter.html").write_text(body + secret.as_uri() + '">{% endblock %}')
    with pikepdf.open(io.BytesIO(render(*award(), template=tmp_path / "letter.html"))) as document:
        assert list(document.attachments) == ["capsule.json"]
        assert not any(CANARY.encode() in o.read_bytes() for o in document.objects if isinstance(o, pikepdf.Stream))


TEMPLATES = {
    "a name that is not filled": "{{ nobody }}",
    "an attribute of Python": "{{ title.__class__.__mro__ }}",
    "a method that formats": "{{ '{0.__class__}'.format(title) }}",
    "a file": '{% include "/etc/passwd" %}',
    "a file above": '{% include "../secret.html" %}',
    "broken": "{% if %}",
    "the amount as a float": "{{ amount_fen / 100 | words }}",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_cannot(name: str, tmp_path: Path) -> None:
    body = '{% extends "letters/base.html" %}{% block opening %}' + TEMPLATES[name] + "{% endblock %}"
    (tmp_path / "letter.html").write_text(body)
    with pytest.raises(LetterRefusedError, match=r"letter\.html could not be filled"):
        to_html(award()[0], tmp_path / "letter.html")


@pytest.mark.parametrize("block", ["award", "opening", "calculation"])
def test_a_template_that_drops_something_is_found_by_reading_back(block: str, tmp_path: Path) -> None:
    (tmp_path / "letter.html").write_text('{% extends "letters/base.html" %}{% block ' + block + " %}{% endblock %}")
    context, capsule = award()
    if block == "calculation":  # not all that it drops is vouched for by the capsule: the sentence still states the sum
        assert render(context, capsule, template=tmp_path / "letter.html")
        return
    with pytest.raises(LetterRefusedError, match="would not verify"):
        render(context, capsule, template=tmp_path / "letter.html")


def test_a_wrong_amount_in_words_is_found_by_reading_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: words that are a yuan too high, in figures right."""
    monkeypatch.setitem(FILTERS, "words", lambda fen: amount_in_words(fen + 100))
    environment = _press().environment
    environment.cache_clear()
    try:
        with pytest.raises(LetterRefusedError, match="the amount in words should be 壹万壹仟贰佰元整"):
            render(*award())
    finally:
        environment.cache_clear()


@pytest.mark.parametrize("char", ["한", "ب", "𠮷", "😀"])
def test_a_glyph_of_another_font_is_refused(char: str) -> None:
    context, capsule = award(name=f"上海{char}公司")
    with pytest.raises(LetterRefusedError, match=r"in none of the listed fonts|would not verify"):
        render(context, capsule)


def test_another_capsule_is_not_attached() -> None:
    context, _ = award()
    other = award(heads=5)[1]
    with pytest.raises(LetterRefusedError, match="the capsule to attach"):
        render(context, other)


def test_only_a_sample_has_no_number() -> None:
    def unnumbered(sample: bool) -> tuple[LetterContext, bytes]:
        context, capsule = award(sample=sample)
        return replace(context, number=None, seq=None, check_code="", verify_url=""), capsule

    assert "未编号" in "".join(page_texts(render(*unnumbered(sample=True))))
    with pytest.raises(LetterRefusedError, match="can only be a sample"):
        render(*unnumbered(sample=False))


@pytest.mark.parametrize("issuer", [BUREAU, CENTRE, replace(BUREAU, name="示例区" + "某某" * 12 + "管理委员会")])
def test_heads_fit_on_one_line(issuer: object) -> None:
    context, _ = award()
    context = replace(context, issuer=issuer)  # type: ignore[arg-type]
    context, capsule = sealed(context, capsule_of(context, uses=[("R", context.amount_fen)]))
    name = context.issuer.name
    chars = [(c, box) for c, box in characters(render(context, capsule)) if c.strip()]
    start = "".join(c for c, _ in chars).rindex(name)
    boxes = [box for _, box in chars[start : start + len(name)]]
    assert max(box[1] for box in boxes) - min(box[1] for box in boxes) < 3
    assert boxes[0][3] > 720
    assert boxes[0][0] > 20 * MM
    assert boxes[-1][2] < 190 * MM


def test_rare_characters_stay_themselves(letters: dict[str, Made]) -> None:
    assert f"{RARE}：" in page_texts(letters["rare"].pdf)[0]
