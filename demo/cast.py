"""Who is in the district: 120 tenancies, most of them ordinary, each exception with its reason.

Applications are thought of as handed in on 2026-11-10 for 2025-11 to 2026-10. What the rules then say is not written
down here: tests/integration/imports/test_demo.py works it out from the files.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle

from demo.firms import FIRST, LAST, Firm, Job, first_day, months
from demo.people import RARE, Register
from demo.places import Operator, Site

LONG = date(2027, 8, 31)
OUTSIDE, OTHER_DISTRICT, HERE = "外省市", "本市其他区", "本区"


class Casting:
    """Makes tenancies one after the other, spread over the operators."""

    def __init__(self, operators: list[Operator], register: Register) -> None:
        self.park, self.maker, self.campus, self.foreign = operators
        self.register, self.rng = register, register.rng
        self.firms: list[Firm] = []
        self._rare: Iterator[str] = iter(RARE)

    def firm(
        self,
        operator: Operator,
        registered: date,
        *,
        form: str = "公司",
        founder: str | None = HERE,
        document: str = "居民身份证",
        name: str | None = None,
        stage: str = "进入孵化器日期",
        **facts: object,
    ) -> Firm:
        title, uscc, industry = self.register.company(form)
        person = self.register.person(founder, name=name, document=document)
        firm = Firm(operator, title, uscc, form, industry, person, registered_on=registered, **facts)  # type: ignore[arg-type]
        firm.stages[stage] = registered + timedelta(days=self.rng.randrange(3, 25))
        if self.rng.random() < 0.4:
            firm.categories, firm.graduated_on = "高校毕业生", date(registered.year - 1, 6, 30)
        self.firms.append(firm)
        return firm

    def settle(
        self,
        firm: Firm,
        site: Site,
        *,
        start: date | None = None,
        end: date | None = LONG,
        kind: str = "房间",
        rooms: int = 1,
        local: int = 2,
        outside: int = 1,
        insure_founder: bool = True,
        since: str | None = None,
        pay: dict[str, object] | None = None,
        **terms: object,
    ) -> Firm:
        """A lease, its rent, and the people insured from ``since`` on (by default from the second month)."""
        start = start or min(firm.stages.values())
        firm.let(site, kind, start, end, rooms=rooms, **terms)
        begin = since or max(f"{start + timedelta(days=40):%Y-%m}", FIRST)
        if insure_founder:
            firm.jobs.append(Job(firm.founder, begin))
        for index, household in enumerate([HERE, OTHER_DISTRICT] * local):
            if index < local:
                firm.hire(self.register, household, begin)
        for _ in range(outside):
            firm.hire(self.register, OUTSIDE, begin)
        firm.pay(self.rng, **(pay or {}))  # type: ignore[arg-type]
        return firm

    # ── those who should be granted ──────────────────────────────────────────────────────────────────────────────

    def ordinary(self, count: int) -> None:
        """Companies of the last two years with a room, heads that come and go, and now and then a late payment.

        Some have many heads in little room, so that rent and not the cap decides.
        """
        places = cycle([
            (self.park, "孵化器"), (self.campus, "孵化器"), (self.maker, "孵化器"), (self.foreign, "孵化器"),
            (self.maker, "众创空间"),
        ])  # fmt: skip
        for number in range(count):
            operator, kind = next(places)
            registered = date(2024, 2, 5) + timedelta(days=27 * number)
            firm = self.firm(operator, registered)
            late = tuple(m for m in months("2025-11", LAST) if self.rng.random() < 0.12)
            self.settle(
                firm, operator.site(kind), local=1 + number % 5, outside=(0, 1, 9, 17)[number % 4], pay={"late": late}
            )
            if number % 4 == 1:  # a person leaves in summer and another comes
                firm.jobs[-1].last = "2026-06"
                firm.hire(self.register, OTHER_DISTRICT, "2026-08")
            if number % 5 == 2:  # a month without contributions
                firm.jobs[0].gaps = ("2026-02",)

    def specials(self) -> None:
        for operator in (self.park, self.maker, self.campus, self.foreign, self.park, self.campus):
            self.settle(self.firm(operator, date(2024, 11, 11), name=next(self._rare)), operator.site("孵化器"))
        for form in ("个体工商户", "个体工商户", "合伙企业", "民办非企业单位", "农民合作社", "个人独资企业"):
            operator = self.campus if form == "民办非企业单位" else self.park
            self.settle(self.firm(operator, date(2025, 1, 9), form=form), operator.site("孵化器"), local=1, outside=0)
        for operator in (self.park, self.foreign):  # the parent company pays, with a 情况说明 on file
            firm = self.firm(operator, date(2024, 8, 19))
            parent = firm.name.replace("（示例）", "控股（示例）")
            self.settle(firm, operator.site("孵化器"), pay={"payer": "他人代付（有情况说明）", "payer_name": parent})
        for operator in (self.park, self.campus, self.maker):  # a larger room from the spring on
            firm = self.firm(operator, date(2024, 6, 3))
            firm.let(operator.site("孵化器"), "房间", date(2024, 7, 1), date(2026, 3, 31))
            self.settle(firm, operator.site("孵化器"), start=date(2026, 4, 1), rooms=2, local=4, since="2025-01")
        self._moves()
        for operator in (self.maker, self.park):  # always late, never missing
            self.settle(
                self.firm(operator, date(2024, 9, 24)),
                operator.site("孵化器"),
                pay={"late": tuple(months(FIRST, LAST))},
            )
        for operator in (self.campus, self.foreign):  # two months never paid
            self.settle(
                self.firm(operator, date(2024, 10, 8)), operator.site("孵化器"), pay={"skip": ("2026-01", "2026-02")}
            )
        for operator in (self.park, self.maker):
            firm = self.firm(operator, date(2025, 3, 17), founder=OUTSIDE, permit="上海市居住证")
            self.settle(firm, operator.site("孵化器"), local=3)
        firm = self.firm(
            self.foreign, date(2025, 2, 20), founder=None, document="港澳台居民居住证", permit="港澳台居民居住证"
        )
        firm.founder.household = OUTSIDE
        self.settle(firm, self.foreign.site("孵化器"), local=2, insure_founder=False)
        for operator in (self.campus, self.foreign):  # rent rises, and one month in the period is free
            self.settle(self.firm(operator, date(2025, 4, 21)), operator.site("孵化器"),
                        rent_free=("2025-05", "2026-05"), steps=((date(2026, 5, 1), 520_000),))  # fmt: skip
        for operator in (self.park, self.campus):  # thirty-six months end inside the period
            self.settle(self.firm(operator, date(2023, 5, 15)), operator.site("孵化器"), local=3)
        for operator in (self.park, self.maker):  # arrived in the middle of a month of this year
            self.settle(self.firm(operator, date(2026, 2, 11)), operator.site("孵化器"), start=date(2026, 3, 16))
        for operator in (self.park, self.foreign):  # one transfer for three months
            self.settle(self.firm(operator, date(2024, 12, 2)), operator.site("加速器"), pay={"quarterly": True})

    def _moves(self) -> None:
        """From one operator to another, and one company that is with two at once."""
        for old, new in ((self.maker, self.park), (self.campus, self.foreign)):
            left = self.firm(old, date(2024, 4, 12))
            left.let(old.site("孵化器"), "房间", date(2024, 5, 1), date(2025, 12, 31))
            left.pay(self.rng)
            left.left_on = left.stages["退出日期"] = date(2025, 12, 31)
            came = self._again(left, new)
            came.stages["进入孵化器日期"] = date(2026, 1, 1)
            self.settle(came, new.site("孵化器"), start=date(2026, 1, 1), local=3, since=FIRST)
        main = self.settle(self.firm(self.campus, date(2024, 7, 8)), self.campus.site("孵化器"), local=3)
        desks = self._again(main, self.maker)
        desks.stages["进入孵化器日期"], desks.occupancy = date(2025, 9, 1), "仅办公"
        desks.let(self.maker.site("众创空间"), "工位", date(2025, 9, 1), LONG, rooms=3)
        desks.pay(self.rng)

    def _again(self, firm: Firm, operator: Operator) -> Firm:
        """The same company at another operator."""
        other = Firm(
            operator, firm.name, firm.uscc, firm.form, firm.industry, firm.founder, registered_on=firm.registered_on
        )
        self.firms.append(other)
        return other

    # ── those who should not ─────────────────────────────────────────────────────────────────────────────────────

    def refused(self) -> None:
        park, maker, campus, foreign = (o.site("孵化器") for o in (self.park, self.maker, self.campus, self.foreign))
        since = date(2025, 1, 6)
        self.settle(self.firm(self.park, since, labour_dispatch="是"), park, local=4)
        self.settle(self.firm(self.foreign, since, registered_region="310115"), foreign)
        self.settle(self.firm(self.park, date(2022, 6, 1)), park)
        self.settle(self.firm(self.maker, since, untrustworthy="是"), maker)
        for _ in range(2):  # shared desks are no premises of one's own
            self.settle(self.firm(self.maker, since), self.maker.site("众创空间"), kind="工位", rooms=3, local=1)
        self.settle(self.firm(self.foreign, since, founder=OUTSIDE), foreign)
        self.settle(self.firm(self.maker, since), maker, local=0, outside=3, insure_founder=False)
        self.settle(self.firm(self.campus, since, small="否"), campus, rooms=2, local=5)
        self.settle(self.firm(self.campus, date(2026, 5, 18)), campus, start=date(2026, 7, 1))
        firm = self.settle(self.firm(self.park, since), park)
        for job in firm.jobs:  # a personnel agency pays the contributions
            job.employer = self.firms[0].uscc
        self.settle(self.firm(self.campus, since), campus, lawful="否")
        # The lease ran out in spring; rent went on being paid without one.
        firm = self.firm(self.park, date(2024, 3, 4))
        self.settle(firm, park, start=date(2024, 4, 1), since=FIRST)
        firm.deals[0].ends_on = date(2026, 3, 31)

    # ── those whose file has a gap ───────────────────────────────────────────────────────────────────────────────

    def incomplete(self) -> None:
        park, maker, campus, foreign = (o.site("孵化器") for o in (self.park, self.maker, self.campus, self.foreign))
        since = date(2025, 2, 10)
        self.settle(self.firm(self.park, since), park).jobs[1].person.household = None
        firm = self.settle(self.firm(self.maker, since), maker)
        firm.jobs[1].filed = False
        self.settle(
            self.firm(self.campus, since), campus, pay={"payer": "他人代付", "payer_name": "某科技合伙人（个人）"}
        )
        self.settle(self.firm(self.park, since), park, pay={"payer": "待核", "payer_name": "现金缴存"})
        for _ in range(2):
            self.settle(self.firm(self.maker, since), self.maker.sites[2], local=1)
        firm = self.settle(self.firm(self.foreign, since, permit=""), foreign, insure_founder=False)
        firm.founder.household = None
        self.settle(self.firm(self.park, since, small=""), park)
        firm = self.settle(self.firm(self.campus, since), campus)
        firm.payments[-1].fen = None
        self.settle(self.firm(self.maker, since, untrustworthy=""), maker)

    # ── those who do not apply ───────────────────────────────────────────────────────────────────────────────────

    def others(self, total: int) -> None:
        """Teams before registration, companies that grew, graduated or left."""
        nurseries = cycle([(self.campus, "苗圃"), (self.park, "苗圃"), (self.maker, "众创空间")])
        for number in range(12):
            operator, kind = next(nurseries)
            title, industry = self.register.team()
            begun = date(2026, 1, 12) + timedelta(days=21 * number)
            firm = Firm(operator, title, "", "团队", industry, self.register.person(HERE if number % 3 else OUTSIDE))
            firm.stages["进入苗圃日期"] = begun
            firm.let(operator.site(kind), "工位", begun, begun + timedelta(days=364), rooms=1 + number % 2)
            firm.pay(self.rng)
            self.firms.append(firm)
        for number in range(10):
            operator = (self.park, self.foreign, self.campus)[number % 3]
            firm = self.firm(
                operator, date(2021, 3, 1) + timedelta(days=61 * number), small="是" if number % 2 else "否"
            )
            firm.stages["进入加速器日期"] = date(2025, 1, 1) + timedelta(days=17 * number)
            self.settle(firm, operator.site("加速器"), start=first_day("2024-12"), local=6, outside=4, rooms=1)
        number = 0
        while len(self.firms) < total:
            operator = (self.park, self.maker, self.campus, self.foreign)[number % 4]
            firm = self.firm(operator, date(2021, 9, 1) + timedelta(days=70 * number))
            last = date(2025, 3, 31) + timedelta(days=30 * (number // 2))
            firm.left_on = last
            firm.stages["毕业日期" if number % 2 else "退出日期"] = last
            self.settle(firm, operator.site("孵化器"), start=firm.stages["进入孵化器日期"], end=last, local=2, pay={})
            for job in firm.jobs:
                job.last = f"{last:%Y-%m}"
            number += 1


def cast(operators: list[Operator], register: Register, total: int = 120) -> list[Firm]:
    """All tenancies, in a fixed order."""
    casting = Casting(operators, register)
    casting.ordinary(22)
    casting.specials()
    casting.refused()
    casting.incomplete()
    casting.others(total)
    return casting.firms
