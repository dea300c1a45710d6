"""The operators, their sites and spaces."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from demo.people import code_of

REGION = "310109"
STREETS = ("示范路", "创新路", "启航路", "青年路", "大学路", "滨江路")


@dataclass(slots=True)
class Space:
    code: str
    floor: str
    kind: str
    area: float
    capacity: int
    price: float
    unit: str
    independent: str | None = None
    taken: list[tuple[date, date]] = field(default_factory=list)

    def is_free(self, starts_on: date, ends_on: date) -> bool:
        return all(ends_on < first or last < starts_on for first, last in self.taken)


@dataclass(slots=True)
class Site:
    name: str
    kind: str
    address: str
    area: int
    owned: bool
    papers: bool = True  # the operator holds certificate, head lease and consent
    private_share: str = ""
    recognition: str = ""
    facts: dict[str, object] = field(default_factory=dict)  # more columns of the sheet, as they are called there
    spaces: list[Space] = field(default_factory=list)

    def free(self, kind: str, starts_on: date, ends_on: date) -> list[Space]:
        """Spaces of a kind that nobody has in a stretch of time, in order."""
        return [space for space in self.spaces if space.kind == kind and space.is_free(starts_on, ends_on)]


@dataclass(slots=True)
class Operator:
    key: str
    name: str
    name_en: str
    kind: str  # as `OperatorKind`
    uscc: str
    phone: str
    prefix: str  # of its contract numbers
    sites: list[Site] = field(default_factory=list)

    def site(self, kind: str) -> Site:
        return next(site for site in self.sites if site.kind == kind)


def _fill(site: Site, letter: str, rooms: int, desks: int, labs: int, meeting: int, price: float) -> Site:
    """Spaces floor by floor. Areas and prices follow from their number, so that a plan can be checked by hand."""
    for number in range(rooms):
        floor = 2 + number // 8
        area = 24 + 6.5 * (number % 7)
        site.spaces.append(
            Space(f"{letter}-{floor}{number % 8 + 1:02d}", f"{floor}F", "房间", area, int(area // 6), price, "元/㎡·天")
        )
    for number in range(labs):
        site.spaces.append(
            Space(f"{letter}-L{number + 1:02d}", "1F", "实验室", 80 + 10 * number, 10, price + 0.6, "元/㎡·天")
        )
    for number in range(desks):
        site.spaces.append(
            Space(f"{letter}-W{number + 1:02d}", "1F", "工位", 3.5, 1, 600 + 50 * (number % 3), "元/月", "否")
        )
    for number in range(meeting):
        site.spaces.append(Space(f"{letter}-M{number + 1}", "1F", "会议室", 30, 12, 0, "元/月"))
    return site


def build() -> list[Operator]:
    """Four operators of different kinds with three sites each."""
    park = Operator(
        "state-park", "示例国创科技园发展有限公司", "Guochuang Science Park (sample)", "state_park",
        code_of("91", "MADEMP001"), "021-55500001", "GC",
    )  # fmt: skip
    park.sites = [
        _fill(
            Site("国创一号孵化器", "孵化器", "示范路 100 号", 12000, True, recognition="国家级"), "A", 40, 6, 2, 2, 3.2
        ),
        _fill(Site("国创加速器", "加速器", "示范路 102 号", 18000, True, recognition="市级"), "B", 20, 0, 4, 2, 3.8),
        _fill(Site("国创苗圃", "苗圃", "示范路 98 号", 1500, True), "C", 4, 12, 0, 1, 2.6),
    ]
    maker = Operator(
        "private-maker", "万象创客空间（示例）管理有限公司", "Wanxiang Maker Space (sample)", "private",
        code_of("91", "MADEMP002"), "021-55500002", "WX-",
    )  # fmt: skip
    maker.sites = [
        _fill(
            Site("万象创客空间", "众创空间", "创新路 18 号", 2200, False, private_share="100%", recognition="市级"),
            "1",
            16,
            20,
            0,
            2,
            4.1,
        ),
        _fill(Site("万象孵化器", "孵化器", "创新路 20 号", 3600, False, private_share="100%"), "2", 28, 0, 0, 1, 4.4),
        # Its consent to sublet is not on file: nobody knows whether a lease here is lawful.
        _fill(
            Site("万象滨江空间", "众创空间", "滨江路 7 号", 900, False, papers=False, private_share="100%"),
            "3",
            6,
            8,
            0,
            1,
            5.0,
        ),
    ]
    campus = Operator(
        "university", "示例大学科技园有限公司", "Sample University Science Park", "university",
        code_of("91", "MADEMP003"), "021-55500003", "DX〔",
    )  # fmt: skip
    campus.sites = [
        _fill(Site("大学苗圃", "苗圃", "大学路 1 号", 1200, True), "甲", 4, 10, 0, 1, 2.0),
        _fill(Site("大学孵化器", "孵化器", "大学路 3 号", 5200, True, recognition="国家级"), "乙", 32, 0, 3, 1, 2.8),
        _fill(Site("大学加速器", "加速器", "大学路 5 号", 6000, True), "丙", 10, 0, 2, 1, 3.4),
    ]
    foreign = Operator(
        "foreign", "北辰加速器（示例）有限公司", "Polaris Accelerator (sample)", "foreign",
        code_of("91", "MADEMP004"), "021-55500004", "PL/",
    )  # fmt: skip
    foreign.sites = [
        _fill(Site("北辰加速器", "加速器", "滨江路 88 号", 8000, False, private_share="100%"), "N", 14, 0, 2, 2, 6.2),
        _fill(Site("北辰孵化空间", "孵化器", "滨江路 90 号", 2600, False, private_share="100%"), "S", 26, 0, 0, 1, 5.6),
        _fill(
            Site("北辰联合办公", "众创空间", "启航路 6 号", 1400, False, private_share="100%"), "K", 4, 14, 0, 1, 5.2
        ),
    ]
    return [park, maker, campus, foreign]
