"""A draft against the policy's golden cases: what comes out otherwise, and whether every new value was read at all.

Each golden case is run on its own day, and once more as if it happened when a new value begins: all its dates are moved
by whole months, so that its facts keep their distances. Results are compared with those under the values in force. What
differs must be accepted by somebody who writes down the amount expected; what no new value touches must come out as the
plugin's cases.yaml says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from core.errors import Invalid
from core.policy import (
    AssessmentFailed,
    CaseError,
    FileError,
    LoadedPolicy,
    Month,
    ParameterSet,
    ParameterValue,
    add_months,
    digest,
    evaluate_json,
    parse_case,
)
from core.policy.golden import Golden, read_golden
from core.policy.golden_rounds import GoldenRound, read_rounds

YEAR = 12
_DAY, _MONTH = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{4}-\d\d")
SHARED, FAILED = "shared", "failed"  # beside the outcomes of a case: a round that was shared out, a rule that failed


class Result(NamedTuple):
    """What came out. `detail`: the checks that failed or are unknown, the matches of a round, why the rule failed."""

    outcome: str
    amount_fen: int
    detail: tuple[str, ...] = ()


class Key(NamedTuple):
    """A golden case, moved by so many months."""

    case: str
    months: int


@dataclass(frozen=True, slots=True)
class Row:
    """A golden case that comes out otherwise than `expected`. `on`: the day of its application."""

    key: Key
    on: date
    expected: Result
    now: Result
    accepted: bool

    @property
    def acceptable(self) -> bool:
        return self.now.outcome != FAILED


@dataclass(frozen=True, slots=True)
class Report:
    """`broken`: golden cases that fail without any value of the draft. `unread`: new values that none of them read."""

    runs: int
    rows: tuple[Row, ...]
    broken: tuple[str, ...]
    unread: tuple[ParameterValue, ...]

    @property
    def green(self) -> bool:
        return not self.broken and not self.unread and all(row.accepted for row in self.rows)

    @property
    def open(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if not row.accepted)


Accepted = Mapping[Key, Result]


def read_accepted(rows: Iterable[Mapping[str, Any]]) -> dict[Key, Result]:
    """As kept with a draft or a publication."""
    return {
        Key(row["case"], row["months"]): Result(row["outcome"], row["amount_fen"], tuple(row["detail"])) for row in rows
    }


def write_accepted(accepted: Accepted) -> list[dict[str, Any]]:
    return [{**key._asdict(), **result._asdict(), "detail": list(result.detail)} for key, result in accepted.items()]


def check(
    loaded: LoadedPolicy,
    before: ParameterSet | None,
    after: ParameterSet,
    changed: Sequence[ParameterValue],
    *,
    published: Accepted,
    accepted: Accepted,
) -> Report:
    """Run the golden cases under a district's values `before` and `after` adding `changed`.

    `published` are results accepted with earlier publications, `accepted` those of this draft. Raises `Invalid` for a
    policy without golden cases that can be read.
    """
    cases, rounds = _golden(loaded.folder / "cases.yaml")
    specimens: dict[str, _Specimen] = {golden.name: _Case(loaded, golden) for golden in cases if _is_plain(golden)}
    specimens |= {golden.name: _Round(loaded, golden) for golden in rounds}
    found: dict[Key, Row | None] = {}
    read: set[tuple[str, date]] = set()

    def run(specimen: _Specimen, months: int) -> None:
        key = Key(specimen.name, months)
        if key in found:
            return
        then, now = specimen.run(months, before), specimen.run(months, after)
        read.update(now.read)
        expected = published.get(key, then.result)
        found[key] = (
            None
            if now.result == expected
            else Row(key, specimen.on(months), expected, now.result, accepted.get(key) == now.result)
        )

    for specimen in specimens.values():
        run(specimen, 0)
    for key in published:
        if key.case in specimens:
            run(specimens[key.case], key.months)
    distinct = {specimen.same_as: specimen for specimen in specimens.values()}
    for start in sorted({value.start for value in changed}):
        wanted = {(value.name, value.start) for value in changed if value.start == start and value.value is not None}
        for later in (0, YEAR):  # a table read by month may want a period that begins after its new row
            if later and wanted <= read:
                break
            for specimen in distinct.values():
                run(specimen, months_to(specimen.day, start) + later)
    return Report(
        runs=len(found),
        rows=tuple(row for row in found.values() if row is not None),
        broken=tuple(_broken(loaded, cases, rounds)),
        unread=tuple(v for v in changed if v.value is not None and (v.name, v.start) not in read),
    )


def accept(report: Report, amounts: Mapping[Key, int]) -> tuple[dict[Key, Result], list[tuple[Row, int]]]:
    """The results whose expected amount somebody wrote as it comes out, and those where it comes out otherwise."""
    right: dict[Key, Result] = {}
    wrong: list[tuple[Row, int]] = []
    for row in report.rows:
        if row.key not in amounts or not row.acceptable:
            continue
        if amounts[row.key] == row.now.amount_fen:
            right[row.key] = row.now
        else:
            wrong.append((row, amounts[row.key]))
    return right, wrong


def months_to(day: date, start: date) -> int:
    """By how many months a day must be moved to be the first such day not before `start`; may be negative."""
    months = Month.of(start) - Month.of(day)
    return months if add_months(day, months) >= start else months + 1


def moved(value: Any, months: int) -> Any:
    """Facts with every date and month in them moved; what only contains one (a name, a line) stays."""
    if isinstance(value, str):
        if _DAY.fullmatch(value):
            return add_months(date.fromisoformat(value), months).isoformat()
        return str(Month.parse(value) + months) if _MONTH.fullmatch(value) else value
    if isinstance(value, Mapping):
        return {key: moved(item, months) for key, item in value.items()}
    return [moved(item, months) for item in value] if isinstance(value, list) else value


# ── running one ─────────────────────────────────────────────────────────────────────────────────────────────────────


class _Run(NamedTuple):
    result: Result
    read: frozenset[tuple[str, date]]  # of the district's values


class _Case:
    def __init__(self, loaded: LoadedPolicy, golden: Golden) -> None:
        self.name, self._loaded, self._golden = golden.name, loaded, golden
        self.day = parse_case(golden.case).applied_on

    @property
    def same_as(self) -> str:
        """Cases that differ only in the day they are asked on are one case once their dates are moved."""
        return digest([self._golden.case, {line: list(spent) for line, spent in self._golden.spent.items()}])

    def on(self, months: int) -> date:
        return add_months(self.day, months) if months else self._golden.on or self.day

    def run(self, months: int, params: ParameterSet | None) -> _Run:
        golden = self._golden
        try:
            if months:
                case = moved(golden.case, months)
                decision = evaluate_json(self._loaded, case, params=params, spent=golden.spent)
            else:
                decision = evaluate_json(self._loaded, golden.case, on=golden.on, params=params, spent=golden.spent)
        except (AssessmentFailed, ValueError, OverflowError) as error:
            return _Run(Result(FAILED, 0, (str(error),)), frozenset())
        open_ = tuple(check.code for check in decision.checks if check.passed is not True)
        result = Result(str(decision.outcome), decision.amount_fen, open_)
        return _Run(result, _of_district(decision.parameters))


class _Round:
    def __init__(self, loaded: LoadedPolicy, golden: GoldenRound) -> None:
        self.name, self.same_as, self._loaded, self._golden = golden.name, golden.name, loaded, golden
        self.day = golden.on

    def on(self, months: int) -> date:
        return add_months(self.day, months)

    def run(self, months: int, params: ParameterSet | None) -> _Run:
        cases = {ref: replace(case, applied_on=self.on(months)) for ref, case in self._golden.cases.items()}
        try:
            sharing = self._golden._replace(cases=cases).run(self._loaded, on=self.on(months), params=params)
        except (AssessmentFailed, ValueError) as error:
            return _Run(Result(FAILED, 0, (str(error),)), frozenset())
        pairs = tuple(f"{match.case_ref} → {match.offer_ref}" for match in sorted(sharing.allocation.matches))
        return _Run(Result(SHARED, 0, pairs), _of_district(sharing.parameters))


_Specimen = _Case | _Round


def _of_district(values: Iterable[ParameterValue]) -> frozenset[tuple[str, date]]:
    return frozenset((value.name, value.start) for value in values if value.origin == "district")


def _is_plain(golden: Golden) -> bool:
    """Not one that brings a district's values of its own, nor one that must fail."""
    return golden.params is None and "error" not in golden.expect


def _golden(path: Path) -> tuple[list[Golden], list[GoldenRound]]:
    """A plugin's golden cases and rounds, as its file now is: plugins are read in again while the program runs."""
    try:
        return _read_golden(path, path.stat().st_mtime_ns)
    except (FileError, OSError) as error:
        raise Invalid(
            "这项政策的插件没有可用的黄金案例，新值无从检验，因此不能公布；请插件作者补上（%(why)s）", why=str(error)
        ) from error


@lru_cache(maxsize=32)
def _read_golden(path: Path, _changed_at: int) -> tuple[list[Golden], list[GoldenRound]]:
    return read_golden(path), read_rounds(path)


def _broken(loaded: LoadedPolicy, cases: Iterable[Golden], rounds: Iterable[GoldenRound]) -> Iterator[str]:
    """What does not come out as cases.yaml says under the plugin's own values: then no comparison means anything."""
    for golden in cases:
        try:
            decision = evaluate_json(loaded, golden.case, on=golden.on, params=golden.params, spent=golden.spent)
        except (AssessmentFailed, CaseError) as error:
            if str(golden.expect.get("error") or "\0") not in str(error):
                yield f"{golden.name}: {error}"
            continue
        yield from (f"{golden.name}: {difference}" for difference in golden.differences(decision))
    for golden_round in rounds:
        try:
            sharing = golden_round.run(loaded)
        except (AssessmentFailed, ValueError) as error:
            yield f"{golden_round.name}: {error}"
            continue
        yield from (f"{golden_round.name}: {told}" for told in golden_round.differences(sharing))
