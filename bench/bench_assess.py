"""One assessment with its full trace, from a dictionary: ours against OpenFisca-Core computing the same rule.

Both give the amount, fourteen checks of three values, the part of each head and what is spent of each month's rent;
`check_same_answers` holds them to it, on cases with facts missing in every place. Ours gives also what each check
observed and required, and each parameter that was read; OpenFisca's tracer gives it those, so the aim is set against
it traced, and the figure without its trace stands beside. Loading the rules, and turning the case file into
OpenFisca's form of dictionary, are not counted.

In bulk, 10⁵ applications are shared by two processes. OpenFisca gets a hundred applicants in each dictionary, about as
many as serve it best; what its vectors alone cost, once they are filled, stands beside: there it is ahead, the more
so the longer they are (5 µs an applicant at 5,000), and has nothing to say of any one applicant.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from bench import openfisca_rent
from bench.measure import Result, Sample, compare
from bench.openfisca_case import situation
from core.policy import Registry, evaluate_json

USCC = "91310109MA1G5XY15Q"
MONTHS = [f"2025-{month:02d}" for month in range(3, 13)] + ["2026-01", "2026-02"]
PERIOD = "year:2025-03"
TARGET = 100
HEADS = {1: TARGET, 4: TARGET, 12: None}
"""People insured, and the aim: four are the published example; OpenFisca, being vectors, hardly feels more of them."""


def case_file(heads: int, rent_fen: int = 933_340) -> dict[str, Any]:
    """A whole year: twelve months of rent, `heads` people insured in each."""
    return {
        "schema": "1.0",
        "applied_on": "2026-03-10",
        "period": {"from": MONTHS[0], "to": MONTHS[-1]},
        "answers": {},
        "dossier": {
            "company": {
                "uscc": USCC, "legal_form": "company", "small_or_micro": True, "registered_on": "2024-09-02",
                "registered_region": "310109", "operating_region": "310109", "industry": "信息服务业",
                "labour_dispatch": False, "untrustworthy": False,
            },
            "founders": [
                {"ref": "P1", "legal_representative": True, "household": "city", "permit": "none",
                 "categories": ["graduate"], "graduated_on": "2024-06-30", "first_company": True},
            ],
            "leases": [
                {"ref": "L1", "from": "2024-09-01", "to": "2027-08-31", "independent": True, "lawful": True,
                 "region": "310109", "area_cm2": 480_000},
            ],
            "rent": [
                {"line": f"R-L1-{month}", "lease": "L1", "month": month, "paid_fen": rent_fen, "region": "310109",
                 "payer": "tenant", "grade": "operator"}
                for month in MONTHS
            ],
            "employment": [
                {"line": f"E-P{person}-{month}", "person": f"P{person}", "month": month, "employer_uscc": USCC,
                 "filing_uscc": USCC, "household": "city", "grade": "verified_original"}
                for person in range(1, heads + 1)
                for month in MONTHS
            ],
            "desk_fees": [],
            "stages": [{"stage": "incubator", "from": "2024-09-02", "to": None}],
            "awards": [],
            "mentoring": {"needs": ["融资"], "running_pairs": 0},
        },
    }  # fmt: skip


def variations() -> Iterator[dict[str, Any]]:
    """Cases that differ in one thing each, known or not."""
    for heads, rent_fen in ((1, 933_340), (4, 58_333), (7, 58_337), (3, 0)):
        case = case_file(heads, rent_fen)
        del case["dossier"]["employment"][-heads - 1 :]  # somebody leaves early
        yield case
    changes: dict[str, tuple[Any, ...]] = {
        "company.legal_form": ("cooperative", "other", None),
        "company.small_or_micro": (False, None),
        "company.registered_on": ("2023-02-01", "2022-03-02", "2022-03-01", None),
        "company.registered_region": ("310110", None),
        "company.labour_dispatch": (True, None),
        "company.untrustworthy": (True, None),
        "founders.0.household": ("elsewhere", None),
        "founders.0.permit": ("residence_permit", None),
        "founders.0.legal_representative": (False, None),
        "rent.3.paid_fen": (0, 1, None),
        "rent.3.region": ("310110", None),
        "rent.3.payer": ("explained", "other", None),
        "employment.3.filing_uscc": ("other", None),
        "employment.3.household": ("elsewhere", None),
        "employment.11.filing_uscc": ("other", None),
        "employment.11.household": ("elsewhere", None),
    }
    for path, values in changes.items():
        for value in values:
            case = case_file(2, 100_001)
            holder: Any = case["dossier"]
            *steps, last = path.split(".")
            for step in steps:
                holder = holder[int(step)] if step.isdigit() else holder[step]
            holder[last] = value
            yield case


def check_same_answers() -> None:
    """Both must give the same amount, checks and uses to the fen, or the comparison means nothing."""
    loaded, rules = Registry.load(strict=True, installed=False).get("rent_subsidy"), openfisca_rent.system()
    for what, case in enumerate(variations()):
        ours = evaluate_json(loaded, case)
        theirs = openfisca_rent.answers(openfisca_rent.assess(rules, situation(case), PERIOD))
        assert ours.amount_fen == theirs["amount_fen"], f"variation {what}"
        assert {check.code: check.passed for check in ours.checks} == theirs["checks"], f"variation {what}"
        if ours.uses:
            uses = dict.fromkeys(MONTHS, 0) | {use.line_id[-7:]: use.amount_fen for use in ours.uses}
            assert uses == theirs["uses"], f"variation {what}"


# ── in bulk ─────────────────────────────────────────────────────────────────────────────────────────────────────────

BULK, PEER_BULK, PEER_AT_A_TIME, PROCESSES = 100_000, 2_000, 100, 2


def distinct(count: int) -> list[dict[str, Any]]:
    return [case_file(1 + number % 8, 58_333 + number) for number in range(count)]


def many_by_us(count: int) -> float:
    """CPU seconds of one process for `count` assessments with their traces."""
    loaded, cases = Registry.load(strict=True, installed=False).get("rent_subsidy"), distinct(500)
    before = time.process_time()
    for number in range(count):
        evaluate_json(loaded, cases[number % len(cases)])
    return time.process_time() - before


def many_by_openfisca(count: int) -> float:
    rules, facts = openfisca_rent.system(), together(distinct(PEER_AT_A_TIME))
    before = time.process_time()
    for _ in range(count // PEER_AT_A_TIME):
        openfisca_rent.assess(rules, facts, PERIOD, trace=True)
    return time.process_time() - before


def vectors_alone(count: int) -> float:
    """The same, without filling the vectors from the dictionary."""
    rules, facts = openfisca_rent.system(), together(distinct(PEER_AT_A_TIME))
    taken = 0.0
    for _ in range(count // PEER_AT_A_TIME):
        simulation = openfisca_rent.filled(rules, facts)
        before = time.process_time()
        openfisca_rent.run(simulation, PERIOD, trace=True)
        taken += time.process_time() - before
    return taken


def together(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Many applicants in one of OpenFisca's dictionaries."""
    persons: dict[str, Any] = {}
    companies: dict[str, Any] = {}
    for number, case in enumerate(cases):
        one = situation(case)
        persons |= {f"{number}-{ref}": facts for ref, facts in one["persons"].items()}
        company = one["companies"]["C"]
        companies[f"C{number}"] = company | {"members": [f"{number}-{ref}" for ref in company["members"]]}
    return {"persons": persons, "companies": companies}


def in_bulk(work: Callable[[int], float], count: int) -> tuple[Sample, float]:
    """CPU seconds for 1,000 assessments, by process; and how many assessments a second passed on the clock."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        list(pool.map(work, [PEER_AT_A_TIME] * PROCESSES))  # everything is loaded
        before = time.perf_counter()
        taken = list(pool.map(work, [count // PROCESSES] * PROCESSES))
        clock = time.perf_counter() - before
    return Sample(tuple(seconds * 1_000 * PROCESSES / count for seconds in taken)), count / clock


def bulk() -> list[Result]:
    ours, a_second = in_bulk(many_by_us, BULK)
    peer, peer_a_second = in_bulk(many_by_openfisca, PEER_BULK)
    vectors, _ = in_bulk(vectors_alone, PEER_BULK)
    title = f"1,000 of {BULK:,} assessments in bulk, in {PROCESSES} processes"
    note = f"{a_second:,.0f} a second on the clock, the peer {peer_a_second:,.0f}"
    return [
        Result(f"{title}, from dictionaries, with trace", ours, peer, "OpenFisca", note=note),
        Result(f"{title}, beside OpenFisca's vectors alone", ours, vectors, "OpenFisca"),
    ]


def run() -> list[Result]:
    check_same_answers()
    loaded, rules = Registry.load(strict=True, installed=False).get("rent_subsidy"), openfisca_rent.system()
    results = bulk()
    for heads, target in HEADS.items():
        value = case_file(heads)
        facts = situation(value)
        samples = compare(
            {
                "ours": lambda value=value: evaluate_json(loaded, value),  # type: ignore[misc]
                "traced": lambda facts=facts: openfisca_rent.assess(rules, facts, PERIOD, trace=True),  # type: ignore[misc]
                "bare": lambda facts=facts: openfisca_rent.assess(rules, facts, PERIOD),  # type: ignore[misc]
            },
            rounds=9,
            calls=40,
        )
        title = f"assess a year of rent and {heads} {'head' if heads == 1 else 'heads'} from a dictionary"
        results.append(Result(f"{title}, both with trace", samples["ours"], samples["traced"], "OpenFisca", target))
        results.append(Result(f"{title}, OpenFisca without its trace", samples["ours"], samples["bare"], "OpenFisca"))
    return results
