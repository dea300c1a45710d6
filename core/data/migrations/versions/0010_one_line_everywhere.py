"""An evidence line is one in the instance, no longer in a district: blind indexes of persons lose the district.

Numbers are opened and indexed anew, and the keys made of them: of persons, of lines, and in the facts of cases that are
not decided yet. A case that was reviewed and not yet approved has then to be reviewed again, because what an approval
is bound to has changed. Where two districts have spent one line each, both stay; the later one keeps a key of its own.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from core.data.crypto import Keyring

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PEOPLE = ("insured_persons", "founders")
EVERYWHERE = 0  # in place of a district


def upgrade() -> None:
    _index_anew(everywhere=True)
    districts = dict(_rows("SELECT id, district_id FROM evidence_lines"))
    seen: set[str] = set()
    for line, key in _rows("SELECT id, natural_key FROM evidence_lines ORDER BY id"):
        if key in seen:
            _run("UPDATE evidence_lines SET natural_key = :key WHERE id = :id", id=line, key=f"{key}@{districts[line]}")
        seen.add(key)
    with op.batch_alter_table("evidence_lines") as table:
        table.drop_constraint(op.f("uq_evidence_lines_district_id_natural_key"), type_="unique")
        table.drop_index(op.f("ix_evidence_lines_district_id"))
        table.drop_constraint(op.f("fk_evidence_lines_district_id"), type_="foreignkey")
        table.drop_column("district_id")
        table.create_unique_constraint(op.f("uq_evidence_lines_natural_key"), ["natural_key"])


def downgrade() -> None:
    with op.batch_alter_table("evidence_lines") as table:
        table.drop_constraint(op.f("uq_evidence_lines_natural_key"), type_="unique")
        table.add_column(sa.Column("district_id", NUMBER, nullable=True))
    _run("UPDATE evidence_lines SET district_id = (SELECT district_id FROM operators WHERE id = operator_id)")
    for line, key in _rows("SELECT id, natural_key FROM evidence_lines WHERE natural_key LIKE '%@%'"):
        _run("UPDATE evidence_lines SET natural_key = :key WHERE id = :id", id=line, key=key.rpartition("@")[0])
    with op.batch_alter_table("evidence_lines") as table:
        table.alter_column("district_id", existing_type=NUMBER, nullable=False)
        table.create_foreign_key(op.f("fk_evidence_lines_district_id"), "districts", ["district_id"], ["id"])
        table.create_index(op.f("ix_evidence_lines_district_id"), ["district_id"])
        table.create_unique_constraint(
            op.f("uq_evidence_lines_district_id_natural_key"), ["district_id", "natural_key"]
        )
    _index_anew(everywhere=False)


def _index_anew(*, everywhere: bool) -> None:
    keys = Keyring.current() if any(_rows(f"SELECT 1 FROM {table} LIMIT 1") for table in PEOPLE) else None  # noqa: S608
    new: dict[tuple[int, str], str] = {}  # by district and the index before
    for table in PEOPLE:
        people = (
            f"SELECT p.id, p.uid, p.id_number_sealed, p.id_number_once, o.district_id FROM {table} p "  # noqa: S608
            "JOIN operators o ON o.id = p.operator_id WHERE p.id_number_sealed IS NOT NULL"
        )
        for row, uid, stored, before, district in _rows(people):
            assert keys is not None
            number = keys.open(bytes(stored), f"{table}|{uid}|id_number")
            # As once_index was and is, whatever becomes of it later.
            index = keys._index(keys._once, f"{EVERYWHERE if everywhere else district}|id_number", number)
            new[district, before] = index
            _run(f"UPDATE {table} SET id_number_once = :new WHERE id = :id", id=row, new=index)  # noqa: S608
    lines = "SELECT l.id, l.natural_key, o.district_id FROM evidence_lines l JOIN operators o ON o.id = l.operator_id"
    for line, key, district in _rows(lines):
        _run("UPDATE evidence_lines SET natural_key = :key WHERE id = :id", id=line, key=_key(key, district, new))
    undecided = (
        "SELECT id, facts, district_id FROM cases WHERE facts IS NOT NULL AND id NOT IN (SELECT case_id FROM awards)"
    )
    for case, stored, district in _rows(undecided):
        facts = json.loads(stored) if isinstance(stored, str) else stored
        if not facts:
            continue
        for source in facts["evidence"].values():
            source["natural_key"] = _key(source["natural_key"], district, new)
        change = sa.text("UPDATE cases SET facts = :facts WHERE id = :id")
        change = change.bindparams(sa.bindparam("facts", type_=sa.JSON()))
        op.get_bind().execute(change, {"id": case, "facts": facts})


def _key(key: str, district: int, new: dict[tuple[int, str], str]) -> str:
    kind, index, *month = key.split(":")
    return ":".join(("insured", new.get((district, index), index), *month)) if kind == "insured" else key


def _rows(statement: str) -> list[Any]:
    return list(op.get_bind().execute(sa.text(statement)).all())


def _run(statement: str, **values: object) -> None:
    op.get_bind().execute(sa.text(statement), values)
