"""The records behind evidence lines, as they stand now beside what was decided on, and the papers of both.

What a line was made from is named by the facts frozen with the case; they count only where they still are what the
capsule says of the line (its grade and its paper).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Case, Employment, Grade, Milestone, RentPayment, StoredFile
from core.services import files
from core.services.dossiers import Frozen, Source
from core.services.dossiers.premises import paper_of, weakest


class Now(StrEnum):
    """How the records of a line stand beside what was decided on."""

    SAME = "same"
    OTHER = "other"  # another amount, source or paper
    GONE = "gone"  # a record is not there any more
    UNKNOWN = "unknown"  # the frozen facts no longer say which records they were


class Kept(StrEnum):
    """How the paper of a line stands."""

    SAME = "same"  # the stored file has the hash that was decided on
    OTHER = "other"  # there is a file, and it was changed
    MISSING = "missing"  # it was handed in, and is not in the store
    NEVER = "never"  # a hash alone: the paper was not handed in
    NONE = "none"  # not even a hash


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper by its hash, and the file that was handed in for it, if one was. Without one it may be a spreadsheet
    that rows were imported from: that is kept, and is nobody's to open, for it is full of others' rows."""

    sha256: str
    file_id: int | None = None
    name: str = ""
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one evidence line comes from. `amount_fen`: what its records come to now."""

    line: str
    grade: str
    paper: str | None
    source: Source | None
    records: tuple[int, ...]
    now: Now
    amount_fen: int | None
    papers: tuple[Paper, ...]


def origins(session: Session, case: Case, capsule: Mapping[str, Any]) -> dict[str, Origin]:
    """The origin of each evidence line of the decision, as far as the asker may see the records."""
    frozen = Frozen.from_json(case.facts) if case.facts else None
    sources: dict[str, Source] = {}
    for entry in capsule["evidence"]:
        source = frozen.evidence.get(entry["line"]) if frozen else None
        if source is not None and (source.grade, source.paper) == (entry["grade"], entry["paper"]):
            sources[entry["line"]] = source
    found = _records(session, sources.values())
    papers = _files(session, _hashes(capsule, found))
    return {entry["line"]: _origin(entry, sources.get(entry["line"]), found, papers) for entry in capsule["evidence"]}


def of_case(session: Session, case: Case) -> list[tuple[str, Paper]]:
    """The papers handed in with the case: (document key, paper)."""
    rows = [(document.kind, document.file) for document in case.documents]
    return [(kind, Paper(file.sha256, file.id, file.name, file.media_type)) for kind, file in rows]


def compared(store: Path, papers: Collection[Paper]) -> dict[str, Kept]:
    """By hash: whether the file that is stored has it now. Reads files: no transaction should be open."""
    return {paper.sha256: _compared(store, paper) for paper in papers}


def _compared(store: Path, paper: Paper) -> Kept:
    try:
        with files.path_of(store, paper.sha256).open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == paper.sha256
    except FileNotFoundError:
        return Kept.NEVER if paper.file_id is None else Kept.MISSING
    return Kept.SAME if same else Kept.OTHER


Records = Mapping[str, Mapping[int, Any]]
_TABLES: dict[str, type[Any]] = {"rent_payments": RentPayment, "employments": Employment, "milestones": Milestone}


def _named(source: Source) -> tuple[str, list[int]]:
    """`rent_payments:12,15` as a table and ids."""
    table, _, ids = source.source.partition(":")
    return table, [int(number) for number in ids.split(",") if number.isdigit()]


def _records(session: Session, sources: Collection[Source]) -> Records:
    wanted: dict[str, set[int]] = defaultdict(set)
    for source in sources:
        table, ids = _named(source)
        wanted[table].update(ids)
    found: dict[str, dict[int, Any]] = {}
    for table, numbers in wanted.items():
        model = _TABLES.get(table)
        rows = session.scalars(select(model).where(model.id.in_(numbers))) if model is not None else ()
        found[table] = {row.id: row for row in rows}
    return found


def _hashes(capsule: Mapping[str, Any], found: Records) -> set[str]:
    named = {entry["paper"] for entry in capsule["evidence"] if entry["paper"]}
    rows = (row for table in found.values() for row in table.values())
    return named | {sha for row in rows if (sha := getattr(row, "paper_sha256", None))}


def _files(session: Session, hashes: Collection[str]) -> dict[str, Paper]:
    columns = (StoredFile.sha256, StoredFile.id, StoredFile.name, StoredFile.media_type)
    rows = session.execute(select(*columns).where(StoredFile.sha256.in_(hashes)).order_by(StoredFile.id.desc()))
    return {row.sha256: Paper(*row) for row in rows}  # the one that was handed in first stands


def _origin(entry: Mapping[str, Any], source: Source | None, found: Records, files_of: Mapping[str, Paper]) -> Origin:
    if source is None:
        return Origin(
            entry["line"], entry["grade"], entry["paper"], None, (), Now.UNKNOWN, None,
            _papers(entry["paper"], (), files_of),
        )  # fmt: skip
    table, ids = _named(source)
    rows = [found.get(table, {})[number] for number in ids if number in found.get(table, {})]
    now, amount = _now(source, ids, rows)
    hashes = [row.paper_sha256 for row in rows if getattr(row, "paper_sha256", None)]
    return Origin(
        entry["line"], entry["grade"], entry["paper"], source, tuple(ids), now, amount,
        _papers(entry["paper"], hashes, files_of),
    )  # fmt: skip


def _now(source: Source, ids: Sequence[int], rows: Sequence[Any]) -> tuple[Now, int | None]:
    if len(rows) < len(ids) or not ids:
        return Now.GONE, None
    if isinstance(rows[0], Milestone):
        return Now.SAME, None
    grade: Grade = weakest(row.grade for row in rows)
    amount = None
    if isinstance(rows[0], RentPayment):
        paid = [row.paid_fen for row in rows]
        # Two operators who recorded one month mean the same rent: it counts once.
        per = {row.operator_id: sum(r.paid_fen or 0 for r in rows if r.operator_id == row.operator_id) for row in rows}
        amount = per.popitem()[1] if None not in paid and len(set(per.values())) == 1 else None
    paper = paper_of({row.paper_sha256 for row in rows if row.paper_sha256})
    same = (grade, paper, amount) == (source.grade, source.paper, source.amount_fen)
    return (Now.SAME if same else Now.OTHER), amount


def _papers(paper: str | None, hashes: Sequence[str], files_of: Mapping[str, Paper]) -> tuple[Paper, ...]:
    """The paper itself; where it stands for several vouchers, those (docs/evidence.md, Merging)."""
    if paper is None:
        return ()
    parts = sorted(set(hashes))
    if paper not in files_of and len(parts) > 1 and paper_of(parts) == paper:
        return tuple(files_of.get(sha, Paper(sha)) for sha in parts)
    return (files_of.get(paper, Paper(paper)),)
