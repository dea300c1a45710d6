"""Money in the kernel and the policies: whole fen, split without a rest (reliability row m)."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest

from core.policy import split_fen

ROOT = Path(__file__).parents[3]
SEED = 20181201
MODULES = sorted([*(ROOT / "core" / "policy").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")])


def floats_in(source: str) -> list[int]:
    """Lines with a decimal number, a call of float(), or a division that gives one."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and not _joins_paths(node))
    ]


def _joins_paths(node: ast.BinOp) -> bool:
    """`folder / "name"`: one side is text, or the name of a path."""
    sides = (node.left, node.right)
    return any(isinstance(side, ast.Constant | ast.JoinedStr) and not _number(side) for side in sides) or any(
        isinstance(side, ast.Name) and side.id in ("template", "name", "key", "into") for side in sides
    )


def _number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_that_counts_money_knows_a_float(path: Path) -> None:
    assert floats_in(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("source", ["x = 0.5", "x = float(1)", "x = paid / heads", "x = paid / 2"])
def test_a_float_would_be_found(source: str) -> None:
    assert floats_in(source) == [1]


def test_a_hundred_thousand_splits_are_exact_and_stable() -> None:
    chance = random.Random(SEED)
    for _ in range(100_000):
        weights = {f"R-{n}": chance.randrange(0, 10**7) for n in range(chance.randrange(1, 13))}
        whole = sum(weights.values())
        if not whole:
            continue
        total = chance.randrange(0, whole + 1)
        shares = split_fen(total, weights)
        assert sum(shares.values()) == total
        assert all(share <= weights[key] for key, share in shares.items())
        turned = dict(reversed(weights.items()))
        assert split_fen(total, turned) == shares
