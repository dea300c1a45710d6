"""Replaying decisions from their capsules, with the check of every hash, beside OpenFisca-Core computing the same rule
for as many.

Ours reads each capsule's bytes from a SQLite file, hashes them, reads the JSON, checks that it is canonical, computes
the decision again from its own facts and values, and compares every check, line and use with what was recorded.
OpenFisca (a hundred applicants in each dictionary, with its trace; its dictionaries are made before the clock starts)
only computes: it has nothing to read, hash or compare, so it is given less to do. `bench_assess` shows that both give
the same answers. The first figures are CPU time on one core, taking turns; then one pass on all cores, on the clock.

    make bench BENCH=replay                          10,000 decisions in the pass on all cores
    BENCH_REPLAY=100000 make bench BENCH=replay      a hundred thousand: some minutes
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from bench import openfisca_rent
from bench.bench_assess import PEER_AT_A_TIME, PERIOD, distinct, together
from bench.measure import Result, compare
from core.policy import Registry, build_capsule, canonical, evaluate_json, parse_case
from core.services.replays import Asked, Kept, rerun

A_ROUND = 1_000
DISTINCT = 500
WHOLE = int(os.environ.get("BENCH_REPLAY", "10000"))


def build(path: Path, registry: Registry, count: int) -> None:
    """Decisions with one to eight people insured for a year, each with its number: no two have the same bytes."""
    loaded = registry.get("rent_subsidy")
    capsules = []
    for case in distinct(DISTINCT):
        decision = evaluate_json(loaded, case)
        assert decision.amount_fen > 0
        capsules.append(build_capsule(loaded, parse_case(case), decision))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE decisions (id INTEGER PRIMARY KEY, digest TEXT, capsule BLOB)")
        for number in range(1, count + 1):
            capsule = capsules[number % DISTINCT] | {"application": {"number": f"RS2026-{number:06d}"}}
            text = canonical(capsule)
            row = (number, f"sha256:{sha256(text).hexdigest()}", text)
            connection.execute("INSERT INTO decisions VALUES (?, ?, ?)", row)


def kept(path: Path, count: int) -> Iterator[Kept]:
    with closing(sqlite3.connect(path)) as connection:
        for number, digest, text in connection.execute("SELECT * FROM decisions ORDER BY id LIMIT ?", (count,)):
            yield Kept(f"RS2026-{number:06d}", number, 1, "rent_subsidy", digest, text)


def replayed(path: Path, registry: Registry, count: int, workers: int) -> None:
    seen = 0
    for told in rerun(kept(path, count), Asked(), registry=registry, workers=workers):
        assert told.status == "same"
        seen += 1
    assert seen == count


def run() -> list[Result]:
    registry = Registry.load(strict=True, installed=False)
    rules, facts = openfisca_rent.system(), together(distinct(PEER_AT_A_TIME))

    def peer() -> None:
        for _ in range(A_ROUND // PEER_AT_A_TIME):
            openfisca_rent.assess(rules, facts, PERIOD, trace=True)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "decisions.sqlite3"
        build(path, registry, max(A_ROUND, WHOLE))
        taken = compare({"ours": lambda: replayed(path, registry, A_ROUND, 1), "peer": peer}, rounds=5)
        cores = os.cpu_count() or 1
        before = time.perf_counter()
        replayed(path, registry, WHOLE, cores)
        clock = time.perf_counter() - before
    one = A_ROUND / taken["ours"].median
    note = (
        f"{one:,.0f} decisions a second of one core; {WHOLE:,} on {cores} cores in {clock:,.1f} s, "
        f"{WHOLE / clock:,.0f} a second on the clock; the peer {A_ROUND / taken['peer'].median:,.0f} of one core"
    )
    title = f"replay {A_ROUND:,} decisions, hashed and compared, beside computing as many"
    return [Result(title, taken["ours"], taken["peer"], "OpenFisca", note=note)]
