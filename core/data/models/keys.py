"""密钥: what letters and the log are signed with. A key comes into use when two people have said so, and its row stays:
whoever checks an old letter wants to know of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.data.base import Base, Unscoped
from core.data.types import UTCDateTime, choice, utcnow


class KeyPurpose(StrEnum):
    LETTERS = "letters"  # a certificate, under which letters and papers are signed
    LOG = "log"  # an Ed25519 key, under which heads of the log are signed


class KeyState(StrEnum):
    PROPOSED = "proposed"  # waits for a second person; nothing is signed with it
    IN_USE = "in_use"
    REPLACED = "replaced"  # by another; what it signed holds
    WITHDRAWN = "withdrawn"  # never came into use
    LOST = "lost"  # what it signed holds
    COMPROMISED = "compromised"  # in wrong hands: what it signed holds where it is proven to be older


def _one(state: str) -> Index:
    where = text(f"state = '{state}'")
    return Index(f"uq_signing_keys_{state}", "purpose", unique=True, sqlite_where=where, postgresql_where=where)


_USED = text("state <> 'withdrawn'")


class SigningKey(Unscoped, Base):
    """One key: proposed by one person, confirmed by another, replaced or given up at some time.

    `place` is the folder below that of the keys which holds it; empty: that folder itself. `found`: it signed already
    when keys were first written down, so that nobody proposed it. `since`: from when on it counts as lost or
    compromised. The key itself is never in the database.
    """

    __tablename__ = "signing_keys"
    __table_args__ = (
        CheckConstraint("confirmed_by_id is null or confirmed_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("found = (proposed_by_id is null)", name="proposed_by_somebody"),
        CheckConstraint("(state in ('proposed', 'withdrawn')) = (confirmed_at is null)", name="confirmed"),
        CheckConstraint("found or (confirmed_at is null) = (confirmed_by_id is null)", name="confirmed_by_somebody"),
        CheckConstraint("(state in ('proposed', 'in_use')) = (ended_at is null)", name="ended"),
        CheckConstraint("(state in ('lost', 'compromised')) = (since is not null)", name="since_when"),
        _one("proposed"),
        _one("in_use"),
        Index(
            "uq_signing_keys_used", "purpose", "fingerprint", unique=True, sqlite_where=_USED, postgresql_where=_USED
        ),
    )

    purpose: Mapped[KeyPurpose] = choice(KeyPurpose)
    state: Mapped[KeyState] = choice(KeyState, default=KeyState.PROPOSED)
    found: Mapped[bool] = mapped_column(default=False)
    place: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(64))  # core.letters.keylist.fingerprint_of
    public: Mapped[str] = mapped_column(Text)  # the certificate as PEM, or the log's name+id+key
    not_before: Mapped[datetime | None] = mapped_column(UTCDateTime)
    not_after: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(String(400), default="")
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    why: Mapped[str] = mapped_column(String(400), default="")  # it was withdrawn or given up
