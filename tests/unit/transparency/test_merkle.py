"""The tree against published vectors and RFC 9162's own recursive definitions; the verifiers against forgeries."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.transparency import merkle
from core.transparency.merkle import Frontier, Tree, consistent, included, leaf_hash

# The entries and heads of the reference implementation of Certificate Transparency (merkle_tree_test.cc).
ENTRIES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
HEADS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATHS = {  # (leaf, size): the path, as that test has it
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (1, 5): (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def head(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha256(b"\x01" + head(leaves[:k]) + head(leaves[k:])).digest()


def split(count: int) -> int:
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    return [*path(m, leaves[:k]), head(leaves[k:])] if m < k else [*path(m - k, leaves[k:]), head(leaves[:k])]


def subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 9162, 2.1.4.1."""
    if m == len(leaves):
        return [] if whole else [head(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole), head(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), head(leaves[:k])]


@pytest.mark.parametrize("size", range(9))
def test_heads_are_the_published_ones(size: int) -> None:
    leaves = [leaf_hash(entry) for entry in ENTRIES[:size]]
    grown = Frontier()
    for leaf in leaves:
        grown.add(leaf)
    assert merkle.root_of(leaves).hex() == HEADS[size]
    assert Tree(leaves).root().hex() == HEADS[size]
    assert grown.root().hex() == HEADS[size]


@pytest.mark.parametrize(("at", "steps"), PATHS.items(), ids=str)
def test_paths_are_the_published_ones(at: tuple[int, int], steps: tuple[str, ...]) -> None:
    tree = Tree(leaf_hash(entry) for entry in ENTRIES)
    assert [step.hex() for step in tree.inclusion(*at)] == list(steps)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 31, 33, 64, 100])
def test_every_proof_is_the_rfcs_and_verifies(size: int) -> None:
    leaves = leaves_of(size)
    tree = Tree(leaves_of(size + 5))  # proofs of an earlier size come from the tree as it has grown
    root = head(leaves)
    for index in range(size):
        steps = tree.inclusion(index, size)
        assert steps == path(index, leaves)
        assert included(leaves[index], index, size, steps, root)
    for old in range(1, size + 1):
        steps = tree.consistency(old, size)
        assert steps == subproof(old, leaves, True)
        assert consistent(old, size, steps, head(leaves[:old]), root)


def test_a_thousand_pairs_of_heads_are_consistent() -> None:
    tree = Tree(leaves_of(1_500))
    for number in range(1_000):
        old, size = 1 + (number * 7919) % 1_200, 1_200 + (number * 104_729) % 300
        assert consistent(old, size, tree.consistency(old, size), tree.root(old), tree.root(size))


@given(st.data())
def test_no_changed_inclusion_proof_verifies(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 40))
    tree = Tree(leaves_of(size))
    index = data.draw(st.integers(0, size - 1))
    steps, leaf, root = tree.inclusion(index), tree.levels[0][index], tree.root()
    forged = data.draw(forgeries(steps))
    if forged != steps:
        assert not included(leaf, index, size, forged, root)
    other = data.draw(st.integers(-2, size + 3).filter(lambda i: i != index))
    assert not included(leaf, other, size, steps, root)
    assert not included(leaf_hash(b"another"), index, size, steps, root)
    assert not included(leaf, index, size, steps, leaf_hash(b"another"))
    assert not included(root, 0, 1, steps, root) or size == 1  # an inner node is no leaf


@given(st.data())
def test_no_changed_consistency_proof_verifies(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 40))
    old = data.draw(st.integers(1, size - 1))
    tree = Tree(leaves_of(size))
    steps, first, second = tree.consistency(old), tree.root(old), tree.root()
    forged = data.draw(forgeries(steps))
    if forged != steps:
        assert not consistent(old, size, forged, first, second)
    assert not consistent(old, size, steps, leaf_hash(b"x"), second)
    assert not consistent(old, size, steps, first, leaf_hash(b"x"))
    rewritten = Tree([leaf_hash(b"rewritten"), *leaves_of(size)[1:]])
    assert not consistent(old, size, rewritten.consistency(old), first, rewritten.root())


@st.composite
def forgeries(draw: st.DrawFn, steps: list[bytes]) -> list[bytes]:
    """A proof with a step changed, dropped, doubled, added, two swapped, or one of the wrong length."""
    forged, at = list(steps), draw(st.integers(0, len(steps)))
    match draw(st.sampled_from(["change", "drop", "double", "add", "swap", "short", "empty"])):
        case "change" if steps:
            at %= len(steps)
            forged[at] = bytes([forged[at][0] ^ 1, *forged[at][1:]])
        case "drop" if steps:
            del forged[at % len(steps)]
        case "double" if steps:
            forged.insert(at, forged[at % len(steps)])
        case "swap" if len(steps) > 1:
            forged[0], forged[-1] = forged[-1], forged[0]
        case "short" if steps:
            forged[at % len(steps)] = forged[at % len(steps)][:31]
        case "empty":
            forged = []
        case _:
            forged.insert(at, draw(st.binary(min_size=32, max_size=32)))
    return forged


def test_nothing_is_proved_of_what_is_not_there() -> None:
    tree = Tree(leaves_of(5))
    for wrong in ((5, 5), (0, 6), (-1, 5), (0, 0)):
        with pytest.raises(ValueError, match="no such leaf"):
            tree.inclusion(*wrong)
    for old, size in ((0, 5), (6, 5), (3, 6)):
        with pytest.raises(ValueError, match="no such leaf"):
            tree.consistency(old, size)
    with pytest.raises(ValueError, match="full subtrees"):
        Frontier(3, [b"\0" * 32])


def test_an_empty_log_is_the_beginning_of_any_and_equals_only_itself() -> None:
    root = Tree(leaves_of(3)).root()
    assert consistent(0, 3, [], merkle.EMPTY, root)
    assert not consistent(0, 3, [], root, root)
    assert consistent(3, 3, [], root, root)
    assert not consistent(3, 3, [], merkle.EMPTY, root)
    assert not consistent(4, 3, [], root, root)
