"""What the signature looks like: a thin frame round 署名 and date, with "电子签名", the signer and the time in it.

It stands at the place of the seal and is no seal: no circle, no star, no picture. The characters are drawn as outlines,
so that nothing but paths is in it (no font to embed, PDF/A keeps), with their text beside them for screen readers.
"""

from __future__ import annotations

import functools
import io
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

from core.letters.assets import FACES, FALLBACK, font_bytes

_INK = "0.13 0.25 0.47"  # a blue-black, told apart from the text and from the red of a seal
_SIZE = 8.0
_SHANGHAI = ZoneInfo("Asia/Shanghai")


class _OutlinePen(BasePen):  # type: ignore[misc]  # fontTools has no types
    """Collects a glyph as PDF path operators in font units."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.operators: list[str] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 - named by fontTools
        self.operators.append(f"{pt[0]:.0f} {pt[1]:.0f} m")

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self.operators.append(f"{pt[0]:.0f} {pt[1]:.0f} l")

    def _curveToOne(self, *pts: tuple[float, float]) -> None:  # noqa: N802
        self.operators.append(" ".join(f"{x:.0f} {y:.0f}" for x, y in pts) + " c")

    def _closePath(self) -> None:  # noqa: N802
        self.operators.append("h")


@functools.cache
def _font(family: str) -> tuple[dict[int, str], Any]:
    font = TTFont(io.BytesIO(font_bytes(next(f.file for f in FACES if f.family == family))), lazy=True)
    return font.getBestCmap(), font.getGlyphSet()


@functools.lru_cache(maxsize=4096)
def _outline(char: str) -> tuple[str, float]:
    """Path and width (1/1000 em) of a character in 宋体, or in the fallback."""
    for family in ("Hongcai Song", FALLBACK):
        cmap, glyphs = _font(family)
        if name := cmap.get(ord(char)):
            pen = _OutlinePen(glyphs)
            glyphs[name].draw(pen)
            return " ".join(pen.operators), float(glyphs[name].width)
    return "", 500.0


def _text(text: str, x: float, y: float, width: float) -> str:
    """Operators that write `text` at (x, y), made smaller where it is wider than `width` points."""
    outlines = [_outline(char) for char in text]
    natural = sum(advance for _, advance in outlines) * _SIZE / 1000
    scale = _SIZE / 1000 * min(1.0, width / natural if natural else 1.0)
    actual = "FEFF" + text.encode("utf-16-be").hex().upper()
    out = [f"/Span <</ActualText <{actual}>>> BDC q {scale:.6f} 0 0 {scale:.6f} {x:.2f} {y:.2f} cm"]
    for path, advance in outlines:
        out.append(f"{path} f 1 0 0 1 {advance:.0f} 0 cm" if path else f"1 0 0 1 {advance:.0f} 0 cm")
    return " ".join([*out, "Q EMC"])


def draw(signer: str, at: datetime, width: float, height: float) -> bytes:
    """Content of the appearance: `signer`'s name and the time of signing in a frame of that size (points)."""
    inner = width - 12
    frame = (
        f"{_INK} RG 0.6 w 0.5 0.5 {width - 1:.2f} {height - 1:.2f} re S 0.3 w "
        f"2.3 2.3 {width - 4.6:.2f} {height - 4.6:.2f} re S {_INK} rg"
    )
    head = _text(f"电子签名　{signer}", 6, height - 13, inner)
    foot = _text(f"签名时间　{at.astimezone(_SHANGHAI):%Y-%m-%d %H:%M:%S}（北京时间）", 6, 7, inner)
    return f"{frame} {head} {foot}".encode("ascii")
