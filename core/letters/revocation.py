"""撤销列表: the letters that no longer stand, as of an instant, signed by the log's key (docs/adr/0013).

Format `hongcai-revocations/1`, a signed note (`core.transparency.note`) of this text:

    hongcai-revocations/1
    hongcai.example/log                      the log whose key signs
    list 7                                   counts up by one
    as-of 2026-11-30T01:20:00Z
    next-update 2026-12-02T01:20:00Z         by then there is a newer one
    previous sha256:…                        of the list before it, whole; "none" for the first
    issuer 虹口区人社局                        whose letters it speaks of, a line each
    ["虹人社〔2026〕7号","revoked","2026-11-29","sha256:…","<sha256 of the file>",""]

An entry has number, kind, day since when, digest of the capsule, hash of the file (empty where none was made), and the
number of the successor. It names nobody. What is on a list stays on every later one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from core.transparency.note import NoteError, Signer, Verifier, opened, sign

FORMAT = "hongcai-revocations/1"
NAME = "revocations.txt"
LONGEST = 16 * 1024 * 1024
NEXT = timedelta(hours=48)
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"
_WRONG = ("这不是撤销列表", "this is not a list of letters that no longer stand")

KINDS = {
    "revoked": ("核定已于%s撤销", "the award was revoked on %s"),
    "void": ("已于%s作废", "it became void on %s"),
    "overturned": ("原决定已于%s经复核撤销", "the decision was overturned on appeal on %s"),
}
"""Why a letter no longer stands."""


class Entry(NamedTuple):
    """A letter that no longer stands."""

    number: str
    kind: str
    since: date
    capsule_digest: str
    file_sha256: str
    successor: str = ""

    def line(self) -> str:
        values = [*self]
        values[2] = self.since.isoformat()
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class RevocationList:
    """What a list says. `number` 0: no list but what an instance answers of itself, now."""

    origin: str
    number: int
    as_of: datetime
    next_update: datetime
    previous: str
    issuers: tuple[str, ...]
    entries: tuple[Entry, ...]

    def text(self) -> str:
        """The text that is signed."""
        lines = [
            FORMAT,
            self.origin,
            f"list {self.number}",
            f"as-of {self.as_of.astimezone(UTC).strftime(_INSTANT)}",
            f"next-update {self.next_update.astimezone(UTC).strftime(_INSTANT)}",
            f"previous {self.previous}",
            *(f"issuer {name}" for name in self.issuers),
            *(entry.line() for entry in self.entries),
        ]
        return "".join(line + "\n" for line in lines)

    def signed(self, signer: Signer) -> str:
        """The note."""
        return sign(self.text(), signer)

    def of(self, number: str, capsule_digest: str) -> Entry | None:
        """Why the letter of that number and capsule no longer stands; None where the list doesn't have it."""
        wanted = (number, capsule_digest)
        return next((entry for entry in self.entries if (entry.number, entry.capsule_digest) == wanted), None)


def digest(note: str) -> str:
    """What names a list: the digest of all of it, signatures included."""
    return "sha256:" + sha256(note.encode()).hexdigest()


def read(note: str, keys: Iterable[Verifier]) -> RevocationList:
    """The list of a note that one of these keys signed, under the key's own name. Raises NoteError."""
    text, names = opened(note, keys, longest=LONGEST)
    found = parse(text)
    if found.origin not in names:
        raise NoteError("撤销列表属于另一个日志", f"the list is one of {found.origin}, whose key is not trusted")
    return found


def parse(text: str) -> RevocationList:
    """The list in the text of a note, whoever signed it. One text only says the same. Raises NoteError."""
    try:
        kind, origin, *lines = text.removesuffix("\n").split("\n")
        if kind != FORMAT:
            raise ValueError
        said = [line.removeprefix(name + " ") for name, line in zip(_HEAD, lines, strict=False)]
        number, as_of, next_update, previous = said
        rest = lines[len(_HEAD) :]
        issuers = tuple(line.removeprefix("issuer ") for line in rest if line.startswith("issuer "))
        found = RevocationList(
            origin, int(number), _instant(as_of), _instant(next_update), previous, issuers,
            tuple(_entry(line) for line in rest[len(issuers) :]),
        )  # fmt: skip
        if found.text() != text or found.number < 1:
            raise ValueError
    except (ValueError, TypeError, RecursionError):
        raise NoteError(*_WRONG) from None
    return found


_HEAD = ("list", "as-of", "next-update", "previous")


def _instant(text: str) -> datetime:
    return datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)


def _entry(line: str) -> Entry:
    number, kind, since, capsule_digest, file_sha256, successor = json.loads(line)
    if kind not in KINDS or not all(isinstance(it, str) for it in (number, capsule_digest, file_sha256, successor)):
        raise ValueError(kind)
    return Entry(number, kind, date.fromisoformat(since), capsule_digest, file_sha256, successor)


def problem(held: RevocationList, shown: RevocationList) -> tuple[str, str] | None:
    """Why `shown` cannot come after a list that somebody holds, in Chinese and English; None where it can."""
    if shown.origin != held.origin:
        return (
            f"撤销列表属于“{shown.origin}”，留存的属于“{held.origin}”",
            f"the list is one of {shown.origin}, the one that you hold of {held.origin}",
        )
    if shown.number < held.number or shown.as_of < held.as_of:
        return (
            f"撤销列表是旧的：这里是第{shown.number}号，您留存的是第{held.number}号",
            f"the list is an old one: number {shown.number}, you hold number {held.number}",
        )
    if shown.number == held.number and shown != held:
        return f"第{held.number}号撤销列表有两个版本", f"there are two lists with number {held.number}"
    if gone := [entry.number for entry in held.entries if entry not in shown.entries]:
        return (
            f"撤销列表少了原有的{'、'.join(gone[:3])}",
            f"the list lacks what was on the one that you hold: {', '.join(gone[:3])}",
        )
    return None


def following(
    before: tuple[RevocationList, str] | None,
    *,
    origin: str,
    at: datetime,
    issuers: Sequence[str],
    entries: Iterable[Entry],
) -> RevocationList:
    """The next list after `before` (and its note): numbered, dated, chained, in one order."""
    at = at.astimezone(UTC).replace(microsecond=0)
    return RevocationList(
        origin,
        before[0].number + 1 if before else 1,
        at,
        at + NEXT,
        digest(before[1]) if before else "none",
        tuple(sorted(set(issuers))),
        tuple(sorted(entries, key=lambda entry: (entry.since, entry.number))),
    )
