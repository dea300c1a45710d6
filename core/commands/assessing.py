"""Assessing many case files for `hongcai policies assess`: one by one, or shared among processes, always in order."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import redirect_stdout
from datetime import date
from functools import cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import click

from core.config import extra_plugins
from core.policy import (
    AssessmentFailed,
    CaseError,
    Decision,
    FileError,
    LoadedPolicy,
    ParameterError,
    ParameterSet,
    Registry,
    UnknownPolicy,
    evaluate_json,
    parse_parameters,
)
from core.policy.casefiles import CaseText, read_text
from core.policy.yamlfile import read_yaml

AT_A_TIME = 100  # cases that a process takes: enough that handing them over costs little


class Answer(NamedTuple):
    """What is printed for one case, and whether the case was in error."""

    failed: bool
    text: bytes | str


class Assessing(NamedTuple):
    """What to do with each case; plain values, so that another process can be told. `language` None: JSON."""

    key: str
    on: date | None
    params: Path | None
    language: str | None

    def ready(self) -> Ready:
        """The policy and the published values. click.UsageError says what is wrong with either."""
        try:
            loaded = registry().get(self.key)
        except UnknownPolicy as error:
            raise click.UsageError(str(error)) from error
        return Ready(loaded, _published(loaded, self.params))


class Ready(NamedTuple):
    loaded: LoadedPolicy
    params: ParameterSet | None


def registry() -> Registry:
    """The policies there are, of third parties too; broken ones set aside."""
    with redirect_stdout(sys.stderr):  # importing a plugin runs its code
        return Registry.load(strict=False, extra=extra_plugins())


def answers(work: Assessing, cases: Iterable[CaseText | CaseError], jobs: int) -> Iterator[Answer]:
    """The answer to each case, in the order of the cases. What is wrong with key or values is said before the first."""
    ready = work.ready()
    source = iter(cases)
    parcels = iter(lambda: list(islice(source, AT_A_TIME)), [])
    if jobs == 1:
        for parcel in parcels:
            yield from _assess(work, ready, parcel)
        return
    # Not "fork": the process may have threads. Few parcels wait at a time, so that a large file is not held in memory.
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting: deque[Future[list[Answer]]] = deque()
        for parcel in parcels:
            waiting.append(pool.submit(_elsewhere, work, parcel))
            if len(waiting) > 2 * jobs:
                yield from _done(waiting.popleft())
        for future in waiting:
            yield from _done(future)


def _done(future: Future[list[Answer]]) -> list[Answer]:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise click.ClickException(
            "a process was ended from outside or by a rule, so no more cases are assessed; try it with --jobs 1."
        ) from error


_ready = cache(Assessing.ready)
"""Once in a process that others hand work to."""


def _elsewhere(work: Assessing, cases: Sequence[CaseText | CaseError]) -> list[Answer]:
    return _assess(work, _ready(work), cases)


def _assess(work: Assessing, ready: Ready, cases: Sequence[CaseText | CaseError]) -> list[Answer]:
    return [_one(work, ready, case) for case in cases]


def _one(work: Assessing, ready: Ready, case: CaseText | CaseError) -> Answer:
    """The decision, or in its place what is wrong with the case and where."""
    value = read_text(case)
    try:
        if isinstance(value, CaseError):
            raise value
        with redirect_stdout(sys.stderr):  # whatever a rule prints, stdout is for answers
            decision = evaluate_json(ready.loaded, value, on=work.on, params=ready.params)
    except CaseError as error:
        return _failed(work, str(error), error.path)
    except AssessmentFailed as error:
        return _failed(work, str(error), error.field)
    if work.language is None:
        return Answer(failed=False, text=_line(decision.to_json()))
    return Answer(failed=False, text="\n".join(_readable(ready.loaded, decision, work.language)))


def _failed(work: Assessing, reason: str, field: str) -> Answer:
    as_json = work.language is None
    return Answer(failed=True, text=_line({"error": reason, "field": field}) if as_json else f"error: {reason}")


def _line(row: dict[str, object]) -> bytes:
    """One JSON object on a line, in UTF-8 whatever the terminal is set to."""
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _published(loaded: LoadedPolicy, path: Path | None) -> ParameterSet | None:
    if path is None:
        return None
    try:
        return parse_parameters(read_yaml(path), defaults=loaded.card.parameters)
    except FileError as error:
        raise click.UsageError(str(error)) from error
    except ParameterError as error:
        raise click.UsageError(f"{path}: {error}") from error


def _readable(loaded: LoadedPolicy, decision: Decision, language: str) -> Iterator[str]:
    card = loaded.card
    mark = "  [样稿 / demonstration values]" if decision.demonstration else ""
    yield f"{card.title.get(language)}: {decision.outcome}, {_yuan(decision.amount_fen)} CNY{mark}"
    yield f"  rule from {decision.rule_from or '-'}, reference date {decision.reference_on}"
    for check in decision.checks:
        text = card.checks[check.code]
        sign = {True: "yes", False: "NO ", None: " ? "}[check.passed]
        proof = f"{_value(check.observed)} {check.relation} {_value(check.required)}"
        yield f"  {sign}  {text.label.get(language)}  [{proof}]"
        if not check.passed:
            yield f"       {(text.missing if check.passed is None else text.explain).get(language)}"
    for line in decision.lines:
        label = card.lines[line.code].label.get(language)
        yield f"  {label} {line.note}: {line.quantity} × {_yuan(line.unit_fen)} = {_yuan(line.amount_fen)}"
    for use in decision.uses:
        yield f"  uses {_yuan(use.amount_fen)} of {use.line_id}"
    for row in decision.excluded:
        part = "already spent" if row.amount_fen is None else f"{_yuan(row.amount_fen)} already spent"
        yield f"  left out {row.line_id}: {part} by {row.award}"


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def _value(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return ", ".join(value) or "none"
    return "?" if value is None else str(value)
