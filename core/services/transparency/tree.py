"""The tree from what is kept of it: the hashes of leaves, and the head of every full subtree of 256, 256² … of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.data.models import LogLeaf, LogNode
from core.transparency import merkle
from core.transparency.merkle import Proving

WIDE = 8  # levels of the tree between two kept ones
BLOCK = 1 << WIDE


class KeptTree(Proving):
    """Proofs for the log as it is in the database; reads a block of 256 hashes for eight levels of a proof."""

    def __init__(self, session: Session, size: int | None = None) -> None:
        self.session = session
        self.size = size_of(session) if size is None else size
        self._blocks: dict[tuple[int, int], list[bytes]] = {}

    def __len__(self) -> int:
        return self.size

    def full(self, height: int, place: int) -> bytes:
        level, rest = divmod(height, WIDE)
        first = place << rest
        block, at = divmod(first, BLOCK)
        return merkle.root_of(self._block(level, block)[at : at + (1 << rest)])

    def _block(self, level: int, block: int) -> list[bytes]:
        key = (level, block)
        if key not in self._blocks:
            first = block * BLOCK
            if level == 0:
                wanted = select(LogLeaf.hash).where(LogLeaf.id >= first, LogLeaf.id < first + BLOCK)
                ordered = wanted.order_by(LogLeaf.id)
            else:
                wanted = select(LogNode.hash).where(
                    LogNode.level == level, LogNode.place >= first, LogNode.place < first + BLOCK
                )
                ordered = wanted.order_by(LogNode.place)
            self._blocks[key] = [*self.session.scalars(ordered)]
        return self._blocks[key]


def size_of(session: Session) -> int:
    """How many entries the log has."""
    last = session.scalar(select(func.max(LogLeaf.id)))
    return 0 if last is None else last + 1


class Growing:
    """The right edge of a tree that grows: of each kept level the hashes that do not fill a block yet."""

    def __init__(self, size: int, edge: list[list[bytes]]) -> None:
        self.size = size
        self.edge = edge or [[]]

    def extend(self, leaves: Sequence[bytes]) -> Iterator[tuple[int, int, bytes]]:
        """Append leaf hashes; yields each subtree that is full by them, as level, place and head."""
        at = 0
        while at < len(leaves):
            part = leaves[at : at + BLOCK - len(self.edge[0])]
            self.edge[0] += part
            self.size, at, level = self.size + len(part), at + len(part), 0
            while len(self.edge[level]) == BLOCK:
                head = merkle.root_of(self.edge[level])
                self.edge[level] = []
                level += 1
                if level == len(self.edge):
                    self.edge.append([])
                self.edge[level].append(head)
                yield level, (self.size >> WIDE * level) - 1, head

    def root(self, further: Sequence[bytes] = ()) -> bytes:
        """The head of the tree as it is now, or would be with fewer `further` leaves than fill the block.

        A part that is not full stands last in the level above it, as in RFC 9162.
        """
        first, *rest = self.edge
        lowest = [*first, *further]
        head = merkle.root_of(lowest) if lowest else None
        for hashes in rest:
            level = [*hashes, *([head] if head is not None else [])]
            head = merkle.root_of(level) if level else None
        return merkle.EMPTY if head is None else head


def growing(session: Session) -> Growing:
    """The right edge of the log as it is in the database."""
    size = size_of(session)
    edge: list[list[bytes]] = []
    level = 0
    while size >> WIDE * level or not level:
        there = size >> WIDE * level
        first = there - there % BLOCK
        if level == 0:
            wanted = select(LogLeaf.hash).where(LogLeaf.id >= first).order_by(LogLeaf.id)
        else:
            wanted = select(LogNode.hash).where(LogNode.level == level, LogNode.place >= first).order_by(LogNode.place)
        edge.append([*session.scalars(wanted)])
        level += 1
    return Growing(size, edge)
