"""How the benchmarks measure: contestants take turns, medians are compared, and only ratios are claimed.

A benchmark is a module `bench/bench_<name>.py` with `def run() -> list[Result]`.
"""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Sample:
    """Repeated measurements of one contestant, in `unit`s ("s" is CPU seconds per call, "MB" is 10⁶ bytes)."""

    values: tuple[float, ...]
    unit: str = "s"

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def spread(self) -> float:
        """Half the distance between the quartiles, as a share of the median; 0 for fewer than four values."""
        if len(self.values) < 4 or not self.median:
            return 0.0
        low, _, high = quantiles(self.values, n=4)
        return (high - low) / 2 / self.median

    def __str__(self) -> str:
        value, unit = self.median, self.unit
        if unit == "s":
            value, unit = next(
                (value * k, u) for k, u in ((1, "s"), (1e3, "ms"), (1e6, "µs")) if value * k >= 1 or k == 1e6
            )
        return f"{value:.3g} {unit} (n = {len(self.values)}, ± {self.spread:.0%})"


@dataclass(frozen=True)
class Result:
    """One comparison. `target`: how many times better than `peer` we mean to be (1.0: as good); None: no aim is set."""

    title: str
    ours: Sample
    peer: Sample
    peer_name: str
    target: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times less of the unit we take than the peer."""
        return self.peer.median / self.ours.median

    @property
    def met(self) -> bool:
        return self.target is None or self.ratio >= self.target


def compare(contestants: Mapping[str, Callable[[], object]], *, rounds: int, calls: int = 1) -> dict[str, Sample]:
    """CPU seconds per call of each contestant: `rounds` values, each the mean of `calls` calls.

    They take turns in every round, so that a slow spell of a shared machine falls on all of them. Children's CPU time
    counts (a browser, an office program). The first round warms up and is thrown away.
    """
    values: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds + 1):
        for name, call in contestants.items():
            gc.collect()
            before = _cpu_seconds()
            for _ in range(calls):
                call()
            if turn:
                values[name].append((_cpu_seconds() - before) / calls)
    return {name: Sample(tuple(taken)) for name, taken in values.items()}


def _cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def peak_memory(code: str, *, rounds: int = 3) -> Sample:
    """The largest resident memory, in MB, of a fresh interpreter that runs `code` from the project's root."""
    # Not ru_maxrss: a child inherits its parent's peak through fork and exec.
    report = "\nprint(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    values = []
    for _ in range(rounds):
        done = subprocess.run(
            [sys.executable, "-c", code + report], cwd=ROOT, capture_output=True, text=True, check=True
        )
        values.append(int(done.stdout.split()[-1]) * 1024 / 1e6)
    return Sample(tuple(values), "MB")
