"""Lint: what is right passes, and each thing that can be wrong is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from core.letters.context import CheckRow, LetterContext, Payment, Publicity
from core.letters.lint import lint
from tests.unit.letters.samples import CENTRE, RARE, award, refusal

Change = Callable[[LetterContext], LetterContext]


def with_payment(context: LetterContext, **change: str) -> LetterContext:
    assert context.payment
    return replace(context, payment=replace(context.payment, **change))


@pytest.mark.parametrize("made", [award(), award(heads=32), award(name=RARE, issuer=CENTRE, sample=True), refusal()])
def test_a_right_letter_has_no_problem(made: tuple[LetterContext, bytes]) -> None:
    context, capsule = made
    assert lint(context, capsule) == []
    assert lint(replace(context, number=None, seq=None, check_code="", verify_url=""), capsule) == []


WRONG: dict[str, tuple[str, Change]] = {
    "amount differs from the capsule": ("amount", lambda c: replace(c, amount_fen=c.amount_fen + 1)),
    "amount below zero": ("amount", lambda c: replace(c, amount_fen=-1)),
    "a line too few": ("lines", lambda c: replace(c, lines=c.lines[1:])),
    "a check left out": ("checks", lambda c: replace(c, checks=())),
    "a check with another result": ("checks", lambda c: replace(c, checks=(replace(c.checks[0], passed=False),))),
    "payee is not the name on the licence": ("name", lambda c: replace(c, licence_name="另一公司")),
    "title names somebody else": ("name", lambda c: replace(c, title="关于核定另一公司补贴的通知")),
    "the account is somebody else's": ("account", lambda c: with_payment(c, account_name="另一公司")),
    "the account is not masked": ("account", lambda c: with_payment(c, account_masked="310066661234567890")),
    "another company code": ("uscc", lambda c: replace(c, uscc="91310109MA1G5XY16N")),
    "another policy": ("policy", lambda c: replace(c, policy="startup_grant")),
    "another application": ("application", lambda c: replace(c, application_number="RS-2026-000999")),
    "another capsule": ("digest", lambda c: replace(c, capsule_digest="sha256:" + "0" * 64)),
    "approved something else": ("approval", lambda c: replace(c, approved_digest="sha256:" + "0" * 64)),
    "the pool is not committed": ("pool", lambda c: replace(c, pool_committed=False)),
    "publicity not over": (
        "publicity",
        lambda c: replace(c, publicity=Publicity(date(2026, 11, 18), date(2026, 11, 24), "无异议")),
    ),
    "publicity backwards": (
        "publicity",
        lambda c: replace(c, publicity=Publicity(date(2026, 11, 9), date(2026, 11, 2), "无异议")),
    ),
    "published before and after": ("publicity", lambda c: replace(c, announced_for=5)),
    "issued before the application": ("dates", lambda c: replace(c, applied_on=date(2026, 12, 1))),
    "number of another year": ("number", lambda c: replace(c, year=2025)),
    "number of another series": ("number", lambda c: replace(c, number="虹人社〔2026〕12号")),
    "mark with a bracket": ("number", lambda c: replace(c, issuer=replace(c.issuer, mark="示〔"))),
    "check code of another letter": ("check_code", lambda c: replace(c, check_code="0000-0000-0000")),
    "address without the code": ("verify_url", lambda c: replace(c, verify_url="https://hongcai.example.cn/verify")),
    "a refusal of an eligible case": ("outcome", lambda c: replace(c, kind="refusal")),
    "a text not filled in": ("empty", lambda c: replace(c, policy_title=" ")),
    "no legal basis": ("missing", lambda c: replace(c, legal_basis=())),
    "no payment": ("missing", lambda c: replace(c, payment=None)),
    "an authority without remedies": ("missing", lambda c: replace(c, remedies=())),
    "bidirectional control": ("control", lambda c: with_payment(c, bank="示例\u202e银行")),
    "a character no font has": ("glyph", lambda c: with_payment(c, bank="示例银行𠮷😀")),
    "a float": ("float", lambda c: replace(c, lines=(replace(c.lines[0], unit_fen=2800.0), *c.lines[1:]))),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(name: str) -> None:
    code, change = WRONG[name]
    context, capsule = award()
    problems = lint(change(context), capsule)
    assert code in {problem.code for problem in problems}
    assert all(problem.zh and problem.en and problem.field for problem in problems)


@pytest.mark.parametrize("section", ["lines", "uses"])
def test_sums_of_the_capsule_are_checked(section: str) -> None:
    context, data = award()
    capsule = json.loads(data)
    capsule[section][0]["amount_fen"] -= 1
    assert "sum" in {problem.code for problem in lint(context, capsule)}


def test_demonstration_values_need_a_sample() -> None:
    context, data = award()
    capsule = json.loads(data) | {"demonstration": True}
    assert [problem.code for problem in lint(context, capsule)] == ["sample"]


def test_a_refusal_must_name_what_failed() -> None:
    context, capsule = refusal()
    met = tuple(replace(check, passed=True) for check in context.checks)
    assert {"checks", "missing"} <= {problem.code for problem in lint(replace(context, checks=met), capsule)}


def test_a_refusal_has_no_amount() -> None:
    context, capsule = refusal()
    assert "amount" in {problem.code for problem in lint(replace(context, amount_fen=1), capsule)}


def test_every_problem_is_told_at_once() -> None:
    context, capsule = award()
    wrong = replace(context, licence_name="另一公司", pool_committed=False, payment=Payment("", "", ""))
    assert {"name", "pool", "empty", "account"} <= {problem.code for problem in lint(wrong, capsule)}


def test_failed_checks_come_before_unknown_ones() -> None:
    rows = tuple(CheckRow(str(i), "", passed, "", "", "") for i, passed in enumerate([None, True, False, None]))
    context, _ = refusal()
    assert [check.code for check in replace(context, checks=rows).failed_checks] == ["2", "0", "3"]
