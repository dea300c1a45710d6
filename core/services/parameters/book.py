"""Which values apply: the one place. Everything on the site that runs a rule takes its values from here.

A district's newest publication holds for whatever is not decided yet; the reference date of a case chooses among its
values. A decided case keeps those that its capsule recorded, a case that ended without a decision those of its end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import Case, CaseEvent, Decision, PublishedParameters
from core.policy import LoadedPolicy, ParameterSet, ParameterValue, recorded_parameters
from core.services.parameters.file import parse
from core.services.workflow import FINAL


def of_case(session: Session, case: Case, loaded: LoadedPolicy) -> ParameterSet | None:
    """The values that decide about `case`, or decided."""
    capsule = session.scalars(
        select(Decision.capsule).where(Decision.case_id == case.id).order_by(Decision.id.desc()).limit(1)
    ).first()
    if capsule is not None:
        return recorded_parameters(json.loads(capsule))
    if case.state in FINAL:
        ended = select(CaseEvent.at).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id.desc()).limit(1)
        return published(session, case.district_id, loaded, at=session.scalars(ended).first())
    return published(session, case.district_id, loaded)


def published(
    session: Session, district_id: int | None, loaded: LoadedPolicy, *, at: datetime | None = None
) -> ParameterSet | None:
    """A district's published values of a policy, now or as they stood at an instant; None where it has none."""
    row = latest(session, district_id, loaded.key, at=at) if district_id is not None else None
    return parse(row.file, loaded) if row is not None else None


def latest(session: Session, district_id: int, key: str, *, at: datetime | None = None) -> PublishedParameters | None:
    """The publication that holds, or held at an instant."""
    wanted = select(PublishedParameters).where(
        PublishedParameters.district_id == district_id, PublishedParameters.policy_key == key
    )
    if at is not None:
        wanted = wanted.where(PublishedParameters.published_at <= at)
    return session.scalars(wanted.order_by(PublishedParameters.number.desc()).limit(1)).first()


def history(session: Session, district_id: int, key: str) -> list[PublishedParameters]:
    """Every publication, oldest first."""
    wanted = select(PublishedParameters).where(
        PublishedParameters.district_id == district_id, PublishedParameters.policy_key == key
    )
    return list(session.scalars(wanted.order_by(PublishedParameters.number)))


def merged(before: ParameterSet | None, new: Iterable[ParameterValue]) -> ParameterSet:
    """A district's values with `new` ones added; one from the same day takes the older one's place."""
    values = {(value.name, value.start): value for value in (before.values if before else ())}
    values |= {(value.name, value.start): value for value in new}
    return ParameterSet(values.values(), before.titles if before else None)
