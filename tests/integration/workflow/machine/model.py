"""What must be true of a few applications after each act: plain Python, of dictionaries and dates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.integration.workflow.machine import days
from tests.integration.workflow.machine import table as t
from tests.integration.workflow.machine.purse import No, Purse
from tests.integration.workflow.machine.records import MONTHLY, Application, Clock, Person, Said


@dataclass
class Model:
    today: date
    purse: Purse
    cases: dict[int, Application]
    barred: dict[int, bool]  # of each tenant, in today's records
    tied: set[tuple[int, int]] = field(default_factory=set)  # user, tenant
    own: dict[date, bool] = field(default_factory=dict)
    spent: dict[tuple[int, str], int] = field(default_factory=dict)  # company and month: the case that has it
    letters: int = 0
    ticks: int = 0
    bank: Any = None  # of the same run

    def tick(self) -> int:
        self.ticks += 1
        return self.ticks

    # ── what is so ──────────────────────────────────────────────────────────────────────────────────────────────────
    def due(self, it: Application) -> date | None:
        clock = it.clock
        if clock is None or clock.limit is None or clock.stopped:
            return None
        return days.last_day(clock.start, clock.limit, self.own, clock.stops)

    def free(self, it: Application) -> frozenset[str]:
        return frozenset(m for m in it.months if self.spent.get((it.company, m), it.id) == it.id)

    def eligible(self, it: Application) -> bool:
        return not it.barred and bool(self.free(it))

    def amount(self, it: Application) -> int:
        return MONTHLY * len(self.free(it)) if self.eligible(it) else 0

    def content(self, it: Application) -> object:
        """What reviews are bound to. Who has the months that are not free does not change what the case gets."""
        return it.frozen, self.free(it), it.account

    def is_checked(self, it: Application) -> bool:
        return it.checked.get(it.account, 0) > it.doubted.get(it.account, 0)

    def sees(self, it: Application, who: Person) -> bool:
        return who.tenant == it.tenant if who.tenant else who.role != "manager" and it.state != "draft"

    # ── may it be ───────────────────────────────────────────────────────────────────────────────────────────────────
    def may(self, it: Application, code: str, who: Person, said: Said) -> bool:
        way = t.WAYS[code]
        return (
            self.sees(it, who)
            and who.role in way.roles
            and code not in t.BY_BATCH
            and it.state in way.sources
            and self.may_touch(it, who)
            and not (said.stale and way.needs & t.RULED)
            and all(self.holds(need, it, who, said) for need in way.needs)
            and not (code == "submit" and self.all_had(it))
        )

    def may_touch(self, it: Application, who: Person) -> bool:
        others = it.holder is not None and it.holder[1] == who.role and it.holder[0] != who.user
        return (who.user, it.tenant) not in self.tied and not others

    def holds(self, need: str, it: Application, who: Person, said: Said) -> bool:
        return bool(getattr(self, f"_{need}")(it, who, said))

    def all_had(self, it: Application) -> bool:
        """The tenant was granted this policy before, and nothing of these months is left."""
        mine = any(o.award and not o.revoked and o.tenant == it.tenant for o in self.cases.values())
        return mine and not self.free(it)

    def _confirmed(self, it: Application, who: Person, said: Said) -> bool:
        return said.confirmed

    def _reasons(self, it: Application, who: Person, said: Said) -> bool:
        return said.reasons

    def _opinion(self, it: Application, who: Person, said: Said) -> bool:
        return said.opinion

    def _first_return(self, it: Application, who: Person, said: Said) -> bool:
        return not it.returned and said.opinion

    def _other_person(self, it: Application, who: Person, said: Said) -> bool:
        return who.user not in (it.preparer, it.approver)

    def _uninvolved(self, it: Application, who: Person, said: Said) -> bool:
        return who.user not in it.judges

    def _not_proposer(self, it: Application, who: Person, said: Said) -> bool:
        return who.user not in it.proposers

    def _appealable(self, it: Application, who: Person, said: Said) -> bool:
        if it.decided is None or it.appealed:
            return False
        told = max(it.decided, it.refusal_letter or it.decided)
        rivals = (o for o in self.cases.values() if o.tenant == it.tenant and o.id != it.id and o.state in t.CLAIMING)
        in_time = self.today <= days.last_day(told, t.APPEAL, self.own)
        return in_time and not any(min(o.months) <= max(it.months) and min(it.months) <= max(o.months) for o in rivals)

    def _not_on_its_way(self, it: Application, who: Person, said: Said) -> bool:
        return not self.bank.on_its_way(it)

    def _heard(self, it: Application, who: Person, said: Said) -> bool:
        assert it.clock is not None
        assert it.told is not None
        return it.stated or self.today > max(it.told, days.last_day(it.clock.start, t.HEARING, self.own))

    def _desks(self, it: Application, who: Person, said: Said) -> bool:
        objected = "objected" in it.desks.values()
        return "open" not in it.desks.values() and (said.opinion or not objected)

    def _publication_over(self, it: Application, who: Person, said: Said) -> bool:
        return it.notice_ends is not None and self.today > it.notice_ends

    def _unobjected(self, it: Application, who: Person, said: Said) -> bool:
        return not it.received

    def _unchanged(self, it: Application, who: Person, said: Said) -> bool:
        return it.content == self.content(it)

    def _funded(self, it: Application, who: Person, said: Said) -> bool:
        return not self.purse.share(it.id).wanted

    def _payee_verified(self, it: Application, who: Person, said: Said) -> bool:
        return self.is_checked(it)

    def _eligible(self, it: Application, who: Person, said: Said) -> bool:
        return self.eligible(it)

    def _not_eligible(self, it: Application, who: Person, said: Said) -> bool:
        return not self.eligible(it)

    # ── then it is so ───────────────────────────────────────────────────────────────────────────────────────────────
    def moved(self, it: Application, code: str, user: int | None) -> None:
        """A move that may be made was made, on what `self.today` says."""
        way, before = t.WAYS[code], it.state
        if t.AT.get(before) in way.roles and user is not None and it.holder is None and it.clock:
            it.holder = (user, t.AT[before])
        it.state = way.target or it.came_from[before]
        if it.state != before:
            it.came_from[it.state] = before
            it.holder = None
            it.clock = None if it.state in t.ENDED else Clock(self.today, t.LIMITS.get(it.state))
        elif it.clock and it.clock.stopped and code != "statement":
            it.clock.stops.append((it.clock.stopped, self.today))
            it.clock.stopped = None
        if user is not None and code in t.JUDGING:
            it.judges.add(user)
        if user is not None and code in t.PROPOSING:
            it.proposers.add(user)
        getattr(self, f"_after_{code}", lambda _it, _user: None)(it, user)

    def _freeze(self, it: Application) -> None:
        assert it.applied is not None
        it.barred, it.frozen = self.barred[it.tenant], self.tick()

    def _after_submit(self, it: Application, user: int | None) -> None:
        it.applied = it.applied or self.today
        self._freeze(it)

    def _accepted(self, it: Application) -> None:
        it.accepted = it.accepted or (self.tick(), it.id)
        self.purse.share(it.id).rank = it.accepted
        it.desks = dict.fromkeys(t.DESKS, "open")
        self._set_aside(it, self.amount(it))

    def _set_aside(self, it: Application, fen: int) -> None:
        assert it.applied is not None
        self.purse.set_aside(it.id, fen, applied=it.applied.year)

    def _after_accept(self, it: Application, user: int | None) -> None:
        self._accepted(it)

    def _after_refresh(self, it: Application, user: int | None) -> None:
        self._freeze(it)
        self._accepted(it)

    def _after_return(self, it: Application, user: int | None) -> None:
        it.returned = True

    def _after_not_admit(self, it: Application, user: int | None) -> None:
        it.decided, it.appealed = self.today, False

    def _after_first_refuse(self, it: Application, user: int | None) -> None:
        it.preparer, it.content = user, self.content(it)

    def _after_first_pass(self, it: Application, user: int | None) -> None:
        self._after_first_refuse(it, user)
        self._set_aside(it, self.amount(it))

    def _after_send_back(self, it: Application, user: int | None) -> None:
        it.preparer = it.content = None

    def _after_publish(self, it: Application, user: int | None) -> None:
        it.notice_ends = days.last_day(self.today, t.NOTICE, self.own)

    def _after_object(self, it: Application, user: int | None) -> None:
        it.registered, it.received = it.registered + it.received, 0

    def _after_dismiss_objection(self, it: Application, user: int | None) -> None:
        it.registered = 0

    def _after_uphold_objection(self, it: Application, user: int | None) -> None:
        it.registered, it.notice_ends = 0, None
        self._after_send_back(it, user)
        it.desks = dict.fromkeys(t.DESKS, "open")

    def _after_withdraw(self, it: Application, user: int | None) -> None:
        it.received = it.registered = 0
        it.change = None
        it.notice_ends = None
        if it.applied:
            self._set_aside(it, 0)

    def _after_refuse(self, it: Application, user: int | None) -> None:
        it.approver, it.due_letter = user, "refusal"
        it.decided, it.appealed = self.today, False
        it.change = None
        self._set_aside(it, 0)

    def _after_approve(self, it: Application, user: int | None) -> None:
        it.approver, it.award, it.due_letter = user, self.amount(it), "award"
        for month in self.free(it):
            self.spent[it.company, month] = it.id
        self._set_aside(it, it.award)
        self.purse.bind(it.id)

    def _after_appeal(self, it: Application, user: int | None) -> None:
        it.appealed = True

    def _after_uphold_appeal(self, it: Application, user: int | None) -> None:
        self._after_send_back(it, user)
        it.approver, it.due_letter = None, ""
        self._accepted(it)

    def _after_propose_revocation(self, it: Application, user: int | None) -> None:
        it.stated = False
        it.told = days.last_day(self.today, t.HEARING, self.own)

    def _after_statement(self, it: Application, user: int | None) -> None:
        it.stated = True
        assert it.clock is not None
        assert it.clock.limit is not None
        gone = days.between(it.clock.start, it.clock.stopped or self.today, self.own, it.clock.stops)
        it.clock.limit = min(it.clock.limit, gone + t.DECIDING)

    def _after_revoke(self, it: Application, user: int | None) -> None:
        it.revoked = True
        self.spent = {key: case for key, case in self.spent.items() if case != it.id}
        if self.purse.share(it.id).bound:
            self.purse.free(it.id)
        if self.purse.share(it.id).paid:
            self.moved(it, "recover", None)


def refused(model: Model, act: object) -> bool:
    """Whether a change of the purse is refused; then it did nothing."""
    try:
        act()  # type: ignore[operator]
    except No:
        return True
    return False
