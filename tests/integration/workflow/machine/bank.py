"""Payments by batches, on the rows and on the model (docs/payouts.md)."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.data import models as m
from core.services import disbursement
from core.services.disbursement.results import Reading
from core.services.disbursement.sheet import ResultRecord, Said
from core.services.imports.problems import Problems
from tests.integration.workflow.machine import table as t
from tests.integration.workflow.machine.acts import SAID, Acts
from tests.integration.workflow.machine.records import Application, Person
from tests.integration.workflow.machine.world import ACCOUNTS, World

LIVE = ("pending", "paid")


@dataclass
class Payment:
    case: Application
    account: str
    state: str = "pending"
    reported: int | None = None
    reference: str = ""


@dataclass
class Batch:
    rows: list[Payment]
    state: str = "draft"
    prepared: int = 0
    released: int = 0
    id: int = 0


@dataclass
class Bank:
    """The batches of a run."""

    batches: list[Batch] = field(default_factory=list)

    def payments(self, it: Application) -> list[tuple[Batch, Payment]]:
        return [(batch, row) for batch in self.batches for row in batch.rows if row.case is it]

    def alive(self, it: Application) -> bool:
        return any(row.state in LIVE for _batch, row in self.payments(it))

    def on_its_way(self, it: Application) -> bool:
        gone = ("released", "sent", "settled")
        return any(row.state == "pending" and batch.state in gone for batch, row in self.payments(it))


class Paying(Acts):
    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.bank: Bank = self.kept[1] or Bank()
        self.model.bank = self.bank

    def payable(self, it: Application) -> bool:
        return it.state == "issued" and not it.revoked and it.change is None and self.model.is_checked(it)

    def tied(self, who: Person, *its: Application) -> bool:
        return any((who.user, it.tenant) in self.model.tied for it in its)

    def gather(self, its: list[Application], who: Person) -> bool:
        batch = Batch([Payment(it, it.account) for it in its])

        def make() -> None:
            scene, ids = self.world.scene, [it.id for it in its]
            made = disbursement.start(
                self.session, self.registry, scene.district.id, ids, note="", today=self.model.today
            )
            batch.id = made.id
            references = {row.case_id: row.reference for row in made.rows}
            for row in batch.rows:
                row.reference = references[row.case.id]

        may = who.role == "payer" and all(self.payable(it) and not self.bank.alive(it) for it in its)
        may = may and not self.tied(who, *its)
        return self.expect(may, who, make, lambda: self.bank.batches.append(batch), f"batch of {[i.id for i in its]}")

    def _rows_hold(self, batch: Batch, who: Person) -> bool:
        return all(who.user not in (row.case.preparer, row.case.approver) for row in batch.rows) and self._stands(
            batch, who
        )

    def _stands(self, batch: Batch, who: Person) -> bool:
        cases = [row.case for row in batch.rows]
        same = all(row.account == row.case.account for row in batch.rows)
        return same and all(self.payable(it) for it in cases) and not self.tied(who, *cases)

    def _batch(self, batch: Batch) -> m.PayoutBatch:
        return disbursement.load(self.session, batch.id)

    def prepare(self, batch: Batch, who: Person) -> bool:
        def then() -> None:
            batch.state, batch.prepared = "prepared", who.user

        may = batch.state == "draft" and self._rows_hold(batch, who)
        return self.expect(
            may, who, lambda: disbursement.prepare(self.session, self._batch(batch)), then, f"prepare {batch.id}"
        )

    def release(self, batch: Batch, who: Person) -> bool:
        def then() -> None:
            batch.state, batch.released = "released", who.user

        may = batch.state == "prepared" and who.user != batch.prepared and self._rows_hold(batch, who)
        return self.expect(
            may, who, lambda: disbursement.release(self.session, self._batch(batch)), then, f"release {batch.id}"
        )

    def send(self, batch: Batch, who: Person) -> bool:
        ready = batch.state == "released" and self._stands(batch, who)
        again = batch.state == "sent" and not self.tied(who, *(row.case for row in batch.rows))
        may = ready or again
        return self.expect(
            may, who, lambda: disbursement.take(self.session, self._batch(batch), csv=True),
            lambda: setattr(batch, "state", "sent"), f"send {batch.id}",
        )  # fmt: skip

    def cancel(self, batch: Batch, who: Person) -> bool:
        def then() -> None:
            batch.state = "cancelled"
            for row in batch.rows:
                row.state = "cancelled"

        may = batch.state in ("draft", "prepared", "released")
        return self.expect(
            may, who, lambda: disbursement.cancel(self.session, self._batch(batch), SAID), then, f"cancel {batch.id}"
        )

    def answer(self, batch: Batch, row: Payment, who: Person, paid: bool) -> bool:
        """The bank says of one payment whether it was made. The same again changes nothing."""

        def make() -> None:
            fen = self.world.scene.session.get_one(m.Award, self._row(batch, row).award_id).amount_fen
            record = ResultRecord(
                row=2, reference=row.reference, amount_fen=fen, said=Said.PAID if paid else Said.FAILED,
                booked_on=self.model.today if paid else None, voucher="HD1" if paid else None, bank_reference=None,
                account_tail=ACCOUNTS[row.account][-4:], failure=None if paid else "户名不符",
            )  # fmt: skip
            reading = Reading("结果.xlsx", "0" * 64, [record], Problems())
            disbursement.book(self.session, self.registry, self._batch(batch), reading, today=self.model.today)

        # What failed may be paid after all, where nothing else of the case is under way.
        fresh, it = row.state == "pending" or (paid and row.state == "failed"), row.case
        sent = batch.state in ("sent", "settled")
        others = any(other.state in LIVE for _batch, other in self.bank.payments(it) if other is not row)
        theirs = not others and who.user not in (it.preparer, it.approver) and not self.tied(who, it)
        if paid:
            made = fresh and it.state == "issued" and self.model.may_touch(it, who) and theirs
            may = sent and (row.state in ("paid", "returned") or made)
        else:
            may = sent and row.state != "paid" and (theirs or not fresh)

        def then() -> None:
            if fresh and paid:
                row.state, it.payer = "paid", batch.released
                self.model.purse.pay(it.id)
                self.model.moved(it, "pay", who.user)
            elif fresh:
                row.state = "failed"
                it.doubted[row.account] = self.model.tick()
            if all(other.state != "pending" for other in batch.rows):
                batch.state = "settled"

        return self.expect(may, who, make, then, f"the bank on {row.reference}: {paid}, {who}")

    def came_back(self, batch: Batch, row: Payment, who: Person) -> bool:
        """退汇: reported by one, confirmed by another."""
        it, first = row.case, row.reported is None

        def make() -> None:
            there, today = self._row(batch, row), self.model.today
            if first:
                disbursement.report(
                    self.session, there, returned_on=today, reason="账户销户", reference=None, today=today
                )
            else:
                disbursement.confirm(self.session, self.registry, there, today=today)

        moves = it.state in t.COMES_BACK and self.model.may_touch(it, who)
        other = who.user not in (row.reported, it.preparer, it.approver)
        reads = self.model.sees(it, who) and not self.tied(who, it)
        may = reads and row.state == "paid" and (first or (moves and other))

        def then() -> None:
            if first:
                row.reported = who.user
                return
            row.state, it.payer = "returned", None
            it.doubted[row.account] = self.model.tick()
            before = it.state
            self.model.purse.take_back(it.id)
            self.model.moved(it, t.COMES_BACK[before], who.user)
            if before == "revoking":
                it.came_from["revoking"] = "issued"
            elif before == "recovery":
                self.model.purse.free(it.id)

        return self.expect(may, who, make, then, f"{row.reference} came back, {who}")

    def _row(self, batch: Batch, row: Payment) -> m.Disbursement:
        found = [it for it in self._batch(batch).rows if it.reference == row.reference]
        return found[0]
