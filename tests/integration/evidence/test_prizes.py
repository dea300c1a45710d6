"""A prize is one line whatever its level, whoever recorded it and however its contest is written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import asking
from core.errors import Conflict
from core.policy import Spent, Stacking
from core.services import dossiers, evidence
from tests.integration.evidence.races import active_uses, race
from tests.integration.evidence.world import APPLIED, World, award, freeze, spend

GROUP = "prize"
DISTRICT, CITY, NATIONAL = m.PrizeLevel.DISTRICT, m.PrizeLevel.CITY, m.PrizeLevel.NATIONAL


def prize(session: Session, tenant: m.Tenant, level: m.PrizeLevel | None = CITY, **values: Any) -> m.Milestone:
    said = {"contest": "创业大赛", "edition": 2025, "reached_on": date(2025, 9, 1)} | values
    if level is None:
        said |= {"contest": None, "edition": None}
    row = m.Milestone(
        kind=m.MilestoneKind.PRIZE, title="三等奖", level=level, operator_id=tenant.operator_id, tenant_id=tenant.id,
        **said,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def _rows(frozen: dossiers.Frozen) -> list[tuple[Any, ...]]:
    rows = frozen.case["dossier"]["prizes"] or ()
    return [tuple(row[key] for key in ("line", "contest", "edition", "level", "awarded_on")) for row in rows]


def _keys(frozen: dossiers.Frozen) -> dict[str, str]:
    return {line: it.natural_key for line, it in frozen.evidence.items() if it.kind is m.EvidenceKind.PRIZE}


def test_levels_of_one_prize_are_rows_with_one_key(session: Session, world: World) -> None:
    prize(session, world.new, NATIONAL, reached_on=date(2026, 1, 5))
    prize(session, world.old, DISTRICT, contest="创业　大赛·", reached_on=date(2025, 6, 1))
    prize(session, world.new, edition=2024)
    prize(session, world.new, contest="Maker 赛")
    frozen = freeze(session, world.new)
    assert _rows(frozen) == [
        ("W-1", "创业大赛", 2024, "city", "2025-09-01"),
        ("W-2", "Maker 赛", 2025, "city", "2025-09-01"),
        ("W-3", "创业大赛", 2025, "district", "2025-06-01"),  # in the applicant's spelling
        ("W-4", "创业大赛", 2025, "national", "2026-01-05"),
    ]
    keys = _keys(frozen)
    assert keys["W-3"] == keys["W-4"]
    assert len(set(keys.values())) == 3
    assert keys["W-1"].startswith(f"prize:{world.new.uscc}:2024:")
    assert (frozen.evidence["W-4"].month, frozen.evidence["W-4"].amount_fen) == ("2026-01", None)
    assert {row["grade"] for row in frozen.case["dossier"]["prizes"]} == {"operator"}
    assert set(_keys(freeze(session, world.old)).values()) == set(keys.values()), "whoever applies"


@pytest.mark.parametrize("written", ["创业大赛", "ｍａｋｅｒ ２０周年赛", "MAKER“20周年”赛", " Maker-20 周年赛 "])
def test_how_the_name_is_written_is_of_no_matter(session: Session, world: World, written: str) -> None:
    prize(session, world.new, contest="Maker 20周年赛")
    prize(session, world.old, DISTRICT, contest=written)
    assert len(set(_keys(freeze(session, world.new)).values())) == (2 if written == "创业大赛" else 1)


def test_one_prize_recorded_at_two_operators_is_one_row(session: Session, world: World) -> None:
    theirs = prize(session, world.old, reached_on=date(2025, 8, 31), contest="创业大赛 ")
    own = prize(session, world.new)
    frozen = freeze(session, world.new)
    assert _rows(frozen) == [("W-1", "创业大赛", 2025, "city", "2025-09-01")]
    source = frozen.evidence["W-1"]
    assert (source.tenant_id, source.source) == (world.new.id, f"milestones:{theirs.id},{own.id}")
    assert freeze(session, world.new) == frozen


def test_which_prizes_are_taken(session: Session, world: World) -> None:
    assert freeze(session, world.new).case["dossier"]["prizes"] is None, "nothing on record is not known"
    prize(session, world.new, None)  # from the time before contest, edition and level were asked for
    prize(session, world.new, reached_on=date(2026, 3, 11), edition=2026)  # after the application
    assert _rows(freeze(session, world.new)) == []
    prize(session, world.new, reached_on=APPLIED)
    assert [row[0] for row in _rows(freeze(session, world.new))] == ["W-1"]


def test_paid_at_one_level_it_is_spent_at_all(session: Session, world: World) -> None:
    prize(session, world.old, DISTRICT)
    with asking(session, world.officer):
        first = award(session, world.old, letter="虹人社〔2026〕12号")
        spend(session, first, freeze(session, world.old), {"W-1": 100_000}, group=GROUP)
    prize(session, world.new, CITY, reached_on=date(2026, 1, 5))  # a higher level, won later
    frozen = freeze(session, world.new)
    held = evidence.spent(session, frozen.evidence, Stacking(GROUP, "exclusive"))
    assert held == dict.fromkeys(("W-1", "W-2"), Spent("虹人社〔2026〕12号"))
    with asking(session, world.officer), pytest.raises(Conflict) as refused:
        spend(session, award(session, world.new), frozen, {"W-2": 300_000}, group=GROUP)
    assert str(refused.value).startswith("2026年01月所获奖项已由“虹人社〔2026〕12号”核定使用（凭据W-2）")
    assert "须先撤销原核定" in str(refused.value)
    with asking(session, world.officer):  # the district revokes the lower, and grants the higher
        evidence.release(session, first)
        spend(session, award(session, world.new), frozen, {"W-2": 300_000}, group=GROUP)
    assert [(use.line.kind, use.amount_fen) for use in active_uses(session, GROUP)] == [(m.EvidenceKind.PRIZE, 300_000)]
    assert len(session.scalars(select(m.EvidenceLine)).all()) == 1


def test_of_claims_at_several_levels_at_once_one_is_granted(engine: Engine, session: Session, world: World) -> None:
    prize(session, world.old, DISTRICT)
    prize(session, world.new, CITY)
    frozen = freeze(session, world.new)
    session.commit()

    def claim(number: int, own: Session) -> None:
        made = award(own, own.get_one(m.Tenant, (world.new, world.old)[number % 2].id))
        spend(own, made, frozen, {f"W-{number % 2 + 1}": 100_000}, group=GROUP)

    assert race(engine, world, 8, claim).count("granted") == 1


def test_an_older_frozen_case_has_no_section_of_prizes(session: Session, world: World) -> None:
    frozen = freeze(session, world.new)
    dossier = {name: rows for name, rows in frozen.case["dossier"].items() if name != "prizes"}
    old = dossiers.Frozen({**frozen.case, "schema": "1.2", "dossier": dossier}, frozen.evidence)
    assert old.parsed() == frozen.parsed()
    assert dossiers.provenance(old) == dossiers.provenance(frozen)


def test_its_source_is_named(session: Session, world: World) -> None:
    prize(session, world.new)
    by = {row.label: row for row in dossiers.provenance(freeze(session, world.new)) if row.ref == "W-1"}
    level = by["prizes.level"]
    assert (level.value, str(level.source), level.grade) == ("city", "运营机构登记的里程碑", m.Grade.OPERATOR)
    assert set(by) == {"prizes.contest", "prizes.edition", "prizes.level", "prizes.awarded_on"}
