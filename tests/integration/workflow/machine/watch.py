"""The invariants of a run, each asked again only where a table that it reads was written to since it was last asked:
what it says is made of these tables alone, so it would say the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from core.data.base import Base
from core.services.invariants import rows

WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|REPLACE)\b")
ALWAYS = ("I4", "I10")  # they read files, and the database's own word
Found = list[tuple[str, tuple[str, str]]]


def tables_in(sql: str) -> set[str]:
    """Every table whose name is in it; rather one too many."""
    return set(re.findall(r"\w+", sql)) & Base.metadata.tables.keys()


class Watch:
    def __init__(self, engine: Engine) -> None:
        self.reads: dict[str, set[str]] = {}  # by rule, or by statement of I8
        self.stale: set[str] = set()
        self.belonging: list[str] = []
        self.listening: list[str] | None = None
        event.listen(engine, "before_cursor_execute", self._hear)

    def _hear(self, _connection: Any, _cursor: Any, sql: str, *_more: Any) -> None:
        if self.listening is not None:
            self.listening.append(sql)
        if WRITES.match(sql):
            written = tables_in(sql)
            self.stale |= {name for name, read in self.reads.items() if read & written}

    def back(self) -> None:
        """All is again as it was when a run began: nothing was broken then."""
        self.stale.clear()

    def ask(self, rules: Iterable[tuple[str, Callable[[], Iterable[tuple[str, str]]]]]) -> Found:
        found: Found = []
        for name, find in rules:
            if name in self.reads and name not in self.stale and name not in ALWAYS:
                continue
            with self._said() as said:
                there = [(name, it) for it in find()]
            self.reads[name] = self.reads.get(name, set()).union(*map(tables_in, said))
            self._told(name, there)
            found += there
        return found

    def ask_belonging(self, connection: Connection) -> Found:
        """I8, in the SQL that it gave the first time: making it again takes a second."""
        if not self.belonging:
            with self._said() as said:
                there = [("I8", it) for it in rows.check_belonging(connection)]
            self.belonging = said
            self.reads |= {sql: tables_in(sql) for sql in said}
            self.stale |= set(said) if there else set()
            return there
        found: Found = []
        cursor = connection.connection.cursor()
        for sql in self.belonging:
            if sql not in self.stale:
                continue
            cursor.execute(sql)
            there = [("I8", (str(row), sql)) for row in cursor.fetchall()]
            self._told(sql, there)
            found += there
        cursor.close()
        return found

    def _told(self, name: str, there: Found) -> None:
        """What is broken is told until it is mended."""
        (self.stale.add if there else self.stale.discard)(name)

    @contextmanager
    def _said(self) -> Iterator[list[str]]:
        said: list[str] = []
        self.listening = said
        try:
            yield said
        finally:
            self.listening = None
