"""The audit in the demonstration: an engagement of the year with a monetary-unit sample that was checked, one letter of
it wrong, and a simple random sample of which the first letters were checked."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import core
from core.commands.demo_stage import asker_of
from core.commands.setting_up import asking_as
from core.data.asker import asking
from core.data.models import AuditEngagement, AuditSample, Letter, LetterStatus, Membership, Role, SampleMethod, User
from core.services import engagements, populations, samples
from core.services.engagements import Terms
from core.services.populations import Range

# Thrown with dice when this demonstration was written.
SEEDS = {SampleMethod.MONETARY_UNIT: "4 1 6 3 2 5", SampleMethod.SIMPLE: "2 6 6 1 3 4"}
CONFIDENCE = Decimal("0.95")
TOLERABLE_SHARE, EXPECTED_SHARE = 4, 40  # of the population's money: so few letters are enough to show the method
TOLERABLE_BP = 2_500
WRONG = "申请期间最后一个月的租金已由出租方减免，凭据为减免前的收据，应按减免后的租金核算。"


def play(app: Flask, *, say: Callable[[str], None]) -> None:
    with asking_as(app, "seed", write=True) as session:
        auditor = auditor_of(session)
        with asking(session, asker_of(auditor, Role.AUDITOR)):
            engagement = _begun(session)
            checked = _sample(session, engagement, SampleMethod.MONETARY_UNIT)
            _check(session, checked, wrong=True)
            samples.close(session, checked)
            begun = _sample(session, engagement, SampleMethod.SIMPLE)
            _check(session, begun, most=2)
        say(f"audit      {engagement.number}, {len(checked.items)} and {len(begun.items)} letters drawn")


def auditor_of(session: Session) -> User:
    """The district's auditor, who signs in on the site."""
    return session.scalars(
        select(User).join(Membership, Membership.user_id == User.id).where(Membership.role == Role.AUDITOR).limit(1)
    ).one()


def _begun(session: Session) -> AuditEngagement:
    today = core.today().date()
    first = (
        session.scalars(select(func.min(Letter.issued_on)).where(Letter.status == LetterStatus.ISSUED)).one() or today
    )
    terms = Terms(
        f"{today.year}年度创业扶持资金审计",
        "核定金额是否正确，凭据是否真实，程序是否合规。",
        first.replace(month=1, day=1),
        today,
    )
    return engagements.begin(session, terms)


def _sample(session: Session, engagement: AuditEngagement, method: SampleMethod) -> AuditSample:
    listed = populations.population(session, engagement, Range())
    by_money = method is SampleMethod.MONETARY_UNIT
    total = sum(it.item.amount_fen for it in listed)
    tolerable = total // TOLERABLE_SHARE if by_money else TOLERABLE_BP
    expected = total // EXPECTED_SHARE if by_money else 0
    plan = samples.planned(listed, method, CONFIDENCE, tolerable, expected)
    sample = samples.fix(session, engagement, Range(), plan, listed)
    samples.draw(session, sample, SEEDS[method])
    return sample


def _check(session: Session, sample: AuditSample, *, wrong: bool = False, most: int | None = None) -> None:
    """All of it, or the first `most`; one that was left to chance is a tenth too much if `wrong`."""
    odd = next((item for item in sample.items if wrong and not item.certain), None)
    for item in sample.items[:most]:
        right = item.booked_fen - item.booked_fen // 10 if item is odd else item.booked_fen
        samples.check(session, item, right, dict.fromkeys(samples.STEPS, True), WRONG if item is odd else "")
