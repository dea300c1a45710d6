"""Which evidence each line of a calculation is given: only what the sums prove."""

from __future__ import annotations

from typing import Any

import pytest

from core.services.basis.figures import Basis, Ground, basis_of, elsewhere, related

MONTHS = ("2026-01", "2026-02", "2026-03")
CAP = {"name": "cap_fen", "unit": "fen", "value": 300_000, "source": "示例规则第十二条，未见文件"}
AREA = {"name": "region", "unit": "", "value": "310109", "source": "沪人社规〔2023〕1号（转载）"}


def line(amount: int, unit: int, note: str = "", clause: str = "示例规则第十二条") -> dict[str, Any]:
    return {"code": "x", "note": note, "quantity": "1", "unit_fen": unit, "amount_fen": amount, "clause": clause}


def capsule(lines: list[dict[str, Any]], uses: dict[str, int], persons: int = 2, **more: Any) -> dict[str, Any]:
    insured = [
        {"line": f"E-P{n}-{month}", "person": f"P{n}", "month": month}
        for n in range(1, persons + 1)
        for month in MONTHS
    ]
    rent = [{"line": f"R-L1-{month}", "lease": "L1", "month": month} for month in MONTHS]
    return {
        "lines": lines,
        "uses": [{"line": name, "amount_fen": fen} for name, fen in uses.items()],
        "evidence": [{"line": row["line"], "grade": "operator", "paper": None} for row in (*insured, *rent)],
        "excluded": [],
        "parameters": [CAP, AREA],
        "case": {"dossier": {"employment": insured, "rent": rent, "prizes": None}},
    } | more


def grounds(basis: Basis) -> list[str]:
    return [figure.ground.value for figure in basis.figures]


def test_each_person_has_its_own_months() -> None:
    uses = {f"E-P{n}-{month}": 100 for n in (1, 2) for month in MONTHS}
    basis = basis_of(capsule([line(300, 100, "P1"), line(300, 100, "P2")], uses))
    assert grounds(basis) == ["own", "own"]
    assert [group.lines for group in basis.spent] == [tuple(f"E-P{n}-{m}" for m in MONTHS) for n in (1, 2)]
    assert basis.sums_agree


def test_a_person_paid_at_two_amounts_has_two_lines() -> None:
    uses = {"E-P1-2026-01": 100, "E-P1-2026-02": 100, "E-P1-2026-03": 250}
    basis = basis_of(capsule([line(200, 100, "P1"), line(250, 250, "P1")], uses))
    assert [dict(group.uses) for group in basis.spent] == [
        {"E-P1-2026-01": 100, "E-P1-2026-02": 100},
        {"E-P1-2026-03": 250},
    ]


def test_what_no_sum_divides_stands_behind_all_lines_together() -> None:
    uses = {f"R-L1-{month}": 200 for month in MONTHS}
    basis = basis_of(capsule([line(400, 400, "P1"), line(250, 250, "P2"), line(-50, -50)], uses))
    assert grounds(basis) == ["shared", "shared", "rule"]
    assert basis.figures[2].group is None  # a cap is led to its rule alone
    assert {figure.group.anchor for figure in basis.figures if figure.group} == {"spent-all"}
    # the months of each person were looked at, and are led to from its line
    assert [[group.about for group in figure.facts] for figure in basis.figures] == [["P1"], ["P2"], []]
    assert basis.sums_agree


def test_months_that_do_not_come_to_the_amount_are_not_claimed_for_the_line() -> None:
    basis = basis_of(capsule([line(299, 100, "P1")], {f"E-P1-{month}": 100 for month in MONTHS}))
    assert grounds(basis) == ["shared"]
    assert not basis.sums_agree


def test_an_amount_that_is_a_parameter() -> None:
    basis = basis_of(capsule([line(300_000, 300_000), line(7, 7)], {}))
    assert grounds(basis) == [Ground.PARAMETER, Ground.RULE]
    assert basis.figures[0].parameters == ("cap_fen",)
    assert basis.spent == ()
    assert basis.sums_agree


def test_nothing_at_all() -> None:
    basis = basis_of(capsule([], {}))
    assert basis.figures == ()
    assert [group.anchor for group in basis.seen] == ["seen-rent-L1", "seen-employment-P1", "seen-employment-P2"]


def test_what_another_award_has_was_not_looked_at() -> None:
    rent = [{"line": f"R-L1-{month}", "award": "A7"} for month in MONTHS]
    basis = basis_of(capsule([], {}, excluded=rent))
    assert [group.anchor for group in basis.seen] == ["seen-employment-P1", "seen-employment-P2"]
    insured = [{"line": f"E-P{n}-{month}", "award": "A7"} for n in (1, 2) for month in MONTHS]
    sealed = capsule([], {}, excluded=[*rent, *insured])
    assert basis_of(sealed).seen == ()
    assert elsewhere(sealed) == {row["line"] for row in (*rent, *insured)}
    # what is left of a line was shown; and a policy that reads the mark sees such rows as facts
    part = [{"line": "R-L1-2026-01", "award": "A7", "amount_fen": 100}, *insured]
    sealed = capsule([], {}, excluded=part)
    for row in sealed["case"]["dossier"]["employment"]:
        row["spent_by"] = None
    assert [group.anchor for group in basis_of(sealed).seen] == [
        "seen-rent-L1", "seen-employment-P1", "seen-employment-P2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("clause", "names"),
    [
        ("示例规则第十二条", ("cap_fen",)),
        ("参照（沪人社规〔2023〕1号）", ("region",)),  # the document, where no clause is named
        ("示例规则第一条", ()),
        ("", ()),
    ],
)
def test_parameters_of_a_clause(clause: str, names: tuple[str, ...]) -> None:
    assert related(clause, [CAP, AREA]) == names


def test_the_value_itself_comes_first() -> None:
    other = {**CAP, "name": "another", "value": 1}
    assert related("示例规则第十二条", [other, CAP], 300_000) == ("cap_fen", "another")
