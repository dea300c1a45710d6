"""How a title breaks: GB/T 9704-2012, 7.3.1 wants lines that end where a word ends and look symmetrical."""

from __future__ import annotations

import math
import re

_INSIDE_WORD = re.compile(r"[0-9A-Za-z年度的公司)）》〕、,，。]")


def title_lines(title: str, names: tuple[str, ...], width: int = 20) -> list[str]:
    """Split a title into as few lines as possible of at most `width` characters, balanced, not inside `names`.

    `names` are parts to keep whole where they fit on a line (the payee, the policy). A line never begins with a
    character that belongs to the word before it, unless there is no other way.
    """
    size = len(title)
    fewest = math.ceil(size / width)
    if fewest <= 1:
        return [title]
    broken = {
        match.start() + offset
        for name in names
        if 0 < len(name) <= width
        for match in re.finditer(re.escape(name), title)
        for offset in range(1, len(name))
    }
    penalty = [200 * (i in broken) + 40 * bool(_INSIDE_WORD.match(title[i])) for i in range(size)]

    def split(lines: int) -> tuple[float, list[int]]:
        """Cheapest cost and cuts for exactly that many lines."""
        even = size / lines
        best: list[tuple[float, list[int]]] = [(0.0, [])]
        best += [(math.inf, [])] * size
        for _ in range(lines):
            step: list[tuple[float, list[int]]] = [(math.inf, [])] * (size + 1)
            for end in range(1, size + 1):
                cut = penalty[end] if end < size else 0
                for start in range(max(0, end - width), end):
                    cost = best[start][0] + (end - start - even) ** 2 + cut
                    if cost < step[end][0]:
                        step[end] = (cost, [*best[start][1], end])
            best = step
        return best[size]

    # One line more than needed is worth it only to keep a name whole.
    (cost, cuts), (other_cost, other_cuts) = split(fewest), split(fewest + 1)
    if other_cost + 60 < cost:
        cuts = other_cuts
    return [title[a:b] for a, b in zip([0, *cuts], cuts, strict=False)]
