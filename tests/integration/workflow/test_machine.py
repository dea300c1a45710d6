"""Whatever is done to applications by whomever: no illegal move, the clocks right, the pools' figures those of a
plain model, and the invariants I1 to I8 kept after each act (docs/testing.md).

The model is in tests/integration/workflow/machine: `table` says what may be, `purse` what a pool is, `days` what a
working day is, `playing` what is played. `make nightly` plays 2,000 runs, `make test` 200, of 50 acts each; RUNS= and
STEPS= say how many, SEED= repeats a night."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from random import SystemRandom

import pytest

from core.services.workflow import MOVES, Preset
from tests.integration.workflow.machine import table as t
from tests.integration.workflow.machine.playing import STEPS, play, staged
from tests.integration.workflow.machine.world import World
from tests.support.databases import Databases
from tests.support.profile import NIGHTLY

SEED = 20251103  # of `make test`, which plays the same each time; a night plays others


def test_the_model_knows_every_move() -> None:
    """A move that is new in the table is put into `machine/table.py` too: by hand, from what it is to do."""
    standard = {code for code, move in MOVES.items() if Preset.STANDARD in move.presets}
    assert standard == t.WAYS.keys() | t.ELSEWHERE


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def worlds(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[list[World]]:
    made = databases.sqlite(tmp_path) if request.param == "sqlite" else databases.postgresql()
    with made as url, staged(url, tmp_path) as built:
        yield built


@pytest.mark.slow
def test_whatever_is_done(worlds: list[World], request: pytest.FixtureRequest) -> None:
    few = request.node.callspec.params["worlds"] == "postgresql"
    usual = (100 if NIGHTLY else 10) if few else (2_000 if NIGHTLY else 200)
    runs, number = int(os.environ.get("RUNS", usual)), int(os.environ.get("SEED", "0"))
    number = number or (SystemRandom().randrange(1, 2**32) if NIGHTLY else SEED)
    print(f"{runs} runs of {STEPS} acts, SEED={number}")  # told where it fails
    play(worlds, runs, STEPS, number)
