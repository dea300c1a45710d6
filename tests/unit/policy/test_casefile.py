"""The case file: what is read, what is refused, and that every refusal names the field."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.policy import PRIZE_LEVELS, SCHEMA, Case, CaseError, Month, Period, Registry, parse_case
from core.policy.casefile import CONVERTERS
from core.policy.reads import Reads
from core.policy.shapes import COMPANY, ROWS, Shape
from core.policy.values import LARGEST, read_list
from tests.unit.policy.build import BASE, MISSING, USCC, case, lease, rent, staff, with_changes

A = "applied_on"
EMPLOYMENT = "dossier.employment"
LEASE = "dossier.leases[0]"

# path, bad value, the path the error names (the same unless given)
REFUSED: list[tuple[str, Any, str]] = [
    (path, value, path)
    for path, values in {
        "applied_on": (MISSING, None, 20260310, "2026-3-10", "20260310", "2026-W11-2", "2026-02-29", "", True, []),
        "period": (MISSING, None, "2025-03", [], 3),
        "period.from": (MISSING, None, "2025-3", "2025-13", "2025-03-01", 202503),
        "period.to": (MISSING, None, "2025-02", "2026-03"),  # before the beginning; thirteen months
        "schema": ("0.9", "2.0", 1.0, 1, True),
        "answers": ([], "x", 1, False),
        "answers.note": (1.5, float("nan"), 2**60, "\ud800", (1,), {"a", "b"}),
        "dossier": ([], "x", 1),
        "dossier.company": (MISSING, None, [], "x"),
        "dossier.company.uscc": (MISSING, None, 1, [], {}),
        "dossier.company.legal_form": (1, [], True, "\ud800"),
        "dossier.company.small_or_micro": (1, 0, "true", 1.0, []),
        "dossier.company.registered_on": ("2024-9-2", 20240902, True),
        "dossier.company.labour_dispatch": ("no",),
        "dossier.company.industry": (7,),
        "dossier.founders": ({}, "x", 1),
        "dossier.founders[0]": (None, [], "P1"),
        "dossier.founders[0].ref": (MISSING, None, 1),
        "dossier.founders[0].household": ("shanghai", "", "City", 1, ["city"]),
        "dossier.founders[0].permit": ("None", False, "passport"),
        "dossier.founders[0].categories": ("graduate", {}),
        "dossier.founders[0].categories[0]": ("Graduate", None, 1),
        "dossier.founders[0].graduated_on": ("2024-06",),
        "dossier.leases[0].ref": (MISSING, None, 1),
        "dossier.leases[0].from": (MISSING, None, "2024-09", 5),
        "dossier.leases[0].to": ("2024-08-31", "x"),  # reversed
        "dossier.leases[0].independent": (1, "yes"),
        "dossier.leases[0].area_cm2": (-1, 1.0, True, "48", LARGEST + 1, 10**5000),
        "dossier.rent": ({}, "x", 0),
        "dossier.rent[3]": (None, [], 1),
        "dossier.rent[3].line": (MISSING, None, 1, "R-2025-03"),  # the last one twice
        "dossier.rent[3].month": (MISSING, None, "2025-6", "2025-06-01", 202506),
        "dossier.rent[3].paid_fen": (
            -1,
            0.0,
            93334.0,
            "93334",
            True,
            False,
            [],
            float("nan"),
            float("inf"),
            LARGEST + 1,
        ),
        "dossier.rent[3].region": (310109, True),
        "dossier.rent[3].payer": ("landlord", "Tenant", 1, []),
        "dossier.rent[3].grade": ("oral", 1),
        "dossier.rent[3].lease": (1,),
        "dossier.employment[2].line": (MISSING, None, "R-2025-03"),  # the last one twice, over two sections
        "dossier.employment[2].person": (MISSING, None, 1),
        "dossier.employment[2].month": (MISSING, None, "2025-00"),
        "dossier.employment[2].employer_uscc": (1,),
        "dossier.employment[2].filing_uscc": (False,),
        "dossier.employment[2].household": ("local",),
        "dossier.desk_fees[0].line": (MISSING, None),
        "dossier.desk_fees[0].month": (MISSING, None),
        "dossier.desk_fees[0].paid_fen": (-5, 1.5),
        "dossier.stages[0].stage": ("seed", 1),
        "dossier.stages[0].to": ("2024-09-01",),
        "dossier.awards[0].amount_fen": (-1, 1.0),
        "dossier.awards[0].period.from": (None, MISSING, "2025"),
        "dossier.awards[0].founders": ("P1",),
        "dossier.awards[0].founders[0]": (1, None),
        "dossier.mentoring": ([], 1),
        "dossier.mentoring.needs": ("x",),
        "dossier.mentoring.needs[0]": (None, 1),
        "dossier.mentoring.running_pairs": (-1, True, 0.0),
        # an unknown field, anywhere
        "applied": ("2026-03-10",),
        "period.until": ("2026-02",),
        "dossier.people": ([],),
        "dossier.company.name": ("某公司",),
        "dossier.founders[0].id_number": ("x",),
        "dossier.leases[0].rent": (1,),
        "dossier.rent[3].paid": (1,),
        "dossier.employment[2].name": ("x",),
        "dossier.desk_fees[0].x": (None,),  # unknown even when null
        "dossier.stages[0].x": (1,),
        "dossier.awards[0].x": (1,),
        "dossier.mentoring.x": (1,),
    }.items()
    for value in values
] + [
    ("dossier", MISSING, "dossier.company"),
    ("dossier", None, "dossier.company"),
    ("dossier.employment[2].line", "D-1", "dossier.desk_fees[0].line"),  # the later of the two is named
    ("dossier.employment[2].month", "2025-04", "dossier.employment[2]"),  # P1 in April twice with one employer
]


@pytest.mark.parametrize(("path", "value", "named"), REFUSED, ids=[f"{n}-{row[0]}" for n, row in enumerate(REFUSED)])
def test_a_fault_is_named_by_its_path(path: str, value: Any, named: str) -> None:
    with pytest.raises(CaseError) as error:
        parse_case(with_changes({path: value}))
    assert error.value.path == named
    assert error.value.message
    assert str(error.value) == f"{named} {error.value.message}"
    str(error.value).encode()  # and can be shown


@pytest.mark.parametrize("value", [None, 1, "x", [], [BASE], True, 1.5])
def test_a_case_is_an_object(value: Any) -> None:
    with pytest.raises(CaseError) as error:
        parse_case(value)
    assert error.value.path == ""


OPTIONAL = [
    "schema", "answers",
    *(f"dossier.{name}" for name in BASE["dossier"] if name != "company"),
    *(f"dossier.company.{name}" for name in BASE["dossier"]["company"] if name != "uscc"),
    *(f"dossier.founders[0].{name}" for name in BASE["dossier"]["founders"][0] if name != "ref"),
    *(f"{LEASE}.{name}" for name in BASE["dossier"]["leases"][0] if name not in ("ref", "from")),
    *(f"dossier.rent[3].{name}" for name in ("lease", "paid_fen", "region", "payer", "grade")),
    *(f"{EMPLOYMENT}[2].{name}" for name in ("employer_uscc", "filing_uscc", "household", "grade")),
    *(f"dossier.desk_fees[0].{name}" for name in ("paid_fen", "grade")),
    *(f"dossier.stages[0].{name}" for name in ("stage", "from", "to")),
    *(f"dossier.awards[0].{name}" for name in ("policy", "award", "period", "amount_fen", "founders")),
    *(f"dossier.mentoring.{name}" for name in ("needs", "running_pairs")),
]  # fmt: skip


@pytest.mark.parametrize("path", OPTIONAL)
def test_every_other_field_may_be_null_or_absent_which_is_the_same(path: str) -> None:
    assert parse_case(with_changes({path: None})) == parse_case(with_changes({path: MISSING}))


def test_unknown_and_empty_are_two_things() -> None:
    assert parse_case(case(dossier__rent=None)).dossier.rent is None
    assert parse_case(case(dossier__rent=MISSING)).dossier.rent is None
    assert parse_case(case(dossier__rent=[])).dossier.rent == ()


def test_values_become_what_rules_compute_with() -> None:
    made = parse_case(BASE)
    assert made.applied_on == date(2026, 3, 10)
    assert made.period == Period(Month.parse("2025-03"), Month.parse("2026-02"))
    assert made.dossier.company.registered_on == date(2024, 9, 2)
    assert made.dossier.rent is not None
    assert made.dossier.rent[0].month == Month.parse("2025-03")
    assert made.dossier.leases is not None
    assert (made.dossier.leases[0].start, made.dossier.leases[0].end) == (date(2024, 9, 1), date(2027, 8, 31))
    with pytest.raises(AttributeError):
        made.applied_on = date(2026, 1, 1)  # type: ignore[misc]


@pytest.mark.parametrize("uscc", ["91310109MA1G5XY15Q", "not a code", "", "社会信用代码", "0" * 18])
def test_codes_and_legal_forms_are_not_checked_here(uscc: str) -> None:
    assert parse_case(case(dossier__company__uscc=uscc)).dossier.company.uscc == uscc
    assert parse_case(case(dossier__company__legal_form=uscc)).dossier.company.legal_form == uscc


def test_periods_and_ranges_hold_both_ends() -> None:
    parse_case(case(period={"from": "2026-02", "to": "2026-02"}))
    parse_case(with_changes({f"{LEASE}.to": "2024-09-01"}))  # one day
    parse_case(case(period={"from": "2025-04", "to": "2026-03"}))  # twelve months


def test_rows_of_one_person_and_month_are_two_only_with_two_employers() -> None:
    row = staff("P1", "2025-03", "2025-03")[0] | {"line": "E-x"}
    parse_case(case(dossier__employment=[*staff(), {**row, "employer_uscc": "other"}]))
    parse_case(case(dossier__employment=[*staff(), {**row, "employer_uscc": None}]))  # not known, so not the same
    with pytest.raises(CaseError, match="second row") as error:
        parse_case(case(dossier__employment=[*staff(), row]))
    assert error.value.path == "dossier.employment[12]"


def test_answers_may_be_anything_json_short_of_decimals_and_depth() -> None:
    answers = {"a": [1, {"b": None, "c": [True, "是"]}], "d": LARGEST}
    assert parse_case(case(answers=answers)).answers == answers
    deep: Any = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(CaseError, match="deeper"):
        parse_case(case(answers={"x": deep}))


def test_the_canonical_file_gives_the_same_case_back() -> None:
    for value in (BASE, case(dossier={"company": {"uscc": USCC}}), case(dossier__mentoring=None, answers={"x": [1]})):
        made = parse_case(value)
        written = json.loads(json.dumps(made.to_json()))
        assert parse_case(written) == made
        assert parse_case(written).to_json() == written


def prize(level: str = "city", **changes: Any) -> dict[str, Any]:
    row = {"contest": "创业大赛", "edition": 2026, "level": level, "awarded_on": "2026-02-01", "grade": "operator"}
    return {"line": f"W-{level}", **row, **changes}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("[0].line", "R-2025-03"), ("[0].contest", None), ("[0].contest", 7), ("[0].edition", None),
        ("[0].edition", "2026"), ("[0].edition", -1), ("[0].level", None), ("[0].level", "省级"),
        ("[0].awarded_on", "2026-02"), ("[0].grade", "oral"), ("[0].spent_by", 1), ("[0].amount_fen", 5),
        ("[1]", prize("district", line="W-x")),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_prize_is_named(path: str, value: Any) -> None:
    base = case(dossier__prizes=[prize("district"), prize("city")])
    with pytest.raises(CaseError) as error:
        parse_case(with_changes({f"dossier.prizes{path}": value}, base))
    assert error.value.path == f"dossier.prizes{path}"


@pytest.mark.parametrize("schema", [None, "1.0", "1.1", "1.2"])
def test_a_file_from_before_prizes_reads_as_it_is(schema: str | None) -> None:
    """1.3 adds them: what nobody asked for is not known, and all else is the same."""
    old = parse_case(case(schema=schema))
    assert old.dossier.prizes is None
    assert old == parse_case(case(schema=SCHEMA))
    won = parse_case(case(schema=SCHEMA, dossier__prizes=[prize(level) for level in PRIZE_LEVELS]))
    assert replace(won.dossier, prizes=None) == old.dossier
    assert [row["spent_by"] for row in won.to_json()["dossier"]["prizes"]] == [None] * 3


def test_an_older_schema_is_converted() -> None:
    def from_0_9(old: dict[str, Any]) -> dict[str, Any]:
        new = {**old, "schema": "1.0"}
        new["applied_on"] = new.pop("date")
        return new

    old = {**BASE, "schema": "0.9", "date": BASE["applied_on"]}
    del old["applied_on"]
    CONVERTERS["0.9"] = from_0_9
    try:
        assert parse_case(old) == parse_case(BASE)
    finally:
        del CONVERTERS["0.9"]
    with pytest.raises(CaseError, match=r"0\.9") as error:
        parse_case(old)
    assert error.value.path == "schema"


# ── two ways to read rows, one answer ──

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.floats(), st.just(LARGEST + 1), st.text(max_size=3),
    st.sampled_from(["2025-03", "2025-13", "city", "tenant", "R-2025-04", "E-P1-2025-04", USCC, "310109", "P1"]),
    st.just([]), st.just({}), st.just(MISSING),
)  # fmt: skip
PATHS = st.one_of(
    st.builds("dossier.rent[{}].{}".format, st.integers(0, 11), st.sampled_from([*rent()[0], "extra"])),
    st.builds("dossier.employment[{}].{}".format, st.integers(0, 11), st.sampled_from([*staff()[0], "extra"])),
    st.builds("dossier.leases[{}].{}".format, st.integers(0, 4), st.sampled_from([*lease(), "extra"])),
)


def _outcome(value: Any, reads: Reads | None = None) -> Case | tuple[str, str]:
    try:
        return parse_case(value, reads)
    except CaseError as error:
        return error.path, error.message


@given(st.dictionaries(PATHS, VALUES, max_size=3))
def test_reading_by_column_is_reading_by_row(changes: dict[str, Any]) -> None:
    base = case(dossier__leases=[lease(ref=f"L{n}") for n in range(5)])
    value = base
    for path, new in changes.items():
        try:
            value = with_changes({path: new}, value)
        except KeyError:  # taking away a field twice, or one that is not there
            continue
    by_column = _outcome(deepcopy(value))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shape, "read_rows", lambda self, rows, hidden=(): read_list(self.read, rows))
        assert _outcome(value) == by_column


def test_reading_what_a_policy_sees_is_reading_and_then_hiding() -> None:
    reads = Registry.load(strict=True, installed=False).get("rent_subsidy").card.reads
    for value in (BASE, case(dossier__rent=rent(grade=None)[:2], answers={"truthful": True})):
        seen = parse_case(value, reads)
        assert seen == reads.hide(parse_case(value))
        assert seen.dossier.rent is not None
        assert {(row.grade, row.lease) for row in seen.dossier.rent} == {(None, None)}
        assert (seen.dossier.awards, seen.dossier.company.industry, seen.answers) == (None, None, {})


FIELDS = [f"company.{name}" for name in COMPANY.names] + [f"{s}.{name}" for s in ROWS for name in ROWS[s].names]


@given(st.sets(st.sampled_from([*FIELDS, "mentoring.needs", "answers.a"])), st.dictionaries(PATHS, VALUES, max_size=1))
def test_whatever_a_policy_reads_the_same_files_are_refused(fields: set[str], changes: dict[str, Any]) -> None:
    try:
        value = with_changes(changes, case(answers={"a": 1, "b": 2}))
    except (KeyError, IndexError):
        return
    reads = Reads(sorted(fields))
    whole = _outcome(value)
    seen = _outcome(value, reads)
    if isinstance(whole, Case):
        assert seen == reads.hide(whole)
        again = parse_case(reads.pick(whole))  # a capsule holds all that its replay needs
        assert again.dossier == reads.hide(again).dossier
        assert again.answers == reads.hide(whole).answers
        assert sorted(map(str, again.dossier.rent or ())) == sorted(map(str, reads.hide(whole).dossier.rent or ()))
    else:
        assert seen == whole
