"""The three payment policies, sentence by sentence: sums.jsonl of each through the real command, beside its sums.yaml.

A line of sums.yaml says which words of the rule it shows, works the case out by hand, and says what must come out. The
words are README.md's "The sum" (its head says which rule versions there are) and, for what the subsidies share, "Common
checks" of docs/plugins.md. Every clause of both sections must be quoted by a line, so a sentence that is added or
changed asks for a case of its own. That the line shows what it quotes is for a reader to judge.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.policy import Registry, Spent, evaluate_json
from core.policy.yamlfile import read_yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KEYS = ("rent_subsidy", "startup_grant", "employment_subsidy")


@cache
def book(key: str) -> dict[str, Any]:
    return read_yaml(HERE / key / "sums.yaml")


# ── what comes out ──────────────────────────────────────────────────────────────────────────────────────────────────


def assess(key: str, name: str) -> tuple[list[tuple[str, dict[str, Any]]], int]:
    """Each case of the file with its answer, in order, and the exit status of the command."""
    path = HERE / key / name
    command = [sys.executable, "-m", "core.cli", "policies", "assess", key, "--case", str(path), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    cases, answers = path.read_text(encoding="utf-8").splitlines(), done.stdout.splitlines()
    assert len(answers) == len(cases), done.stderr
    return [(case, json.loads(answer)) for case, answer in zip(cases, answers, strict=True)], done.returncode


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer in the words of `expect`."""
    if "error" in answer:
        assert set(answer) == {"error", "field"}
        assert answer["error"]
        return {"field": answer["field"]}
    return {
        "outcome": answer["outcome"],
        "amount_fen": answer["amount_fen"],
        "rule_from": answer["rule_from"],
        "failed": {check["code"] for check in answer["checks"] if check["passed"] is False},
        "unknown": {check["code"] for check in answer["checks"] if check["passed"] is None},
        "lines": [[line["code"], line["note"], line["quantity"], line["amount_fen"]] for line in answer["lines"]],
        "uses": {use["line"]: use["amount_fen"] for use in answer["uses"]},
        "excluded": {row["line"]: row["award"] for row in answer["excluded"]},
    }


def wanted(expect: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """`expect` with what it leaves unsaid: nothing failed, unknown, paid or left out; the rule's day is as found."""
    if "field" in expect:
        return expect
    unsaid: dict[str, Any] = {"failed": [], "unknown": [], "lines": [], "uses": {}, "excluded": {}}
    full = {**unsaid, "rule_from": found.get("rule_from"), **expect}
    return {**full, "failed": set(full["failed"]), "unknown": set(full["unknown"])}


def differences(entries: list[dict[str, Any]], answers: list[dict[str, Any]]) -> list[str]:
    found = [told(answer) for answer in answers]
    both = zip(entries, found, strict=True)
    return [f"{entry['name']}: {out}" for entry, out in both if out != wanted(entry["expect"], out)]


@pytest.mark.parametrize("key", KEYS)
def test_every_line_comes_out_as_worked_by_hand(key: str) -> None:
    answered, status = assess(key, "sums.jsonl")
    entries = book(key)["cases"]
    assert [json.loads(case)["answers"]["case"] for case, _ in answered] == [entry["name"] for entry in entries]
    assert differences(entries, [answer for _, answer in answered]) == []
    assert status == 0  # any outcome is a success


@pytest.mark.parametrize("key", KEYS)
def test_a_line_in_error_has_its_place_and_the_others_their_answers(key: str) -> None:
    answered, status = assess(key, "errors.jsonl")
    assert differences(book(key)["errors"], [answer for _, answer in answered]) == []
    assert status == 2


@pytest.mark.parametrize("key", [key for key in KEYS if "spent" in book(key)])
def test_rows_already_spent_are_left_out(key: str) -> None:
    policy = Registry.load(strict=True, installed=False).get(key)
    entries = book(key)["spent"]
    spent = [{line: Spent(award) for line, award in entry["spent"].items()} for entry in entries]
    both = zip(entries, spent, strict=True)
    answers = [evaluate_json(policy, entry["case"], spent=lines).to_json() for entry, lines in both]
    assert differences(entries, answers) == []


# ── every clause is shown ───────────────────────────────────────────────────────────────────────────────────────────


class Clause(NamedTuple):
    start: int
    text: str


def section(path: Path, title: str = "") -> str:
    """The section's text on one line; without a title, what comes before the first."""
    text = path.read_text(encoding="utf-8")
    body = (text.partition(f"\n## {title}\n")[2] if title else text).partition("\n## ")[0]
    assert body, f"{path} has no section {title}"
    return " ".join(body.split())


def cut(text: str, at: str) -> list[Clause]:
    """`text` cut where the pattern matches."""
    edges = [0, *(place for match in re.finditer(at, text) for place in match.span()), len(text)]
    return [Clause(a, text[a:b]) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def sentences(text: str) -> list[Clause]:
    return cut(text, r"(?<=[.;]) ")


def clauses(text: str) -> list[Clause]:
    """Sentences, cut at commas, brackets and colons as well, but not between a check and what it asks."""
    return cut(text, r"(?<=[.;,]) (?:Checks: )?|(?<=[^`]): | (?=\([a-z]+ )")


COMMON = section(ROOT / "docs" / "plugins.md", "Common checks")


def readme(key: str) -> Path:
    return ROOT / "plugins" / key / "README.md"


def the_sum(key: str) -> str:
    return section(readme(key), "The sum")


def quotes(key: str) -> list[str]:
    return [quote for part in ("cases", "errors") for entry in book(key)[part] for quote in entry.get("shows", ())]


def not_quoted(text: str, quoted: list[str]) -> list[str]:
    """The clauses of `text` that lie in none of the quotes; the punctuation after one need not be quoted."""
    spans = [(text.index(quote), text.index(quote) + len(quote)) for quote in quoted if quote in text]

    def is_quoted(clause: Clause) -> bool:
        end = clause.start + len(clause.text.rstrip(".,;"))
        return any(start <= clause.start and end <= stop for start, stop in spans)

    return [clause.text for clause in clauses(text) if not is_quoted(clause)]


@pytest.mark.parametrize("key", KEYS)
def test_every_line_quotes_within_one_sentence(key: str) -> None:
    assert all(entry["shows"] and entry["by_hand"] for entry in book(key)["cases"])
    texts = [section(readme(key)), the_sum(key), COMMON]
    for quote in quotes(key):
        assert sum(text.count(quote) for text in texts) == 1, f"not there, or not once: {quote}"
        assert any(quote in sentence.text for text in texts for sentence in sentences(text)), quote


@pytest.mark.parametrize("key", KEYS)
def test_every_clause_of_the_sum_is_quoted_by_a_line(key: str) -> None:
    assert not_quoted(the_sum(key), quotes(key)) == []


def test_every_clause_of_the_common_checks_is_quoted_by_a_line() -> None:
    assert not_quoted(COMMON, [quote for key in KEYS for quote in quotes(key)]) == []


def test_a_clause_that_nothing_quotes_is_found() -> None:
    text = the_sum("rent_subsidy")
    assert not_quoted(text + " Paid by Friday, at noon.", quotes("rent_subsidy")) == ["Paid by Friday,", "at noon."]
    assert len(clauses(text)) > 40
