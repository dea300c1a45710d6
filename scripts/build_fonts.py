"""Build the letter fonts: Fandol (fangsong, song, hei, kai) and Noto Serif SC, as plain TrueType.

Run by `make setup`; alone: `.venv/bin/python scripts/build_fonts.py [--force]`. Result, in core/letters/fonts/:
six .ttf files, their licences, and manifest.json (family, SHA-256, number of characters of each file).

Why build at all: Debian's Fandol files hold CFF outlines of 10,000 glyphs each. WeasyPrint embeds GB2312-size
TrueType in half the time, and the layout tables (kerning, proportional punctuation) would break the fixed
character pitch of GB/T 9704. The same inputs give the same bytes, so letters do not differ between machines.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "core" / "letters" / "fonts"
CACHE = ROOT / "var" / "cache" / "fandol"
DEBIAN_PACKAGE = "texlive-lang-chinese"
TEXLIVE = Path("/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol")
NOTO_PACKAGE = "pylopdf-fonts-zh-cn"

# Outline error allowed when cubic curves become quadratic ones, in units of 1/1000 em: 0.016 pt at 16 pt.
MAX_ERROR = 1.0


@dataclass(frozen=True)
class Font:
    """One file to build. `source` is a file name in the Fandol folder or in the Noto package."""

    file: str
    source: str
    family: str
    style: str = "Regular"

    @property
    def is_noto(self) -> bool:
        return self.source.startswith("Noto")


FONTS = (
    Font("NotoSerifSC.ttf", "NotoSerifSC-Regular.otf", "Noto Serif SC"),  # the longest first: the others fill the gaps
    Font("FandolFang.ttf", "FandolFang-Regular.otf", "FandolFang"),
    Font("FandolKai.ttf", "FandolKai-Regular.otf", "FandolKai"),
    Font("FandolSong.ttf", "FandolSong-Regular.otf", "FandolSong"),
    Font("FandolSong-Bold.ttf", "FandolSong-Bold.otf", "FandolSong", "Bold"),
    Font("FandolHei.ttf", "FandolHei-Regular.otf", "FandolHei"),
)


class FontError(Exception):
    """What is missing, why it is needed, and what to do."""


def gb2312() -> set[int]:
    """The 7,445 code points of GB 2312-80: 6,763 hanzi and 682 other characters."""
    points = set()
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                points.add(ord(bytes((row, cell)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return points


def wanted(code: int, is_noto: bool) -> bool:
    """Whether a character is kept: all hanzi, Latin and punctuation; not the Yi, Tibetan or Hangul letters."""
    if is_noto:  # the fallback for rare names and signs: all it has but Hangul
        return not 0x1100 <= code <= 0x11FF and not 0xA960 <= code <= 0xD7FF
    return (
        0x20 <= code <= 0x4FF  # Latin, the vowels of pinyin, Greek, Cyrillic
        or 0x2000 <= code <= 0x27BF  # punctuation, arrows, circled numbers, box drawing
        or 0x3000 <= code <= 0x33FF  # Chinese punctuation, 〔〕〇, squared units
        or 0x4E00 <= code <= 0x9FFF  # hanzi: GB2312 and the thousand more that Fandol has
        or 0xFE30 <= code <= 0xFE4F
        or 0xFF00 <= code <= 0xFFEF  # full-width forms
    )


# ── the sources ────────────────────────────────────────────────────────────────────────────────────


def fandol_folder() -> Path:
    """The folder with Debian's Fandol files: of an installed TeX Live, or fetched without installing TeX."""
    needed = {font.source for font in FONTS if not font.is_noto}
    for folder in (CACHE, TEXLIVE):
        if all((folder / name).is_file() for name in needed):
            return folder
    if shutil.which("apt-get") is None:
        raise FontError(
            f"The Fandol fonts are missing and there is no apt-get to fetch them. Copy {', '.join(sorted(needed))} "
            f"(from any TeX Live, package 'fandol') into {CACHE} and run this again."
        )
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hongcai-fonts-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103, PTH101  apt's own user must be able to write its checks beside it
        print(f"  fetching Debian's {DEBIAN_PACKAGE} (49 MB; only the Fandol files are kept)")
        _apt_download(Path(folder))
        _unpack(next(Path(folder).glob("*.deb")), needed)
    return CACHE


def _apt_download(folder: Path) -> None:
    command = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", DEBIAN_PACKAGE]
    first = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if first.returncode == 0:
        return
    # A fresh image has no package lists yet.
    update = ["apt-get", "-q", "update"]
    if os.geteuid() != 0:
        update.insert(0, "sudo")
    subprocess.run(update, capture_output=True, check=False)
    second = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if second.returncode != 0:
        raise FontError(
            f"apt-get could not download {DEBIAN_PACKAGE}, which holds the letter fonts:\n{second.stderr.strip()}\n"
            "Check the network and the package sources (Ubuntu: 'universe' must be on), run 'apt-get update', and "
            "try again."
        )


def _unpack(deb: Path, needed: set[str]) -> None:
    data = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            name = Path(member.name).name
            if "fandol" in member.name and member.isfile() and name in needed | {"COPYING.gz"}:
                content = tar.extractfile(member)
                assert content is not None  # a regular file
                (CACHE / name).write_bytes(content.read())


def noto_folder() -> Path:
    spec = importlib.util.find_spec(NOTO_PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise FontError(f"The package {NOTO_PACKAGE} is not installed: run 'make setup'.")
    return Path(spec.origin).parent


# ── one font ───────────────────────────────────────────────────────────────────────────────────────


def build(font: Font, source: Path, target: Path) -> dict[str, Any]:
    """Write `target` from the OpenType file `source`; return its entry of the manifest.

    The font is put together anew from outlines, widths and characters alone: ten times faster than subsetting the
    CFF file first, and nothing of the old layout tables is left.
    """
    old = TTFont(source, lazy=False)
    characters = {code: glyph for code, glyph in old.getBestCmap().items() if wanted(code, font.is_noto)}
    order = [".notdef", *sorted(set(characters.values()) - {".notdef"})]
    outlines, widths = old.getGlyphSet(), old["hmtx"].metrics
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(None)
        outlines[name].draw(Cu2QuPen(pen, MAX_ERROR, reverse_direction=True))
        glyphs[name] = pen.glyph()

    new = FontBuilder(unitsPerEm=old["head"].unitsPerEm, isTTF=True)
    new.setupGlyphOrder(order)
    new.setupCharacterMap(characters)
    new.setupGlyf(glyphs)
    new.setupHorizontalMetrics({name: (widths[name][0], getattr(glyphs[name], "xMin", 0)) for name in order})
    ascent, descent = line_box(old, font)
    new.setupHorizontalHeader(ascent=ascent, descent=descent)
    full = font.family if font.style == "Regular" else f"{font.family} {font.style}"
    copyright_notice, version = (str(old["name"].getDebugName(number)) for number in (0, 5))
    new.setupNameTable(
        {
            "copyright": copyright_notice,
            "familyName": font.family,
            "styleName": font.style,
            "uniqueFontIdentifier": f"{full} hongcai",
            "fullName": full,
            "version": version,
            "psName": Path(font.file).stem,
        },
        mac=False,
    )
    bold = font.style == "Bold"
    new.setupOS2(
        sTypoAscender=ascent,
        sTypoDescender=descent,
        usWinAscent=ascent,
        usWinDescent=-descent,
        usWeightClass=700 if bold else 400,
        fsSelection=0x20 if bold else 0x40,
        fsType=old["OS/2"].fsType,
    )
    new.setupPost(keepGlyphNames=False)  # a PDF has no use for them
    new.updateHead(macStyle=1 if bold else 0, created=old["head"].created, modified=old["head"].modified)
    new.save(target)
    return {
        "file": font.file,
        "family": font.family,
        "style": font.style,
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "bytes": target.stat().st_size,
        "characters": len(characters),
        "gb2312_missing": "".join(map(chr, sorted(gb2312() - characters.keys()))),
        "source": f"{NOTO_PACKAGE if font.is_noto else DEBIAN_PACKAGE}: {font.source}",
        "licence": "LICENCE-NotoSerifSC.txt" if font.is_noto else "LICENCE-Fandol.txt",
    }


def line_box(old: TTFont, font: Font) -> tuple[int, int]:
    """Ascent and descent. 880 and -120 for all Fandol: FandolSong says +200 for its descent, a known slip."""
    return (old["hhea"].ascent, old["hhea"].descent) if font.is_noto else (880, -120)


# ── all of them ────────────────────────────────────────────────────────────────────────────────────


def recipe() -> str:
    """What decides the result: this file, and the versions of the tools and of the packaged font."""
    parts = [hashlib.sha256(Path(__file__).read_bytes()).hexdigest()]
    parts += [f"{name} {metadata.version(name)}" for name in ("fonttools", NOTO_PACKAGE)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def up_to_date() -> bool:
    try:
        manifest = json.loads((OUT / "manifest.json").read_text(encoding="utf-8"))
        return manifest["recipe"] == recipe() and all(
            hashlib.sha256((OUT / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
            for entry in manifest["fonts"]
        )
    except (OSError, ValueError, KeyError):
        return False


def licences() -> Iterator[tuple[str, str]]:
    copying = CACHE / "COPYING.gz"
    if not copying.is_file():  # TeX Live installed: its documentation may not be
        copying = Path("/usr/share/doc/texlive-doc/fonts/fandol/COPYING.gz")
    text = gzip.decompress(copying.read_bytes()).decode() if copying.is_file() else "GPL, see Debian's copyright file."
    yield (
        "LICENCE-Fandol.txt",
        "Fandol fonts, © 2012-2013 the Fandol team: GNU General Public License with the font exception\n"
        "(a document that embeds the font is not thereby covered by the licence). Changed here: outlines made\n"
        "quadratic, fewer characters, layout tables left out, family names and line boxes made regular;\n"
        "the program that does it is scripts/build_fonts.py.\n\n" + text,
    )
    ofl = metadata.distribution(NOTO_PACKAGE).locate_file(
        f"{NOTO_PACKAGE.replace('-', '_')}-{metadata.version(NOTO_PACKAGE)}.dist-info/licenses/LICENSE"
    )
    yield "LICENCE-NotoSerifSC.txt", Path(str(ofl)).read_text(encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the letter fonts into core/letters/fonts/.")
    parser.add_argument("--force", action="store_true", help="build again even if everything is up to date")
    if not parser.parse_args().force and up_to_date():
        print(f"  letter fonts are up to date ({OUT.relative_to(ROOT)})")
        return 0
    try:
        fandol, noto = fandol_folder(), noto_folder()
    except FontError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    OUT.mkdir(parents=True, exist_ok=True)
    # Built aside and moved in at the end: whoever reads the fonts meanwhile sees whole files, old or new.
    with tempfile.TemporaryDirectory(prefix=".building-", dir=OUT) as folder, ProcessPoolExecutor() as pool:
        aside = Path(folder)
        jobs = [pool.submit(build, f, (noto if f.is_noto else fandol) / f.source, aside / f.file) for f in FONTS]
        entries = [job.result() for job in jobs]
        for name, text in licences():
            (aside / name).write_text(text, encoding="utf-8")
        manifest = {"recipe": recipe(), "fonts": sorted(entries, key=lambda entry: str(entry["file"]))}
        (aside / "manifest.json").write_text(
            json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        for file in sorted(aside.iterdir(), key=lambda path: path.name == "manifest.json"):  # the manifest last
            file.replace(OUT / file.name)
    for entry in entries:
        print(f"  {entry['file']:<20} {entry['characters']:>6} characters {entry['bytes'] / 1e6:5.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
