"""Everything a letter may load, by exact name: our fonts and its own QR code. All else is refused.

WeasyPrint asks a URLFetcher for every font, image, stylesheet and attachment. Ours serves a closed list and keeps a
record of each refusal, because a refusal raised inside an inline `<svg><image>` is swallowed: the caller must look at
`refused` and drop the letter (docs/letters.md, "What a letter cannot do").
"""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import segno
from fontTools.ttLib import TTFont
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from core.letters.errors import LetterRefusedError

FONT_DIR = Path(__file__).parent / "fonts"

FALLBACK = "Hongcai Rare"


@dataclass(frozen=True, slots=True)
class Face:
    """One font of the house. `family` is ours alone, so that a font installed on the machine can never stand in."""

    family: str
    file: str

    @property
    def url(self) -> str:
        """The name under which the stylesheet asks for it."""
        return f"asset:font/{self.file}"


FACES = (
    Face("Hongcai Fang", "FandolFang.ttf"),
    Face("Hongcai Song", "FandolSong.ttf"),
    Face("Hongcai Title", "FandolSong-Bold.ttf"),
    Face("Hongcai Hei", "FandolHei.ttf"),
    Face("Hongcai Kai", "FandolKai.ttf"),
    # Name characters beyond GB2312 (喆 堃 玥 䶮). Its own family: slices of one family print wrong characters.
    Face(FALLBACK, "NotoSerifSC.ttf"),
)
FAMILIES = frozenset(face.family for face in FACES)
"""The only families whose glyphs may appear in a letter."""


def font_faces() -> str:
    """The `@font-face` rules for FACES."""
    return "\n".join(f'@font-face {{ font-family: "{f.family}"; src: url({f.url}) }}' for f in FACES)


@functools.cache
def font_bytes(file: str) -> bytes:
    """One font file. Raises LetterRefusedError if it was never built or isn't the one in the manifest."""
    path = FONT_DIR / file
    try:
        data = path.read_bytes()
        listed = {f["file"]: f["bytes"] for f in json.loads((FONT_DIR / "manifest.json").read_bytes())["fonts"]}
    except OSError as error:
        raise LetterRefusedError(
            f"font {path} cannot be read ({error.strerror}): run scripts/build_fonts.py",
            f"通知书字体 {file} 无法读取：请运行 scripts/build_fonts.py 重新生成字体。",
        ) from error
    if listed.get(file) != len(data):
        raise LetterRefusedError(
            f"font {path} is not the one in manifest.json: run scripts/build_fonts.py --force",
            f"通知书字体 {file} 与清单不符：请运行 scripts/build_fonts.py --force 重新生成字体。",
        )
    return data


@functools.cache
def printable() -> frozenset[int]:
    """Code points that every style of a letter can print: in all Fandol faces, or in the fallback."""
    cmaps = {f.family: TTFont(io.BytesIO(font_bytes(f.file)), lazy=True).getBestCmap().keys() for f in FACES}
    everywhere = frozenset.intersection(*(frozenset(keys) for family, keys in cmaps.items() if family != FALLBACK))
    return everywhere | frozenset(cmaps[FALLBACK])


def qr_png(text: str) -> bytes:
    """QR code of a verification address as PNG, one pixel a module, 15 % error correction, quiet zone left to the page.

    The mask is fixed: choosing the best of eight costs ten times as much and any mask can be read. PNG, because
    WeasyPrint takes 10 ms to draw the same code from an SVG path.
    """
    out = io.BytesIO()
    segno.make(text, error="m", micro=False, mask=3, boost_error=False).save(out, kind="png", border=0)
    return out.getvalue()


class Assets(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Serves `files` by exact address and nothing else; `refused` lists what was asked for in vain."""

    def __init__(self, files: Mapping[str, tuple[bytes, str]]) -> None:
        super().__init__(allowed_protocols=set(), allow_redirects=False)
        self.files = files
        self.refused: list[str] = []

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The asset of that exact name; anything else is recorded and stops the rendering."""
        if url in self.files:
            body, content_type = self.files[url]
            return URLFetcherResponse(url, body, {"Content-Type": content_type})
        self.refused.append(url)
        raise FatalURLFetchingError(f"a letter may not load {url[:200]}")


@functools.cache
def font_assets() -> dict[str, tuple[bytes, str]]:
    """The fonts as the fetcher serves them."""
    return {face.url: (font_bytes(face.file), "font/ttf") for face in FACES}
