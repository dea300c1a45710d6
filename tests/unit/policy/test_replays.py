"""Many capsules at once: in one process and in several the same answers in the same order; altered ones are told; and
under another day's rules."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import date

import pytest

from core.policy import ParameterSet, Registry, ReplayStatus, canonical, parse_parameters, under
from core.services.replays import Asked, Kept, Told, rerun
from tests.unit.policy.build import case
from tests.unit.policy.test_capsule import capsule_of, published


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load(strict=True, installed=False)


@pytest.fixture(scope="module")
def rows(registry: Registry) -> list[Kept]:
    """Five hundred decisions, in batches that do not come out even; one altered, one unreadable, one of no policy."""
    plain = canonical(capsule_of(registry))
    kept = [Kept(f"RS2026-{n:06d}", n, 1, "rent_subsidy", sha(plain), plain) for n in range(500)]
    kept[37] = kept[37]._replace(capsule=plain.replace(b'"outcome":"eligible"', b'"outcome":"refused"'))
    for place, text in ((211, b"{}"), (499, plain.replace(b'"rent_subsidy"', b'"gone_policy"'))):
        kept[place] = kept[place]._replace(capsule=text, digest=sha(text))
    return kept


def sha(text: bytes) -> str:
    return "sha256:" + hashlib.sha256(text).hexdigest()


def test_alone(rows: list[Kept], registry: Registry) -> None:
    told = list(rerun(rows, Asked(), registry=registry, workers=1))
    assert [it.decision for it in told] == [*range(500)]
    assert {it.decision: it.status for it in told if it.flipped} == {
        37: "altered",
        211: "unavailable",
        499: "unavailable",
    }
    assert told[0].recorded_fen == told[0].amount_fen
    assert told[0].difference_fen == 0


@pytest.mark.slow
def test_several_processes_say_the_same(rows: list[Kept], registry: Registry) -> None:
    alone = [asdict(it) for it in rerun(rows, Asked(), registry=registry, workers=1)]
    assert [asdict(it) for it in rerun(iter(rows), Asked(), registry=registry, workers=2)] == alone


def ask(registry: Registry, on: date, params: ParameterSet | None = None) -> Told:
    text = canonical(capsule_of(registry, case()))
    key = (1, "rent_subsidy")
    asked = Asked(on, {key: params} if params else None)
    (told,) = rerun([Kept("RS2026-000001", 1, 1, "rent_subsidy", sha(text), text)], asked, registry=registry, workers=1)
    return told


def test_under_its_own_days_rules_it_is_the_same(registry: Registry) -> None:
    capsule = capsule_of(registry)
    assert under(capsule, registry, on=date.fromisoformat(capsule["reference_on"])).status is ReplayStatus.SAME
    assert ask(registry, date.fromisoformat(capsule["reference_on"])).status == "same"


def test_under_a_districts_values_of_today_the_difference_is_told(registry: Registry) -> None:
    loaded = registry.get("rent_subsidy")
    then = capsule_of(registry)
    params = parse_parameters(published(1_000), defaults=loaded.card.parameters)
    told = ask(registry, date.fromisoformat(then["reference_on"]), params)
    assert told.status == "other_rules"
    assert told.recorded_fen == then["amount_fen"]
    assert told.difference_fen == (told.amount_fen or 0) - then["amount_fen"]
    assert told.difference_fen < 0


def test_before_any_rule_was_in_force_nothing_would_be_granted(registry: Registry) -> None:
    told = ask(registry, date(1990, 1, 1))
    assert (told.status, told.amount_fen) == ("other_rules", 0)


@pytest.mark.parametrize("broken", [{}, {"policy": "gone"}, {"policy": "rent_subsidy", "schema": "9.9"}])
def test_what_cannot_be_read_is_unavailable(registry: Registry, broken: dict[str, object]) -> None:
    assert under(broken, registry, on=date(2026, 1, 1)).status is ReplayStatus.UNAVAILABLE
