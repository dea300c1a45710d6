"""The measuring of the benchmarks itself."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from bench import run
from bench.measure import Result, Sample, compare, peak_memory


def burn(milliseconds: int) -> None:
    until = time.process_time() + milliseconds / 1000
    while time.process_time() < until:
        pass


def test_the_ratio_is_that_of_the_work() -> None:
    taken = compare({"ours": lambda: burn(5), "peer": lambda: burn(20)}, rounds=5)
    result = Result("burning", taken["ours"], taken["peer"], "peer", target=3.0)
    assert len(taken["ours"].values) == 5
    assert 3.0 < result.ratio < 5.0
    assert result.met
    assert not Result("burning", taken["peer"], taken["ours"], "ours", target=1.0).met


def test_waiting_is_not_work_but_a_childs_work_is() -> None:
    child = [sys.executable, "-c", "sum(range(10**7))"]
    taken = compare({"wait": lambda: time.sleep(0.05), "child": lambda: subprocess.run(child, check=True)}, rounds=2)
    assert taken["wait"].median < 0.02 < taken["child"].median


def test_peak_memory_sees_an_allocation() -> None:
    small, large = peak_memory("pass", rounds=1), peak_memory("x = bytearray(100_000_000)", rounds=1)
    assert 90 < large.median - small.median < 120


@pytest.mark.parametrize(("value", "shown"), [(2.0, "2 s"), (0.0123, "12.3 ms"), (4.5e-6, "4.5 µs"), (2e-7, "0.2 µs")])
def test_a_sample_is_shown_in_a_fitting_unit(value: float, shown: str) -> None:
    assert str(Sample((value,))) == f"{shown} (n = 1, ± 0%)"


def test_the_verdict_is_shown() -> None:
    result = Result("one letter", Sample((0.1,)), Sample((0.15,)), "naive", target=1.8)
    assert "1.5 times less   target ≥ 1.8: MISSED" in run.show(result)
