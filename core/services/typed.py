"""What people type, as it is kept: whole, or not at all."""

from __future__ import annotations

from core.errors import Invalid

OPINION = 5000  # characters of what is said with a step of a case


def within(said: str | None, most: int, *, field: str) -> str:
    """Without blanks around it, and each line break counted once, as the reader's browser counts. Raises `Invalid`
    where that is longer than is kept: nothing is cut off unseen."""
    text = (said or "").replace("\r\n", "\n").strip()
    if len(text) > most:
        raise Invalid("最多%(most)s个字，现在有%(count)s个字；请删减后再提交", field=field, most=most, count=len(text))
    return text
