"""Evaluating: which version, what the rule sees, the answer's form, and what is no answer."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.policy import (
    AssessmentFailed,
    CaseError,
    Outcome,
    Policy,
    Registry,
    RuleVersion,
    Spent,
    Stacking,
    canonical,
    evaluate,
    evaluate_json,
    parse_case,
)
from core.policy.canonical import digest
from core.policy.loaded import LoadedPolicy
from core.policy.reads import Reads
from core.policy.registry import load_plugin
from tests.unit.policy.build import case, rent, staff
from tests.unit.policy.plugins import with_rule

PASS = 'checks = (Check("young", True, 1, 1, "<="),)'


@pytest.fixture(scope="module")
def rent_subsidy() -> LoadedPolicy:
    return Registry.load(strict=True, installed=False).get("rent_subsidy")


def with_rules(loaded: LoadedPolicy, *versions: RuleVersion) -> LoadedPolicy:
    policy = loaded.policy
    made = Policy(policy.key, policy.api_version, policy.package, versions, policy.form, policy.letter_template)
    return LoadedPolicy(made, loaded.card, loaded.folder, loaded.built_in)


# ── the answer ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_answer_has_the_form_of_the_contract(rent_subsidy: LoadedPolicy) -> None:
    answer = evaluate_json(rent_subsidy, case()).to_json()
    assert json.loads(json.dumps(answer)) == answer
    assert list(answer) == [
        "policy", "outcome", "amount_fen", "rule_from", "demonstration", "checks", "lines", "uses", "parameters",
        "excluded", "digest",
    ]  # fmt: skip
    assert {tuple(check) for check in answer["checks"]} == {
        ("code", "passed", "observed", "required", "relation", "clause")
    }
    assert [check["code"] for check in answer["checks"]] == [
        "organisation", "region", "founder", "trust", "three_units", "labour_dispatch", "within_36_months",
        "local_head", "households", "paid", "payer", "premises", "period_over", "in_time",
    ]  # fmt: skip
    within = next(check for check in answer["checks"] if check["code"] == "within_36_months")
    assert {key: within[key] for key in ("passed", "observed", "required", "relation")} == {
        "passed": True, "observed": "2025-03-01", "required": "2027-09-02", "relation": "<",
    }  # fmt: skip
    assert answer["lines"] == [
        {"code": "head", "note": "P1", "quantity": "12/12", "unit_fen": 300_000, "amount_fen": 300_000}
    ]
    assert answer["uses"][0] == {"line": "R-2025-03", "amount_fen": 25_000}
    assert [parameter["name"] for parameter in answer["parameters"]] == sorted(rent_subsidy.card.parameters.units)
    assert {tuple(parameter) for parameter in answer["parameters"]} == {("name", "value", "from", "source", "status")}
    assert answer["excluded"] == []


def test_the_digest_is_over_the_canonical_answer_without_itself(rent_subsidy: LoadedPolicy) -> None:
    answer = evaluate_json(rent_subsidy, case()).to_json()
    stated = answer.pop("digest")
    assert stated == digest(answer)
    assert canonical(answer).startswith(b'{"amount_fen":300000,"checks":[')


def test_from_a_dict_and_from_a_case_is_the_same(rent_subsidy: LoadedPolicy) -> None:
    value = case(answers={"truthful": True})
    assert evaluate(rent_subsidy, parse_case(value)) == evaluate_json(rent_subsidy, value)


# ── the reference date ──────────────────────────────────────────────────────────────────────────────────────────────


def test_before_the_first_version_nothing_is_in_force(rent_subsidy: LoadedPolicy) -> None:
    decision = evaluate_json(rent_subsidy, case(), on=date(2018, 11, 30))
    assert decision.outcome is Outcome.NOT_IN_FORCE
    assert decision.to_json() == {
        "policy": "rent_subsidy", "outcome": "not_in_force", "amount_fen": 0, "rule_from": None,
        "demonstration": False, "checks": [], "lines": [], "uses": [], "parameters": [], "excluded": [],
        "digest": decision.digest,
    }  # fmt: skip


def test_a_version_without_a_rule_ends_the_scheme_until_the_next(rent_subsidy: LoadedPolicy) -> None:
    assess = rent_subsidy.policy.rules[0].assess
    gap = with_rules(
        rent_subsidy,
        RuleVersion(date(2018, 12, 1), assess),
        RuleVersion(date(2023, 1, 1), None),
        RuleVersion(date(2026, 1, 1), assess),
    )
    for day, outcome, rule_from in (
        ("2022-12-31", Outcome.ELIGIBLE, date(2018, 12, 1)),
        ("2023-01-01", Outcome.NOT_IN_FORCE, date(2023, 1, 1)),
        ("2025-12-31", Outcome.NOT_IN_FORCE, date(2023, 1, 1)),
        ("2026-01-01", Outcome.ELIGIBLE, date(2026, 1, 1)),
    ):
        decision = evaluate_json(gap, case(), on=date.fromisoformat(day))
        assert (decision.outcome, decision.rule_from) == (outcome, rule_from)


def test_on_chooses_rule_and_values_and_nothing_else(rent_subsidy: LoadedPolicy) -> None:
    now, then = (evaluate_json(rent_subsidy, case(), on=on) for on in (None, date(2022, 12, 31)))
    assert (now.rule_from, then.rule_from) == (date(2023, 1, 1), date(2018, 12, 1))
    assert {value.start for value in then.parameters} == {date(2018, 12, 1)}
    # the checks still compare with the day of the application
    assert [check.observed for check in now.checks] == [check.observed for check in then.checks]


def test_clauses_follow_the_rule_version(rent_subsidy: LoadedPolicy) -> None:
    now, then = (evaluate_json(rent_subsidy, case(), on=on) for on in (None, date(2022, 12, 31)))
    assert now.clause("organisation").zh == "演示规则第一条"
    assert then.clause("organisation").zh.startswith("沪人社规〔2018〕37号")


# ── spent rows ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_spent_rows_are_taken_out_before_the_rule_and_listed(rent_subsidy: LoadedPolicy) -> None:
    lines = ("R-2025-03", "R-2025-04", "E-P1-2025-03", "D-1", "R-elsewhere")
    spent = {line: Spent(f"A{n}") for n, line in enumerate(lines, 1)}
    decision = evaluate_json(rent_subsidy, case(), spent=spent)
    assert decision.to_json()["excluded"] == [  # D-1 is in a section this policy does not read
        {"line": "E-P1-2025-03", "award": "A3"},
        {"line": "R-2025-03", "award": "A1"},
        {"line": "R-2025-04", "award": "A2"},
    ]
    assert "R-2025-03" not in {use.line_id for use in decision.uses}
    assert decision.outcome is Outcome.ELIGIBLE
    assert decision.amount_fen == 300_000  # eleven months count as the year, and the cap decides


def test_with_everything_spent_nothing_was_paid(rent_subsidy: LoadedPolicy) -> None:
    spent = {row["line"]: Spent("A1") for row in case()["dossier"]["rent"]}
    decision = evaluate_json(rent_subsidy, case(), spent=spent)
    assert [check.code for check in decision.checks if check.passed is False] == ["paid"]
    assert len(decision.excluded) == 12


def test_a_file_may_say_itself_what_is_spent_and_the_ledger_is_believed_before_it(rent_subsidy: LoadedPolicy) -> None:
    value = case(dossier__rent=rent(paid_fen=1_000, spent_by=None, spent_fen=None))
    value["dossier"]["rent"][0] |= {"spent_by": "A1"}
    value["dossier"]["rent"][1] |= {"spent_by": "A2", "spent_fen": 1}  # an exclusive policy shares nothing
    assert evaluate_json(rent_subsidy, value).amount_fen == 10_000
    assert evaluate_json(rent_subsidy, value, spent={"R-2025-03": Spent("A3")}).excluded[0].award == "A3"
    grant = Registry.load(strict=True, installed=False).get("startup_grant")  # which spends nothing
    insured = evaluate_json(grant, case(dossier__employment=staff(spent_by="A1")))
    assert insured.excluded == ()
    assert next(check.observed for check in insured.checks if check.code == "insured") == 12
    value["dossier"]["rent"][2]["spent_fen"] = 5
    with pytest.raises(CaseError, match="spent_by does not say by which award") as refused:
        evaluate_json(rent_subsidy, value)
    assert refused.value.path == "dossier.rent[2].spent_fen"


@pytest.mark.parametrize(
    ("section", "line", "amount", "fault"),
    [
        ("employment", "E-P1-2025-03", 1, "uses the line E-P1-2025-03, which the award A1 has"),
        ("rent", "R-2025-03", 1, "which is worth 0"),
        ("rent", "R-2025-04", 601, "which is worth 600"),
        ("rent", "R-2025-04", 600, ""),
    ],
)
def test_a_rule_that_sees_spent_rows_cannot_spend_them(
    tmp_path: Path, section: str, line: str, amount: int, fault: str
) -> None:
    use = f'lines = (Line("grant", "1", {amount}, {amount}),)\nuses = (Use("{line}", {amount}),)'
    loaded = with_rule(tmp_path, f"{PASS}\n{use}\nreturn Assessment(checks, lines, uses)")
    reads = Reads([*loaded.card.reads.fields, f"{section}.spent_by", "rent.paid_fen"])
    loaded = replace(loaded, card=loaded.card._replace(reads=reads, stacking=Stacking("x", "capped"), caps=()))
    spent = {"E-P1-2025-03": Spent("A1"), "R-2025-03": Spent("A1"), "R-2025-04": Spent("A1", 400)}
    value = case(dossier__rent=rent(paid_fen=1_000))
    if fault:
        with pytest.raises(AssessmentFailed, match=fault):
            evaluate_json(loaded, value, spent=spent)
    else:
        assert evaluate_json(loaded, value, spent=spent).amount_fen == amount


@pytest.mark.parametrize(
    ("used", "fault"),
    [
        (["W-1"], ""),
        (["W-2", "W-3"], ""),
        (["W-1", "W-2"], "uses the lines W-1 and W-2, which are one prize at two levels"),
        (["W-4"], "uses the line W-4, which the award A1 has"),
        (["W-9"], "uses the line 'W-9', which the case does not have"),
    ],
)
def test_a_prize_is_paid_at_one_level(tmp_path: Path, used: list[str], fault: str) -> None:
    uses = ", ".join(f'Use("{line}", 5)' for line in used)
    answer = f'Assessment(checks, (Line("grant", "1", 5, {5 * len(used)}),), ({uses},))'
    loaded = with_rule(tmp_path, f"{PASS}\nreturn {answer}")
    reads = Reads([*loaded.card.reads.fields, "prizes.spent_by"])
    loaded = replace(loaded, card=loaded.card._replace(reads=reads, stacking=Stacking("x", "exclusive"), caps=()))
    won = [("W-1", 2025, "district"), ("W-2", 2025, "city"), ("W-3", 2026, "city"), ("W-4", 2024, "city")]
    value = case(dossier__prizes=[{"line": w, "contest": "创业大赛", "edition": e, "level": v} for w, e, v in won])
    spent = {"W-4": Spent("A1")}
    if fault:
        with pytest.raises(AssessmentFailed, match=fault):
            evaluate_json(loaded, value, spent=spent)
    else:
        assert evaluate_json(loaded, value, spent=spent).amount_fen == 5 * len(used)


# ── what the rule sees ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rule_sees_only_what_policy_yaml_names(tmp_path: Path) -> None:
    loaded = with_rule(
        tmp_path,
        "d = case.dossier\n"
        "seen = (d.company.industry, d.company.labour_dispatch, d.rent, d.employment, d.awards, dict(case.answers))\n"
        "assert seen == (None, None, None, None, None, {}), seen\n"
        "assert d.company.uscc and d.company.registered_on\n"
        f"{PASS}\nreturn Assessment(checks)",
    )
    assert evaluate_json(loaded, case(answers={"secret": "x"})).outcome is Outcome.ELIGIBLE
    assert evaluate(loaded, parse_case(case(answers={"secret": "x"}))).outcome is Outcome.ELIGIBLE


# ── what is no answer ───────────────────────────────────────────────────────────────────────────────────────────────

LINE = 'Line("grant", "1", 1, 1)'
NO_ANSWERS: list[tuple[str, Any]] = [
    ("raise ValueError('no such thing')", "its rule raised ValueError: no such thing"),
    ("raise SystemExit(0)", "its rule raised SystemExit"),
    ("import sys; sys.exit()", "its rule raised SystemExit"),
    ("return assess(case, params)", "its rule raised RecursionError"),
    ("class Odd(BaseException): pass\nraise Odd()", "its rule raised Odd"),
    ("return None", "returned NoneType instead of an Assessment"),
    ("return 5.0", "returned float"),
    ("return {}", "returned dict"),
    ("return Assessment(())", "at least one Check"),
    ("return Assessment([Check('young', True, 1, 1, '<=')])", "must be a tuple"),
    ("return Assessment((Check('younger', True, 1, 1, '<='),))", "not under checks"),
    ("return Assessment((Check('young', True, 1, 1, '<='),) * 2)", "or twice"),
    ("return Assessment((Check(['young'], True, 1, 1, '<='),))", "cannot be read"),
    ("return Assessment((Check('young', 1, 1, 1, '<='),))", "must be True, False or None"),
    ("return Assessment((Check('young', 'yes', 1, 1, '<='),))", "must be True, False or None"),
    ("return Assessment((Check('young', True, 1.0, 1, '<='),))", "not a plain value"),
    ("return Assessment((Check('young', True, NAN, 1, '<='),))", "not a plain value"),
    ("return Assessment((Check('young', True, {}, 1, '<='),))", "not a plain value"),
    ("return Assessment((Check('young', True, 2**53, 1, '<='),))", "not a plain value"),
    ("return Assessment((Check('young', True, '\\ud800', 1, '<='),))", "not a plain value"),
    ("return Assessment((Check('young', True, 1, 1, '=='),))", "have the relations"),
    ("return Assessment((('young', True, 1, 1, '<=', ''),))", "nothing else"),
    (f"{PASS}\nreturn Assessment(checks, [{LINE}])", "lines must be a tuple"),
    (f"{PASS}\nreturn Assessment(checks, (Line('other', '1', 1, 1),))", "not under lines"),
    (f"{PASS}\nreturn Assessment(checks, (Line('grant', '1', 1, 1.0),))", "not whole fen"),
    (f"{PASS}\nreturn Assessment(checks, (Line('grant', '1', 1, True),))", "not whole fen"),
    (f"{PASS}\nreturn Assessment(checks, (Line('grant', '1', 1, NAN),))", "not whole fen"),
    (f"{PASS}\nreturn Assessment(checks, (Line('grant', '1', 1, '1'),))", "not whole fen"),
    (f"{PASS}\nreturn Assessment(checks, (Line('grant', '1', 1, 2**53),))", "not whole fen"),
    (f"{PASS}\nreturn Assessment(checks, (Line('grant', 1, 1, 1),))", "not text"),
    (f"{PASS}\nreturn Assessment(checks, (Line('grant', '1', -1, -1),))", "lines sum to -1 fen"),
    (f"{PASS}\nreturn Assessment(checks, (Line('grant', '1', 1, 100001),))", "exceeds a cap of 100000"),
    (f"{PASS}\nreturn Assessment(checks, ({LINE},), (Use('R-2025-03', 1),))", "names no stacking group"),
    ("return params['nothing']", "parameter nothing is not in policy.yaml"),
]


@pytest.mark.parametrize(("body", "reason"), NO_ANSWERS)
def test_whatever_a_rule_does_wrong_is_contained_and_told(tmp_path: Path, body: str, reason: str) -> None:
    loaded = with_rule(tmp_path, body)
    with pytest.raises(AssessmentFailed) as failed:
        evaluate_json(loaded, case())
    assert reason in failed.value.reason
    assert str(failed.value) == f"small_grant could not assess the case: {failed.value.reason}"


def test_an_interrupt_of_the_user_is_not_the_rules_fault(tmp_path: Path) -> None:
    loaded = with_rule(tmp_path, "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        evaluate_json(loaded, case())


@pytest.mark.parametrize(
    ("uses", "reason"),
    [
        ("(Use('R-2025-03', 100),)", ""),
        ("(Use('R-2025-03', 60), Use('R-2025-04', 40))", ""),
        ("(Use('R-2025-03', 99),)", "uses sum to 99 fen, its lines to 100"),
        ("()", "uses sum to 0 fen, its lines to 100"),
        ("(Use('R-2025-03', 50), Use('R-2025-03', 50))", "uses a line twice"),
        ("(Use('R-nowhere', 100),)", "which the case does not have"),
        ("(Use('R-2025-03', 200), Use('R-2025-04', -100))", "must be a whole amount"),
        ("(Use('R-2025-03', 100.0),)", "must be a whole amount"),
        ("(Use('R-2025-03', True),)", "must be a whole amount"),
        ("(Use('R-small', 100),)", "uses 100 fen of the line R-small, which is worth 99"),
        ("(Use('R-null', 100),)", "which is worth 0"),
        ("(Use('E-P1-2025-03', 100),)", ""),  # a person-month has no amount of its own
        ("[Use('R-2025-03', 100)]", "uses must be a tuple"),
    ],
)
def test_uses_are_of_lines_that_are_there_and_worth_it(tmp_path: Path, uses: str, reason: str) -> None:
    loaded = with_rule(tmp_path, f"{PASS}\nreturn Assessment(checks, (Line('grant', '1', 100, 100),), {uses})")
    path = loaded.folder / "policy.yaml"
    path.write_text(
        path.read_text()
        .replace("reads:\n", "reads: [applied_on, company.uscc, rent.line, rent.paid_fen, employment.line]\nunused:\n")
        .replace("caps:", "stacking: {group: rent, rule: exclusive}\n\ncaps:")
    )
    text = path.read_text()
    start, end = text.index("unused:"), text.index("documents:")
    path.write_text(text[:start] + text[end:])

    loaded = load_plugin(loaded.folder)
    rows = [
        *case()["dossier"]["rent"],
        {"line": "R-small", "month": "2025-03", "paid_fen": 99},
        {"line": "R-null", "month": "2025-03"},
    ]
    if reason:
        with pytest.raises(AssessmentFailed, match=reason):
            evaluate_json(loaded, case(dossier__rent=rows))
    else:
        assert evaluate_json(loaded, case(dossier__rent=rows)).amount_fen == 100
