from __future__ import annotations

from core.services import effects
from core.services.workflow import MOVES, STATES, Need
from scripts.workflow_doc import NEEDS, PAGE, WRITES, Page


def test_the_page_is_what_the_table_says() -> None:
    assert PAGE.read_text("utf-8") == Page().text(), "run `.venv/bin/python scripts/workflow_doc.py`"


def test_every_need_and_every_effect_has_its_sentence() -> None:
    assert set(NEEDS) == set(Need)
    assert set(WRITES) == set(effects.EFFECTS)


def test_the_page_names_every_state_and_move() -> None:
    rows = [line.split("|")[1].strip() for line in Page().text().splitlines() if line.startswith("| `")]
    assert {f"`{state}`" for state in STATES} <= set(rows)
    assert {f"`{code}`" for code in MOVES} <= set(rows)
