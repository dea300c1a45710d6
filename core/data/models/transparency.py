"""The transparency log: which rows are its leaves, in which order, and its signed heads. Rows are only ever added.

What the log is for, and what it does not prove, is in docs/transparency.md.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.data.base import Base, Unscoped
from core.data.types import UTCDateTime, choice


class LeafKind(StrEnum):
    """Of which table the row is."""

    EVENT = "event"
    LETTER = "letter"


class LogLeaf(Unscoped, Base):
    """One entry: the row that it is made of, and the hash of its bytes. `id` is its place in the log, from 0 on."""

    __tablename__ = "log_leaves"
    __table_args__ = (UniqueConstraint("kind", "subject_id"),)

    kind: Mapped[LeafKind] = choice(LeafKind)
    subject_id: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class LogNode(Unscoped, Base):
    """The head of a full subtree of 256^level entries, kept so that a proof needs few rows."""

    __tablename__ = "log_nodes"
    __table_args__ = (Index("uq_log_nodes_place", "level", "place", unique=True),)

    level: Mapped[int]
    place: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class LogCheckpoint(Unscoped, Base):
    """A signed head, as it was handed out."""

    __tablename__ = "log_checkpoints"

    size: Mapped[int] = mapped_column(index=True)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    key_id: Mapped[str] = mapped_column(String(8))
    note: Mapped[str] = mapped_column(Text)


class RevocationNote(Unscoped, Base):
    """A list of the letters that no longer stand, as it was signed. `id` is its number, without gaps."""

    __tablename__ = "revocation_notes"

    as_of: Mapped[datetime] = mapped_column(UTCDateTime)
    entries: Mapped[int]
    key_id: Mapped[str] = mapped_column(String(8))
    note: Mapped[str] = mapped_column(Text, deferred=True)  # as long as its list: read where it is handed out
