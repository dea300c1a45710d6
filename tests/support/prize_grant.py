"""A policy that pays for prizes, to test what the house knows of them: each prize once, at its highest level."""

from __future__ import annotations

from pathlib import Path

import yaml

from core.policy.scaffold import write_plugin

KEY = "prize_grant"
AMOUNTS = {"district": 100_000, "city": 300_000, "national": 900_000}

RULES = '''"""Each prize is paid once, at the highest level on file, and spends that line."""

from __future__ import annotations

from core.policy import PRIZE_LEVELS, Assessment, Case, Check, Line, Params, Prize, Use, check_region


def assess(case: Case, params: Params) -> Assessment:
    prizes = case.dossier.prizes
    best = highest(prizes or ())
    won = Check("won", None if prizes is None else bool(best), len(best), 1, ">=", "rows")
    paid = {row: params[f"{row.level}_fen"] for row in best}
    lines = tuple(Line("prize", "1", fen, fen, f"{row.contest} {row.edition}") for row, fen in paid.items())
    uses = tuple(Use(row.line, fen) for row, fen in paid.items())
    return Assessment((check_region(case, params["region"]), won), lines, uses)


def highest(prizes: tuple[Prize, ...]) -> list[Prize]:
    best: dict[tuple[str, int], Prize] = {}
    for row in sorted(prizes, key=lambda row: PRIZE_LEVELS.index(row.level)):
        best[row.contest, row.edition] = row
    return sorted(best.values())
'''

CHANGED = yaml.safe_load("""
reads: [applied_on, company.registered_region, prizes.line, prizes.contest, prizes.edition, prizes.level]
documents: []
stacking: {group: prize, rule: exclusive}
monotone: [prizes]
caps:
  - {parameter: national_fen, per: prizes.line}
checks:
  won:
    label: {zh: 获得过奖项, en: Won a prize}
    clause: {zh: 测试规则第一条, en: "Test rule, article 1"}
    explain: {zh: 没有可以享受的奖项。, en: There is no prize that could be paid for.}
    missing: {zh: 请补充获奖情况。, en: Say what was won.}
lines:
  prize:
    label: {zh: 获奖奖励, en: For a prize}
    clause: {zh: 测试规则第一条, en: "Test rule, article 1"}
""")

CASES = """
bases:
  prizes:
    schema: "1.3"
    applied_on: 2026-01-01
    period: {from: 2026-01, to: 2026-01}
    dossier:
      company: {uscc: 91310109MA1G5XY15Q, registered_region: "310109"}
      prizes:
        - {line: W-1, contest: 创业大赛, edition: 2025, level: district}
        - {line: W-2, contest: 创业大赛, edition: 2025, level: city}
cases:
  - name: at two levels it is paid once, at the higher
    base: prizes
    expect: {outcome: eligible, amount_fen: 300000, rule_from: 2026-01-01, uses: {W-2: 300000}}
  - name: the day before the rule
    base: prizes
    on: 2025-12-31
    expect: {outcome: not_in_force, amount_fen: 0}
  - name: another edition is another prize
    base: prizes
    add: {prizes: [{line: W-3, contest: 创业大赛, edition: 2026, level: national}]}
    expect: {outcome: eligible, amount_fen: 1200000, uses: {W-2: 300000, W-3: 900000}}
  - name: paid already
    base: prizes
    spent: {W-1: A-7, W-2: A-7}
    expect: {outcome: ineligible, amount_fen: 0, failed: [won], excluded: {W-1: A-7, W-2: A-7}}
  - name: registered elsewhere
    base: prizes
    set: {dossier.company.registered_region: "310110"}
    expect: {outcome: ineligible, amount_fen: 0, failed: [region]}
"""


def write_prize_grant(into: Path) -> Path:
    """The policy's folder in `into`, from the pattern of `hongcai policies new`."""
    folder = write_plugin(KEY, into)
    (folder / "rules.py").write_text(RULES, "utf-8")
    (folder / "cases.yaml").write_text(CASES, "utf-8")
    card = yaml.safe_load((folder / "policy.yaml").read_text("utf-8"))
    card |= CHANGED | {"checks": {"region": card["checks"]["region"], **CHANGED["checks"]}}
    value = card["parameters"]["amount_fen"]["values"][0]
    amounts = {
        f"{level}_fen": {"unit": "fen", "title": {"zh": level, "en": level}, "values": [value | {"value": fen}]}
        for level, fen in AMOUNTS.items()
    }
    card["parameters"] = {"region": card["parameters"]["region"], **amounts}
    (folder / "policy.yaml").write_text(yaml.safe_dump(card, allow_unicode=True, sort_keys=False), "utf-8")
    return folder
