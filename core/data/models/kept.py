"""What every uploaded file has in common, whoever it belongs to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from core.data.types import UTCDateTime, utcnow


class KeptFile:
    """An uploaded file, kept by content hash outside the web root. Backups and the check of files ask every table that
    has this mark, so that a new kind of file is saved and looked after without anyone thinking of it."""

    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))  # as the uploader called it; shown, never used as a path
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


def file_tables() -> list[Table]:
    """The tables of all kinds of files."""
    return [kind.__table__ for kind in KeptFile.__subclasses__()]  # type: ignore[attr-defined]
