"""Column types: UTC instants, months, enums, and sealed (encrypted) fields."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, DateTime, Dialect, Enum, String, Text, TypeDecorator, type_coerce
from sqlalchemy.orm import Mapped, mapped_column

from core.data.crypto import Keyring

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])\Z")


class UTCDateTime(TypeDecorator[datetime]):
    """An instant. Refuses naive values, because a naive time is a guess about the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone: use core.data.types.utcnow()")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        # SQLite keeps no zone; what we wrote was UTC.
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Month(TypeDecorator[str]):
    """A calendar month as text, `YYYY-MM`, so that it sorts and compares as it reads."""

    impl = String(7)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and not MONTH.match(value):
            raise ValueError(f"not a month: {value!r} (YYYY-MM is expected)")
        return value


class Words(TypeDecorator[list[str]]):
    """A short list of words as one text, each in a line of its own, so that any engine finds one:
    `Words.has(Mentor.areas, "软件")`. Blank words and repeats are dropped; the order is kept."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        words = list(dict.fromkeys(stripped for word in value if (stripped := " ".join(word.split()))))
        return "".join(f"\n{word}" for word in words) + "\n"

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str] | None:
        return None if value is None else value.split("\n")[1:-1]

    @staticmethod
    def has(column: Any, word: str) -> ColumnElement[bool]:
        """Whether a column of words holds this one, whole."""
        return type_coerce(column, Text).contains(f"\n{word}\n", autoescape=True)


def utcnow() -> datetime:
    return datetime.now(UTC)


def choice(enum: type[StrEnum], *, named: str = "", **kwargs: Any) -> Any:
    """A column holding one of an enum's values as text, checked by the database on both engines.

    `named`: what to call the check where a table has two columns of one enum (PostgreSQL wants names apart).
    """
    values = Enum(
        enum,
        native_enum=False,
        create_constraint=True,
        name=named or re.sub(r"(?<!^)(?=[A-Z])", "_", enum.__name__).lower(),
        length=40,
        values_callable=lambda e: [m.value for m in e],
    )
    return mapped_column(values, **kwargs)


class Sealable:
    """A row with encrypted fields. `uid` is bound into each ciphertext, so that it opens in this row only."""

    uid: Mapped[str] = mapped_column(String(32), unique=True, default=lambda: secrets.token_hex(16))


class Sealed:
    """An encrypted text field kept in the column `<name>_sealed`.

    Reads and writes plain text; the database, its backups and its logs hold ciphertext (AES-256-GCM with
    table, row and column as associated data: a ciphertext moved to another row is refused).
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.column = f"{name}_sealed"
        self.name = name

    def _context(self, row: Any) -> str:
        if row.uid is None:
            row.uid = secrets.token_hex(16)
        return f"{row.__tablename__}|{row.uid}|{self.name}"

    def __get__(self, row: Any, owner: type | None = None) -> Any:
        if row is None:
            return self
        stored = getattr(row, self.column)
        return None if stored is None else Keyring.current().open(stored, self._context(row))

    def __set__(self, row: Any, value: str | None) -> None:
        sealed = None if value is None else Keyring.current().seal(value, self._context(row))
        setattr(row, self.column, sealed)
