"""What runs apart: one question after the other about the bytes that come with it. It can read no file of ours, write
none, and speak to nobody; what a file does to it, the other side sees."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from core.confined import walls
from core.confined.channel import Channel
from core.confined.frames import dump, load
from core.uploads import pages, pdf, pictures, sheets
from core.uploads.kinds import PDF, Refused, media_type

ROOT = Path(__file__).resolve().parents[2]
# For a page that names a font and does not bring it.
FONTS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))

Answer = tuple[dict[str, Any], bytes]


def check(_: dict[str, Any], body: bytes) -> Answer:
    kind = media_type(body)
    if kind == PDF:
        return {"kind": kind, "pages": pdf.check(body)}, b""
    pictures.check(body)
    return {"kind": kind, "pages": 1}, b""


def redraw(_: dict[str, Any], body: bytes) -> Answer:
    drawn, width, height = pictures.redraw(body)
    return {"kind": media_type(body), "width": width, "height": height}, drawn


def sizes(asked: dict[str, Any], body: bytes) -> Answer:
    return {"sizes": pages.sizes(body, asked["kind"])}, b""


def draw(asked: dict[str, Any], body: bytes) -> Answer:
    return {}, pages.draw(body, asked["kind"], asked["number"], asked["width"], asked["turn"])


def bind(asked: dict[str, Any], body: bytes) -> Answer:
    return {}, sheets.pages_of(body, asked["kind"], asked["most"])


QUESTIONS = {"check": check, "redraw": redraw, "sizes": sizes, "draw": draw, "bind": bind}


def main(descriptor: str) -> NoReturn:
    serve(descriptor, QUESTIONS)


def serve(descriptor: str, questions: dict[str, Callable[[dict[str, Any], bytes], Answer]]) -> NoReturn:
    """Close in, say which walls stand, and answer. Also for others who open files (`core.services.imports.apart`)."""
    channel = Channel(int(descriptor))
    turn, config = channel.receive()
    walls.limit(load(config)["memory"])
    readable = [Path(sys.prefix), Path(sys.base_prefix), ROOT / "core", *FONTS]
    channel.send(turn, dump({"walls": ["limits", *walls.close_in([place for place in readable if place.exists()])]}))
    while True:
        turn, message = channel.receive()
        head, _, body = message.partition(b"\n")
        del message
        asked = load(head)
        channel.answer_by(asked["seconds"])
        said, payload = _answered(questions[asked["ask"]], asked, body)
        channel.send(turn, dump(said) + b"\n" + payload)


def _answered(ask: Callable[[dict[str, Any], bytes], Answer], asked: dict[str, Any], body: bytes) -> Answer:
    try:
        return ask(asked, body)
    except Refused as error:
        return {"refused": error.code, "values": error.values}, b""
    except (MemoryError, RecursionError):
        return {"refused": "exhausting", "values": {}}, b""
    except Exception as error:  # noqa: BLE001 - a library's own fault over this file; the next is answered all the same
        return {"failed": f"{type(error).__name__}: {error}"[:300]}, b""


if __name__ == "__main__":
    os._exit(2)  # it is started by `core.confined.process`
