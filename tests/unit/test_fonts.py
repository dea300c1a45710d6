"""The letter fonts as `scripts/build_fonts.py` leaves them."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont as OpenFont

from scripts import build_fonts

MANIFEST = json.loads((build_fonts.OUT / "manifest.json").read_text(encoding="utf-8"))


def opened(path: Path) -> OpenFont:
    """The whole font, its file closed again."""
    return OpenFont(io.BytesIO(path.read_bytes()))


FANDOL = [entry for entry in MANIFEST["fonts"] if entry["family"].startswith("Fandol")]


@pytest.mark.parametrize("entry", MANIFEST["fonts"], ids=lambda entry: str(entry["file"]))
def test_the_manifest_tells_the_truth(entry: dict[str, object]) -> None:
    path = build_fonts.OUT / str(entry["file"])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
    font = opened(path)
    assert (font["name"].getDebugName(1), font["name"].getDebugName(2)) == (entry["family"], entry["style"])
    assert len(font.getBestCmap()) == entry["characters"]
    assert "glyf" in font
    assert "CFF " not in font
    assert (build_fonts.OUT / str(entry["licence"])).stat().st_size > 1000


def test_all_the_letter_needs() -> None:
    assert {entry["file"] for entry in MANIFEST["fonts"]} == {font.file for font in build_fonts.FONTS}
    assert {(entry["family"], entry["style"]) for entry in FANDOL} >= {
        ("FandolFang", "Regular"),
        ("FandolSong", "Bold"),
        ("FandolHei", "Regular"),
        ("FandolKai", "Regular"),
    }


@pytest.mark.parametrize("entry", FANDOL, ids=lambda entry: str(entry["file"]))
def test_fandol_covers_gb2312_at_a_fixed_pitch(entry: dict[str, object]) -> None:
    font = opened(build_fonts.OUT / str(entry["file"]))
    characters, widths = font.getBestCmap(), font["hmtx"].metrics
    assert entry["gb2312_missing"] == "―"  # U+2015; the Chinese dash is U+2014
    assert {ord(c) for c in "〔〕—…·“”¥0123456789"} <= characters.keys()
    hanzi = [code for code in characters if 0x4E00 <= code <= 0x9FFF]
    assert len(hanzi) > 6763
    assert {widths[characters[code]][0] for code in hanzi} == {1000}
    assert (font["hhea"].ascent, font["hhea"].descent) == (880, -120)


def test_noto_has_the_rare_characters_of_names() -> None:
    characters = opened(build_fonts.OUT / "NotoSerifSC.ttf").getBestCmap()
    assert {ord(c) for c in "喆堃玥昇珺祎䶮〇㎡"} <= characters.keys()
    assert build_fonts.gb2312() <= characters.keys()


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_fonts, "wanted", lambda code, is_noto: chr(code) in "宏才2026")
    font = next(f for f in build_fonts.FONTS if f.file == "FandolSong-Bold.ttf")
    for name in ("first.ttf", "second.ttf"):
        entry = build_fonts.build(font, build_fonts.fandol_folder() / font.source, tmp_path / name)
        assert entry["characters"] == 5
    first = opened(tmp_path / "first.ttf")
    assert (tmp_path / "first.ttf").read_bytes() == (tmp_path / "second.ttf").read_bytes()
    # The clock does not show: a font built on another day is the same font.
    assert first["head"].modified == opened(build_fonts.fandol_folder() / font.source)["head"].modified
