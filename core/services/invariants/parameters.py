"""I14: a district's publications of parameters are numbered without gaps, whole, and as the trail says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import Connection, select

from core.data.models import AuditEvent, PublishedParameters


def check(connection: Connection) -> Iterator[tuple[str, str]]:
    rows, events = PublishedParameters.__table__, AuditEvent.__table__
    told = {
        event.subject_id: event.detail.get("digest")
        for event in connection.execute(select(events).where(events.c.action == "parameters.publish"))
    }
    numbers: dict[tuple[int, str], int] = defaultdict(int)
    for row in connection.execute(select(rows).order_by(rows.c.district_id, rows.c.policy_key, rows.c.number)):
        thing = f"publication {row.number} of {row.policy_key} in district {row.district_id}"
        numbers[row.district_id, row.policy_key] += 1
        if row.number != numbers[row.district_id, row.policy_key]:
            yield thing, f"it should be number {numbers[row.district_id, row.policy_key]}"
        if row.digest != "sha256:" + sha256(row.file.encode()).hexdigest():
            yield thing, "its file is not the one that was published"
        if told.get(row.id) != row.digest:
            yield thing, "the trail does not name its digest"
        if row.drafted_by_id == row.published_by_id:
            yield thing, "one person drafted and published it"
