"""The acts beside the moves, each on the rows and on the model: desks, accounts, notices, letters, clocks, pools."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

import core
from core.data import models as m
from core.letters.store import Store
from core.services import (
    assignments,
    cases,
    clocks,
    desks,
    files,
    holidays,
    letters,
    moves,
    objections,
    payee_changes,
    payees,
    pools,
)  # fmt: skip
from core.services.needs import Act
from core.services.payees import Account
from tests import scenes
from tests.integration.workflow.machine import table as t
from tests.integration.workflow.machine.model import Model, refused
from tests.integration.workflow.machine.records import Application, Person, Said
from tests.integration.workflow.machine.world import ACCOUNTS, World

SAID = "已核对，属实"
STALE = "sha256:" + "0" * 64


class Acts:
    """A world and its model, which go on side by side. `expect` is the one place where they are compared."""

    def __init__(self, world: World) -> None:
        self.world, self.kept = world, deepcopy((world.model, world.bank))  # in one: they name the same cases
        self.model: Model = self.kept[0]
        self.registry, self.session = world.scene.registry, world.session
        self.before: dict[str, Any] = world.seen()

    def expect(
        self, may: bool, who: Person | None, act: Callable[[], Any], then: Callable[[], None], what: str
    ) -> bool:
        """Do it; it must be refused exactly where the model says so, and leave just what the model says."""
        error = self.world.attempt(who, act)
        assert (error is None) == may, f"{what}: the model says {'yes' if may else 'no'}, and: {error!r}"
        if may:
            then()
            assert self.world.broken() == [], what
        now, wanted = self.world.seen(), self.world.wanted(self.model)
        assert now == wanted, what
        assert may or now == self.before, f"{what} was refused and left a trace"
        self.before = now
        return may

    # ── moves ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def move(self, it: Application, code: str, who: Person, said: Said) -> bool:
        act = Act(
            opinion=SAID if said.opinion else " ",
            reasons=(t.REASONS.get(code, "untrue"),) if said.reasons else (),
            confirmed=said.confirmed,
            content_hash=STALE if said.stale else None,
        )
        at = self.world.at(self.model)

        def make() -> None:
            moves.move(self.session, self.registry, self.world.case(it.id), code, act, today=self.model.today, at=at)

        may = self.model.may(it, code, who, said)
        return self.expect(may, who, make, lambda: self.model.moved(it, code, who.user), f"{code} {it.id} {who} {said}")

    def letter(self, it: Application) -> bool:
        """The job makes what is due; a file stands for the signed one."""
        due, kind = bool(it.due_letter), it.due_letter
        asked = {d.case_id: d for d in self.session.scalars(select(m.Decision).order_by(m.Decision.id))}
        waiting = letters.outstanding(self.session)
        assert due == (it.id in asked and asked[it.id].id in waiting), f"the letter of {it.id}: {it.due_letter!r}"
        if not due:
            return False

        def make() -> None:
            loaded = self.registry.get(self.world.scene.policy)
            letter = letters.take_number(self.session, asked[it.id], loaded, on=self.model.today)
            data = f"{letter.number}".encode()
            assert letters.seal(self.session, letter, sha256=Store(self.world.store).put(data), size=len(data))
            moves.letter_issued(self.session, self.registry, letter, today=self.model.today)

        def then() -> None:
            self.model.letters, it.due_letter = self.model.letters + 1, ""
            if kind == "award":
                self.model.moved(it, "issue", None)
            else:
                it.refusal_letter = self.model.today

        return self.expect(True, None, make, then, f"letter {it.id}")

    # ── beside them ─────────────────────────────────────────────────────────────────────────────────────────────────
    def desk(self, it: Application, key: str, who: Person, objects: bool) -> bool:
        state = m.DeskState.OBJECTED if objects else m.DeskState.PASSED

        def make() -> None:
            desks.answer(self.session, self.registry, self.world.case(it.id), key, state, SAID if objects else "")

        may = self.model.sees(it, who) and it.state == "accepted"
        return self.expect(may, who, make, lambda: it.desks.update({key: state.value}), f"desk {key} {it.id}")

    def check_account(self, it: Application, who: Person) -> bool:
        def make() -> None:
            paper = self.session.scalars(select(m.CaseDocument).where(m.CaseDocument.case_id == it.id)).first()
            payees.check(self.session, self.world.case(it.id), document_id=paper and paper.id, note=SAID)

        may = self.model.sees(it, who) and it.state in t.CHECKABLE and not self.model.is_checked(it)
        may = may and (who.user, it.tenant) not in self.model.tied
        return self.expect(
            may, who, make, lambda: it.checked.update({it.account: self.model.tick()}), f"account of {it.id}"
        )

    def write_account(self, it: Application, who: Person, account: str) -> bool:
        """In the form, while the applicant may change it."""
        values = {"payee_account": ACCOUNTS[account]}

        def make() -> None:
            cases.save(self.session, self.world.case(it.id), version=None, values=values)

        may = self.model.sees(it, who) and it.state in ("draft", "returned")
        return self.expect(may, who, make, lambda: setattr(it, "account", account), f"write {account} into {it.id}")

    def ask_change(self, it: Application, who: Person, account: str, on_its_way: bool) -> bool:
        def make() -> None:
            case, scene = self.world.case(it.id), self.world.scene
            file = files.accept(self.session, scene.files, case.tenant, files.check("账户.pdf", scenes.paper()))
            new = Account(case.payee_name, case.payee_bank or "", case.payee_bank_code or "", ACCOUNTS[account])
            payee_changes.request(self.session, self.registry, case, new, reason=SAID, file=file)

        fits = it.state in t.CHANGEABLE and it.change is None and not on_its_way and account != it.account
        may = self.model.sees(it, who) and fits
        asked = ("requested", account, who.user, 0)
        return self.expect(may, who, make, lambda: setattr(it, "change", asked), f"another account for {it.id}")

    def check_change(self, it: Application, who: Person) -> bool:
        def make() -> None:
            payee_changes.check(self.session, payee_changes.load(self.session, self.world.case(it.id)), SAID)

        def then() -> None:
            assert it.change
            it.checked[it.change[1]] = self.model.tick()
            it.change = ("checked", *it.change[1:3], who.user)

        asked = it.change is not None and it.change[0] == "requested" and it.state in t.CHANGEABLE
        may = self.model.sees(it, who) and asked and (who.user, it.tenant) not in self.model.tied
        return self.expect(may, who, make, then, f"check the change of {it.id}")

    def approve_change(self, it: Application, who: Person) -> bool:
        def make() -> None:
            change = payee_changes.load(self.session, self.world.case(it.id))
            payee_changes.approve(self.session, self.registry, change, today=self.model.today)

        def then() -> None:
            assert it.change
            stands = it.state not in ("approved", "issued") and it.content == self.model.content(it)
            it.account, it.change = it.change[1], None
            if stands and it.content is not None:
                it.content = self.model.content(it)

        ready = it.change is not None and it.change[0] == "checked" and who.user not in it.change[2:]
        ready = ready and it.state in t.CHANGEABLE and (who.user, it.tenant) not in self.model.tied
        return self.expect(self.model.sees(it, who) and ready, who, make, then, f"approve the change of {it.id}")

    def object(self, it: Application) -> bool:
        """Somebody of the public."""

        def make() -> None:
            found = select(m.PublicationEntry).where(m.PublicationEntry.case_id == it.id)
            entry = self.session.scalars(found.order_by(m.PublicationEntry.id.desc())).first()
            if entry is None:
                raise core.errors.NotFound("没有公示")
            said = {"name": "周某", "contact": "13800000000", "statement": "该单位并未在此办公，请予核查"}
            notice = self.session.get_one(m.Publication, entry.publication_id)
            objections.receive(self.session, notice, entry.place, **said, today=self.model.today)

        may = it.notice_ends is not None and self.model.today <= it.notice_ends
        return self.expect(may, None, make, lambda: setattr(it, "received", it.received + 1), f"objection to {it.id}")

    # ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────
    def take(self, it: Application, who: Person) -> bool:
        """Have the case from now on, from whoever has it."""

        def make() -> None:
            there = m.CaseAssignment.__table__
            over = select(there.c.id).where(there.c.case_id == it.id, there.c.ended_at.is_(None))
            assignments.take(self.session, self.world.case(it.id), over=self.session.connection().scalar(over))

        involved = {"appealed": it.judges, "revoking": it.proposers}.get(it.state, {it.preparer, it.approver})
        part = who.user in involved or (who.user, it.tenant) in self.model.tied
        mine = it.holder is not None and it.holder[0] == who.user
        may = self.model.sees(it, who) and t.AT.get(it.state) == who.role and not part and not mine
        return self.expect(may, who, make, lambda: setattr(it, "holder", (who.user, who.role)), f"{who} takes {it.id}")

    def stop(self, it: Application, who: Person) -> bool:
        """Have the clock stand still, or go on."""
        clock, today = it.clock, self.model.today
        stopped = clock is not None and clock.stopped is not None

        def make() -> None:
            case = self.world.case(it.id)
            if stopped:
                clocks.resume(self.session, case, today=today)
            else:
                clocks.pause(self.session, case, reason="hearing", note="等待听证的结果", today=today)

        def then() -> None:
            assert clock
            if clock.stopped:
                clock.stops.append((clock.stopped, today))
            clock.stopped = None if clock.stopped else today

        others = it.holder is not None and it.holder[1] == who.role and it.holder[0] != who.user
        runs = clock is not None and clock.limit is not None
        whose = who.role in (t.AT.get(it.state, "window"), "district_admin")
        may = self.model.sees(it, who) and runs and whose and not others
        return self.expect(may, who, make, then, f"the clock of {it.id}")

    def holiday(self, day: date, worked: bool, who: Person) -> bool:
        def make() -> None:
            holidays.set_days(self.session, [day], working=worked, note="区里安排", confirmed=None)

        may = who.role == "district_admin"
        return self.expect(may, who, make, lambda: self.model.own.update({day: worked}), f"{day} is worked: {worked}")

    # ── money ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def budget(self, kind: m.PoolChangeKind, year: int, fen: int, who: Person, second: Person) -> bool:
        """Proposed by one, confirmed by another."""
        carry, model = kind is m.PoolChangeKind.CARRY_OVER, self.model
        sign = -1 if kind is m.PoolChangeKind.LOWER else 1

        def make() -> None:
            found = select(m.Pool).where(m.Pool.district_id == self.world.scene.district.id, m.Pool.year == year)
            said = pools.Proposal(fen, "示财〔2025〕3号", "预算调整")
            change = pools.propose(self.session, self.session.scalars(found).one(), kind, said, today=model.today)
            if error := self.world.attempt(
                second, lambda: pools.confirm(self.session, change, confirmed=True, today=model.today)
            ):
                raise error

        def in_model(purse: Any) -> None:
            purse.carry(year, fen) if carry else purse.change(year, sign * fen)

        late = not carry or model.today >= date(year, 12, 1)
        may = late and (carry or fen > 0) and not refused(model, lambda: in_model(deepcopy(model.purse)))
        may = may and who.role == "district_admin" and second.role in ("district_admin", "approver")
        may = may and who.user != second.user
        return self.expect(may, who, make, lambda: in_model(model.purse), f"{kind} {year} {fen} {who} {second}")

    def later(self, days_: int) -> None:
        self.model.today += timedelta(days=days_)

    def records(self, it: Application, barred: bool) -> None:
        """The operator's records say of the company whether the rules exclude it; what is frozen stays."""
        self.session.get_one(m.Tenant, it.tenant).labour_dispatch = barred
        self.session.flush()
        self.model.barred[it.tenant] = barred
