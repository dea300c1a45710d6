"""The contract suite catches what it is there for: each test breaks a plugin in one way, and its rule tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.policy import contract_rules as rules
from core.policy.contract import check_folder, check_rule, open_plugin
from core.policy.scaffold import write_plugin

VERDICT = 'Check("young", None if limit is None else case.applied_on < limit, case.applied_on, limit, "<")'
AMOUNT = '    amount = params["amount_fen"]\n'
QUANTITY = 'Line("grant", "1"'
FILE = "    from _io import open as get\n\n    get('/dev/null').close()\n"
STALE = "  stale: {label: {zh: 旧, en: Old}, clause: {zh: 无, en: None}, explain: {zh: 无, en: None}}\nlines:\n"


class Break(NamedTuple):
    """In `file`, `text` becomes `instead`; then `rule` must tell."""

    what: str
    rule: Callable[[rules.Plugin], Iterator[str]]
    file: str
    text: str
    instead: str
    with_founders: bool = False


BREAKS = [
    Break("another amount", rules.golden_cases, "policy.yaml", "value: 100000", "value: 99999"),
    Break("an expectation", rules.golden_cases, "cases.yaml", "failed: [young]", "failed: []"),
    Break("over a cap", rules.golden_cases, "rules.py", AMOUNT, AMOUNT.rstrip() + " + 1\n"),
    Break("no case before the rule", rules.both_sides, "cases.yaml", "on: 2025-12-31", "on: 2025-12-30"),
    Break("a check in no case", rules.both_outcomes, "policy.yaml", "lines:\n", STALE),
    Break(
        "a check that never fails",
        rules.both_outcomes,
        "cases.yaml",
        'region: "310110", dossier.company.untrustworthy: true',
        'region: "310110"',
    ),
    Break(
        "unknown taken for no", rules.unknown_is_not_no, "rules.py", VERDICT, VERDICT.replace("None if", "False if", 1)
    ),
    Break(
        "a check that shows something else",
        rules.truthful,
        "rules.py",
        VERDICT,
        VERDICT.replace("case.applied_on, limit,", "limit, case.applied_on,"),
    ),
    Break("a clock", rules.pure, "rules.py", AMOUNT, f"    import time\n\n    time.time()\n{AMOUNT}"),
    Break("today", rules.pure, "rules.py", AMOUNT, f"    from datetime import date\n\n    date.today()\n{AMOUNT}"),
    Break("a float", rules.pure, "rules.py", AMOUNT, '    amount = int(params["amount_fen"] * 1.0)\n'),
    Break("a print", rules.pure, "rules.py", AMOUNT, f"{AMOUNT}    print(amount)\n"),
    Break("a file", rules.pure, "rules.py", AMOUNT, FILE + AMOUNT),
    Break(
        "the core's inside",
        rules.pure,
        "form.py",
        "from wtforms import",
        "import core.policy.engine\nfrom wtforms import",
    ),
    Break(
        "the order of rows",
        rules.order_of_rows,
        "rules.py",
        QUANTITY,
        'Line("grant", str([founder.ref for founder in case.dossier.founders or ()])',
        with_founders=True,
    ),
    Break(
        "the order of a set",
        rules.deterministic,
        "rules.py",
        QUANTITY,
        'Line("grant", next(iter({str(number) for number in range(50)}))',
    ),
    Break(
        "more is less",
        rules.monotone,
        "rules.py",
        AMOUNT,
        f"{AMOUNT}    amount -= len(case.dossier.founders or ())\n",
        with_founders=True,
    ),
    Break("a question without words", rules.asked_in_both_languages, "policy.yaml", "  truthful:\n", "  honest:\n"),
    Break("another wording", rules.asked_in_both_languages, "form.py", "真实有效", "真实"),
    Break("no letter", rules.letter, "plugin.py", "letter.html", "gone.html"),
    Break("a letter that does not render", rules.letter, "templates/letter.html", "base.html", "gone.html"),
]


def broken_plugin(folder: Path, broken: Break) -> rules.Plugin:
    folder = write_plugin("brand_new", folder)
    if broken.with_founders:
        change(folder / "policy.yaml", "caps:", "monotone: [founders]\n\ncaps:")
        change(folder / "policy.yaml", "reads:\n", "reads:\n  - founders.ref\n")
        change(folder / "cases.yaml", "    dossier:\n", "    dossier:\n      founders: [{ref: P1}, {ref: P2}]\n")
    change(folder / broken.file, broken.text, broken.instead)

    def render(loaded: Any, decision: Any, capsule: Any) -> bytes:
        if "gone" in (folder / "templates" / "letter.html").read_text():
            raise FileNotFoundError("letters/gone.html")
        return b"%PDF"

    return open_plugin(folder, render)


def change(file: Path, text: str, instead: str) -> None:
    before = file.read_text()
    assert text in before
    file.write_text(before.replace(text, instead))


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.what)
def test_a_broken_plugin_is_told_by_its_rule(tmp_path: Path, broken: Break) -> None:
    finding = check_rule(broken_plugin(tmp_path, broken), broken.rule)
    assert not finding.passed
    assert finding.message


def test_a_plugin_without_golden_cases_is_told(tmp_path: Path) -> None:
    folder = write_plugin("brand_new", tmp_path)
    (folder / "cases.yaml").unlink()
    (finding,) = check_folder(folder)
    assert not finding.passed
    assert "cases.yaml cannot be read" in finding.message
