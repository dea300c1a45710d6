"""Capsules as a version of this program makes them: of each policy one for each outcome, one with spent lines and one
with a district's values, from that version's own golden cases.

    git archive COMMIT core plugins | tar x -C /tmp/then
    PYTHONPATH=/tmp/then .venv/bin/python tests/unit/policy/capsules/make.py > tests/unit/policy/capsules/1.0.jsonl
"""

from __future__ import annotations

import sys
from pathlib import Path

import core
from core.policy import Registry, build_capsule, evaluate_json, parse_case
from core.policy.canonical import canonical
from core.policy.engine import AssessmentFailed
from core.policy.golden import read_golden

PLUGINS = Path(core.__file__).parents[1] / "plugins"


def main() -> None:
    registry = Registry.load(True, PLUGINS, installed=False)
    for loaded in registry.policies:
        seen: set[str] = set()
        for golden in read_golden(PLUGINS / loaded.key / "cases.yaml"):
            try:
                decision = evaluate_json(loaded, golden.case, on=golden.on, params=golden.params, spent=golden.spent)
            except AssessmentFailed:
                continue  # nothing was decided
            kinds = {str(decision.outcome)}
            kinds |= {"spent"} if golden.spent else set()
            kinds |= {"district"} if golden.params else set()
            if kinds <= seen:
                continue
            seen |= kinds
            capsule = build_capsule(loaded, parse_case(golden.case), decision)
            sys.stdout.buffer.write(canonical(capsule) + b"\n")


if __name__ == "__main__":
    main()
