"""A large house: three sites, two hundred tenants in all stages, thirty-six months of rent, three years of indicators.

It is there to be worked with: what is free, who is ready to move on, whose time runs out. What becomes of it is not
written down here but worked out from the files.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle

from core.services.quarters import quarter_of, quarters
from demo.firms import LAST, Firm, Job, Quarter
from demo.people import Register, code_of
from demo.places import Operator, Site, Space

SINCE = "2023-11"
HERE, OTHER_DISTRICT, OUTSIDE = "本区", "本市其他区", "外省市"
QUARTERS = quarters("2023Q4", "2026Q3")
YOUNG = (
    date(2025, 5, 12),
    date(2025, 11, 9),
)  # registered then: in time for a start-up grant, by graduates of the district
LARGE = ("人工智能", "集成电路", "生物医药")


def operator() -> Operator:
    house = Operator(
        "harbour", "北港创新港（示例）运营有限公司", "Beigang Innovation Harbour (sample)", "state_park",
        code_of("91", "MADEMP005"), "021-55500005", "BG-",
    )  # fmt: skip
    house.sites = [
        _site("北港创业苗圃", "苗圃", "港湾路 1 号", 1900, "", (1, 2), rooms=8, desks=44, labs=0, price=2.4,
              incubation_area_cm2=1100, public_area_cm2=430, opened_on=date(2019, 6, 1), fund_fen=2_000_000,
              staff_count=6, professional_staff_count=5, mentor_count=6, yearly_event_count=26),
        _site("北港孵化器", "孵化器", "港湾路 3 号", 16500, "国家级", (2, 9), rooms=136, desks=16, labs=8, price=3.4,
              recognised_on=date(2022, 12, 8), incubation_area_cm2=9900, public_area_cm2=3100,
              opened_on=date(2018, 3, 1), fund_fen=12_000_000, staff_count=22, professional_staff_count=19,
              mentor_count=17, yearly_event_count=48),
        _site("北港加速器", "加速器", "港湾路 5 号", 14800, "市级", (1, 6), rooms=48, desks=0, labs=12, price=4.2,
              recognised_on=date(2024, 5, 20), incubation_area_cm2=9000, public_area_cm2=2200,
              opened_on=date(2021, 9, 1), fund_fen=8_000_000, staff_count=12, professional_staff_count=9,
              mentor_count=10, yearly_event_count=18),
    ]  # fmt: skip
    return house


def _site(
    name: str, kind: str, address: str, area: int, recognition: str, floors: tuple[int, int], *,
    rooms: int, desks: int, labs: int, price: float, **facts: object,
) -> Site:  # fmt: skip
    """Rooms evenly over the floors, desks and labs on the first of them, a meeting room on each."""
    site = Site(name, kind, address, area, owned=kind != "加速器", recognition=recognition, facts=facts)
    letter = {"苗圃": "P", "孵化器": "Q", "加速器": "R"}[kind]
    storeys = range(floors[0], floors[1] + 1)
    ground = f"{storeys[0]}F"
    per_storey = -(-rooms // len(storeys))
    for number in range(rooms):
        storey, place = storeys[number // per_storey], number % per_storey + 1
        size = 22 + 6.5 * (number * 5 % 9) + (40 if kind == "加速器" else 0)
        site.spaces.append(
            Space(f"{letter}{storey}{place:02d}", f"{storey}F", "房间", size, int(size // 6), price, "元/㎡·天")
        )  # fmt: skip
    for number in range(labs):
        site.spaces.append(
            Space(f"{letter}L{number + 1:02d}", ground, "实验室", 90 + 10 * (number % 4), 10, price + 0.6, "元/㎡·天")
        )  # fmt: skip
    for number in range(desks):
        site.spaces.append(
            Space(f"{letter}W{number + 1:02d}", ground, "工位", 3.5, 1, 500 + 50 * (number % 3), "元/月", "否")
        )  # fmt: skip
    for storey in storeys:
        site.spaces.append(Space(f"{letter}M{storey}", f"{storey}F", "会议室", 28, 12, 0, "元/月"))
    return site


class Filling:
    """Moves two hundred tenants in, year after year."""

    def __init__(self, house: Operator, register: Register) -> None:
        self.house, self.register, self.rng = house, register, register.rng
        self.firms: list[Firm] = []

    def company(self, registered: date, industry: str | None = None) -> Firm:
        name, uscc, trade = self.register.company("公司")
        home, young = self.rng.choice((HERE, HERE, OTHER_DISTRICT, OUTSIDE)), YOUNG[0] <= registered <= YOUNG[1]
        person = self.register.person(HERE if young else home)
        firm = Firm(self.house, name, uscc, "公司", industry or trade, person, registered_on=registered)
        if self.rng.random() < 0.4 or young:
            firm.categories, firm.graduated_on = "高校毕业生", date(registered.year - 1, 6, 30)
        self.firms.append(firm)
        return firm

    def settle(self, firm: Firm, kind: str, starts: date, ends: date | None, *, space: str = "房间", rooms: int = 1,
               heads: int = 2, pay: dict[str, object] | None = None) -> None:  # fmt: skip
        firm.let(self.house.site(kind), space, starts, ends, rooms=rooms)
        firm.pay(self.rng, **({"since": SINCE} | (pay or {})))  # type: ignore[arg-type]
        if firm.uscc:
            first = f"{starts + timedelta(days=40):%Y-%m}"
            last = min(f"{ends:%Y-%m}", LAST) if ends else LAST
            firm.jobs.append(Job(firm.founder, first, last))
            for _ in range(heads):
                firm.hire(self.register, self.rng.choice((HERE, OTHER_DISTRICT, OUTSIDE)), first, last=last)

    def report(self, firm: Firm, first_year_fen: int, growth: float, *, staff: int, ip: int = 0) -> None:
        """Indicators for each quarter from the one after it came; the last may be missing, as in life."""
        begun = quarter_of(firm.arrived_on)
        last = quarter_of(firm.left_on) if firm.left_on else QUARTERS[-1]
        held = 0
        for number, quarter in enumerate(q for q in QUARTERS if begun < q <= last):
            if self.rng.random() < 0.03:
                continue
            revenue = int(first_year_fen / 4 * (1 + growth) ** (number / 4) * self.rng.uniform(0.9, 1.1)) // 100 * 100
            filed = 1 if ip and number % 3 == 1 else 0
            held += filed if self.rng.random() < 0.8 else 0
            firm.quarters.append(
                Quarter(quarter, revenue, revenue * 3 // 10, staff + number // 2, filed, held)
            )  # fmt: skip

    # ── who is there ─────────────────────────────────────────────────────────────────────────────────────────────

    def nursery(self, count: int) -> None:
        """Teams that came this year; some should have registered a company by now."""
        for number in range(count):
            name, industry = self.register.team()
            begun = date(2026, 3, 20) + timedelta(days=7 * number)
            team = Firm(self.house, name, "", "团队", industry, self.register.person(self.rng.choice((HERE, OUTSIDE))))
            team.stages["进入苗圃日期"] = begun
            self.firms.append(team)
            desks = 1 if number % 3 else 2
            self.settle(
                team, "苗圃", begun, begun + timedelta(days=364), space="工位", rooms=desks if number % 7 else 1
            )

    def incubated(self, count: int) -> None:
        """Companies in their room: from those of last month to those whose forty-eight months are over."""
        sizes: Iterator[tuple[int, float]] = cycle(
            [(18_000_000, 0.4), (60_000_000, 0.9), (140_000_000, 0.6), (420_000_000, 0.5), (9_000_000, 0.1),
             (250_000_000, 1.2), (80_000_000, 0.2)]
        )  # fmt: skip
        for number in range(count):
            arrived = date(2022, 8, 15) + timedelta(days=15 * number)
            firm = self.company(
                arrived - timedelta(days=20 + 31 * (number % 9)), LARGE[number % 3] if number % 8 == 3 else None
            )
            firm.stages["进入孵化器日期"] = arrived
            if number % 6 == 5:
                firm.occupancy = "仅注册" if number % 12 == 5 else "仅办公"
            ends = date(2026, 12, 20) + timedelta(days=23 * (number % 40))
            late = ("2026-08", "2026-09") if number % 11 == 4 else ()
            skip = ("2026-09", "2026-10") if number % 9 == 2 else ("2026-10",) if number % 9 == 7 else ()
            self.settle(
                firm, "孵化器", arrived, ends, space="实验室" if number % 16 == 9 else "房间",
                rooms=2 if number % 10 == 6 else 1, heads=1 + number % 3, pay={"late": late, "skip": skip},
            )  # fmt: skip
            size, growth = next(sizes)
            self.report(firm, size, growth, staff=3 + number % 9, ip=number % 2)

    def accelerated(self, count: int) -> None:
        for number in range(count):
            arrived = date(2021, 5, 10) + timedelta(days=38 * number)
            firm = self.company(arrived - timedelta(days=200 + 17 * (number % 6)))
            firm.small = "是" if number % 4 else "否"
            moved = arrived + timedelta(days=500 + 13 * (number % 20))
            if moved > date(2026, 10, 20):
                moved = date(2026, 9, 1) + timedelta(days=number % 28)
            firm.stages |= {"进入孵化器日期": arrived, "进入加速器日期": moved}
            firm.let(self.house.site("孵化器"), "房间", arrived, moved - timedelta(days=1))
            self.settle(firm, "加速器", moved, date(2027, 3, 31) + timedelta(days=29 * (number % 24)),
                        space="实验室" if number % 5 == 3 else "房间", rooms=1, heads=3)  # fmt: skip
            self.report(firm, 380_000_000 + 60_000_000 * (number % 9), 0.35, staff=12 + number % 14, ip=1)

    def gone(self, graduated: int, left: int) -> None:
        for number in range(graduated + left):
            arrived = date(2021, 1, 11) + timedelta(days=33 * number)
            firm = self.company(arrived - timedelta(days=90))
            last = date(2023, 12, 31) + timedelta(days=26 * number)
            firm.left_on = min(last, date(2026, 10, 31))
            firm.stages |= {"进入孵化器日期": arrived, "毕业日期" if number < graduated else "退出日期": firm.left_on}
            self.settle(firm, "孵化器", arrived, firm.left_on, heads=1)
            self.report(firm, 300_000_000 if number < graduated else 12_000_000, 0.6, staff=8, ip=1)

    def twice(self) -> None:
        """Two teams that registered a company, and were entered once more when they did."""
        teams = [firm for firm in self.firms if firm.form == "团队"][:2]
        for number, team in enumerate(teams):
            firm = self.company(date(2026, 6, 15) + timedelta(days=40 * number), team.industry)
            firm.founder = team.founder
            firm.stages["进入孵化器日期"] = date(2026, 7, 1) + timedelta(days=40 * number)
            self.settle(firm, "孵化器", min(firm.stages.values()), date(2027, 6, 30), heads=1)


def cast(house: Operator, register: Register) -> list[Firm]:
    """All two hundred, in a fixed order."""
    filling = Filling(house, register)
    filling.gone(22, 18)
    filling.accelerated(30)
    filling.incubated(96)
    filling.nursery(32)
    filling.twice()
    return filling.firms
