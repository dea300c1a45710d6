"""Letting a draft apply: by a second person, who has seen what changes, with its golden cases green at that moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.data.models import District, DraftState, ParameterDraft, PublishedParameters
from core.data.types import utcnow
from core.errors import Conflict, Forbidden, Invalid
from core.policy import LoadedPolicy, ParameterValue, digest
from core.services import audit
from core.services.parameters import golden
from core.services.parameters.drafting import Checked, check, locked, may_publish, require_green, require_readable
from core.services.parameters.file import written
from core.services.parameters.rows import to_file
from core.services.parameters.simulation import Effect, effects


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing a draft would do now. `changes`: what held on a new value's first day, and that value. `dropped`:
    later values of the policy's own that no longer hold, because a district's take over from their first day on.
    `seen` stands for all of it: what was shown is what happens, or nothing.
    """

    checked: Checked
    changes: tuple[tuple[ParameterValue | None, ParameterValue], ...]
    dropped: tuple[ParameterValue, ...]
    effects: tuple[Effect, ...]
    seen: str


def preview(session: Session, draft: ParameterDraft, loaded: LoadedPolicy, today: date) -> Preview:
    """Reads only. The draft's rows must be readable; raises `Conflict` where they are not."""
    checked = check(session, draft, loaded, today)
    after = require_readable(checked)
    values = checked.reading.values
    own = loaded.card.parameters
    holding = own.overridden_by(checked.before) if checked.before else own
    changes = tuple((holding.table(value.start).get(value.name), value) for value in values)
    replaced = {(value.name, value.start) for value in values}
    left = frozenset(own.overridden_by(after).values)
    dropped = tuple(it for it in holding.values if it not in left and (it.name, it.start) not in replaced)
    found = tuple(effects(session, loaded, draft.district_id, checked.before, after, values, today))
    shown = {
        "after": checked.holds.number if checked.holds else 0,
        "rules": loaded.rules_digest,
        "values": to_file(values),
        "cases": [[it.case.number, *it.digests] for it in found],
    }
    return Preview(checked, changes, dropped, found, digest(shown))


def publish(
    session: Session,
    draft: ParameterDraft,
    loaded: LoadedPolicy,
    *,
    version: int | None,
    seen: str | None,
    confirmed: bool,
    today: date,
) -> PublishedParameters:
    """The draft's values apply from their days on, added to what the district has published.

    Raises `Forbidden` for its author or without the right, `Conflict` where something is not green or is no longer
    what the page showed, `Invalid` without the confirmation.
    """
    asker = may_publish(session)
    if asker.user_id == draft.author_id:
        raise Forbidden("起草和公布须由不同的人办理；请另一位有权公布的人核对后公布")
    # One at a time in a district: the next publication is checked against this one.
    session.execute(select(District.id).where(District.id == draft.district_id).with_for_update(key_share=True))
    locked(session, draft, version, DraftState.SUBMITTED)
    if not confirmed:
        raise Invalid("公布后不能撤销，只能再公布新值；请确认后再提交", field="confirmed")
    shown = preview(session, draft, loaded, today)
    checked = shown.checked
    require_green(checked, loaded)
    if seen is not None and seen != shown.seen:
        raise Conflict("您打开页面之后，已公布的参数或受影响的申请件有了变化，请刷新后重新核对")
    assert checked.after is not None
    assert checked.report is not None
    number = checked.holds.number + 1 if checked.holds else 1
    at = utcnow()
    file = written(checked.after.values, [_heading(session, draft, number, at)])
    accepted = golden.read_accepted(checked.holds.golden if checked.holds else ())
    accepted |= {row.key: row.now for row in checked.report.rows}
    row = PublishedParameters(
        district_id=draft.district_id,
        policy_key=loaded.key,
        number=number,
        draft_id=draft.id,
        file=file,
        digest="sha256:" + sha256(file.encode()).hexdigest(),
        note=draft.note,
        correction=draft.correction,
        golden=golden.write_accepted(accepted),
        rules_digest=loaded.rules_digest,
        drafted_by_id=draft.author_id,
        published_by_id=asker.user_id,
        published_at=at,
    )
    session.add(row)
    draft.state = DraftState.PUBLISHED
    draft.version += 1
    detail = {
        "policy": loaded.key,
        "number": number,
        "digest": row.digest,
        "rules": row.rules_digest,
        "correction": bool(draft.correction),
        "cases": [effect.case.number for effect in shown.effects],
    }
    audit.record(session, "parameters.publish", row, detail=detail)
    session.flush()
    return row


def _heading(session: Session, draft: ParameterDraft, number: int, at: datetime) -> str:
    region = session.scalars(select(District.region).where(District.id == draft.district_id)).one()
    return f"{draft.policy_key}: district {region}, publication {number}, {at:%Y-%m-%dT%H:%M:%SZ}"
