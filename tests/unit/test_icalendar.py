"""Calendars as RFC 5545 wants them, whatever people typed."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from core.services.icalendar import Entry, folded, written

AT = datetime(2026, 11, 30, 1, tzinfo=UTC)
_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(_text)
def test_folded_lines_are_short_and_unfold_to_what_they_were(text: str) -> None:
    line = "SUMMARY:" + text.replace("\r", "").replace("\n", "")
    pieces = folded(line).encode().split(b"\r\n")
    assert all(len(piece) <= 75 for piece in pieces)
    assert all(piece.decode().startswith(" ") for piece in pieces[1:]), "no character is torn"
    assert b"".join([pieces[0], *(piece[1:] for piece in pieces[1:])]).decode() == line


@given(_text)
def test_what_was_typed_is_read_again_and_adds_no_line(text: str) -> None:
    lines = written("x", [Entry("1@h", AT, AT, AT, text)]).replace("\r\n ", "").split("\r\n")
    assert [it.partition(":")[0] for it in lines].count("SUMMARY") == 1
    assert lines[-3:] == ["END:VEVENT", "END:VCALENDAR", ""]
    (said,) = (it.partition(":")[2] for it in lines if it.startswith("SUMMARY:"))
    read = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], said)
    assert read == "".join(c for c in "\n".join(text.splitlines()) if c in "\n\t" or (ord(c) >= 32 and ord(c) != 127))


def test_an_entry_says_when_and_that_it_is_called_off() -> None:
    text = written("x", [Entry("1@h", AT, AT.replace(hour=2), AT.replace(day=1), "a", "b, c", cancelled=True)])
    assert "DTSTART:20261130T010000Z\r\nDTEND:20261130T020000Z\r\n" in text
    assert "DTSTAMP:20261101T010000Z\r\n" in text
    assert "LOCATION:b\\, c\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n" in text
