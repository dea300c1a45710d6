"""A Merkle tree as RFC 9162, 2.1 defines it: hashes, inclusion proofs, consistency proofs, and their verification.

Hashes are 32 bytes of SHA-256. A leaf is hashed with the prefix 0x00 and an inner node with 0x01, so that no inner node
can be shown as a leaf. The verifiers take nothing on trust: a proof that is too long or too short is not a proof.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

LEAF, NODE = b"\x00", b"\x01"
EMPTY = hashlib.sha256(b"").digest()
_sha256 = hashlib.sha256


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry (RFC 9162, 2.1.1)."""
    return _sha256(LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return _sha256(NODE + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The head of the tree over these leaf hashes, in time linear in their number."""
    level = list(leaves)
    if not level:
        return EMPTY
    while len(level) > 1:
        level = _above(level, len(level))
    return level[0]


def _above(level: Sequence[bytes], size: int) -> list[bytes]:
    """The next level over the first `size` hashes of one; a last hash without a neighbour goes up as it is."""
    prefix, sha256 = NODE, _sha256
    pairs = iter(level) if size == len(level) else iter(level[:size])
    above = [sha256(prefix + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
    if size % 2:
        above.append(level[size - 1])
    return above


class Frontier:
    """The heads of the full subtrees of a growing tree, largest first: all that is needed to add leaves and to tell the
    head. A tree of n leaves has as many of them as n has ones in binary."""

    def __init__(self, size: int = 0, heads: Sequence[bytes] = ()) -> None:
        if len(heads) != size.bit_count() or any(len(head) != len(EMPTY) for head in heads):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} full subtrees, not {len(heads)}")
        self.size = size
        self.heads = list(heads)

    def add(self, leaf: bytes) -> None:
        """Append a leaf hash."""
        size = self.size
        self.size += 1
        while size & 1:
            leaf = node_hash(self.heads.pop(), leaf)
            size >>= 1
        self.heads.append(leaf)

    def root(self) -> bytes:
        """The head of the tree as it is now."""
        if not self.heads:
            return EMPTY
        root = self.heads[-1]
        for head in reversed(self.heads[:-1]):
            root = node_hash(head, root)
        return root


class Proving(ABC):
    """Heads and proofs of a tree whose full subtrees can be looked up, wherever they are kept."""

    @abstractmethod
    def __len__(self) -> int:
        """How many leaves there are."""

    @abstractmethod
    def full(self, height: int, place: int) -> bytes:
        """The head of the full subtree over the leaves from `place`·2^height to (`place`+1)·2^height."""

    def root(self, size: int | None = None) -> bytes:
        """The head of the first `size` leaves; of all, if not given."""
        size = len(self) if size is None else size
        self._require(0 <= size <= len(self))
        return self._range(0, size) if size else EMPTY

    def frontier(self, size: int | None = None) -> Frontier:
        """What is needed to let the tree of the first `size` leaves grow."""
        size = len(self) if size is None else size
        self._require(0 <= size <= len(self))
        heights = [height for height in range(size.bit_length() - 1, -1, -1) if size >> height & 1]
        return Frontier(size, [self.full(height, (size >> height) - 1) for height in heights])

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The path from leaf `index` to the head of the first `size` leaves (RFC 9162, 2.1.3.1)."""
        size = len(self) if size is None else size
        self._require(0 <= index < size <= len(self))
        path, height, last = [], 0, size - 1
        while last:
            beside = index ^ 1
            if beside < last:
                path.append(self.full(height, beside))
            elif beside == last:  # the right edge, which may not be full
                path.append(self._range(beside << height, size))
            index, last, height = index >> 1, last >> 1, height + 1
        return path

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """That the first `old` leaves are the beginning of the first `size` (RFC 9162, 2.1.4.1)."""
        size = len(self) if size is None else size
        self._require(0 < old <= size <= len(self))
        start, end, whole = 0, size, True
        steps: list[bytes] = []
        while old != end:
            split = start + _split(end - start)
            if old <= split:
                steps.append(self._range(split, end))
                end = split
            else:
                steps.append(self._range(start, split))
                start, whole = split, False
        if not whole:
            steps.append(self._range(start, end))
        return steps[::-1]

    def _range(self, start: int, end: int) -> bytes:
        """The head of the leaves from `start` to `end`, where `start` is a multiple of the next power of two."""
        count = end - start
        height = count.bit_length() - 1
        if count == 1 << height:
            return self.full(height, start >> height)
        split = start + _split(count)
        return node_hash(self._range(start, split), self._range(split, end))

    @staticmethod
    def _require(held: bool) -> None:
        if not held:
            raise ValueError("no such leaf or size in this tree")


class Tree(Proving):
    """A tree with all its nodes in memory, for proofs: each takes one look a level."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        self.levels: list[list[bytes]] = [list(leaves)]
        while len(self.levels[-1]) > 1:
            full = len(self.levels[-1]) & ~1
            self.levels.append(_above(self.levels[-1], full))

    def __len__(self) -> int:
        return len(self.levels[0])

    def full(self, height: int, place: int) -> bytes:
        return self.levels[height][place]


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `leaf` is entry `index` of the tree with this head (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or any(len(step) != len(EMPTY) for step in path):
        return False
    at, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def consistent(old: int, size: int, path: Sequence[bytes], old_root: bytes, root: bytes) -> bool:
    """Whether the tree of `old` leaves is the beginning of that of `size` (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= size or any(len(step) != len(EMPTY) for step in path):
        return False
    if old in (0, size):
        return not path and (old_root == root if old == size else old_root == EMPTY)
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, step)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == root
