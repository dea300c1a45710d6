"""The capsule: what is in it, what is not, and that it replays; and, when it doesn't, why not."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from core.policy import (
    SCHEMA,
    Registry,
    Spent,
    Stacking,
    build_capsule,
    canonical,
    digest,
    evaluate_json,
    parse_case,
    parse_parameters,
    replay,
)
from core.policy.replay import CONVERTERS
from tests.unit.policy.build import case, rent, staff, with_changes
from tests.unit.policy.plugins import plugin_folder

CAPSULES = Path(__file__).with_name("capsules")


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load(strict=True, installed=False)


def capsule_of(registry: Registry, value: dict[str, Any] | None = None, /, **how: Any) -> dict[str, Any]:
    loaded = registry.get("rent_subsidy")
    value = case() if value is None else value
    decision = evaluate_json(loaded, value, **how)
    return build_capsule(
        loaded,
        parse_case(value),
        decision,
        evidence=[{"line": "R-2025-03", "grade": "operator", "paper": "ab" * 32}],
        acts=[{"step": "approve", "staff": "staff:7", "at": datetime(2026, 4, 1, tzinfo=UTC), "opinion": "同意"}],
        application={"number": "示例-2026-1", "applied_on": date(2026, 3, 10)},
    )


def published(value: int = 280_000, start: str = "2018-12-01") -> dict[str, Any]:
    row = {"from": start, "value": value, "source": "区公布", "status": "verified", "checked_on": "2026-11-24"}
    return {"cap_per_head_year_fen": {"values": [row]}}


# ── what is in it ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_capsule_is_whole_plain_and_canonical(registry: Registry) -> None:
    capsule = capsule_of(registry)
    assert json.loads(canonical(capsule)) == capsule
    assert set(capsule) == {
        "schema", "policy", "api_version", "rule_from", "rules_digest", "params_digest", "parameters", "reference_on",
        "application", "case", "excluded", "evidence", "checks", "lines", "uses", "outcome", "amount_fen",
        "demonstration", "acts",
    }  # fmt: skip
    assert capsule["rules_digest"] == registry.get("rent_subsidy").rules_digest
    assert capsule["params_digest"] == digest(capsule["parameters"])
    assert capsule["parameters"][0] == {
        "name": "apply_within_months", "value": 12, "from": "2018-12-01", "unit": "months", "origin": "policy",
        "source": "示例区演示规则第十一条，未见文件", "status": "demonstration", "checked_on": "2026-11-24",
    }  # fmt: skip
    assert capsule["application"]["applied_on"] == "2026-03-10"
    assert capsule["acts"][0]["at"] == "2026-04-01T00:00:00+00:00"


def test_it_keeps_only_the_fields_the_policy_reads(registry: Registry) -> None:
    capsule = capsule_of(registry, case(answers={"payer_note": "某人的私事"}))
    dossier = capsule["case"]["dossier"]
    assert set(dossier) == {"company", "founders", "leases", "rent", "employment"}
    assert set(dossier["rent"][0]) == {"line", "month", "paid_fen", "region", "payer"}
    assert set(dossier["founders"][0]) == {"ref", "legal_representative", "household", "permit"}
    assert "industry" not in dossier["company"]
    assert capsule["case"]["answers"] == {}
    assert "某人的私事" not in canonical(capsule).decode()


def test_the_order_of_rows_does_not_change_its_digest(registry: Registry) -> None:
    value = case(dossier__employment=[*staff("P1"), *staff("P2")])
    turned = with_changes({}, value)
    for section in ("rent", "employment", "leases"):
        turned["dossier"][section].reverse()
    assert digest(capsule_of(registry, turned)) == digest(capsule_of(registry, value))


def test_what_has_no_canonical_form_is_refused_at_once(registry: Registry) -> None:
    loaded = registry.get("rent_subsidy")
    decision = evaluate_json(loaded, case())
    with pytest.raises(ValueError, match="no canonical"):
        build_capsule(loaded, parse_case(case()), decision, acts=[{"step": "x", "opinion": "\ud800"}])


# ── replay ──────────────────────────────────────────────────────────────────────────────────────────────────────────

CASES: dict[str, Any] = {
    "eligible": case(),
    "ineligible": case(dossier__leases=[]),
    "needs information": case(dossier__rent=None, dossier__company__registered_on=None),
    "not in force": case(applied_on="2018-11-30"),
    "a section that is empty": case(dossier__employment=[]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_capsule_replays_the_same(registry: Registry, name: str) -> None:
    capsule = json.loads(canonical(capsule_of(registry, CASES[name])))
    again = replay(capsule, registry)
    assert (again.status, again.differences) == ("same", ())
    assert (again.amount_fen, again.difference_fen, again.first_check) == (capsule["amount_fen"], 0, None)


def test_with_rows_left_out_by_the_ledger(registry: Registry) -> None:
    spent = {row["line"]: Spent("A9") for row in rent("2025-03", "2025-12")}
    capsule = capsule_of(registry, case(dossier__rent=rent(paid_fen=1_000)), spent=spent)
    assert (capsule["amount_fen"], len(capsule["excluded"])) == (2_000, 10)
    assert replay(capsule, registry).status == "same"


def test_one_from_the_time_when_spent_rows_were_no_facts_replays_as_it_was_decided(registry: Registry) -> None:
    """Seven of P1's twelve months were spent, and five did not make six. Today they do, for the same case."""
    then = json.loads((CAPSULES / "spent_1.1.json").read_bytes())
    assert (then["case"]["schema"], then["outcome"], len(then["excluded"])) == ("1.1", "ineligible", 7)
    assert replay(then, registry).status == "same"
    spent = {row["line"]: Spent(row["award"]) for row in then["excluded"]}
    now = evaluate_json(registry.get("employment_subsidy"), then["case"], spent=spent)
    assert (now.outcome, now.amount_fen) == ("eligible", 5 * 95_115)
    capsule = build_capsule(registry.get("employment_subsidy"), parse_case(then["case"]), now)
    assert (capsule["case"]["schema"], replay(capsule, registry).status) == (SCHEMA, "same")


def test_one_from_the_time_before_prizes_replays_and_its_case_is_written_the_same_today(registry: Registry) -> None:
    then = json.loads((CAPSULES / "spent_1.2.json").read_bytes())
    assert digest(then) == "sha256:cb7c8dd0963ef8305549b31dcaa6833a12730f1d4d1a20ffefdee080f17520a2"
    assert (then["case"]["schema"], then["amount_fen"], len(then["excluded"])) == ("1.2", 5 * 95_115, 7)
    assert replay(then, registry).status == "same"
    spent = {row["line"]: Spent(row["award"]) for row in then["excluded"]}
    loaded = registry.get("employment_subsidy")
    now = build_capsule(loaded, parse_case(then["case"]), evaluate_json(loaded, then["case"], spent=spent))
    assert now["case"] == {**then["case"], "schema": SCHEMA}, "a section that is new is not in it"
    assert {name for name in then if now[name] != then[name]} == {"case", "rules_digest"}


def test_with_a_part_of_a_row_spent(registry: Registry) -> None:
    loaded = registry.get("rent_subsidy")
    shared = replace(loaded, card=loaded.card._replace(stacking=Stacking("rent", "capped")))
    value = case(dossier__rent=rent(paid_fen=1_000))
    decision = evaluate_json(shared, value, spent={"R-2025-03": Spent("A9", 400), "R-2025-04": Spent("A9", 1_000)})
    assert decision.amount_fen == 10 * 1_000 + 600
    capsule = build_capsule(shared, parse_case(value), decision)
    assert capsule["excluded"] == [
        {"line": "R-2025-03", "award": "A9", "amount_fen": 400},
        {"line": "R-2025-04", "award": "A9"},
    ]
    assert {row["line"]: row["amount_fen"] for row in capsule["uses"]}["R-2025-03"] == 600
    assert replay(capsule, Registry.of(shared)).status == "same"


def test_with_a_districts_values_and_another_reference_date(registry: Registry) -> None:
    capsule = capsule_of(registry, params=published(), on=date(2026, 6, 1))
    assert (capsule["amount_fen"], capsule["reference_on"]) == (280_000, "2026-06-01")
    assert [row["origin"] for row in capsule["parameters"] if row["name"].startswith("cap")] == ["district"]
    assert replay(capsule, registry).status == "same"  # needs no more than the capsule


def changed(capsule: dict[str, Any], **changes: Any) -> dict[str, Any]:
    made = deepcopy(capsule)
    for path, value in changes.items():
        *steps, last = path.split("__")
        holder = made
        for step in steps:
            holder = holder[int(step)] if step.isdigit() else holder[step]  # type: ignore[index]
        holder[int(last) if last.isdigit() else last] = value  # type: ignore[index]
    return made


def test_other_facts(registry: Registry) -> None:
    capsule = capsule_of(registry, case(dossier__rent=rent(paid_fen=10_000)))
    for tampered, first_check in (
        (changed(capsule, case__dossier__rent__0__paid_fen=20_000), "paid"),
        (changed(capsule, amount_fen=999), None),
        (changed(capsule, case__dossier__company__untrustworthy=True), "trust"),
        (changed(capsule, checks__3__passed=None), "trust"),
        (changed(capsule, lines__0__amount_fen=1), None),
        (changed(capsule, uses__0__amount_fen=1), None),
        (changed(capsule, excluded=[{"line": "R-2025-03", "award": "A1"}]), "paid"),
    ):
        again = replay(tampered, registry)
        assert again.status == "other_facts", again
        assert again.differences
        assert again.first_check == first_check
    assert replay(changed(capsule, case__dossier__rent__0__paid_fen=20_000), registry).difference_fen == 10_000


def test_the_facts_of_today_may_be_others(registry: Registry) -> None:
    capsule = capsule_of(registry)
    same, other = parse_case(case(dossier__company__industry="别的")), parse_case(case(dossier__rent=rent(paid_fen=1)))
    assert replay(capsule, registry, case=same).status == "same"
    again = replay(capsule, registry, case=other)
    assert (again.status, again.amount_fen, again.difference_fen) == ("other_facts", 12, 12 - 300_000)


def test_other_parameters_in_the_capsule(registry: Registry) -> None:
    capsule = capsule_of(registry)
    index = next(i for i, row in enumerate(capsule["parameters"]) if row["name"] == "cap_per_head_year_fen")
    again = replay(changed(capsule, **{f"parameters__{index}__value": 100_000}), registry)
    assert (again.status, again.amount_fen, again.difference_fen) == ("other_parameters", 100_000, -200_000)


def test_other_parameters_today(registry: Registry) -> None:
    capsule = capsule_of(registry)
    again = replay(capsule, registry, params=published())
    assert (again.status, again.amount_fen, again.difference_fen) == ("other_parameters", 280_000, -20_000)
    defaults = registry.get("rent_subsidy").card.parameters
    assert replay(capsule, registry, params=parse_parameters(published(300_000), defaults=defaults)).status == "same"
    assert replay(capsule_of(registry, params=published()), registry, params=published()).status == "same"


def test_a_value_corrected_in_the_program_is_another_parameter(tmp_path: Path) -> None:
    plugin_folder(tmp_path / "then")
    plugin_folder(tmp_path / "now", policy=("value: 100000", "value: 90000"))
    then, now = (Registry.load(True, tmp_path / when, installed=False) for when in ("then", "now"))
    loaded = then.get("small_grant")
    capsule = build_capsule(loaded, parse_case(case()), evaluate_json(loaded, case()))
    assert replay(capsule, then).status == "same"
    again = replay(capsule, now)
    assert (again.status, again.amount_fen, again.difference_fen) == ("other_parameters", 90_000, -10_000)


def test_other_code(tmp_path: Path) -> None:
    plugin_folder(tmp_path / "then")
    plugin_folder(tmp_path / "stricter", rules=("case.applied_on < limit", "case.applied_on > limit"))
    plugin_folder(tmp_path / "reworded", rules=("A fixed amount", "One fixed amount"))
    then = Registry.load(True, tmp_path / "then", installed=False).get("small_grant")
    capsule = build_capsule(then, parse_case(case()), evaluate_json(then, case()))
    again = replay(capsule, Registry.load(True, tmp_path / "stricter", installed=False))
    assert (again.status, again.amount_fen, again.first_check) == ("other_code", 0, "young")
    # other code that gives the same answer is no difference
    assert replay(capsule, Registry.load(True, tmp_path / "reworded", installed=False)).status == "same"


def test_a_rule_that_now_fails_is_other_code(tmp_path: Path) -> None:
    plugin_folder(tmp_path / "then")
    plugin_folder(tmp_path / "now", rules=("    amount = params", "    raise ValueError('x')\n    amount = params"))
    then = Registry.load(True, tmp_path / "then", installed=False).get("small_grant")
    capsule = build_capsule(then, parse_case(case()), evaluate_json(then, case()))
    again = replay(capsule, Registry.load(True, tmp_path / "now", installed=False))
    assert (again.status, again.amount_fen) == ("other_code", None)
    assert "raised ValueError: x" in again.differences[0]


def test_another_wording_of_a_clause_is_no_difference(tmp_path: Path) -> None:
    plugin_folder(tmp_path / "then")
    plugin_folder(tmp_path / "now", policy=("条款待填", "第五条"))
    then = Registry.load(True, tmp_path / "then", installed=False).get("small_grant")
    capsule = build_capsule(then, parse_case(case()), evaluate_json(then, case()))
    assert replay(capsule, Registry.load(True, tmp_path / "now", installed=False)).status == "same"


@pytest.mark.parametrize(
    "broken",
    [
        {}, {"schema": "9.0"}, {"schema": None}, {"schema": "1.0"}, {"schema": "1.0", "policy": "rent_subsidy"},
        {"schema": ["1.0"]},
    ],
)  # fmt: skip
def test_what_is_no_capsule_is_unavailable_and_says_why(registry: Registry, broken: dict[str, Any]) -> None:
    again = replay(broken, registry)
    assert again.status == "unavailable"
    assert again.differences


@pytest.mark.parametrize("key", ["policy", "case", "parameters", "reference_on", "excluded", "checks", "amount_fen"])
@pytest.mark.parametrize("value", [None, 5, "x", [], {}, [1], float("nan"), "missing"])
def test_a_spoiled_capsule_never_raises(registry: Registry, key: str, value: Any) -> None:
    capsule = capsule_of(registry)
    if value == "missing":
        del capsule[key]
    else:
        capsule[key] = value
    again = replay(capsule, registry)
    assert (again.status == "same") is ((key, value) == ("excluded", []))  # as it was
    assert again.differences or again.status == "same"


def test_of_a_policy_that_is_gone_or_broken_it_is_unavailable(registry: Registry, tmp_path: Path) -> None:
    capsule = capsule_of(registry)
    plugin_folder(tmp_path, "rent_subsidy", plugin=("", "raise RuntimeError('gone wrong')"))
    assert "there is no policy" in replay(changed(capsule, policy="x"), registry).differences[0]
    again = replay(capsule, Registry.load(False, tmp_path, installed=False))
    assert (again.status, again.amount_fen) == ("unavailable", None)
    assert "quarantined" in again.differences[0]


def test_an_older_capsule_is_converted(registry: Registry) -> None:
    capsule = capsule_of(registry)
    old = {**capsule, "schema": "0.9", "money": capsule["amount_fen"]}
    del old["amount_fen"]

    def from_0_9(value: dict[str, Any]) -> dict[str, Any]:
        new = {**value, "schema": "1.0"}
        new["amount_fen"] = new.pop("money")
        return new

    assert replay(old, registry).status == "unavailable"
    CONVERTERS["0.9"] = from_0_9
    try:
        assert replay(old, registry).status == "same"
    finally:
        del CONVERTERS["0.9"]
