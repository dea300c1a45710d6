"""Durable jobs: DBOS workflows whose state lies in our own database (docs/adr/0006-jobs.md).

On SQLite its tables share our file, on PostgreSQL they are the schema `dbos` of our database, so a job is enqueued
in the transaction that needs it. Nothing of it speaks to the network: no telemetry, no console.

    jobs = Jobs(app); jobs.launch(); …; jobs.destroy()      # after any fork, once a process
"""

from __future__ import annotations

from core.jobs import timely, workflows  # noqa: F401  DBOS must know them before it is launched
from core.jobs.progress import progress
from core.jobs.queue import SCHEMA, Backlog, InTransaction, backlog, create_tables
from core.jobs.runner import Jobs
from core.jobs.schedules import SCHEDULES

__all__ = ["SCHEDULES", "SCHEMA", "Backlog", "InTransaction", "Jobs", "backlog", "create_tables", "progress"]
