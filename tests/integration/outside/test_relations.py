"""关联图: what is drawn is what the table says, values are masked, and a district sees its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

import core
from core.data import models as m
from core.data.asker import Asker, asking
from core.services import relations
from core.services.leads import finding
from core.services.relations import TieKind
from core.services.relations.layout import order
from tests import factories as f
from tests.scenes import Scene
from tests.support.asked import asked

Who = Callable[..., Any]


def groups(session: Session, scene: Scene, *kinds: TieKind, **asked: Any) -> list[tuple[set[str], set[TieKind]]]:
    graph = relations.find(session, scene.district, kinds or tuple(TieKind), **asked)
    return [({it.name for it in group.tenants.values()}, {tie.kind for tie in group.ties}) for group in graph.groups]


def two_groups(session: Session, scene: Scene) -> dict[str, m.Tenant]:
    """甲 and 乙 share a phone, 乙 and 丙 a founder; 丁 and 戊 an address and a payer; 己 and 庚, which is 甲's other
    file, a phone."""
    elsewhere = f.operator(session, scene.district, name="另一家园区")
    houses = {"甲": scene.operator, "乙": elsewhere, "丙": scene.operator, "丁": elsewhere, "戊": elsewhere}
    made = {name: f.tenant(session, house, name=f"{name}公司") for name, house in houses.items()}
    made["己"] = f.tenant(session, scene.operator, name="己公司", contact_phone="13911112222")
    made["庚"] = f.tenant(session, elsewhere, name="甲公司", uscc=made["甲"].uscc, contact_phone="13911112222")
    made["甲"].contact_phone, made["乙"].contact_phone = "138 0000-1111", "13800001111"
    made["甲"].contact_email = "A.One@Example.org"
    number = f.id_number()
    f.founder(session, made["乙"], name="欧阳修远", number=number)
    f.founder(session, made["丙"], name="欧阳修远", number=number, legal_representative=False)
    made["丁"].registered_address, made["戊"].registered_address = "示例市西湖路9号501室", "西湖路 9 号501室"
    site = f.site(session, scene.operator, name="某园", address="东湖路 1 号")
    for name in ("甲", "己"):
        made[name].registered_address = "东湖路1号3楼"  # where everybody of the site is registered
    for name in ("丁", "戊", "甲"):
        lease = f.lease(session, made[name], [f.space(session, site, code=name)] if name == "甲" else [])
        f.rent(
            session,
            lease,
            "2026-01",
            payer_name="支付宝（中国）网络技术有限公司" if name == "甲" else "远帆 投资有限公司",
        )
    session.commit()
    return made


def test_groups_hang_together_by_what_is_shared(session: Session, scene: Scene) -> None:
    two_groups(session, scene)
    both = {TieKind.PHONE, TieKind.FOUNDER}
    assert groups(session, scene) == [
        ({"甲公司", "乙公司", "丙公司"}, both),
        ({"丁公司", "戊公司"}, {TieKind.ADDRESS, TieKind.PAYER}),
        ({"己公司", "甲公司"}, {TieKind.PHONE}),
    ]
    assert groups(session, scene, TieKind.FOUNDER) == [({"乙公司", "丙公司"}, {TieKind.FOUNDER})]
    assert groups(session, scene, TieKind.LEGAL_REPRESENTATIVE) == [], "of 丙公司 he is only a founder"
    assert groups(session, scene, TieKind.EMAIL) == []
    assert [names for names, _kinds in groups(session, scene, least=3)] == [{"甲公司", "乙公司", "丙公司"}]
    assert groups(session, scene, TieKind.ADDRESS, operator_id=scene.operator.id) == []
    other = Scene(session, scene.registry, scene.files, name="另区")
    assert groups(session, other) == []


def test_one_account_for_two_cases_is_found_by_its_blind_index(session: Session, scene: Scene) -> None:
    first, second = (scene.until(m.CaseState.SUBMITTED, scene.tenant(f"{name}公司")) for name in ("子", "丑"))
    third = scene.until(m.CaseState.SUBMITTED, scene.tenant("寅公司"))
    third.payee_account = "6222000099990000"
    session.commit()
    assert first.payee_account_once == second.payee_account_once != third.payee_account_once
    graph = relations.find(session, scene.district, [TieKind.ACCOUNT])
    assert [(tie.shown, len(tie.tenants)) for group in graph.groups for tie in group.ties] == [("************5678", 2)]
    assert first.payee_account is not None
    assert first.payee_account not in repr(graph)


def test_the_picture_says_what_the_table_says(session: Session, scene: Scene, client_as: Who) -> None:
    made = two_groups(session, scene)
    auditor = client_as(scene.staff["auditor"])
    page = auditor.get("/relations").text
    svgs = re.findall(r"<svg class=\"relations\".*?</svg>", page, re.DOTALL)
    tables = re.findall(r"<table class=\"table-data.*?</table>", page, re.DOTALL)
    assert len(svgs) == len(tables) == 3
    for svg, table in zip(svgs, tables, strict=True):
        drawn, listed = (set(re.findall(r'href="(/tenants/\d+)"', it)) for it in (svg, table))
        assert drawn == listed != set()
        ties = re.findall(r'class="relations-kind">([^<]+)<', svg)
        assert sorted(ties) == sorted(re.findall(r'<td class="primary">([^<]+)<small>', table))
        edges = len(re.findall("<line ", svg))
        assert edges == len(re.findall(r'href="/tenants/\d+"', table)), "a line for each share in a tie"
        assert "aria-label" in svg
    for words in ("138****1111", "欧**远", "西湖路9号501室", "另一家园区", "远帆 投资有限公司"):
        assert words in page, words
    for plain in ("13800001111", "138 0000-1111", "欧阳修远", "支付宝"):
        assert plain not in page, plain
    assert "style=" not in "".join(svgs), "the site's policy forbids it"
    narrowed = auditor.get(f"/relations?kind=address&operator={made['丁'].operator_id}&size=2").text
    assert ("丁公司" in narrowed, "甲公司" in narrowed) == (True, False)
    assert "没有相互关联的企业" in auditor.get("/relations?kind=email").text
    assert auditor.get("/relations?kind=nonsense&size=x&operator=x").status_code == 200
    other = client_as(f.user(session, m.Role.AUDITOR, district=f.district(session, name="另区")))
    assert "甲公司" not in other.get("/relations").text
    for user, status in ((scene.staff["admin"], 200), (scene.staff["first"], 403), (scene.manager, 403)):
        assert client_as(user).get("/relations").status_code == status


def test_leads_of_the_tenants_stand_beside_the_picture(session: Session, scene: Scene, client_as: Who) -> None:
    made = two_groups(session, scene)
    of_one = m.Lead(district_id=scene.district.id, rule="outside.retired", key="a", facts={}, tenant_id=made["丙"].id)
    several = {"tenant_ids": [made["丁"].id, made["戊"].id]}
    of_two = m.Lead(district_id=scene.district.id, rule="rent_month_twice", key="b", facts=several)
    session.add_all([of_one, of_two])
    session.commit()
    graph = relations.find(session, scene.district)
    assert [[lead.id for lead in group.leads] for group in graph.groups] == [[of_one.id], [of_two.id], []]
    page = client_as(scene.staff["auditor"]).get("/relations").text
    assert f"疑点{of_one.id}" in page


def test_a_tie_leads_to_the_lead_of_the_same_value(session: Session, scene: Scene) -> None:
    """Of 甲, 乙 and 丙 all share a phone, and 甲 and 乙 two more: the leads are told apart by the value."""
    made = {name: scene.until(m.CaseState.APPROVED, scene.tenant(f"{name}公司")) for name in "甲乙丙"}
    tenants = {name: case.tenant for name, case in made.items()}
    for name, written in zip("甲乙丙", ("138 0000-1111", "+86 13800001111", "１３８００００１１１１"), strict=True):
        tenants[name].contact_phone = written
    for name in "甲乙":
        for phone in ("13800002222", "13800003333"):
            f.founder(session, tenants[name], phone=phone)
        tenants[name].registered_address = "西湖路9号501室"
    session.commit()
    codes = [f"shared_{kind}" for kind in (TieKind.PHONE, TieKind.ADDRESS, TieKind.ACCOUNT, TieKind.FOUNDER)]
    finding.run(session, scene.district, today=core.today().date(), codes=codes)
    (group,) = relations.find(session, scene.district).groups
    told = {(tie.kind, tie.shown): group.lead_of(tie) for tie in group.ties}
    phones = {shown: lead for (kind, shown), lead in told.items() if kind is TieKind.PHONE}
    assert {shown: len(lead.facts["tenant_ids"]) for shown, lead in phones.items() if lead} == {
        "138****1111": 3, "138****2222": 2, "138****3333": 2,
    }  # fmt: skip
    assert len({lead.id for lead in phones.values() if lead}) == 3, "who shares two things has two leads"
    assert {kind for (kind, _), lead in told.items() if lead is None} == {TieKind.PAYER} & {kind for kind, _ in told}
    assert {TieKind.ADDRESS, TieKind.ACCOUNT} <= {kind for kind, _shown in told}
    scene.operator.phone = "13800001111"
    session.commit()
    assert "138****1111" not in {tie.shown for tie in relations.find(session, scene.district).groups[0].ties}


def test_leads_of_another_district_stand_beside_no_picture(session: Session, scene: Scene) -> None:
    made = two_groups(session, scene)
    other = f.district(session, name="另区")
    facts = {"tenant_ids": [made["丁"].id]}
    session.add(m.Lead(district_id=other.id, rule="shared_phone", key="c", facts=facts))
    session.commit()
    with asking(session, Asker.system("test")):
        assert [group.leads for group in relations.find(session, scene.district).groups] == [(), (), ()]


def test_as_many_questions_for_many_ties_as_for_few(session: Session, scene: Scene) -> None:
    def questions() -> int:
        session.commit()
        session.expire_all()
        with asked(session) as statements:
            relations.find(session, scene.district)
        return len(statements)

    def pair() -> None:
        number, name = f.id_number(), f"付款人{len(payers)}有限公司"
        payers.append(name)
        for _ in range(2):
            tenant = f.tenant(session, scene.operator, contact_phone=f"1380000{len(payers):04d}")
            f.founder(session, tenant, number=number)
            f.rent(session, f.lease(session, tenant, []), "2026-01", payer_name=name)

    payers: list[str] = []
    pair()
    few = questions()
    for _ in range(6):
        pair()
    assert questions() == few


def test_the_columns_have_everything_and_few_lines_cross() -> None:
    ties = [[0, 3], [1, 2], [3, 4], [0, 1]]
    left, right = order(ties, 5)
    assert order(ties, 5) == (left, right)
    assert (sorted(left), sorted(right)) == ([0, 1, 2, 3], [0, 1, 2, 3, 4])
    assert crossings(ties, left, right) == 0 < crossings(ties, [0, 1, 2, 3], [0, 1, 2, 3, 4])
    assert order([[0, 1]], 2) == ([0], [0, 1])


def crossings(ties: list[list[int]], left: list[int], right: list[int]) -> int:
    lines = [(left.index(tie), right.index(tenant)) for tie, those in enumerate(ties) for tenant in those]
    return sum((a - c) * (b - d) < 0 for a, b in lines for c, d in lines) // 2
