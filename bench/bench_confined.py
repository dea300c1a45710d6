"""What confining a third party's rule costs: 房租补贴 for three persons and twelve months, in a kept pair of processes
that each compute it twice, beside the same in a pair started for each case, and beside the rule in this process.

Time on the clock, because most of the work is done by other processes. The answers are compared before it is taken.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.bench_assess import case_file
from bench.measure import Result, Sample
from core.policy import LoadedPolicy, evaluate_json
from core.policy.loaded import BUILT_IN
from core.policy.registry import load_plugin

ROUNDS, CALLS = 9, 100


def clocked(call: Callable[[], object], calls: int) -> Sample:
    """Seconds a call took, each of `ROUNDS` values the mean of `calls`; a first round warms up."""
    values = []
    for _ in range(ROUNDS + 1):
        before = time.perf_counter()
        for _ in range(calls):
            call()
        values.append((time.perf_counter() - before) / calls)
    return Sample(tuple(values[1:]))


def run() -> list[Result]:
    case, name = case_file(3, 58_333), "rent_subsidy"
    with TemporaryDirectory() as folder:
        shutil.copytree(BUILT_IN / name, Path(folder) / name)
        here, apart = load_plugin(BUILT_IN / name), load_plugin(Path(folder) / name, confined=True)
        assert apart.confined is not None
        assert evaluate_json(here, case).digest == evaluate_json(apart, case).digest
        kept, inside = (
            clocked(lambda: evaluate_json(apart, case), CALLS),
            clocked(lambda: evaluate_json(here, case), CALLS),
        )
        each = clocked(lambda: _started(apart, case), 1)
        apart.confined.close()
    title = "assess one case confined, four times over (seconds on the clock)"
    note = f"{1 / kept.median:.0f} assessments a second, {1 / inside.median:.0f} in this process ({inside})"
    return [Result(title, kept, each, "a pair each", target=20, note=note)]


def _started(loaded: LoadedPolicy, case: dict[str, object]) -> None:
    assert loaded.confined is not None
    loaded.confined.close()
    evaluate_json(loaded, case)
