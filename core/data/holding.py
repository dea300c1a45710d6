"""One unit, one lease: triggers that refuse a second lease for a unit on a day, whoever writes it.

Services look before (`core.services.leases`) and say in a sentence who has the unit; this is the last guard. An
exclusion constraint would be PostgreSQL's own way, but wants the days in the same row as the unit, and SQLite has none.
On PostgreSQL the unit is locked before looking, so that of two at one moment the second sees the first; on SQLite the
transaction is the lock.
"""

from __future__ import annotations

SENTENCE = "another lease holds this unit on one of these days"


def _holds(lease: str) -> str:
    """SQL: the lease gives its units to its tenant from its first day to its last, or on and on."""
    return f"({lease}.status IN ('running', 'notice') OR {lease}.status = 'ended' AND {lease}.ends_on IS NOT NULL)"


def _meet(one: str, other: str) -> str:
    """SQL: the days of two leases have one in common."""
    return (
        f"({one}.ends_on IS NULL OR {other}.starts_on <= {one}.ends_on) AND "
        f"({other}.ends_on IS NULL OR {one}.starts_on <= {other}.ends_on)"
    )


_UNIT_TAKEN = (
    "SELECT 1 FROM leases mine JOIN lease_spaces theirs ON theirs.space_id = NEW.space_id AND "  # noqa: S608 - our own
    "theirs.lease_id <> mine.id JOIN leases other ON other.id = theirs.lease_id "
    f"WHERE mine.id = NEW.lease_id AND {_holds('mine')} AND {_holds('other')} AND {_meet('mine', 'other')}"
)
_DAYS_TAKEN = (
    "SELECT 1 FROM lease_spaces own JOIN lease_spaces theirs ON theirs.space_id = own.space_id AND "  # noqa: S608
    "theirs.lease_id <> own.lease_id JOIN leases other ON other.id = theirs.lease_id "
    f"WHERE own.lease_id = NEW.id AND {_holds('NEW')} AND {_holds('other')} AND {_meet('NEW', 'other')}"
)
_ON = {
    "lease_spaces": (_UNIT_TAKEN, "id = NEW.space_id", ("INSERT", "UPDATE OF lease_id, space_id")),
    "leases": (
        _DAYS_TAKEN,
        "id IN (SELECT space_id FROM lease_spaces WHERE lease_id = NEW.id)",
        ("UPDATE OF starts_on, ends_on, status",),
    ),
}


def names(table: str, dialect: str) -> list[str]:
    if dialect == "postgresql":
        return [f"{table}_one_holder"]
    return [f"{table}_one_holder_{event.split()[0].lower()}" for event in _ON[table][2]]


def triggers(table: str, dialect: str) -> list[str]:
    """The statements that make the triggers of `leases` or `lease_spaces`. A migration that makes the table anew on
    SQLite drops them: make them again."""
    taken, units, events = _ON[table]
    if dialect == "postgresql":
        function = (
            f"CREATE FUNCTION {table}_one_holder() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"PERFORM 1 FROM spaces WHERE {units} ORDER BY id FOR NO KEY UPDATE; "
            f"IF EXISTS ({taken}) THEN RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'exclusion_violation'; END IF; "
            "RETURN NEW; END $$"
        )
        trigger = (
            f"CREATE TRIGGER {table}_one_holder BEFORE {' OR '.join(events)} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_one_holder()"
        )
        return [function, trigger]
    return [
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN EXISTS ({taken}) "
        f"BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
        for name, event in zip(names(table, dialect), events, strict=True)
    ]


def drop(table: str, dialect: str) -> list[str]:
    if dialect == "postgresql":
        return [f"DROP TRIGGER {table}_one_holder ON {table}", f"DROP FUNCTION {table}_one_holder()"]
    return [f"DROP TRIGGER {name}" for name in names(table, dialect)]
