"""A policy's parameters for a reader: values in the units people think in, history, drafts, checks, previews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from flask import Response, g, request, send_file, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from core.data.models import District, ParameterDraft, PublishedParameters, Tenant
from core.data.queries import people
from core.data.queries.across import across
from core.errors import NotFound
from core.extensions import db
from core.policy import LoadedPolicy, Outcome, ParameterSet, ParameterValue, UnknownPolicy
from core.services.parameters.file import parse
from core.services.parameters.golden import FAILED, SHARED, Report, Result, Row
from core.services.parameters.publishing import Preview
from core.services.parameters.rows import Reading
from core.services.parameters.simulation import Effect
from core.web.errors import sentence
from core.web.formats import money, percent
from core.web.forms.parameters import STATUSES, choices_of, unit_word
from core.web.templating import OUTCOMES, bilingual, language
from core.web.views.case_page import registry, standing_word

TONES = {"verified": "success", "secondary": "info", "demonstration": "warning"}


def loaded_policy(key: str) -> LoadedPolicy:
    try:
        return registry().get(key)
    except UnknownPolicy:
        raise NotFound("没有这项政策，或已停用") from None


def file(text: str, name: str) -> Response:
    return send_file(
        BytesIO(text.encode()), mimetype="application/yaml", as_attachment=True, download_name=f"{name}.yaml"
    )


def titles(loaded: LoadedPolicy) -> dict[str, str]:
    """In the order of policy.yaml."""
    return {name: bilingual(title) for name, title in loaded.card.parameters.titles.items()}


def choices(loaded: LoadedPolicy) -> list[tuple[str, str]]:
    return choices_of(titles(loaded), loaded.card.parameters.units)


def shown(unit: str, value: Any) -> str:
    if value is None:
        return _("终止")
    if unit == "fen":
        return money(value, language())
    if unit == "rate":
        return percent(Decimal(value), places=10)
    word = unit_word(unit)
    return f"{value} {word}".strip()


def guide_districts() -> tuple[District | None, list[District]]:
    """Whose values a reader of the guide sees, and whose they may choose: their own district's; for a stranger that of
    the address (`?district=310109`), or of an instance that has but one."""
    with across(db.session, "policies.guide") as wide:
        if g.asker.district_id is not None:
            return wide.get(District, g.asker.district_id), []
        every = list(wide.scalars(select(District).order_by(District.id)))
        named = [district for district in every if district.region == request.args.get("district")]
        chosen = named[0] if named else every[0] if len(every) == 1 else None
        return chosen, every if len(every) > 1 else []


def groups(loaded: LoadedPolicy, published: ParameterSet | None, today: date) -> list[dict[str, Any]]:
    """Every parameter with the value in force today and all others, newest first."""
    own = loaded.card.parameters
    values = own.overridden_by(published) if published else own
    now = values.table(today)
    names = titles(loaded)
    found = []
    for name, title in names.items():
        mine = [value for value in values.values if value.name == name]
        current = now.get(name)
        found.append(
            {
                "name": name,
                "title": title,
                "now": value_row(current, today) if current else None,
                "next": next((value_row(value, today) for value in mine if value.start > today), None),
                "others": [value_row(value, today) for value in reversed(mine) if value is not current],
                "demonstration": any(value.demonstration for value in mine),
            }
        )
    return found


def value_row(value: ParameterValue, today: date) -> dict[str, Any]:
    return {
        "value": shown(value.unit, value.value),
        "from": value.start,
        "ahead": value.start > today,
        "source": value.source,
        "status": value.status,
        "status_word": STATUSES[value.status],
        "tone": TONES[value.status],
        "checked_on": value.checked_on,
        "district": value.origin == "district",
    }


# ── drafts and publications ─────────────────────────────────────────────────────────────────────────────────────────


def draft_rows(drafts: Sequence[ParameterDraft]) -> list[dict[str, Any]]:
    who = people.names(db.session, [draft.author_id for draft in drafts])
    return [
        {
            "href": url_for("parameter_drafts.show", key=draft.policy_key, draft_id=draft.id),
            "policy": bilingual(registry().get(draft.policy_key).card.title) if draft.policy_key in registry() else "",
            "note": draft.note or _("（未写说明）"),
            "values": len(draft.rows),
            "author": who.get(draft.author_id, ""),
            "saved_at": draft.saved_at,
            "state": draft.state.value,
            "word": draft_word(draft),
        }
        for draft in drafts
    ]


def draft_values(values: Iterable[ParameterValue], loaded: LoadedPolicy) -> list[dict[str, Any]]:
    """The complete rows of a draft; they are not the district's yet."""
    names = titles(loaded)
    return [value_row(value, g.today) | {"title": names[value.name], "district": False} for value in values]


def draft_word(draft: ParameterDraft) -> str:
    words = {"draft": _("起草中"), "submitted": _("待公布"), "published": _("已公布"), "discarded": _("已作废")}
    return words[draft.state.value]


def publication_rows(history: Sequence[PublishedParameters], loaded: LoadedPolicy) -> list[dict[str, Any]]:
    """Newest first, each with what it added or changed."""
    who = people.names(db.session, [id_ for it in history for id_ in (it.drafted_by_id, it.published_by_id)])
    before: ParameterSet | None = None
    found = []
    names = titles(loaded)
    for it in history:
        after = parse(it.file, loaded)
        found.append(
            {
                "number": it.number,
                "at": it.published_at,
                "drafted_by": who.get(it.drafted_by_id, ""),
                "published_by": who.get(it.published_by_id, ""),
                "note": it.note,
                "correction": it.correction,
                "digest": it.digest,
                "href": url_for("parameters.export", key=it.policy_key, number=it.number),
                "changes": [_change(names, old, new) for old, new in _differences(loaded, before, after)],
            }
        )
        before = after
    return found[::-1]


def _differences(
    loaded: LoadedPolicy, before: ParameterSet | None, after: ParameterSet
) -> Iterable[tuple[ParameterValue | None, ParameterValue]]:
    """Each value that is new, with what held on its first day before."""
    own = loaded.card.parameters
    holding = own.overridden_by(before) if before else own
    known = frozenset(before.values if before else ())
    return [(holding.table(value.start).get(value.name), value) for value in after.values if value not in known]


def _change(names: Mapping[str, str], old: ParameterValue | None, new: ParameterValue) -> dict[str, Any]:
    return {
        "title": names.get(new.name, new.name),
        "before": shown(old.unit, old.value) if old else None,
        "after": shown(new.unit, new.value),
        "from": new.start,
        "source": new.source,
        "status_word": STATUSES[new.status],
        "tone": TONES[new.status],
    }


def problems(reading: Reading, draft: ParameterDraft, loaded: LoadedPolicy) -> list[dict[str, Any]]:
    """What is wrong with the rows, as sentences with the place of each."""
    names = titles(loaded)
    found = []
    for number, field, error in reading.problems:
        title = names.get(draft.rows[number]["name"], "") if number is not None else ""
        place = _("第%(n)s行", n=number + 1) if number is not None else ""
        where = f"#rows-{number}-{'start' if field == 'from' else field}" if number is not None else "#rows"
        found.append({"where": f"{place} {title}".strip(), "href": where, "text": sentence(error)})
    return found


# ── checks and previews ─────────────────────────────────────────────────────────────────────────────────────────────


def report(found: Report, loaded: LoadedPolicy) -> dict[str, Any]:
    """The golden cases of a draft: rows that come out otherwise, those still open first."""
    names = titles(loaded)
    rows = [golden_row(row, loaded) for row in found.rows]
    return {
        "green": found.green,
        "runs": found.runs,
        "same": found.runs - len(found.rows),
        "rows": sorted(rows, key=lambda row: bool(row["accepted"])),
        "open": len(found.open),
        "broken": found.broken,
        "unread": [f"{names[value.name]}（{value.start}）" for value in found.unread],
    }


def golden_row(row: Row, loaded: LoadedPolicy) -> dict[str, Any]:
    return {
        "id": f"{row.key.months}:{row.key.case}",
        "case": row.key.case,
        "on": row.on,
        "moved": row.key.months != 0,
        "before": _result(row.expected, loaded),
        "after": _result(row.now, loaded),
        "accepted": row.accepted,
        "acceptable": row.acceptable,
        "shared": row.now.outcome == SHARED,
    }


def _result(result: Result, loaded: LoadedPolicy) -> dict[str, Any]:
    if result.outcome == FAILED:
        return {"word": _("规则无法核算"), "amount_fen": None, "detail": "；".join(result.detail)}
    if result.outcome == SHARED:
        return {"word": _("分配结果"), "amount_fen": None, "detail": "；".join(result.detail)}
    labels = [bilingual(loaded.card.checks[code].label) for code in result.detail if code in loaded.card.checks]
    amount = result.amount_fen if result.outcome == Outcome.ELIGIBLE else None
    return {"word": OUTCOMES[result.outcome], "amount_fen": amount, "detail": "、".join(labels)}


def preview(found: Preview, loaded: LoadedPolicy) -> dict[str, Any]:
    names = titles(loaded)
    tenants = [it.case.tenant_id for it in found.effects]
    named = {
        row.id: row.name for row in db.session.execute(select(Tenant.id, Tenant.name).where(Tenant.id.in_(tenants)))
    }
    return {
        "seen": found.seen,
        "changes": [_change(names, old, new) for old, new in found.changes],
        "dropped": [{"title": names[it.name], **value_row(it, g.today)} for it in found.dropped],
        "effects": [_effect(it, named) for it in found.effects],
        "falls": sum(it.falls for it in found.effects),
    }


def _effect(it: Effect, named: Mapping[int, str]) -> dict[str, Any]:
    def word(decision: Any) -> str:
        if decision is None:
            return _("规则无法核算")
        if decision.outcome is Outcome.ELIGIBLE:
            return money(decision.amount_fen, language())
        return str(OUTCOMES[decision.outcome.value])

    return {
        "id": it.case.id,
        "number": it.case.number,
        "tenant": named.get(it.case.tenant_id, ""),
        "state": it.case.state.value,
        "state_word": standing_word(it.case),
        "before": word(it.before),
        "after": word(it.after),
        "falls": it.falls,
    }
