"""Where the parts of a group are drawn. Distances are steps from part to part; scikit-learn's SMACOF finds places in
the plane that keep them, from a circle on, so that the same group is always drawn alike. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import shortest_path
from sklearn.manifold import smacof


def places(count: int, edges: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
    """A place between 0 and 1 both ways for each of `count` parts that hang together; wider than high."""
    if count == 1:
        return [(0.5, 0.5)]
    rows, columns = zip(*edges, strict=True)
    graph = csr_matrix((np.ones(len(edges)), (rows, columns)), shape=(count, count))
    steps = shortest_path(graph, directed=False, unweighted=True)
    turn = 2 * np.pi * np.arange(count) / count
    circle = np.column_stack([np.cos(turn), np.sin(turn)]) * steps.max() / 2
    found, _stress = smacof(steps, init=circle, n_init=1, max_iter=400, eps=1e-7, normalized_stress=False)
    found = found - found.mean(axis=0)
    # Along its longest side, and with a side that is the first part's, so that it is neither turned nor mirrored.
    _u, _s, axes = np.linalg.svd(found, full_matrices=False)
    found = found @ axes.T
    for axis in (0, 1):
        at = int(np.argmax(np.abs(found[:, axis]) > 1e-6))
        found[:, axis] *= 1 if found[at, axis] >= 0 else -1
    low, high = found.min(axis=0), found.max(axis=0)
    span = np.where(high - low < 1e-6, 1, high - low)
    even = np.where(high - low < 1e-6, 0.5, (found - low) / span)
    return [(round(float(x), 3), round(float(y), 3)) for x, y in even]
