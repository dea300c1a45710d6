"""Capsules of every schema version there was replay the same today, from files that the programs of their time made."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from core.policy import CAPSULE_SCHEMA, SCHEMA, Registry, canonical, replay
from core.policy.casefile import CONVERTERS
from core.services.replays import Asked, Kept, rerun

CAPSULES = Path(__file__).with_name("capsules")
FILES = sorted(CAPSULES.glob("*.jsonl"))


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load(strict=True, installed=False)


def of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def test_there_are_some_of_every_version() -> None:
    """Whoever raises a version keeps the last of the old one here."""
    assert {path.stem for path in FILES} == {*CONVERTERS, SCHEMA}
    assert CAPSULE_SCHEMA == "1.0", "keep capsules of 1.0 here, add a converter, then raise this"


def test_no_file_was_made_again() -> None:
    sums = dict(line.split()[::-1] for line in (CAPSULES / "SHA256SUMS").read_text().splitlines())
    assert sums == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in CAPSULES.glob("*.json*")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_replays_the_same(path: Path, registry: Registry) -> None:
    capsules: list[dict[str, Any]] = [json.loads(line) for line in of(path)]
    assert {capsule["case"]["schema"] for capsule in capsules} == {path.stem}
    assert [canonical(capsule) for capsule in capsules] == of(path)
    assert {capsule["outcome"] for capsule in capsules} == {
        "eligible", "ineligible", "needs_information", "not_in_force",
    }  # fmt: skip
    assert any(capsule["excluded"] for capsule in capsules)
    assert any(row["origin"] == "district" for capsule in capsules for row in capsule["parameters"])
    assert [(it.status, it.differences) for it in (replay(capsule, registry) for capsule in capsules)] == [
        ("same", ())
    ] * len(capsules)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_fact_that_was_changed_in_an_old_one_is_seen(path: Path, registry: Registry) -> None:
    """What is granted in it rests on its facts. (Where the rules' files were touched since, the code is named.)"""
    granted = next(it for it in map(json.loads, of(path)) if it["amount_fen"] and it["policy"] == "rent_subsidy")
    for row in granted["case"]["dossier"]["rent"]:
        row["paid_fen"] = 1
    again = replay(granted, registry)
    assert again.status in ("other_facts", "other_code")
    assert (again.difference_fen or 0) < 0


def test_in_bulk_with_their_hashes(registry: Registry) -> None:
    texts = [text for path in FILES for text in of(path)]
    rows = [
        Kept(f"RS{n}", n, 1, json.loads(text)["policy"], "sha256:" + hashlib.sha256(text).hexdigest(), text)
        for n, text in enumerate(texts)
    ]
    told = [*rerun(rows, Asked(), registry=registry, workers=1)]
    assert [it.status for it in told] == ["same"] * len(texts)
