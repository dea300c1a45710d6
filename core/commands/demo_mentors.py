"""Mentors for two houses of the demonstration: their ties, what tenants ask, who is paired, how they met."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import SHANGHAI
from core.data.models import (
    Appointer,
    Mentor,
    MentoringFeedback,
    MentoringNeed,
    MentoringSession,
    MentorKind,
    MentorStatus,
    MentorTie,
    Operator,
    Pairing,
    PairingSource,
    SessionForm,
    SessionStatus,
    Side,
    Stage,
    Tenant,
    TieKind,
)
from demo import mentors as cast

TODAY = date(2026, 11, 10)  # the day on which the demonstration takes place
APPOINTERS = (Appointer.INCUBATOR, Appointer.INCUBATOR, Appointer.AUTHORITY, Appointer.ASSOCIATION)
TIES = (TieKind.SHAREHOLDING, TieKind.EMPLOYMENT, TieKind.KINSHIP, TieKind.LANDLORD)
TIE_NOTES = ("持股8%", "担任技术顾问，领取报酬", "与创始人是亲属", "出租过仓库")


def appoint(session: Session, operator: Operator, cards: Sequence[cast.Card], *, needs: int, pairs: int) -> None:
    """Fill in the register of one house. The session must be asked in by someone of the house."""
    mentors = [_mentor(session, operator, number, card) for number, card in enumerate(cards)]
    stages = (Stage.INCUBATOR, Stage.NURSERY, Stage.ACCELERATOR)
    here = list(
        session.scalars(
            select(Tenant)
            .where(Tenant.operator_id == operator.id, Tenant.stage.in_(stages), Tenant.merged_into_id.is_(None))
            .order_by(Tenant.id)
        )
    )
    asking = here[:: max(1, len(here) // needs)][:needs]
    _needs(session, asking)
    tied = _ties(session, mentors, asking)
    _pairs(session, mentors, asking[:: max(1, len(asking) // pairs)][:pairs], tied)
    session.flush()


def _mentor(session: Session, operator: Operator, number: int, card: cast.Card) -> Mentor:
    paused = number % 12 == 11
    mentor = Mentor(
        operator_id=operator.id, name=card.name, kind=MentorKind(card.kind), organisation=card.organisation,
        position=card.position, appointed_by=APPOINTERS[number % len(APPOINTERS)],
        appointed_on=date(2024, 3, 1) + timedelta(days=23 * number), areas=card.areas.split(), skills=card.skills,
        languages=card.languages.split(), stages=card.stages.split(), hours_per_month=card.hours,
        capacity=card.capacity, status=MentorStatus.PAUSED if paused else MentorStatus.ACTIVE,
        paused_until=date(2027, 1, 31) if paused else None,
    )  # fmt: skip
    mentor.phone, mentor.email = f"1380000{number:04d}", f"mentor{number + 1}@demo.hongcai.example"
    session.add(mentor)
    session.flush()
    return mentor


def _needs(session: Session, tenants: Sequence[Tenant]) -> None:
    for number, tenant in enumerate(tenants):
        topics, text, languages, hours = cast.NEEDS[number % len(cast.NEEDS)]
        scope = {"operator_id": tenant.operator_id, "tenant_id": tenant.id}
        stated = TODAY - timedelta(days=12 + number * 5 % 200)
        if number % 9 == 4:  # it asked for something else before
            earlier = stated - timedelta(days=120)
            session.add(
                MentoringNeed(topics=["政策申报"], text="想了解有哪些扶持政策可以申请。", languages=[],
                              stated_on=earlier, withdrawn_on=stated, **scope)
            )  # fmt: skip
        session.add(
            MentoringNeed(topics=topics.split(), text=text, languages=languages.split(), hours=hours,
                          stated_on=stated, on_behalf=number % 4 == 3, **scope)
        )  # fmt: skip


def _ties(session: Session, mentors: Sequence[Mentor], tenants: Sequence[Tenant]) -> set[tuple[int, int]]:
    """A tie for every third mentor, to a tenant that asks."""
    made = set()
    for number, mentor in enumerate(mentors[::3]):
        tenant, kind = tenants[(number * 7 + 2) % len(tenants)], number % len(TIES)
        session.add(
            MentorTie(
                operator_id=mentor.operator_id, mentor_id=mentor.id, tenant_id=tenant.id, kind=TIES[kind],
                note=TIE_NOTES[kind], from_on=date(2023, 5, 1),
            )
        )  # fmt: skip
        made.add((mentor.id, tenant.id))
    return made


def _pairs(session: Session, mentors: Sequence[Mentor], tenants: Sequence[Tenant], tied: set[tuple[int, int]]) -> None:
    """The first tenants have a mentor who is there and knows their trade, and have met; one pairing has ended."""
    taken: dict[int, int] = {}
    for number, tenant in enumerate(tenants):
        free = [
            mentor
            for mentor in mentors
            if mentor.status is MentorStatus.ACTIVE
            and taken.get(mentor.id, 0) < mentor.capacity
            and (mentor.id, tenant.id) not in tied
            and tenant.stage.value in mentor.stages
        ]
        mentor = min(free, key=lambda it: (tenant.industry not in it.areas, taken.get(it.id, 0), it.id))
        ended = number == len(tenants) - 1
        pairing = Pairing(
            operator_id=tenant.operator_id, tenant_id=tenant.id, mentor_id=mentor.id, source=PairingSource.BY_HAND,
            starts_on=TODAY - timedelta(days=150 + number), ends_on=TODAY - timedelta(days=20) if ended else None,
            ended_reason="目标已达成，企业完成天使轮融资" if ended else None,
        )  # fmt: skip
        taken[mentor.id] = taken.get(mentor.id, 0) + (not ended)
        session.add(pairing)
        session.flush()
        for nth in range(2 + number % 3):
            _meeting(session, pairing, number, nth)
        if not ended and number % 3 == 0:
            _meeting(session, pairing, number, -1)


def _meeting(session: Session, pairing: Pairing, number: int, nth: int) -> None:
    """The nth meeting of a pairing, held and spoken of; -1 is one to come."""
    on = TODAY + timedelta(days=21 + number % 9) if nth < 0 else pairing.starts_on + timedelta(days=12 + 27 * nth)
    scope = {"operator_id": pairing.operator_id, "tenant_id": pairing.tenant_id}
    missed = nth == 1 and number % 6 == 5
    status = SessionStatus.BOOKED if nth < 0 else SessionStatus.MISSED if missed else SessionStatus.HELD
    meeting = MentoringSession(
        pairing_id=pairing.id, starts_at=datetime.combine(on, time(9 + number % 8), SHANGHAI),
        minutes=60 + 30 * (number % 2), form=SessionForm.ONLINE if nth % 2 else SessionForm.IN_PERSON,
        topic=cast.TOPICS[nth % len(cast.TOPICS)], status=status,
        summary=cast.SUMMARIES[nth % len(cast.SUMMARIES)] if status is SessionStatus.HELD else None, **scope,
    )  # fmt: skip
    session.add(meeting)
    if status is SessionStatus.HELD:
        session.flush()
        for side, words in ((Side.TENANT, cast.PRAISE), (Side.MENTOR, cast.OPINIONS)):
            if (number + nth + (side is Side.MENTOR)) % 4 != 3:
                rating = 5 - (number * 3 + nth + (side is Side.MENTOR)) % 3
                session.add(
                    MentoringFeedback(
                        session_id=meeting.id, side=side, rating=rating, words=words[(number + nth) % 4] or None,
                        given_on=on + timedelta(days=1), **scope,
                    )
                )  # fmt: skip
