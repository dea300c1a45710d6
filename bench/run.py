"""Run the benchmarks and print them as ratios: `make bench`, `make bench BENCH="letters assess"` for some of them.

Exit status 1 if a stated target is missed, so that a slower version does not pass unseen.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import traceback
from importlib import import_module
from pathlib import Path

from bench.measure import Result


def machine() -> str:
    """The machine, as far as it bears on the figures."""
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    return f"{os.cpu_count()} × {model}, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def show(result: Result) -> str:
    verdict = ""
    if result.target is not None:
        verdict = f"   target ≥ {result.target:g}: {'met' if result.met else 'MISSED'}"
    lines = [
        f"  {result.title}",
        f"    ours        {result.ours}",
        f"    {result.peer_name:<11} {result.peer}",
        f"    ratio       {result.ratio:.3g} times less{verdict}",
    ]
    return "\n".join([*lines, f"    note        {result.note}"] if result.note else lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the benchmarks and print ratios.")
    parser.add_argument("names", nargs="*", help="the bench_<name>.py to run; all if not given")
    names = parser.parse_args().names
    found = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    chosen = [f"bench_{name}" for name in names] or found
    if unknown := sorted(set(chosen) - set(found)):
        print(f"error: there is no {', '.join(unknown)} in bench/; there are: {', '.join(found)}", file=sys.stderr)
        return 2
    if not chosen:
        print("error: there is no bench_*.py in bench/", file=sys.stderr)
        return 2
    print(f"machine: {machine()}\nCPU time; contestants take turns; medians, ± half the interquartile range")
    missed = 0
    for name in chosen:
        print(f"\n{name.removeprefix('bench_')}", flush=True)
        try:
            results: list[Result] = import_module(f"bench.{name}").run()
        except Exception:  # noqa: BLE001  one broken benchmark must not hide the others' figures
            traceback.print_exc()
            missed += 1
            continue
        for result in results:
            print(show(result), flush=True)
            missed += not result.met
    print(f"\n{missed} missed or failed" if missed else "\nall targets met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
