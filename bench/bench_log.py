"""The transparency log: checking all of it, beside a chain of hashes over the same rows; and proofs.

300,000 events in a SQLite file. Ours reads every row and its kept hash, compares them, and computes the head and the
kept inner hashes; the chain reads every row and hashes it with the hash of the one before, as audit trails usually do:
it proves less (no letter without the whole chain) and is what there is to compare with. A value is one pass.
"""

from __future__ import annotations

import json
import random
import sqlite3
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, create_engine, insert
from sqlalchemy.orm import Session

from bench.measure import Result, Sample, compare
from core.data.base import Base
from core.data.engine import configure
from core.data.models import AuditEvent
from core.services.transparency import checking, entries, keeping
from core.transparency.merkle import Tree, included, leaf_hash
from core.transparency.note import Signer

EVENTS = 300_000
LEAVES = 1_000_000
PROOFS = 2_000
CHECK_LIMIT, PROOF_LIMIT = EVENTS / 300_000, 20e-6  # seconds: a pass at 300,000 rows a second, a proof
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def build(path: Path) -> tuple[Engine, Signer]:
    engine = create_engine(f"sqlite:///{path}")
    configure(engine)
    Base.metadata.create_all(engine)
    rng = random.Random(1)
    signer = Signer("bench/log", Ed25519PrivateKey.from_private_bytes(b"b" * 32))
    with Session(engine) as session:
        for first in range(0, EVENTS, 50_000):
            rows = [
                {
                    "at": BEGAN + timedelta(seconds=number), "district_id": None, "operator_id": None, "actor_id": None,
                    "actor": f"user:{rng.randrange(200)}", "action": "case.approve", "subject_type": "case",
                    "subject_id": number, "success": True, "request_id": f"{rng.randrange(16**12):x}",
                    "detail": {"from": "published", "to": "approved", "content": f"sha256:{number:064x}"},
                    "remote": "127.0.0.1",
                }
                for number in range(first, first + 50_000)
            ]  # fmt: skip
            session.execute(insert(AuditEvent), rows)
            session.commit()
            keeping.sign(session, signer, rows[-1]["at"])
            session.commit()
    return engine, signer


def ours(engine: Engine, signer: Signer) -> Callable[[], None]:
    def check() -> None:
        with engine.connect() as connection:
            assert [*checking.check(connection, [signer.verifier])] == []

    return check


def chain(path: Path) -> Callable[[], None]:
    columns = ", ".join(entries.COLUMNS[entries.LeafKind.EVENT])

    def check() -> None:
        head = b""
        with sqlite3.connect(path) as connection:
            for row in connection.execute(f"SELECT {columns} FROM audit_events ORDER BY id"):  # noqa: S608 - names of ours
                head = sha256(head + json.dumps(row).encode()).digest()
        assert head

    return check


def proofs() -> list[Result]:
    rng = random.Random(2)
    tree = Tree(leaf_hash(number.to_bytes(8, "big")) for number in range(LEAVES))
    root, wanted = tree.root(), [rng.randrange(LEAVES) for _ in range(PROOFS)]
    paths = [tree.inclusion(index) for index in wanted]

    def make() -> None:
        for index in wanted:
            tree.inclusion(index)

    def verify() -> None:
        for index, path in zip(wanted, paths, strict=True):
            assert included(tree.levels[0][index], index, LEAVES, path, root)

    taken = compare({"make": make, "verify": verify}, rounds=9)
    limit = Sample((PROOF_LIMIT,))
    one = {name: Sample(tuple(value / PROOFS for value in it.values)) for name, it in taken.items()}
    return [
        Result(f"an inclusion proof among {LEAVES:,} entries", one["make"], limit, "limit", target=1),
        Result("verifying it", one["verify"], limit, "limit", target=1),
    ]


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.sqlite3"
        engine, signer = build(path)
        taken = compare({"ours": ours(engine, signer), "chain": chain(path)}, rounds=5)
        engine.dispose()
    rate = EVENTS / taken["ours"].median
    title = f"check {EVENTS:,} events, hashes, heads and order"
    return [
        Result(title, taken["ours"], taken["chain"], "hash chain", note=f"{rate:,.0f} rows a second"),
        Result("the same", taken["ours"], Sample((CHECK_LIMIT,)), "limit", target=1),
        *proofs(),
    ]
