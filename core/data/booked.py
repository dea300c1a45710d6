"""One room, one booking at a time: triggers that refuse a second one, whoever writes it.

In the way of `core.data.holding`, and for its reasons: `core.services.bookings` looks first, under a lock, and says who
has the room; this is the last guard. Bookings are half open: one may begin at the instant at which another ends.
On PostgreSQL the room is locked before looking, so that of two at one moment the second sees the first; on SQLite the
transaction is the lock.
"""

from __future__ import annotations

SENTENCE = "another booking has this room at that time"

_TAKEN = (
    "NEW.cancelled_at IS NULL AND EXISTS (SELECT 1 FROM bookings other WHERE other.space_id = NEW.space_id "
    "AND other.id <> NEW.id AND other.cancelled_at IS NULL "
    "AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at)"
)
_EVENTS = ("INSERT", "UPDATE OF space_id, starts_at, ends_at, cancelled_at")


def names(dialect: str) -> list[str]:
    if dialect == "postgresql":
        return ["bookings_one_at_a_time"]
    return [f"bookings_one_at_a_time_{event.split()[0].lower()}" for event in _EVENTS]


def triggers(dialect: str) -> list[str]:
    """The statements that make the triggers. A migration that makes the table anew on SQLite drops them: make them
    again."""
    if dialect == "postgresql":
        function = (
            "CREATE FUNCTION bookings_one_at_a_time() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "PERFORM 1 FROM spaces WHERE id = NEW.space_id FOR NO KEY UPDATE; "
            f"IF {_TAKEN} THEN RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'exclusion_violation'; END IF; "
            "RETURN NEW; END $$"
        )
        trigger = (
            f"CREATE TRIGGER bookings_one_at_a_time BEFORE {' OR '.join(_EVENTS)} ON bookings "
            "FOR EACH ROW EXECUTE FUNCTION bookings_one_at_a_time()"
        )
        return [function, trigger]
    return [
        f"CREATE TRIGGER {name} BEFORE {event} ON bookings WHEN {_TAKEN} BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
        for name, event in zip(names(dialect), _EVENTS, strict=True)
    ]


def drop(dialect: str) -> list[str]:
    if dialect == "postgresql":
        return ["DROP TRIGGER bookings_one_at_a_time ON bookings", "DROP FUNCTION bookings_one_at_a_time()"]
    return [f"DROP TRIGGER {name}" for name in names(dialect)]
