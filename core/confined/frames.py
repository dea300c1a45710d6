"""What the two sides say to each other: frames of bounded size. What is in a frame, its users know."""

from __future__ import annotations

import json
import struct
from typing import Any

HEAD = struct.Struct(">I16sI")
"""Length of the body after it; the turn, which an answer repeats; seconds of processor time the process has used."""

LONGEST_REASON = 300


class Unanswered(Exception):
    """A confined process gave no answer; the message is the reason, a clause for people."""

    passing = False


class Busy(Unanswered):
    """It was not even asked this time, because of what it did with others."""

    passing = True


class Died(Unanswered):
    """The process ended, hung, or spoke nonsense: it is of no use any more."""


class Garbled(ValueError):
    """A message that is not one of ours; says what is wrong with it."""


def short(text: object) -> str:
    """A reason as long as a page can take: what it says is in another's hand."""
    said = str(text)
    return said if len(said) <= LONGEST_REASON else f"{said[:LONGEST_REASON]}…"


def dump(value: Any) -> bytes:
    """ASCII, so that half a character arrives as what it is and is refused by name."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def load(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Garbled(f"it is no JSON: {error}") from error


def answer(body: bytes) -> dict[str, Any]:
    """What a confined process said, as an object. Raises `Died` for what is no answer."""
    try:
        value = load(body)
    except Garbled as error:
        raise Died(f"its process wrote something that is no answer: {short(error)}") from error
    if type(value) is not dict:
        raise Died("its process wrote something that is no answer")
    return value
