"""Search that finds Chinese by any substring: an index of overlapping pairs of characters (bigrams).

A searched row carries `search_text`, made here from its searched columns: each run of characters as its bigrams, in
order and with a blank between, runs apart by two blanks, and at the end each character alone.

    青禾 Tech  →  青禾  te ec ch  c e h t 禾 青

A word is in one of the columns if and only if its bigrams stand there in a row, so the index never finds too much.
Texts and words are compared in one form: NFKC, without case (ＡＢＣ, Abc and abc are one). Sealed columns never go in.

SQLite finds the rows by an FTS5 table of those terms, kept by triggers. Its trigram tokenizer would find nothing for
two characters, its unicode61 drops punctuation and does not know every character; the ascii one, told that all
punctuation belongs to words, splits at blanks alone. PostgreSQL finds them by a GIN index of the terms as an array,
which needs no extension and no locale that knows Chinese, as pg_trgm would.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, column, func, select, table, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

RARE = 1_000  # up to so many rows that hold a word are fetched by the index and sorted; more are met soon in any order


def normal(value: str) -> str:
    """The form in which texts and words are compared: NFKC, without case and control characters, single blanks."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())
    if not folded.isprintable():
        folded = "".join(c for c in folded if c.isspace() or unicodedata.category(c) != "Cc")
    return " ".join(folded.split())


def index_text(values: Sequence[str | None]) -> str:
    """The `search_text` of a row with these values in its searched columns."""
    runs = [run for value in values if value for run in normal(value).split()]
    pairs = (" ".join(_pairs(run)) for run in runs if len(run) > 1)
    return "  ".join((*pairs, " ".join(sorted(set("".join(runs))))))


def terms(word: str) -> list[str]:
    """What the index must hold for a normalised word without blanks: its bigrams, or itself if it is one character."""
    return list(dict.fromkeys(_pairs(word))) if len(word) > 1 else [word]


def _pairs(run: str) -> list[str]:
    return [a + b for a, b in pairwise(run)]


@dataclass(frozen=True)
class TextIndex:
    """The index of one table: its FTS5 table on SQLite, its `search_text` and its key."""

    name: str
    text: ColumnElement[str]
    key: ColumnElement[int]

    def narrow(self, session: Session, statement: Select[Any], q: str) -> tuple[Select[Any], int | None]:
        """The rows that hold every word of `q`, and None; or a lower bound of how many they are, where they are so
        many that they are not counted."""
        words = normal(q).split()
        if not words:
            return statement, None
        wanted = list(dict.fromkeys(term for word in words for term in terms(word)))
        # Terms say that a word's parts are all there; this, that they stand in a row.
        exact = and_(*(self.text.contains(" ".join(_pairs(word)) or word, autoescape=True) for word in words))
        if session.get_bind().dialect.name == "postgresql":
            # It knows how often each term occurs, and chooses between this index and the order of the list itself.
            held = func.string_to_array(self.text, " ", type_=ARRAY(Text)).op("@>")(cast(wanted, ARRAY(Text)))
            return statement.where(held, exact), None
        fts = table(self.name, column("rowid"), column(self.name))
        match = " ".join('"' + term.replace('"', '""') + '"' for term in wanted)
        ids = session.scalars(select(fts.c.rowid).where(fts.c[self.name].op("MATCH")(match)).limit(RARE + 1)).all()
        found = statement.where(self.key.in_(select(text("value")).select_from(func.json_each(str(ids)))), exact)
        if len(ids) <= RARE:
            return found, None
        known = session.scalar(found.with_only_columns(func.count(), maintain_column_froms=True).order_by(None))
        return statement.where(exact), known or 0


# ── what the database needs beside the column ────────────────────────────────────────────────────────────────────────
_PUNCTUATION = "".join(chr(code) for code in range(0x21, 0x7F) if not chr(code).isalnum())


def create(table_name: str, dialect: str) -> list[str]:
    """The statements that make the index of a table, and fill it with what is there."""
    name = f"{table_name}_search"
    if dialect == "postgresql":
        return [f"CREATE INDEX ix_{name} ON {table_name} USING gin (string_to_array(search_text, ' '))"]
    quoted = _PUNCTUATION.replace("'", "''").replace('"', '""')
    fts = f"fts5(search_text, content='{table_name}', content_rowid='id', detail=none, columnsize=0, tokenize="
    return [
        f"CREATE VIRTUAL TABLE {name} USING {fts}\"ascii tokenchars '{quoted}'\")",
        *triggers(table_name),
        f"INSERT INTO {name} ({name}) VALUES ('rebuild')",  # noqa: S608  our own names
    ]


def triggers(table_name: str) -> list[str]:
    """SQLite's triggers that keep the index. A migration that makes the table anew drops them: make them again."""
    name = f"{table_name}_search"
    remove = f"INSERT INTO {name} ({name}, rowid, search_text) VALUES ('delete', old.id, old.search_text);"  # noqa: S608
    add = f"INSERT INTO {name} (rowid, search_text) VALUES (new.id, new.search_text);"  # noqa: S608
    return [
        f"CREATE TRIGGER {name}_insert AFTER INSERT ON {table_name} BEGIN {add} END",
        f"CREATE TRIGGER {name}_delete AFTER DELETE ON {table_name} BEGIN {remove} END",
        f"CREATE TRIGGER {name}_update AFTER UPDATE OF search_text ON {table_name} BEGIN {remove} {add} END",
    ]


def drop(table_name: str, dialect: str) -> list[str]:
    """The statements that take it away again."""
    name = f"{table_name}_search"
    if dialect == "postgresql":
        return [f"DROP INDEX ix_{name}"]
    return [*(f"DROP TRIGGER {name}_{verb}" for verb in ("insert", "delete", "update")), f"DROP TABLE {name}"]
