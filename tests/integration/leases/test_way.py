"""From draft to notice, and that nobody else gets a unit meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.data import models as m
from core.data.asker import Asker, Reach, asking
from core.data.queries import leases as queries
from core.errors import Conflict, DomainError, Invalid
from core.services import billing, leases
from core.services.leases import Phase, Rise, Terms, phase
from core.services.leases import terms as agreed
from tests import factories as f

pytestmark = pytest.mark.one_engine

TODAY = date(2026, 11, 25)
FIRST, LAST = date(2026, 12, 1), date(2027, 11, 30)


class House:
    """An operator with two tenants and two rooms."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.operator = f.operator(session, f.district(session))
        self.site = f.site(session, self.operator)
        self.rooms = [f.space(session, self.site, code=code, area_cm2=600_000) for code in ("A-1", "A-2")]
        self.one, self.other = (f.tenant(session, self.operator, name=name) for name in ("青禾公司", "云帆公司"))
        session.commit()

    @property
    def staff(self) -> Asker:
        return Asker(Reach.OPERATOR, name="staff", district_id=self.operator.district_id, operator_id=self.operator.id)

    def terms(self, **more: Any) -> Terms:
        given: dict[str, Any] = {
            "spaces": self.rooms[:1], "starts_on": FIRST, "ends_on": LAST, "basis": m.RateBasis.MONTH, "rate": 500_000,
        }  # fmt: skip
        return Terms(**(given | more))

    def signed(self, tenant: m.Tenant | None = None, **more: Any) -> m.Lease:
        lease = leases.draft(self.session, tenant or self.one, self.terms(**more))
        leases.sign(self.session, lease, on=TODAY, today=TODAY)
        return lease


@pytest.fixture
def house(session: Session) -> House:
    return House(session)


def test_a_lease_goes_its_way(house: House, session: Session) -> None:
    terms = house.terms(deposit_months=2, pay_months=3, fees={m.FeeKind.PROPERTY: 30_000})
    lease = leases.draft(session, house.one, terms)
    assert (lease.number, lease.deposit_fen, phase(lease, TODAY)) == ("XY2026-0001", 1_000_000, Phase.DRAFT)
    leases.offer(session, lease, date(2026, 11, 30), TODAY)
    assert phase(lease, TODAY) is Phase.OFFERED
    assert phase(lease, date(2026, 12, 1)) is Phase.LAPSED
    with pytest.raises(Conflict, match="过期"):
        leases.sign(session, lease, on=date(2026, 12, 1), today=date(2026, 12, 1))
    leases.sign(session, lease, on=TODAY, today=TODAY)
    assert phase(lease, TODAY) is Phase.SIGNED
    assert phase(lease, FIRST) is Phase.RUNNING
    leases.give_notice(session, lease, by=m.NoticeBy.TENANT, on=FIRST, last_day=date(2027, 3, 31), today=FIRST)
    assert (lease.ends_on, phase(lease, FIRST)) == (date(2027, 3, 31), Phase.NOTICE)
    assert phase(lease, date(2027, 4, 1)) is Phase.ENDED
    leases.take_notice_back(session, lease)
    assert (lease.ends_on, phase(lease, FIRST)) == (LAST, Phase.RUNNING)
    actions = session.scalars(select(m.AuditEvent.action).where(m.AuditEvent.subject_type == "lease"))
    assert [*actions] == [f"lease.{it}" for it in ("draft", "offer", "sign", "notice", "notice_back")]


def test_what_it_says_can_be_read_and_put_again(house: House, session: Session) -> None:
    """Steps, rent-free days and fees come back from the rows as they were put in."""
    terms = house.terms(
        basis=m.RateBasis.SQM_DAY, rate=35_000, quantity=605_000, steps=[(date(2027, 6, 1), 38_000)],
        free=[(FIRST, date(2026, 12, 14)), (date(2027, 7, 1), date(2027, 7, 31))], deposit_months=1, pay_months=2,
        due_days=3, fees={m.FeeKind.SERVICE: 100}, number="甲-1",
    )  # fmt: skip
    lease = leases.draft(session, house.one, terms)
    session.commit()
    session.expire_all()
    again = queries.one(session, lease.id)
    assert again is not None
    read = agreed.read(again)
    assert (read.steps, read.free, read.rate, read.quantity) == (terms.steps, terms.free, 35_000, 605_000)
    before = [(term.from_on, term.rate_e4, term.monthly_rent_fen) for term in again.terms]
    leases.edit(session, again, read)
    assert [(term.from_on, term.rate_e4, term.monthly_rent_fen) for term in again.terms] == before
    leases.edit(session, again, house.terms(number="甲-1", rise=Rise(6, permille=50)))
    assert [(term.from_on, term.monthly_rent_fen) for term in again.terms] == [
        (FIRST, 500_000),
        (date(2027, 6, 1), 525_000),
    ]
    assert again.fees == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"ends_on": date(2026, 11, 30)}, "结束日期不能早于开始日期"),
        ({"ends_on": date(2046, 12, 1)}, "20年"),
        ({"starts_on": date(1, 1, 1), "due_days": 5}, "1980到2100"),
        ({"starts_on": date(9999, 12, 1), "ends_on": date(9999, 12, 31)}, "1980到2100"),
        ({"ends_on": date(2046, 11, 30), "rise": Rise(1, 1000)}, "大得不合理"),
        ({"rate": -1}, "不能为负数"),
        ({"steps": [(FIRST, 1)]}, "不在租期内"),
        ({"steps": [(date(2027, 1, 1), 1), (date(2027, 1, 1), 2)]}, "两次"),
        ({"steps": [(date(2027, 1, 1), 1)], "rise": Rise(12, 10)}, "只能用一种"),
        ({"rise": Rise(0, 10)}, "递增周期"),
        ({"free": [(date(2027, 1, 1), date(2027, 2, 1)), (date(2027, 2, 1), date(2027, 2, 2))]}, "重叠"),
        ({"free": [(date(2026, 11, 1), date(2026, 12, 5))]}, "不在租期内"),
        ({"basis": m.RateBasis.DESK_MONTH}, "工位"),
        ({"pay_months": 0}, "1到12个月"),
        ({"spaces": []}, "至少要有一个"),
    ],
)
def test_what_cannot_be_agreed_says_why(house: House, session: Session, wrong: dict[str, Any], sentence: str) -> None:
    house.rooms[0].capacity = None
    with pytest.raises(Invalid, match=sentence):
        leases.draft(session, house.one, house.terms(**wrong))
    assert session.scalars(select(m.Lease)).all() == []


def test_who_signs_first_has_the_unit(house: House, session: Session) -> None:
    first, second = (leases.draft(session, tenant, house.terms()) for tenant in (house.one, house.other))
    for lease in (first, second):
        leases.offer(session, lease, None, TODAY)
    leases.sign(session, second, on=TODAY, today=TODAY)
    with pytest.raises(Conflict, match=r"A-1.*云帆公司"):
        leases.sign(session, first, on=TODAY, today=TODAY)
    leases.recall(session, first)
    leases.edit(session, first, house.terms(spaces=house.rooms[1:], number=first.number))
    leases.sign(session, first, on=TODAY, today=TODAY)


def test_notice_frees_the_unit_and_cannot_be_taken_back_once_it_is_let(house: House, session: Session) -> None:
    lease = house.signed()
    with pytest.raises(Conflict, match="已由“青禾公司”承租"):
        house.signed(house.other, starts_on=date(2027, 4, 1), ends_on=date(2027, 6, 30))
    session.rollback()
    lease = house.signed()
    f.rent(session, lease, "2027-05", 500_000)
    with pytest.raises(Conflict, match="2027-05"):
        leases.give_notice(session, lease, by=m.NoticeBy.BOTH, on=TODAY, last_day=date(2027, 3, 31), today=TODAY)
    leases.give_notice(session, lease, by=m.NoticeBy.BOTH, on=TODAY, last_day=date(2027, 5, 31), today=TODAY)
    house.signed(house.other, starts_on=date(2027, 6, 1), ends_on=date(2028, 5, 31))
    with pytest.raises(Conflict, match="云帆公司"):
        leases.take_notice_back(session, lease)


def test_a_signature_with_a_mistake_becomes_a_draft_until_something_rests_on_it(house: House, session: Session) -> None:
    lease = house.signed()
    with pytest.raises(Invalid, match="写明退回"):
        leases.unsign(session, lease, " ")
    leases.unsign(session, lease, "月租写错")
    assert (lease.status, lease.signed_on) == (m.LeaseStatus.DRAFT, None)
    leases.edit(session, lease, house.terms(rate=480_000))
    house.signed(house.other, starts_on=date(2028, 1, 1), ends_on=date(2028, 12, 31))
    leases.sign(session, lease, on=TODAY, today=TODAY)
    rent = f.rent(session, lease, "2026-12", 1)
    with pytest.raises(Conflict, match="已有这份协议的收款"):
        leases.unsign(session, lease, "月租写错")
    session.delete(rent)
    other = billing.Asked(m.Fee.OTHER, 1)
    bill = billing.ask_for(
        session, house.one, [other], kind=m.BillKind.EXTRA, due_on=TODAY, today=TODAY, lease=lease
    )  # fmt: skip
    with pytest.raises(Conflict, match="请先作废账单"):
        leases.unsign(session, lease, "月租写错")
    billing.void(session, bill, "写错")
    leases.unsign(session, lease, "月租写错")


def test_a_renewal_follows_and_is_one_stay(house: House, session: Session) -> None:
    lease = house.signed(steps=[(date(2027, 6, 1), 550_000)])
    terms = leases.renewal(lease)
    assert (terms.starts_on, terms.ends_on, terms.rate) == (date(2027, 12, 1), date(2028, 11, 29), 550_000)
    with pytest.raises(Invalid, match="原协议到期之后"):
        leases.draft(session, house.one, house.terms(starts_on=LAST, ends_on=date(2028, 1, 1)), renews=lease)
    follower = leases.draft(session, house.one, terms, renews=lease)
    with pytest.raises(Conflict, match=follower.number):
        leases.renewal(lease)
    assert phase(lease, date(2028, 1, 1)) is Phase.ENDED
    leases.sign(session, follower, on=TODAY, today=TODAY)
    assert phase(lease, date(2028, 1, 1)) is Phase.RENEWED
    ending = session.scalars(select(m.Lease).where(queries.ending(date(2027, 11, 1), 30))).all()
    assert ending == [], "what is renewed does not end"


def test_the_list_says_the_same_phase_as_the_lease(house: House, session: Session) -> None:
    lapsed = leases.draft(session, house.other, house.terms(spaces=house.rooms[1:]))
    leases.offer(session, lapsed, date(2026, 11, 30), TODAY)
    first = house.signed()
    leases.give_notice(session, first, by=m.NoticeBy.BOTH, on=TODAY, last_day=date(2027, 3, 31), today=TODAY)
    leases.sign(session, leases.draft(session, house.one, leases.renewal(first), renews=first), on=TODAY, today=TODAY)
    leases.draft(session, house.one, house.terms(starts_on=date(2030, 1, 1), ends_on=date(2030, 1, 1)))
    session.flush()
    for day in (TODAY, FIRST, date(2027, 4, 1), date(2029, 1, 1)):
        told = dict(session.execute(select(m.Lease.id, queries.phase_on(day))).all())
        assert told == {it.id: phase(it, day).value for it in session.scalars(select(m.Lease))}


def test_two_who_sign_at_one_moment(engine: Engine, session: Session, house: House) -> None:
    ids = [leases.draft(session, tenant, house.terms()).id for tenant in (house.one, house.other) * 4]
    session.commit()
    start = threading.Barrier(len(ids))

    def sign(lease_id: int) -> str:
        with Session(engine, info={"asker": house.staff}) as own:
            start.wait(timeout=180)
            try:
                leases.sign(own, own.get_one(m.Lease, lease_id), on=TODAY, today=TODAY)
                own.commit()
            except DomainError as error:
                own.rollback()
                return str(error)
            return "signed"

    with ThreadPoolExecutor(len(ids)) as pool:
        found = list(pool.map(sign, ids))
    assert found.count("signed") == 1
    assert all("承租" in it for it in found if it != "signed")


def test_the_database_refuses_a_second_holder_whoever_writes(house: House, session: Session) -> None:
    """Planted: the service's look is left out. Inserting a unit, bringing a draft into force, moving days."""
    lease = house.signed()
    other = leases.draft(session, house.other, house.terms(starts_on=LAST, ends_on=date(2028, 1, 1)))
    later = house.signed(house.other, starts_on=date(2028, 2, 1), ends_on=date(2028, 3, 1))
    session.commit()
    for statement, values in (
        ("UPDATE leases SET status = 'running' WHERE id = :id", {"id": other.id}),
        ("UPDATE leases SET starts_on = '2027-01-01' WHERE id = :id", {"id": later.id}),
        ("UPDATE leases SET ends_on = NULL WHERE id = :id", {"id": lease.id}),
        ("INSERT INTO lease_spaces (operator_id, lease_id, space_id) VALUES (:operator, :id, :space)",
         {"id": house.signed(spaces=house.rooms[1:]).id, "space": house.rooms[0].id, "operator": house.operator.id}),
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match="another lease holds this unit"), session.begin_nested():
            session.execute(text(statement), values)
    with session.begin_nested():
        session.execute(text("UPDATE leases SET ends_on = '2028-01-31' WHERE id = :id"), {"id": lease.id})


def test_an_exited_tenant_and_a_unit_under_repair(house: House, session: Session) -> None:
    house.rooms[0].status = m.SpaceStatus.MAINTENANCE
    lease = leases.draft(session, house.one, house.terms())
    with pytest.raises(Invalid, match="正在维修"):
        leases.offer(session, lease, None, TODAY)
    house.other.stage = m.Stage.EXITED
    with pytest.raises(Conflict, match="已经退出"), asking(session, house.staff):
        leases.draft(session, house.other, house.terms())
    leases.discard(session, lease)
    assert session.scalars(select(m.RentTerm)).all() == []
    house.rooms[0].status = m.SpaceStatus.VACANT
    sent = leases.draft(session, house.one, house.terms())
    leases.offer(session, sent, None, TODAY)
    house.one.stage = m.Stage.EXITED
    with pytest.raises(Conflict, match="已经退出"):
        leases.sign(session, sent, on=TODAY, today=TODAY)
