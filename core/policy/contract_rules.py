"""The rules of the contract that every policy plugin must keep to, whoever wrote it.

Each is a function that yields what is wrong, as sentences; its docstring is the rule's name. Golden cases are the
starting points: the rules vary them.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from core.policy.canonical import digest
from core.policy.capsule import build_capsule
from core.policy.casefile import CaseError, parse_case
from core.policy.decision import Decision
from core.policy.engine import AssessmentFailed, evaluate_json
from core.policy.golden import Golden
from core.policy.golden_rounds import GoldenRound
from core.policy.guard import faults_in_source, foreign_imports, watched
from core.policy.loaded import LoadedPolicy
from core.policy.model import Check, Outcome
from core.policy.params import ParameterError
from core.policy.registry import Registry
from core.policy.replay import ReplayStatus, replay
from core.policy.shapes import ROWS
from core.policy.variations import renamed, with_nulls

Render = Callable[[LoadedPolicy, Decision, dict[str, Any]], bytes]
"""Renders a sample letter of a decision and its capsule (core/commands/sample_letter.py)."""

_HOUSE_FORM = '{% extends "letters/base.html" %}'
SHUFFLES = 5
SEED = 20181201


class Plugin:
    """A plugin under examination: loaded, with its golden cases and rounds."""

    def __init__(
        self, loaded: LoadedPolicy, golden: list[Golden], rounds: list[GoldenRound], render: Render | None = None
    ) -> None:
        self.loaded, self.golden, self.rounds, self.render = loaded, golden, rounds, render

    def decide(self, golden: Golden, case: dict[str, Any] | None = None) -> Decision:
        value = golden.case if case is None else case
        return evaluate_json(self.loaded, value, on=golden.on, params=golden.params, spent=golden.spent)

    def reference(self, golden: Golden) -> date:
        return golden.on or parse_case(golden.case).applied_on

    def decided(self) -> Iterator[tuple[Golden, Decision]]:
        for golden in self.golden:
            if "error" not in golden.expect:
                yield golden, self.decide(golden)

    def eligible(self) -> Iterator[tuple[Golden, Decision]]:
        yield from ((golden, decision) for golden, decision in self.decided() if decision.outcome is Outcome.ELIGIBLE)


# ── the rules ───────────────────────────────────────────────────────────────────────────────────────────────────────


def golden_cases(plugin: Plugin) -> Iterator[str]:
    """golden cases come out as written"""
    for golden in plugin.golden:
        try:
            decision = plugin.decide(golden)
        except (AssessmentFailed, CaseError, ParameterError) as error:
            wanted = golden.expect.get("error")
            if not wanted or wanted not in str(error):
                yield f"{golden.name}: {error}"
            continue
        if "error" in golden.expect:
            yield f"{golden.name}: should be the error {golden.expect['error']!r}, but is {decision.outcome}"
            continue
        yield from (f"{golden.name}: {difference}" for difference in golden.differences(decision))


def both_sides(plugin: Plugin) -> Iterator[str]:
    """there is a golden case on each rule version's first day, and on the day before"""
    days = {plugin.reference(golden) for golden in plugin.golden if "error" not in golden.expect}
    for version in plugin.loaded.policy.rules:
        for day in (version.effective_from - timedelta(days=1), version.effective_from):
            if day not in days:
                yield f"no golden case has the reference date {day}; add one"


def both_outcomes(plugin: Plugin) -> Iterator[str]:
    """every check is shown passing, and not passing, by some golden case"""
    shown: dict[str, set[bool | None]] = {code: set() for code in plugin.loaded.card.checks}
    for _, decision in plugin.decided():
        for check in decision.checks:
            shown[check.code].add(check.passed)
    for code, results in shown.items():
        if True not in results:
            yield f"no golden case passes the check {code}; add one, or take it out of policy.yaml"
        if not results & {False, None}:
            yield f"no golden case shows the check {code} failing or unknown; add one"


def deterministic(plugin: Plugin) -> Iterator[str]:
    """the same case gives the same answer, twice and in another process"""
    first = [decision.digest for _, decision in plugin.decided()]
    if first != [decision.digest for _, decision in plugin.decided()]:
        yield "evaluating twice gives two answers"
    if plugin.loaded.confined is not None:  # each answer was given by two processes already; these are new ones
        plugin.loaded.confined.close()
        if first != [decision.digest for _, decision in plugin.decided()]:
            yield "another process gives another answer"
        return
    for seed in ("1", "2"):
        if _digests_elsewhere(plugin.loaded.folder, seed) != first:
            yield "another process gives another answer; does the rule depend on the order of a set?"
            return


def order_of_rows(plugin: Plugin) -> Iterator[str]:
    """the order of rows does not matter"""
    chance = random.Random(SEED)
    for golden, decision in plugin.decided():
        for _ in range(SHUFFLES):
            case = deepcopy(golden.case)
            for section in ROWS:
                chance.shuffle(case["dossier"].get(section) or [])
            if plugin.decide(golden, case).digest != decision.digest:
                yield f"{golden.name}: another order of rows gives another answer"
                break


def monotone(plugin: Plugin) -> Iterator[str]:
    """one more row in a monotone section never lowers the amount"""
    for golden in plugin.golden:
        if "error" in golden.expect:
            continue
        for section in plugin.loaded.card.monotone:
            amount = plugin.decide(golden).amount_fen
            rows = golden.case["dossier"].get(section) or []
            for index in range(len(rows)):
                fewer, more = deepcopy(golden.case), deepcopy(golden.case)
                del fewer["dossier"][section][index]
                more["dossier"][section].append(renamed(rows[index]))
                if plugin.decide(golden, fewer).amount_fen > amount:
                    yield f"{golden.name}: {section}[{index}] lowers the amount"
                if plugin.decide(golden, more).amount_fen < amount:
                    yield f"{golden.name}: another row like {section}[{index}] lowers the amount"


def unknown_is_not_no(plugin: Plugin) -> Iterator[str]:
    """a fact that is not known never makes a check fail"""
    for golden, _ in plugin.eligible():
        for path, case in with_nulls(plugin.loaded.card.reads, golden.case):
            failed = [check.code for check in plugin.decide(golden, case).checks if check.passed is False]
            if failed:
                yield f"{golden.name}: with {path} unknown, {', '.join(failed)} fails; it should be None"


def truthful(plugin: Plugin) -> Iterator[str]:
    """what a check observed and required proves whether it passed"""
    for golden, decision in plugin.decided():
        for check in decision.checks:
            if check.passed is not None and check.observed is not None and _holds(check) is not check.passed:
                shown = f"{check.observed} {check.relation} {check.required}"
                yield f"{golden.name}: {check.code} passed {check.passed}, but shows {shown}"


def replays(plugin: Plugin) -> Iterator[str]:
    """a capsule replays to the same answer, with no more than itself"""
    registry = Registry.of(plugin.loaded)
    for golden, decision in plugin.decided():
        capsule = build_capsule(plugin.loaded, parse_case(golden.case), decision)
        again = replay(capsule, registry)
        if again.status is not ReplayStatus.SAME:
            yield f"{golden.name}: replays as {again.status}: {'; '.join(again.differences[:2])}"


def pure(plugin: Plugin) -> Iterator[str]:
    """no clock, file or network"""
    loaded = plugin.loaded
    if loaded.confined is not None:
        rules = {*map(str, loaded.confined.describe()["modules"])}
    else:
        rules = {version.assess.__module__.rpartition(".")[2] for version in loaded.policy.rules if version.assess}
    yield from faults_in_source(loaded.folder, rules)
    yield from foreign_imports(loaded.folder)
    for golden in plugin.golden:
        with watched() as seen, suppress(AssessmentFailed, CaseError, ParameterError):  # golden_cases tells of those
            plugin.decide(golden)
        if seen:
            yield f"{golden.name}: the rule touched {seen[0]}"


def golden_rounds(plugin: Plugin) -> Iterator[str]:
    """golden rounds come out as written, twice"""
    if plugin.loaded.policy.allocate is None:
        return
    if not plugin.rounds:
        yield "it shares out, but cases.yaml has no rounds; add one"
    for golden in plugin.rounds:
        sharing = golden.run(plugin.loaded)
        yield from (f"{golden.name}: {difference}" for difference in golden.differences(sharing))
        if golden.run(plugin.loaded).digest != sharing.digest:
            yield f"{golden.name}: sharing out twice gives two answers"


def asked_in_both_languages(plugin: Plugin) -> Iterator[str]:
    """every question of the form is in policy.yaml in both languages"""
    form = plugin.loaded.policy.form
    if form is None:
        return
    labels = {field.short_name: str(field.label.text) for field in form()}
    answers = plugin.loaded.card.answers
    for name in labels.keys() ^ answers.keys():
        yield f"{name} is only in {'form.py' if name in labels else 'policy.yaml (answers)'}; have it in both"
    for name in labels.keys() & answers.keys():
        if labels[name] != answers[name].label.zh:
            yield f"{name} is called {labels[name]!r} in form.py and {answers[name].label.zh!r} in policy.yaml"


def letter(plugin: Plugin) -> Iterator[str]:
    """the letter renders, awarded and refused"""
    own = plugin.loaded.folder / "templates" / "letter.html"
    if plugin.loaded.confined is not None and own.exists() and own.read_text("utf-8").strip() != _HOUSE_FORM:
        yield f"templates/letter.html is not used: a third party's letter is the house's form; have {_HOUSE_FORM} alone"
    template = plugin.loaded.policy.letter_template
    if template is not None and not (plugin.loaded.folder / "templates" / template).exists():
        yield f"templates/{template} is not there"
        return
    if plugin.render is None:
        return
    outcomes = {decision.outcome: (golden, decision) for golden, decision in plugin.decided()}
    for outcome in (Outcome.ELIGIBLE, Outcome.INELIGIBLE):
        if outcome in outcomes:
            golden, decision = outcomes[outcome]
            capsule = build_capsule(plugin.loaded, parse_case(golden.case), decision)
            try:
                plugin.render(plugin.loaded, decision, capsule)
            except Exception as error:  # noqa: BLE001 - a template can fail in any way; all of them are the finding
                yield f"{golden.name}: the letter does not render: {error}"


RULES: tuple[Callable[[Plugin], Iterator[str]], ...] = (
    golden_cases,
    both_sides,
    both_outcomes,
    deterministic,
    order_of_rows,
    monotone,
    unknown_is_not_no,
    truthful,
    replays,
    pure,
    golden_rounds,
    asked_in_both_languages,
    letter,
)


def _digests_elsewhere(folder: Path, hash_seed: str) -> list[str]:
    """The digests of the golden decisions from a new process with another order of sets."""
    script = (
        "import sys; from pathlib import Path; from core.policy.contract import open_plugin\n"
        "print('\\n'.join(d.digest for _, d in open_plugin(Path(sys.argv[1])).decided()))"
    )
    here = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": here}
    done = subprocess.run(  # noqa: S603 - this interpreter, with a fixed script
        [sys.executable, "-c", script, str(folder)], env=environment, capture_output=True, text=True, check=False
    )
    return [line for line in done.stdout.splitlines() if line.startswith("sha256:")]


def _holds(check: Check) -> bool | None:
    """Whether `observed relation required`; None when the two cannot be compared."""
    observed: Any = check.observed
    required: Any = check.required
    if check.relation == "is":
        return digest(_comparable(observed)) == digest(_comparable(required))
    try:
        if check.relation == "in":
            return observed in required
        if check.relation == ">=":
            return bool(observed >= required)
        return bool(observed < required or (check.relation == "<=" and observed == required))
    except TypeError:
        return None


def _comparable(value: Any) -> Any:
    return list(value) if isinstance(value, (list, tuple)) else value if isinstance(value, (str, int)) else str(value)
