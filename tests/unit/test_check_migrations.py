"""The check of the migrations fails when models and migrations part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, Column, Integer, Table

from core.data.base import Base
from scripts.check_migrations import MigrationFault, check_engine


@pytest.fixture
def urls(tmp_path: Path) -> tuple[str, str]:
    return f"sqlite:///{tmp_path / 'migrated.sqlite3'}", f"sqlite:///{tmp_path / 'models.sqlite3'}"


@contextmanager
def planted_table() -> Iterator[None]:
    table = Table("planted", Base.metadata, Column("id", Integer, primary_key=True))
    yield
    Base.metadata.remove(table)


@contextmanager
def planted_check() -> Iterator[None]:
    """What Alembic does not see: one more CHECK."""
    table = Base.metadata.tables["pools"]
    rule = CheckConstraint("left_fen >= 0", name="planted")
    table.append_constraint(rule)
    yield
    table.constraints.remove(rule)


@contextmanager
def changed_check() -> Iterator[None]:
    """A CHECK of the same name that says something else, as when a state is added to an enum."""
    rules = [c for c in Base.metadata.tables["pools"].constraints if isinstance(c, CheckConstraint)]
    rule = next(c for c in rules if "left_fen" in str(c.sqltext))
    before, rule.sqltext = rule.sqltext, CheckConstraint("left_fen > 0").sqltext
    yield
    rule.sqltext = before


def test_they_agree(urls: tuple[str, str]) -> None:
    check_engine(*urls)


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (planted_table, "without a migration"),
        (planted_check, "pools.ck_pools_planted"),
        (changed_check, "constraints differ"),
    ],
)
def test_a_difference_is_found(plant: type, said: str, urls: tuple[str, str]) -> None:
    with plant(), pytest.raises(MigrationFault, match=said):
        check_engine(*urls)
