"""How offices work: the next step of a case, by somebody who may, with all that belongs to it."""

from __future__ import annotations

from typing import Any

from tests.integration.workflow.machine import table as t
from tests.integration.workflow.machine.bank import Batch, Paying
from tests.integration.workflow.machine.records import Application, Person, Said

GOOD = Said()


def one(pick: int, of: list[Any]) -> Any:
    return of[pick % len(of)]


class Office(Paying):
    again = False  # whether who had a part in a case goes on with it, where somebody did

    def anybody(self, n: int) -> Person:
        return one(n, self.world.people)  # type: ignore[no-any-return]

    def fit(
        self, n: int, it: Application, roles: frozenset[str] | set[str], but: tuple[int | None, ...] = ()
    ) -> Person:
        """Somebody of the right role; who has the case, if anybody has."""
        people = [who for who in self.world.people if who.role in roles and who.tenant in (0, it.tenant)]
        able = [
            who for who in people
            if self.model.may_touch(it, who) and who.user not in (it.preparer, it.approver, *it.proposers, *but)
        ]  # fmt: skip
        if self.again:
            part = (it.preparer, it.approver, *it.proposers, *it.judges)
            able = [who for who in people if who.user in part] or able
        return one(n, able or people)  # type: ignore[no-any-return]

    def step(self, it: Application, n: int) -> None:
        way = {
            "draft": "submit", "returned": "submit", "submitted": "accept", "second_review": "publish",
            "published": "approve", "objected": "dismiss_objection", "paid": "close", "refused": "appeal",
            "not_admitted": "appeal", "appealed": "uphold_appeal", "revoking": "revoke",
            "accepted": "first_pass" if self.model.eligible(it) else "first_refuse",
            "first_review": "second_pass" if self.model.eligible(it) else "refuse",
        }.get(it.state)  # fmt: skip
        hasty = n % 4 == 3  # somebody goes on before everything is there, and is to be refused
        if it.due_letter:
            self.letter(it)
        elif it.state == "accepted" and "open" in it.desks.values() and not hasty:
            key = next(key for key, state in it.desks.items() if state == "open")
            self.desk(it, key, self.fit(n, it, {"first_reviewer"}), False)
        elif it.state in ("published", "issued") and not self.model.is_checked(it) and not hasty:
            self.check_account(it, self.fit(n, it, {"first_reviewer"}))
        elif it.state == "issued":
            self.towards_payment(it, n)
        elif way:
            if way == "revoke" and not it.stated and not hasty:
                way = "statement"
            if way == "approve" and it.notice_ends and self.model.today <= it.notice_ends and not hasty:
                self.later((it.notice_ends - self.model.today).days + 1)
            self.move(it, way, self.fit(n, it, t.WAYS[way].roles), GOOD)

    def towards_payment(self, it: Application, n: int) -> None:
        batch = next((b for b, row in self.bank.payments(it) if row.state == "pending"), None)
        if batch is None:
            self.gather([it], self.fit(n, it, {"payer"}))
        else:
            self.serve(batch, n)

    def serve(self, batch: Batch, n: int) -> None:
        who = self.fit(n, batch.rows[0].case, {"payer"}, (batch.prepared,) if batch.state == "prepared" else ())
        if batch.state in ("sent", "settled"):
            self.answer(batch, one(n, batch.rows), who, n % 5 != 0)
        else:
            {"draft": self.prepare, "prepared": self.release}.get(batch.state, self.send)(batch, who)
