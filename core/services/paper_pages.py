"""How the pages of a kept paper look: drawn apart when somebody first looks, and kept by the paper's hash.

The pictures are nobody's evidence: they may go at any time (`clear`), and are drawn again.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from core.data.models.kept import KeptFile
from core.errors import Invalid, NotFound
from core.letters.store import write_once
from core.services import files
from core.uploads.desk import DRAWING

WIDTHS = (900, 1800)  # pixels: beside a case, and enlarged
TURNS = (0, 90, 180, 270)
RETRY_SECONDS = 600  # a page that could not be drawn


class Kept(NamedTuple):
    """What is needed of a paper once its row was read: nothing below asks the database."""

    sha256: str
    media_type: str
    suffix: str = ""  # of the file's name: letters have one


def of(file: KeptFile) -> Kept:
    return Kept(file.sha256, file.media_type)


def sizes(store: Path, cache: Path, paper: Kept) -> list[tuple[int, int]]:
    """Width and height of each page, for its proportions. Raises `Invalid` for a paper that cannot be shown."""
    path = _folder(cache, paper) / "sizes.json"
    if not path.exists():
        answer, _ = files.ask(DRAWING, "sizes", _body(store, paper), kind=paper.media_type)
        write_once(path, json.dumps(answer["sizes"]).encode())
    return [(width, height) for width, height in json.loads(path.read_bytes())]


def page(store: Path, cache: Path, paper: Kept, number: int, *, width: int, turn: int) -> Path:
    """The file with a page (from 1) as WebP. Raises `NotFound`, `Invalid`."""
    if width not in WIDTHS or turn not in TURNS or not 1 <= number <= len(sizes(store, cache, paper)):
        raise NotFound("没有这一页")
    path = _folder(cache, paper) / f"{number}-{width}-{turn}.webp"
    failed = path.with_suffix(".failed")
    if failed.exists() and time.time() - failed.stat().st_mtime < RETRY_SECONDS:
        raise Invalid("这一页无法显示，请下载后查看")
    if not path.exists():
        try:
            _, drawn = files.ask(
                DRAWING, "draw", _body(store, paper), kind=paper.media_type, number=number - 1, width=width, turn=turn
            )
        except Invalid:
            failed.parent.mkdir(parents=True, exist_ok=True)
            failed.touch()  # so that it is not tried at each look; a busy moment is over after a while
            raise
        write_once(path, drawn)
    return path


def clear(cache: Path, *, days: int) -> int:
    """Remove what was drawn more than `days` ago; how many."""
    before, count = time.time() - days * 86_400, 0
    for path in cache.glob("??/*/*"):
        with suppress(OSError):  # another process is at it, too
            if path.stat().st_mtime < before:
                path.unlink()
                count += 1
    return count


def _folder(cache: Path, paper: Kept) -> Path:
    return cache / paper.sha256[:2] / paper.sha256


def _body(store: Path, paper: Kept) -> bytes:
    try:
        return files.path_of(store, paper.sha256 + paper.suffix).read_bytes()
    except FileNotFoundError:
        raise NotFound("这份材料的文件不在存储中，请联系平台管理人员") from None
