"""The demonstration's budgets: set up by one person and confirmed by another, with last year's carried over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from core.data.asker import Asker, asking
from core.data.models import PoolChange, PoolChangeKind, User
from core.services import pools

SHARES = pools.Shares("2080799 其他就业补助支出（演示）", 4_000, 6_000)


class Treasury:
    """Two people who keep the district's budgets."""

    def __init__(self, session: Session, proposer: User, confirmer: User, today: date) -> None:
        self.session, self.today = session, today
        self.proposer, self.confirmer = (Asker.member(user.memberships[0]) for user in (proposer, confirmer))

    def furnish(self, plans: Mapping[str, Mapping[str, Any]]) -> None:
        """This year's pools, each with a part carried over from the last, before anybody has applied."""
        year = self.today.year
        for number, (key, plan) in enumerate(plans.items(), 1):
            carried = plan["carried_fen"]
            self._set_up(key, year, plan["pool_fen"] - carried, f"示财〔{year}〕{number}号（演示）", "年初预算")
            if carried:
                self._set_up(key, year - 1, carried, f"示财〔{year - 1}〕{number}号（演示）", "年初预算")
                said = pools.Proposal(carried, f"示财〔{year}〕{number + 10}号（演示）", "上年余额结转")
                self._confirm(self._change(key, year - 1, PoolChangeKind.CARRY_OVER, said))

    def ask_for_more(self, key: str, fen: int) -> None:
        """A change that still waits for its second person."""
        said = pools.Proposal(fen, f"示财〔{self.today.year}〕18号（演示）", "申请量超出预计，拟追加预算保障候补申请件")
        self._change(key, self.today.year, PoolChangeKind.RAISE, said)

    def _set_up(self, key: str, year: int, fen: int, document: str, reason: str) -> None:
        with asking(self.session, self.proposer):
            made = pools.set_up(self.session, key, year, SHARES, pools.Proposal(fen, document, reason))
        self._confirm(made)

    def _change(self, key: str, year: int, kind: PoolChangeKind, said: pools.Proposal) -> PoolChange:
        with asking(self.session, self.proposer):
            pool = pools.of_year(self.session, key, year)
            assert pool is not None
            return pools.propose(self.session, pool, kind, said, today=self.today)

    def _confirm(self, change: PoolChange) -> None:
        with asking(self.session, self.confirmer):
            pools.confirm(self.session, change, confirmed=True, today=self.today)
