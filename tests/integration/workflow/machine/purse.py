"""What a pool must say, by docs/pools.md alone: who has money set aside, who waits, what is bound and paid."""

from __future__ import annotations

from dataclasses import dataclass, field


class No(Exception):
    """The model says that this is refused."""


@dataclass
class Share:
    """What one case has of the money: of which year's pool, and at which place of a line it stands."""

    year: int = 0
    rank: tuple[int, int] = (0, 0)
    reserved: int = 0
    wanted: int = 0
    bound: int = 0
    paid: int = 0

    @property
    def held(self) -> bool:
        return bool(self.reserved or self.wanted or self.bound or self.paid)


@dataclass
class Purse:
    """The pools of a policy by their years. Strictly in turn: nobody is served before who was accepted earlier."""

    left: dict[int, int]
    total: dict[int, int]
    carried: set[int] = field(default_factory=set)
    shares: dict[int, Share] = field(default_factory=dict)

    def share(self, case: int) -> Share:
        return self.shares.setdefault(case, Share())

    def set_aside(self, case: int, fen: int, *, applied: int) -> None:
        it = self.share(case)
        if not fen and not (it.reserved or it.wanted):
            return
        if not it.held:
            while applied in self.carried:
                applied += 1
            if applied not in self.left:
                raise No("no pool of that year")
            it.year = applied
        if fen == (it.wanted or it.reserved):
            return
        if not it.wanted and fen < it.reserved:
            self.left[it.year] += it.reserved - fen
            it.reserved = fen
        else:
            self.left[it.year] += it.reserved
            it.reserved, it.wanted = 0, fen
        self._serve(it.year)

    def bind(self, case: int) -> None:
        it = self.share(case)
        if it.wanted:
            raise No("it waits for its money")
        it.bound, it.reserved = it.bound + it.reserved, 0

    def free(self, case: int) -> None:
        it = self.share(case)
        self.left[it.year] += it.bound
        it.bound = 0
        self._serve(it.year)

    def pay(self, case: int) -> None:
        it = self.share(case)
        it.paid, it.bound = it.bound, 0

    def take_back(self, case: int) -> None:
        it = self.share(case)
        it.bound, it.paid = it.paid, 0

    def change(self, year: int, fen: int) -> None:
        """A budget raised or lowered."""
        if fen > 0 and year in self.carried:
            raise No("it was carried over")
        if self.left[year] + fen < 0:
            raise No("that much is not left")
        self.left[year] += fen
        self.total[year] += fen
        self._serve(year)

    def carry(self, year: int, fen: int) -> None:
        if year + 1 not in self.left or fen > self.left[year] or not (fen or self.line(year)):
            raise No("not to be carried over")
        self.change_both(year, fen)
        self.carried.add(year)
        for case in self.line(year):
            self.shares[case].year = year + 1
        self._serve(year + 1)

    def change_both(self, year: int, fen: int) -> None:
        for at, sign in ((year, -1), (year + 1, 1)):
            self.left[at] += sign * fen
            self.total[at] += sign * fen

    def line(self, year: int) -> list[int]:
        waiting = [case for case, it in self.shares.items() if it.wanted and it.year == year]
        return sorted(waiting, key=lambda case: self.shares[case].rank)

    def _serve(self, year: int) -> None:
        for case in self.line(year):
            it = self.shares[case]
            if it.wanted > self.left[year]:
                return
            self.left[year] -= it.wanted
            it.reserved, it.wanted = it.wanted, 0

    def figures(self, year: int) -> tuple[int, int, int, int, int]:
        here = [it for it in self.shares.values() if it.year == year]
        sums = (sum(getattr(it, name) for it in here) for name in ("reserved", "bound", "paid"))
        return (self.total[year], self.left[year], *sums)  # type: ignore[return-value]
