"""What there is to share out, by the name that a policy's card gives it (`offers` in policy.yaml).

A source says what is there with room, what may not go together, who has one already, and how one is given. Adding a
kind (flats, laboratory hours) is adding a source here; a policy never sees more than `Offer`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Case, Mentor, Pairing, PairingSource, Tenant
from core.errors import Conflict, Invalid
from core.policy import LoadedPolicy
from core.services import mentoring_needs, mentors, pairings


@dataclass(frozen=True, slots=True)
class Available:
    """Something with room: `facts` are for the policy, `name` for people."""

    ref: str
    name: str
    room: int
    facts: Mapping[str, Any]


class Source(Protocol):
    def available(self, session: Session, operator_id: int, on: date) -> list[Available]:
        """What has room on a day, in the order of its refs."""

    def names(self, session: Session, refs: Collection[str]) -> dict[str, str]:
        """What refs are called, as far as the asker may see them."""

    def apart(
        self, session: Session, refs: Collection[str], tenants: Collection[int], on: date
    ) -> set[tuple[str, int]]:
        """Pairs of ref and tenant that may not come together."""

    def served(self, session: Session, tenants: Collection[int]) -> set[int]:
        """Which tenants have one already."""

    def give(self, session: Session, case: Case, ref: str, on: date) -> None:
        """The case's tenant has it from `on`. Raises `Conflict` where it may not, with names."""

    def granted(self, session: Session, case: Case) -> list[tuple[str, str]]:
        """What the case was given, as labels and values for its letter, in Chinese; none before it was given."""


class Mentors:
    """Mentors of the operator: one of a mentor's places for one tenant."""

    def available(self, session: Session, operator_id: int, on: date) -> list[Available]:
        there = [mentor for mentor in mentors.available(session, on) if mentor.operator_id == operator_id]
        taken = mentors.running(session, [mentor.id for mentor in there])
        ratings = mentors.average_rating(session, [mentor.id for mentor in there])
        return [
            Available(
                _ref(mentor.id),
                mentor.name,
                mentor.capacity - taken.get(mentor.id, 0),
                {
                    "areas": list(mentor.areas),
                    "skills": mentor.skills,
                    "languages": list(mentor.languages),
                    "stages": list(mentor.stages),
                    "hours_per_month": mentor.hours_per_month,
                    "places": mentor.capacity,
                    "rating": ratings[mentor.id],
                },
            )
            for mentor in there
            if mentor.capacity > taken.get(mentor.id, 0) and mentor.appointed_on <= on
        ]

    def names(self, session: Session, refs: Collection[str]) -> dict[str, str]:
        rows = session.execute(select(Mentor.id, Mentor.name).where(Mentor.id.in_(map(_id, refs))))
        return {_ref(row.id): row.name for row in rows}

    def apart(
        self, session: Session, refs: Collection[str], tenants: Collection[int], on: date
    ) -> set[tuple[str, int]]:
        tied = mentors.tied(session, [_id(ref) for ref in refs], tenants, on)
        return {(_ref(mentor), tenant) for mentor, tenant in tied}

    def served(self, session: Session, tenants: Collection[int]) -> set[int]:
        running = select(Pairing.tenant_id).where(Pairing.tenant_id.in_(tenants), Pairing.ends_on.is_(None))
        return set(session.scalars(running))

    def give(self, session: Session, case: Case, ref: str, on: date) -> None:
        mentor = session.scalars(select(Mentor).where(Mentor.id == _id(ref))).one_or_none()
        if mentor is None:
            raise Conflict("匹配到的导师已不在名册中，请重新计算")
        tenant = session.scalars(select(Tenant).where(Tenant.id == case.tenant_id)).one()
        pairings.pair(session, mentor, tenant, starts_on=on, case=case, source=PairingSource.ROUND)

    def granted(self, session: Session, case: Case) -> list[tuple[str, str]]:
        pairing = session.scalars(select(Pairing).where(Pairing.case_id == case.id)).one_or_none()
        if pairing is None:
            return []
        mentor = pairing.mentor
        post = "".join(filter(None, (mentor.organisation, mentor.position)))
        need = mentoring_needs.open_of(session, pairing.tenant)
        rows = [
            ("创业导师", f"{mentor.name}（{post}）" if post else mentor.name),
            ("熟悉的行业", "、".join(mentor.areas)),
            ("能够提供的帮助", mentor.skills),
            ("辅导需求", need.text if need else ""),
            ("结对起始日期", f"{pairing.starts_on.year}年{pairing.starts_on.month}月{pairing.starts_on.day}日"),
        ]
        return [(label, value) for label, value in rows if value]


def _ref(mentor_id: int) -> str:
    return f"M{mentor_id:06}"


def _id(ref: str) -> int:
    return int(ref.removeprefix("M"))


SOURCES: dict[str, Source] = {"mentor": Mentors()}


def of(loaded: LoadedPolicy) -> Source:
    """The source of what a policy shares out; raises `Invalid` for one that shares nothing, or nothing known here."""
    source = SOURCES.get(loaded.card.offers or "")
    if source is None:
        raise Invalid("这项政策没有可以分配的名额")
    return source
