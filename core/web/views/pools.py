"""Budgets for a reader: bars, words, the lists of bookings and of who waits, and the curve of a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from core import SHANGHAI
from core.data.models import WHOLE_BP, Pool, PoolChange, PoolChangeKind
from core.data.queries import people
from core.data.queries import pools as reads
from core.extensions import db
from core.services.phases import Phase
from core.services.workflow import Preset
from core.web.formats import percent
from core.web.listing import Column, Filter, Option
from core.web.pool_words import POOL_CHANGE_KINDS, POOL_CHANGE_STATES, POOL_MOVES
from core.web.views import charts
from core.web.views.case_page import policy_titles, registry, state_word, unnoticed
from core.web.views.lists import Shown, Table, as_is


@dataclass(frozen=True, slots=True)
class Budget:
    """A pool as its page shows it; figures in fen. `parts`: how much of the bar each takes, of a thousand."""

    pool: Pool
    title: str
    waiting: int
    waiting_fen: int

    @property
    def figures(self) -> list[tuple[str, str, int]]:
        """Name in the stylesheet, word and fen of each part, in the order of the bar."""
        pool = self.pool
        return [
            ("paid", _("已拨付"), pool.paid_fen),
            ("committed", _("已承诺"), pool.committed_fen),
            ("reserved", _("已预留"), pool.reserved_fen),
            ("left", _("余额"), pool.left_fen),
        ]

    @property
    def parts(self) -> list[tuple[str, int, int]]:
        """Name, where it begins and how wide it is; what is there is never invisible."""
        found, at = [], 0
        for name, _word, fen in self.figures[:-1]:
            width = 0 if not fen else max(4, round(fen * 1000 / self.pool.total_fen))
            found.append((name, at, min(width, 1000 - at)))
            at = min(1000, at + width)
        return found

    @property
    def summary(self) -> str:
        """The bar for those who do not see it."""
        used = self.pool.total_fen - self.pool.left_fen
        share = percent_of(used, self.pool.total_fen)
        return _("%(title)s：预算已使用%(share)s", title=self.title, share=share)


def percent_of(fen: int, of: int) -> str:
    return percent(Decimal(fen) / of if of else None)


def budgets(pools: list[Pool]) -> list[Budget]:
    titles = policy_titles()
    waits = reads.waiting(db.session, [pool.id for pool in pools])
    return [Budget(pool, titles.get(pool.policy_key, pool.policy_key), *waits.get(pool.id, (0, 0))) for pool in pools]


def policies() -> list[tuple[str, str]]:
    """The policies that money is set aside for."""
    titles = policy_titles()
    of_money = [it for it in registry().policies if it.card.workflow.preset == Preset.STANDARD]
    return [(it.key, titles[it.key]) for it in of_money]


def share(bp: int | None) -> str:
    return percent(None if bp is None else Decimal(bp) / WHOLE_BP, 2)


def curve(pool: Pool) -> charts.Curve:
    """What was committed and paid by the end of each month, up to this one; a pool that is still drawn on in the next
    year has months of that year too."""
    months = 12 if g.today.year <= pool.year else min(24, 12 + (g.today.year - pool.year - 1) * 12 + g.today.month)
    ends = [datetime(pool.year + n // 12, n % 12 + 1, 1, tzinfo=SHANGHAI) for n in range(1, months + 1)]
    booked = reads.by_month(db.session, pool, ends)
    now = (g.today.year - pool.year) * 12 + g.today.month
    names = [f"{pool.year + n // 12}-{n % 12 + 1:02d}" for n in range(months)]
    return charts.of_pool(pool.total_fen, names, booked[: max(0, now)])


def entries(pool: Pool) -> Table:
    columns = (
        Column("at", _("时间"), kind="moment", sortable=True, primary=True),
        Column("move", _("记账"), repeats=True),
        Column("amount_fen", _("金额（元）"), kind="money", sortable=True),
        Column("case", _("申请编号"), kind="code", sortable=True),
        Column("tenant", _("申请单位")),
        Column("document", _("依据文号")),
    )

    def row(found: Any) -> Shown:
        return as_is(found) | {"move": str(POOL_MOVES[found.move])}

    def href(shown: Shown) -> str:
        if shown["case_id"]:
            return url_for("cases.show", case_id=shown["case_id"])
        if shown["change_id"]:
            return url_for("pools.change", pool_change_id=shown["change_id"])
        return url_for("pools.show", pool_id=pool.id)

    return Table(
        "pool_entries",
        _("资金明细"),
        reads.entries(pool.id),
        columns,
        (Filter("move", _("记账"), [Option(it.value, str(word)) for it, word in POOL_MOVES.items()]),),
        sort="-at",
        search=_("申请编号、申请单位、依据文号"),
        row=row,
        href=href,
        export="pools.export",
        within={"pool_id": pool.id},
    )


def waits(pool: Pool) -> Table:
    columns = (
        Column("place", _("位次"), kind="number"),
        Column("case", _("申请编号"), kind="code", sortable=True, primary=True),
        Column("tenant", _("申请单位")),
        Column("state_word", _("状态"), repeats=True),
        Column("amount_fen", _("需要（元）"), kind="money", sortable=True),
        Column("missing_fen", _("轮到时还缺（元）"), kind="money"),
        Column("since", _("受理时间"), kind="moment", sortable=True),
    )
    reviewed = Phase.UNNOTICED if pool.policy_key in unnoticed() else Phase.PLAIN
    return Table(
        "pool_waits",
        _("资金候补"),
        reads.waits(pool),
        columns,
        sort="since",
        search=_("申请编号、申请单位"),
        row=lambda r: as_is(r) | {"state_word": state_word(r.state, g.asker, phase=reviewed)},
        href=lambda r: url_for("cases.show", case_id=r["case_id"]),
        export="pools.waiting_export",
        within={"pool_id": pool.id},
    )


def change_rows(changes: list[PoolChange]) -> list[Shown]:
    """Changes with the people who made them, for short tables."""
    who = {user_id for it in changes for user_id in (it.proposed_by_id, it.decided_by_id) if user_id}
    names = people.names(db.session, who)
    titles = policy_titles()
    return [
        {
            "it": it,
            "title": titles.get(it.policy_key, it.policy_key),
            "kind": str(POOL_CHANGE_KINDS[it.kind]),
            "state": POOL_CHANGE_STATES[it.state],
            "signed_fen": -it.amount_fen if it.kind is PoolChangeKind.LOWER else it.amount_fen,
            "proposer": names.get(it.proposed_by_id, "—"),
            "decider": names.get(it.decided_by_id, "—") if it.decided_by_id else "—",
            "href": url_for("pools.change", pool_change_id=it.id),
        }
        for it in changes
    ]
