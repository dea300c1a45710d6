"""Letters: our pipeline against WeasyPrint as its manual shows it, against Chromium, and what each needs of memory.

The same page, from the same HTML and stylesheet, with the fonts as they come from their packages for the peers. Two
letters: a refusal of two pages, and an award of three with its annex. "Whole letter" is what is issued: checked, tagged
PDF/A-3 with the capsule in it, certified; the peer makes the same as the manuals of WeasyPrint and pyHanko show it.
"""

from __future__ import annotations

import base64
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import segno
from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from weasyprint import HTML, Attachment

from bench.measure import Result, Sample, compare, peak_memory
from core.letters.assets import FACES
from core.letters.cms import load_roots
from core.letters.context import LetterContext
from core.letters.devca import ensure_dev_ca
from core.letters.lint import lint
from core.letters.render import TEMPLATES, render, to_html
from core.letters.sign import Signer, certify
from core.letters.verify import verify_letter
from scripts.build_fonts import FONTS, fandol_folder, noto_folder
from tests.unit.letters.samples import award, refusal

NAIVE = "WeasyPrint"
ROUNDS = 7
AIM_SECONDS = 0.050  # for the verification of one letter

# Both lay out the same page with the same library, so what we save is per letter, not per line: the aim is set for a
# letter of the length it was named for, and the longer one is reported beside it.
CASES: tuple[tuple[str, tuple[LetterContext, bytes], float | None], ...] = (
    ("refusal, 2 pages", refusal(), 1.8),
    ("award, 3 pages with 125 table cells", award(), None),
)


def naive_html(context: LetterContext) -> str:
    """The page with everything in it: fonts by file address, stylesheet, QR code as a data address."""
    sources = {font.file: (noto_folder() if font.is_noto else fandol_folder()) / font.source for font in FONTS}
    faces = "".join(
        f'@font-face {{ font-family: "{f.family}"; src: url("{sources[f.file].as_uri()}") }}' for f in FACES
    )
    css = (TEMPLATES / "letter.css").read_text("utf-8")
    code = io.BytesIO()
    segno.make(context.verify_url, error="m").save(code, kind="png", border=0)
    address = "data:image/png;base64," + base64.b64encode(code.getvalue()).decode()
    style = f"<style>{faces}{css}</style></head>"
    return to_html(context).replace("</head>", style, 1).replace("asset:qr.png", address)


def naive(context: LetterContext) -> bytes:
    """One letter as WeasyPrint's manual shows it."""
    pdf = HTML(string=naive_html(context)).write_pdf()
    assert isinstance(pdf, bytes)
    return pdf


def naive_whole(context: LetterContext, capsule: bytes, keys: Path) -> bytes:
    """The same letter complete, each step as the manual of its library shows it."""
    attachment = Attachment(string=capsule, name="capsule.json", relationship="Data")
    pdf = HTML(string=naive_html(context)).write_pdf(pdf_variant="pdf/a-3a", attachments=[attachment])
    signer = signers.SimpleSigner.load(str(keys / "signer.key.pem"), str(keys / "signer.cert.pem"))
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    metadata = signers.PdfSignatureMetadata(
        field_name="Signature",
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    place = fields.SigFieldSpec("Signature", on_page=-1, box=(300, 100, 530, 190))
    out: io.BytesIO = signers.PdfSigner(metadata, signer, new_field_spec=place).sign_pdf(writer)
    return out.getvalue()


def whole(context: LetterContext, capsule: bytes, signer: Signer) -> bytes:
    """One letter as we issue it."""
    assert lint(context, capsule) == []
    return certify(render(context, capsule), signer)


def chromium(binary: str, page: Path) -> Callable[[], None]:
    """A headless browser that prints `page`, started anew each time as an office's script does."""

    def call() -> None:
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
        out = page.with_suffix(".pdf")
        subprocess.run(
            [binary, *arguments, f"--user-data-dir={page.parent / 'profile'}", f"--print-to-pdf={out}", page.as_uri()],
            check=True,
            capture_output=True,
        )
        assert out.stat().st_size > 10_000

    return call


def run() -> list[Result]:
    """All comparisons: printing, the whole letter, Chromium, verification, memory."""
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "signing"
        roots = load_roots([ensure_dev_ca(keys)])
        return [*_printing(), *_issuing(keys), *_browser(Path(folder)), *_verifying(keys, roots), _memory()]


def _result(
    title: str, ours: Sample, peer: Sample, name: str = NAIVE, target: float | None = None, note: str = ""
) -> Result:
    rate = f"{1 / ours.median:.1f} letters a second of one core"
    return Result(title, ours, peer, name, target, f"{rate}; {note}" if note else rate)


def _printing() -> list[Result]:
    results = []
    for name, (context, capsule), target in CASES:
        taken = compare({"ours": lambda: render(context, capsule), "naive": lambda: naive(context)}, rounds=ROUNDS)  # noqa: B023
        note = "ours is tagged PDF/A-3 with the capsule, read back; the peer's a plain PDF"
        results.append(_result(f"print: {name}", taken["ours"], taken["naive"], target=target, note=note))
    return results


def _issuing(keys: Path) -> list[Result]:
    signer = Signer.load(keys)
    results = []
    for name, (context, capsule), target in CASES:
        taken = compare(
            {
                "ours": lambda: whole(context, capsule, signer),  # noqa: B023
                "naive": lambda: naive_whole(context, capsule, keys),  # noqa: B023
            },
            rounds=ROUNDS,
        )
        sizes = [len(whole(context, capsule, signer)), len(naive_whole(context, capsule, keys))]
        note = f"{sizes[0] // 1000} kB against {sizes[1] // 1000} kB"
        results.append(_result(f"whole letter: {name}", taken["ours"], taken["naive"], "as documented", target, note))
    return results


def _browser(folder: Path) -> list[Result]:
    binary = shutil.which("chromium") or shutil.which("chromium-browser")
    if binary is None:
        print("  (Chromium is not installed: left out)", file=sys.stderr)
        return []
    context, capsule = award()
    page = folder / "letter.html"
    page.write_text(naive_html(context), "utf-8")
    taken = compare({"ours": lambda: render(context, capsule), "browser": chromium(binary, page)}, rounds=3)
    note = "the browser prints the page only, in another layout: it knows no margin boxes of the standard's page"
    return [_result("print: award, 3 pages", taken["ours"], taken["browser"], "Chromium", 1.8, note)]


def _verifying(keys: Path, roots: tuple[bytes, ...]) -> list[Result]:
    context, capsule = award()
    pdf = whole(context, capsule, Signer.load(keys))
    root = x509.Certificate.load(roots[0])

    def peer() -> None:
        signature = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0]
        trust = ValidationContext(trust_roots=[root], allow_fetching=False)
        assert validate_pdf_signature(signature, trust).bottom_line

    file = keys / "letter.pdf"
    file.write_bytes(pdf)
    contestants: dict[str, Callable[[], object]] = {"ours": lambda: verify_letter(pdf, roots=roots), "pyHanko": peer}
    if shutil.which("pdfsig"):
        contestants["pdfsig"] = lambda: subprocess.run(["pdfsig", file], check=True, capture_output=True)
    assert verify_letter(pdf, roots=roots).status == "valid"
    taken = compare(contestants, rounds=ROUNDS, calls=5)
    title, note = (
        "verify: award, 3 pages",
        "ours also reads page, capsule and sums; the peer checks the signature alone",
    )
    aim = Result(title, taken["ours"], Sample((AIM_SECONDS,)), "the aim of 50 ms", 1.0)
    peers = [name for name in taken if name != "ours"]
    return [aim, *(Result(title, taken["ours"], taken[name], name, None, note) for name in peers)]


def _memory() -> Result:
    ours = """
from core.letters.render import render
from tests.unit.letters.samples import award
for n in range(1, 21):
    render(*award(seq=n))
"""
    peer = """
from bench.bench_letters import naive
from tests.unit.letters.samples import award
for n in range(1, 21):
    naive(award(seq=n)[0])
"""
    note = "peak of a process that prints 20 awards"
    return Result("memory", peak_memory(ours), peak_memory(peer), NAIVE, None, note)
