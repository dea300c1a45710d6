"""重算: what auditors asked to be replayed, how far it is, and the decisions that did not come out the same."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.data.base import AuditorWrites, Base, DistrictPrivate
from core.data.types import UTCDateTime, choice, utcnow


class ReplayState(StrEnum):
    WAITING = "waiting"  # for its job, or running
    DONE = "done"
    STOPPED = "stopped"  # by a person; what was found until then stays
    FAILED = "failed"


class ReplayAnswer(StrEnum):
    """What came of a decision: `core.policy.ReplayStatus`, and `altered` where its capsule is not the one it was."""

    SAME = "same"
    OTHER_FACTS = "other_facts"
    OTHER_PARAMETERS = "other_parameters"
    OTHER_CODE = "other_code"
    OTHER_RULES = "other_rules"  # by another day's rules alone
    UNAVAILABLE = "unavailable"
    ALTERED = "altered"


class ReplayRun(AuditorWrites, DistrictPrivate, Base):
    """One run. `selection` is what was asked for (`core.services.replays.Selection`), and `selection_digest` tells runs
    of the same apart from others; decisions after `upto_id` are not part of it. `rules_on`: by the rules of that day;
    NULL: as recorded. `answers` counts decisions by answer; `flips_digest` is over all of the run's flips."""

    __tablename__ = "replay_runs"
    __table_args__ = (
        Index(
            "uq_replay_runs_waiting",
            "district_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        CheckConstraint("(state = 'waiting') = (ended_at is null)", name="ended"),
        CheckConstraint("(state = 'done') = (flips_digest is not null)", name="done_whole"),
    )

    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    selection: Mapped[dict[str, Any]]
    selection_digest: Mapped[str] = mapped_column(String(71), index=True)
    rules_on: Mapped[date | None]
    state: Mapped[ReplayState] = choice(ReplayState, default=ReplayState.WAITING)
    upto_id: Mapped[int]  # the last decision there was when it was asked for
    at_id: Mapped[int] = mapped_column(default=0)  # the last decision looked at
    done: Mapped[int] = mapped_column(default=0)
    whole: Mapped[int] = mapped_column(default=0)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    difference_fen: Mapped[int] = mapped_column(default=0)  # of all flips that have one
    flips_digest: Mapped[str | None] = mapped_column(String(71))
    same_since: Mapped[datetime | None] = mapped_column(UTCDateTime)  # of runs of the same, without a break, the first
    failure: Mapped[str | None] = mapped_column(String(300))

    @property
    def flips(self) -> int:
        """How many did not come out the same."""
        return sum(count for answer, count in self.answers.items() if answer != ReplayAnswer.SAME)


class ReplayFlip(AuditorWrites, DistrictPrivate, Base):
    """A decision that did not come out the same in a run. `first_check` is the first check that differs, `first_line`
    the first line where no check does; `expected` and `got` are that row in the capsule and as it was computed."""

    __tablename__ = "replay_flips"
    __table_args__ = (UniqueConstraint("run_id", "decision_id"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("replay_runs.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"), index=True)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"), index=True)
    answer: Mapped[ReplayAnswer] = choice(ReplayAnswer)
    recorded_fen: Mapped[int | None]
    amount_fen: Mapped[int | None]
    difference_fen: Mapped[int | None]
    first_check: Mapped[str | None] = mapped_column(Text)
    first_line: Mapped[str | None] = mapped_column(Text)
    expected: Mapped[dict[str, Any] | None]
    got: Mapped[dict[str, Any] | None]
    differences: Mapped[list[Any]]
