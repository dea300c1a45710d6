"""Where a lease stands on a day: its status, and what its dates add to it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from core.data.models import IN_FORCE, Lease, LeaseStatus


class Phase(StrEnum):
    DRAFT = "draft"
    OFFERED = "offered"
    LAPSED = "lapsed"  # offered, and the day until which the offer stood is over
    SIGNED = "signed"  # in force, and its first day is still to come
    RUNNING = "running"
    NOTICE = "notice"
    ENDED = "ended"
    RENEWED = "renewed"  # over, and another lease in force followed it


def phase(lease: Lease, today: date) -> Phase:
    if lease.status is LeaseStatus.OFFERED:
        return Phase.LAPSED if lease.offer_until is not None and lease.offer_until < today else Phase.OFFERED
    if lease.status is LeaseStatus.DRAFT:
        return Phase.DRAFT
    if lease.status is LeaseStatus.ENDED or (lease.ends_on is not None and lease.ends_on < today):
        follower = lease.renewed_by
        return Phase.RENEWED if follower is not None and follower.status in IN_FORCE else Phase.ENDED
    if lease.starts_on > today:
        return Phase.SIGNED
    return Phase.NOTICE if lease.status is LeaseStatus.NOTICE else Phase.RUNNING
