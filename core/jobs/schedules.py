"""What runs when. Times are Shanghai's; the runners start what is due, and the key says which time it was for, so that
several of them start it once:

    clear_up:2026-11-29              the run of that day
    check_invariants:2026-11-29T14   the run of that hour

A time at which nothing ran is made up for once, by whoever starts next; those before it are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask

import core
from core.data.asker import Asker, asking
from core.data.engine import reading, writing
from core.extensions import db
from core.jobs.overview import exists
from core.services import jobs


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job without arguments, each day at `hour`:`minute`, or each hour at `minute`."""

    job: str
    minute: int
    hour: int | None = None

    @property
    def every(self) -> timedelta:
        return timedelta(hours=1) if self.hour is None else timedelta(days=1)

    def last(self, now: datetime) -> datetime:
        """The newest time that is not after `now`."""
        local = now.astimezone(core.SHANGHAI).replace(minute=self.minute, second=0, microsecond=0)
        at = local if self.hour is None else local.replace(hour=self.hour)
        return at if at <= now else at - self.every

    def next(self, now: datetime) -> datetime:
        """The first time after `now`."""
        return self.last(now) + self.every

    def key(self, at: datetime) -> str:
        """The key of the run for the time `at`."""
        return f"{self.job}:{at:%Y-%m-%d}" if self.hour is not None else f"{self.job}:{at:%Y-%m-%dT%H}"


SCHEDULES = (
    Schedule("check_invariants", minute=5),
    Schedule("sign_log", minute=20),
    Schedule("check_files", hour=2, minute=30),
    Schedule("clear_up", hour=3, minute=30),
    Schedule("drop_outside_lists", hour=3, minute=40),
    Schedule("look_after_keys", hour=4, minute=40),
    Schedule("reconcile_stripe", hour=5, minute=15),
    Schedule("find_recoveries", hour=6, minute=0),
    Schedule("find_leads", hour=6, minute=30),
    Schedule("escalate_cases", hour=7, minute=0),
    Schedule("look_after_subscriptions", hour=7, minute=30),
    Schedule("remind_leases", hour=8, minute=0),
    Schedule("dun_tenants", hour=8, minute=20),
    Schedule("mail_checkpoints", hour=8, minute=25),
    Schedule("mail_digests", hour=8, minute=30),
    Schedule("mail_notices", minute=45),
)


class Clock:
    """Starts the jobs of some schedules in time. Asks the database only when a time has come."""

    def __init__(self, app: Flask, schedules: Sequence[Schedule]) -> None:
        self.app = app
        self.schedules = schedules
        self.seen: set[str] = set()

    def tick(self, now: datetime | None = None) -> list[str]:
        """Put into the queue what is due; returns the keys that nobody had put there before."""
        due = [key for key in self._keys(now or core.today()) if key not in self.seen]
        if not due:
            return []
        with self.app.app_context():
            with reading():
                new = [key for key in due if not exists(db.session.connection(), key)]
                db.session.rollback()
            if new:
                with writing(), asking(db.session(), Asker.system("job:clock")) as session:
                    for key in new:
                        jobs.enqueue(session, key.partition(":")[0], key=key)
                    session.commit()
        self.seen.update(due)
        return new

    def _keys(self, now: datetime) -> Iterator[str]:
        return (schedule.key(schedule.last(now)) for schedule in self.schedules)
