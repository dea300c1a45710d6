"""What the machine plays: the acts that Hypothesis chooses from, where a run begins, and how many are played."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from core.data import models as m
from core.policy import Registry
from core.services import jobs
from tests import scenes
from tests.integration.evidence.world import opened, system
from tests.integration.workflow.machine import table as t
from tests.integration.workflow.machine.office import GOOD, Office, one
from tests.integration.workflow.machine.records import Person, Said
from tests.integration.workflow.machine.watch import Watch
from tests.integration.workflow.machine.world import World

STEPS = int(os.environ.get("STEPS", "50"))

pick = st.integers(0, 2**16)
rarely = st.integers(0, 7).map(lambda n: n == 7)
said = st.builds(Said, st.booleans(), st.booleans(), st.booleans(), rarely)


class Start(NamedTuple):
    steps: tuple[int, int, int, int]  # of the office: how far each of the cases has come when a run begins
    barred: bool  # whether the last one's company is one that the rules exclude
    who: int = 4  # whose turn: never hasty, and the bank pays; 2 lets one who has every role prepare the cases


STARTS = {
    "at the beginning": Start((0, 0, 0, 0), False),
    "under review": Start((9, 5, 4, 7), False, who=2),
    "decided": Start((14, 7, 2, 8), True),
    "paid": Start((15, 8, 5, 9), True),
}


class Machine(RuleBasedStateMachine):
    worlds: list[World]

    @initialize(start=st.integers(0, len(STARTS) - 1))
    def begin(self, start: int) -> None:
        self.world = self.worlds[start]
        self.play = Office(self.world)
        self.model = self.play.model
        self.cases = list(self.model.cases.values())

    def teardown(self) -> None:
        try:
            assert self.world.broken(None) == []
        finally:
            self.world.restore()

    # ── the main road, as offices go it ─────────────────────────────────────────────────────────────────────────────
    @rule(case=pick, who=pick)
    def onward(self, case: int, who: int) -> None:
        """The next step of a case, done as it should be."""
        self.play.step(one(case, self.cases), who)

    @rule(case=pick, who=pick, times=st.integers(2, 6))
    def far_onward(self, case: int, who: int, times: int) -> None:
        """Some steps of one case: what is rare is at the end of a long road."""
        for n in range(times):
            self.play.step(one(case, self.cases), who + n)

    @rule(case=pick, who=pick)
    def by_the_same(self, case: int, who: int) -> None:
        """The next step, done as it should be but by somebody who had a part in what went before."""
        self.play.again = True
        self.play.step(one(case, self.cases), who)
        self.play.again = False

    # ── beside it ───────────────────────────────────────────────────────────────────────────────────────────────────
    @rule(case=pick, code=pick, who=pick)
    def aside(self, case: int, code: int, who: int) -> None:
        """Some move from where the case is, by somebody of the right role, with all that belongs to it."""
        it = one(case, self.cases)
        codes = [code for code, way in t.WAYS.items() if it.state in way.sources and way.roles]
        if codes:
            chosen = one(code, codes)
            self.play.move(it, chosen, self.play.fit(who, it, t.WAYS[chosen].roles), GOOD)

    @rule(case=pick, code=pick, who=pick, said=said)
    def careless(self, case: int, code: int, who: int, said: Said) -> None:
        """The right role, but who of them, and what is said, is left to chance."""
        it = one(case, self.cases)
        codes = [code for code, way in t.WAYS.items() if it.state in way.sources and way.roles]
        if codes:
            chosen = one(code, codes)
            people = [it for it in self.world.people if it.role in t.WAYS[chosen].roles]
            self.play.move(it, chosen, one(who, people), said)

    @rule(case=pick, code=st.sampled_from(sorted(t.WAYS)), who=pick, said=said)
    def anything(self, case: int, code: str, who: int, said: Said) -> None:
        self.play.move(one(case, self.cases), code, self.play.anybody(who), said)

    @rule(case=pick, key=st.sampled_from(t.DESKS), who=pick, objects=st.booleans())
    def desk(self, case: int, key: str, who: int, objects: bool) -> None:
        it = one(case, self.cases)
        self.play.desk(it, key, self.play.fit(who, it, {"first_reviewer"}), objects)

    @rule(case=pick, what=st.integers(0, 4), who=pick, account=st.sampled_from(("old", "new", "third")), wild=rarely)
    def account(self, case: int, what: int, who: int, account: str, wild: bool) -> None:
        it = one(case, self.cases)

        def by(*roles: str) -> Person:
            if not wild:
                return self.play.fit(who, it, set(roles))
            return one(who, [x for x in self.world.people if x.role in roles])  # type: ignore[no-any-return]

        if what == 0:
            self.play.check_account(it, by("first_reviewer"))
        elif what == 1:
            self.play.write_account(it, by("founder"), account)
        elif what == 2:
            self.play.ask_change(it, by("founder"), account, self.play.bank.on_its_way(it))
        elif what == 3:
            self.play.check_change(it, by("first_reviewer"))
        else:
            self.play.approve_change(it, by("approver"))

    @rule(case=pick)
    def public_objects(self, case: int) -> None:
        self.play.object(one(case, self.cases))

    @rule(case=pick)
    def letter(self, case: int) -> None:
        self.play.letter(one(case, self.cases))

    @rule(case=pick, who=pick, wild=rarely)
    def taken(self, case: int, who: int, wild: bool) -> None:
        it = one(case, self.cases)
        role = {t.AT.get(it.state, "window")}
        self.play.take(
            it, self.play.anybody(who) if wild else one(who, [x for x in self.world.people if x.role in role])
        )

    # ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────
    @rule(days=st.integers(1, 25))
    def later(self, days: int) -> None:
        self.play.later(days)

    @rule(case=pick, who=pick, wild=rarely)
    def clock(self, case: int, who: int, wild: bool) -> None:
        it = one(case, self.cases)
        self.play.stop(it, self.play.anybody(who) if wild else self.play.fit(who, it, {t.AT.get(it.state, "window")}))

    @rule(days=st.integers(-5, 12), worked=st.booleans(), who=pick, wild=rarely)
    def holiday(self, days: int, worked: bool, who: int, wild: bool) -> None:
        admins = [it for it in self.world.people if it.role == "district_admin"]
        day = self.model.today + timedelta(days=days)
        self.play.holiday(day, worked, self.play.anybody(who) if wild else one(who, admins))

    # ── money ───────────────────────────────────────────────────────────────────────────────────────────────────────
    @rule(kind=st.sampled_from((m.PoolChangeKind.RAISE, m.PoolChangeKind.LOWER, m.PoolChangeKind.CARRY_OVER)),
          year=st.sampled_from((2025, 2026)), months=st.integers(0, 6), who=pick)  # fmt: skip
    def budget(self, kind: m.PoolChangeKind, year: int, months: int, who: int) -> None:
        admins = [it for it in self.world.people if it.role in ("district_admin", "approver")]
        self.play.budget(kind, year, months * 20_000, one(who, admins), one(who // 5, admins))

    @precondition(lambda self: any(it.state == "issued" for it in self.cases))
    @rule(which=st.sets(pick, min_size=1, max_size=3), who=pick)
    def gather(self, which: set[int], who: int) -> None:
        its = list({it.id: it for it in (one(n, self.cases) for n in sorted(which))}.values())
        self.play.gather(its, self.play.fit(who, its[0], {"payer"}))

    @precondition(lambda self: self.play.bank.batches)
    @rule(batch=pick, act=st.integers(0, 5), who=pick, row=pick, paid=st.booleans())
    def batch(self, batch: int, act: int, who: int, row: int, paid: bool) -> None:
        chosen = one(batch, self.play.bank.batches)
        payer = one(who, [it for it in self.world.people if it.role == "payer"])
        payment = one(row, chosen.rows)
        if act < 4:
            (self.play.prepare, self.play.release, self.play.send, self.play.cancel)[act](chosen, payer)
        elif act == 4:
            self.play.answer(chosen, payment, payer, paid)
        else:
            self.play.came_back(chosen, payment, payer)

    # ── records ─────────────────────────────────────────────────────────────────────────────────────────────────────
    @rule(case=pick, barred=st.booleans())
    def records_change(self, case: int, barred: bool) -> None:
        """The operator's records say something else of a company; what is frozen stays as it was."""
        self.play.records(one(case, self.cases), barred)


@contextmanager
def staged(url: str, folder: Path) -> Iterator[list[World]]:
    """A world for each place of `STARTS`, all in one database."""
    before = jobs.bind(jobs.Recorder())
    registry = Registry.load(strict=True, installed=False)
    try:
        with opened(url) as engine, system(engine) as session:
            watch, built = Watch(engine), []
            for start in STARTS.values():
                world = World(scenes.Scene(session, registry, folder / "files", region=None), folder / "letters", watch)
                world.build()
                office = Office(world)
                its = list(office.model.cases.values())
                office.records(its[-1], start.barred)
                for it, count in zip(its, start.steps, strict=True):
                    for _ in range(count):
                        office.step(it, start.who)
                if its[0].state == "issued":
                    office.move(its[0], "propose_revocation", office.fit(0, its[0], {"second_reviewer"}), GOOD)
                world.keep(office.model, office.bank)
                built.append(world)
            assert built[0].broken(None) == []
            watch.back()
            gc.freeze()  # what is there stays to the end: not to be looked through again and again
            yield built
            session.rollback()
    finally:
        gc.unfreeze()
        jobs.bind(before)


def play(worlds: list[World], runs: int, steps: int, number: int, **how: Any) -> None:
    """So many runs of so many acts, the same for the same `number`. Each is chosen by itself: left alone, Hypothesis
    plays most runs as small changes of the one before, which finds less."""
    AVAILABLE_PROVIDERS["each"] = f"{HypothesisProvider.__module__}.{HypothesisProvider.__qualname__}"
    chosen = settings(max_examples=runs, stateful_step_count=steps, suppress_health_check=list(HealthCheck),
                      print_blob=True, backend="each", **how)  # fmt: skip
    run_state_machine_as_test(seed(number)(type("Playing", (Machine,), {"worlds": worlds})), settings=chosen)
